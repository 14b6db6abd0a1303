"""What a process and all that it has started use, read from Linux' /proc.

What has ended counts as far as its parent has waited for it, as a shell, Python and Java do.
"""

import os
from contextlib import suppress
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Places in /proc/PID/stat, counted after the command's name, which may hold spaces (proc_pid_stat(5): fields 14 to 17).
_CPU_FIELDS = slice(11, 15)
_RESET_PEAK = "5"  # proc_pid_clear_refs(5): sets VmHWM to the memory resident now


def tree(process: int) -> list[int]:
    """The process ids of a process and all that it has started, parents first."""
    return [process, *(member for child in _children(process) for member in tree(child))]


def java_peaks(process: int) -> dict[int, int]:
    """Peak resident memory (VmHWM) in bytes of each living Java process of the tree, by its process id.

    Cheap enough to be sampled: it does not look at Java's own children, for which each of its threads must be asked.
    """
    peaks = {}
    for child in _children(process):
        name, peak = _name_and_peak(child)
        if name == "java":
            peaks[child] = peak
        else:
            peaks |= java_peaks(child)
    return peaks


def cpu_seconds(process: int) -> float:
    """CPU seconds (user and system) that the tree of a process has used, its ended and awaited children included."""
    ticks = 0
    for member in tree(process):
        with suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[_CPU_FIELDS]))
    return ticks / TICKS_PER_SECOND


def disk_bytes(process: int) -> int:
    """Bytes that the tree of a process has sent to disks, its ended and awaited children included."""
    total = 0
    for member in tree(process):
        with suppress(OSError):
            lines = dict(line.split(": ") for line in Path(f"/proc/{member}/io").read_text().splitlines())
            total += int(lines["write_bytes"])
    return total


def largest_peak_bytes(process: int) -> int:
    """Peak resident memory (VmHWM) in bytes of the largest living member of the tree."""
    return max(_name_and_peak(member)[1] for member in tree(process))


def reset_peaks(process: int) -> None:
    """Let the peaks of the tree's members start anew from the memory that they hold now."""
    for member in tree(process):
        with suppress(OSError):
            Path(f"/proc/{member}/clear_refs").write_text(_RESET_PEAK)


def _children(process: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for listing in Path(f"/proc/{process}/task").glob("*/children"):
            found += map(int, listing.read_text().split())
    return found


def _name_and_peak(process: int) -> tuple[str, int]:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        return status["Name"].strip(), int(status["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError):  # it has ended
        return "", 0
