"""The measure of one piece of work: time, CPU, memory and bytes, of all processes that do it."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.process_tree import cpu_seconds, disk_bytes, java_peaks, largest_peak_bytes, reset_peaks

REPOSITORY = Path(__file__).resolve().parent.parent
# What of a failed command's output is shown.
SHOWN_LINES = 20


class FailedError(Exception):
    """Something that was to be measured did not work; the message is for people."""


@dataclass(frozen=True)
class Measurement:
    """What one piece of work used.

    Attributes:
        wall_seconds: from start to end of the command, or of the call in a session.
        cpu_seconds: user and system, of the whole process tree.
        java_peak_bytes: resident memory of the largest Java process (VmHWM); None where there was none.
        largest_resident_bytes: resident memory of the largest process, whichever it is.
        written_bytes: what the result's files have grown by: new files, and the growth of old ones.
        disk_bytes: what the kernel says was sent to disk, temporary files and rewritten pages included.
        written_by_table: `written_bytes` by `schema.table`, or by the first folder or file.
    """

    wall_seconds: float
    cpu_seconds: float
    java_peak_bytes: int | None
    largest_resident_bytes: int
    written_bytes: int
    disk_bytes: int
    written_by_table: Mapping[str, int] = field(default_factory=dict)


def measure_command(command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> Measurement:
    """Run a command to its end in a process tree of its own; `folder` is where its result grows.

    Its output goes to the file `log`.

    Raises:
        FailedError: it ended with another code than 0, or left processes behind.
    """
    before = files_of(folder)
    # The pages of a copy just made must not be written while the work is measured.
    os.sync()
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary, log.open("wb") as output:
        report = Path(temporary, "report.json")
        supervised = [sys.executable, "-m", "bench.supervisor", str(report), *command]
        ended = subprocess.run(
            supervised,
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        used = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"left_behind": 0}
    if ended.returncode or used["left_behind"]:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-SHOWN_LINES:])
        left = f" and left {used['left_behind']} processes behind" if used["left_behind"] else ""
        msg = f"{' '.join(command)} ended with code {ended.returncode}{left} (log: {log})\n{said}"
        raise FailedError(msg)
    grown = growth(before, files_of(folder))
    return Measurement(
        wall_seconds=used["wall_seconds"],
        cpu_seconds=used["cpu_seconds"],
        java_peak_bytes=used["java_peak_bytes"],
        largest_resident_bytes=used["largest_resident_bytes"],
        written_bytes=sum(grown.values()),
        disk_bytes=used["disk_bytes"],
        written_by_table=grown,
    )


def measure_call(process: int, call: Callable[[], object], folder: Path) -> Measurement:
    """Measure what a process that lives on does between the start and the end of a call to it.

    `folder` is where its result grows. CPU is the process tree's, in the kernel's ticks (mostly 0.01 s).
    """
    before = files_of(folder)
    os.sync()
    reset_peaks(process)
    cpu_before, disk_before, started = cpu_seconds(process), disk_bytes(process), time.monotonic()
    call()
    wall_seconds = time.monotonic() - started
    cpu, disk = cpu_seconds(process), disk_bytes(process)
    grown = growth(before, files_of(folder))
    return Measurement(
        wall_seconds=wall_seconds,
        cpu_seconds=cpu - cpu_before,
        java_peak_bytes=max(java_peaks(process).values(), default=None),
        largest_resident_bytes=largest_peak_bytes(process),
        written_bytes=sum(grown.values()),
        disk_bytes=disk - disk_before,
        written_by_table=grown,
    )


def files_of(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Inode, size in bytes and time of change of each regular file below a folder, logs and locks left out."""
    found = {}
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "_logs"]
        for name in names:
            file = Path(here, name)
            try:
                status = file.lstat()
            except FileNotFoundError:  # a temporary file of a process that lives on
                continue
            if name != "_lock" and stat.S_ISREG(status.st_mode):
                found[file.relative_to(folder)] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def growth(before: Mapping[Path, tuple[int, int, int]], after: Mapping[Path, tuple[int, int, int]]) -> dict[str, int]:
    """Bytes by which files were added or grew, by `schema.table` (their first two folders) or file name.

    Delta's log of a table counts apart, as `schema.table log`.

    A file that gave way to another of its name counts whole; one that was written in place counts by its growth.
    """
    grown: Counter[str] = Counter()
    for file, (inode, size, changed) in after.items():
        old_inode, old_size, old_changed = before.get(file, (None, 0, None))
        if (inode, size, changed) == (old_inode, old_size, old_changed):
            continue
        table = ".".join(file.parts[:-1][:2]) or file.name
        name = f"{table} log" if "_delta_log" in file.parts else table
        grown[name] += size if inode != old_inode else max(0, size - old_size)
    return dict(sorted(grown.items()))
