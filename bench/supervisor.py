"""Runs one command and writes what it and all that it started used, as JSON.

usage: python -m bench.supervisor REPORT COMMAND [ARGUMENT...]

A process of its own, so that the kernel's account of its children is the account of this command alone. Orphans, such
as a Java process that outlives its Python, come back to it (prctl(2), PR_SET_CHILD_SUBREAPER) and are counted too.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from bench.process_tree import disk_bytes, java_peaks, tree

PR_SET_CHILD_SUBREAPER = 36
SAMPLING_SECONDS = 0.1
# Spark's hooks end in seconds; what lives longer than this after the command is a service that was left behind.
SECONDS_FOR_ORPHANS = 30
COULD_NOT_START = 127  # as a shell says it


class JavaPeak:
    """The peak resident memory of the tree's Java processes, sampled: VmHWM itself is a peak, so little is missed."""

    def __init__(self) -> None:
        self._peaks: dict[int, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self) -> int | None:
        """Bytes of the largest Java process seen; None where there was none."""
        self._ended.set()
        self._thread.join()
        return max(self._peaks.values(), default=None)

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLING_SECONDS):
            self._peaks |= java_peaks(os.getpid())


def main() -> None:
    """Run the command; exit with its code (128 and the signal where one ended it)."""
    report, command = Path(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    java = JavaPeak()
    java.start()
    own_disk_bytes = disk_bytes(os.getpid())
    started = time.monotonic()
    child = _start(command)
    code = _wait_for(child)
    wall_seconds = time.monotonic() - started
    left_behind = _reap_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    document = {
        "exit_code": code,
        "wall_seconds": wall_seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "largest_resident_bytes": used.ru_maxrss * 1024,
        "java_peak_bytes": java.stop(),
        "disk_bytes": disk_bytes(os.getpid()) - own_disk_bytes,
        "left_behind": left_behind,
    }
    report.write_text(json.dumps(document), encoding="utf-8")
    sys.exit(code)


def _start(command: list[str]) -> int:
    try:
        # Python ignores this signal; the command must not inherit that.
        return os.posix_spawnp(command[0], command, os.environ, setsigdef=[signal.SIGPIPE])
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(COULD_NOT_START)


def _wait_for(child: int) -> int:
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _reap_orphans() -> int:
    """Wait for what outlives the command, so that it is counted; the number of processes that had to be ended."""
    deadline = time.monotonic() + SECONDS_FOR_ORPHANS
    killed: set[int] = set()
    with suppress(ChildProcessError):
        while True:
            ended, _ = os.waitpid(-1, os.WNOHANG)
            if ended:
                continue
            if time.monotonic() > deadline:
                for orphan in tree(os.getpid())[1:]:
                    with suppress(ProcessLookupError):
                        os.kill(orphan, signal.SIGKILL)
                        killed.add(orphan)
            time.sleep(SAMPLING_SECONDS)
    return len(killed)


if __name__ == "__main__":
    main()
