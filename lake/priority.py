"""Who comes first where the BI endpoint shares a machine with the lake's other commands: who asks it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# The endpoint holds a lock on it for as long as it lives; the kernel gives it back.
SERVING_FILE = "thrift-server.serving"
# How much less urgent a command is, by LAKE_GIVES_WAY. Where both want all of the CPU, 3 leaves it a third and 5 a
# quarter (Linux weighs 0 by 1,024, 3 by 526 and 5 by 335: sched_prio_to_weight). With 10, a tenth, a run comes to no
# end while many ask without a pause.
NICENESS = {"off": 0, "some": 3, "on": 5}


@contextmanager
def serving(log_folder: Path) -> Iterator[None]:
    """While the block runs, commands that start on this machine for the lake of these logs find it served.

    Raises:
        OSError: the folder cannot be written.
    """
    with (log_folder / SERVING_FILE).open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_served(log_folder: Path) -> bool:
    """Whether an endpoint on this machine serves the lake of these logs."""
    with suppress(OSError), (log_folder / SERVING_FILE).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def give_way(leader: int, niceness: int) -> None:
    """Make a process that leads a session, its threads and what it starts, that much less urgent than others."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PGRP, leader, max(niceness, os.getpriority(os.PRIO_PROCESS, leader)))
    # Linux may share the CPU among sessions before it looks at processes: sched(7), "The autogroup feature".
    with suppress(OSError):
        Path(f"/proc/{leader}/autogroup").write_text(str(niceness), encoding="utf-8")
