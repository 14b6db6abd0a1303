"""One writer at a time: a lock on a file in the lake, given back by the kernel when its owner dies."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lake.errors import LakeBusyError, LakeError

LOCK_FILE = "_lock"


@contextmanager
def writing(lake: Path, purpose: str) -> Iterator[None]:
    """Hold the lake for writing while the block runs.

    The lock file stays when the block ends: removing it would let two owners lock two files of one name.

    Raises:
        LakeBusyError: another process holds the lake; the message names it.
        LakeError: the lake's folder cannot be made or written.
    """
    try:
        lake.mkdir(parents=True, exist_ok=True)
        handle = (lake / LOCK_FILE).open("a+", encoding="utf-8")
    except OSError as error:
        msg = f"cannot write {lake / LOCK_FILE}: {error.strerror}. Check LAKE_URI and the rights of file and folder."
        raise LakeError(msg) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            msg = f"another run holds the lake at {lake} ({_owner(handle.read())}). Try again when it has ended."
            raise LakeBusyError(msg) from None
        handle.truncate(0)
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        json.dump(
            {"purpose": purpose, "host": socket.gethostname(), "pid": os.getpid(), "since": started_at},
            handle,
        )
        handle.flush()
        yield


def _owner(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"{owner['purpose']}, process {owner['pid']} on {owner['host']} since {owner['since']}"
    except (ValueError, KeyError, TypeError):
        return "its owner has not written its name yet"
