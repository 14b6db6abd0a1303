"""One writer at a time: a lock on a file in the lake, given back by the kernel when its owner dies."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from lake.errors import LakeBusyError, LakeError

LOCK_FILE = "_lock"
_held: list[int] = []


def held_descriptors() -> tuple[int, ...]:
    """The descriptors of the locks that this process holds, for a child that works on the lake to inherit."""
    return tuple(_held)


@contextmanager
def writing(lake: Path, purpose: str) -> Iterator[None]:
    """Hold the lake for writing while the block runs.

    Java inherits the lock (lake/jvm.py): where this process is killed while Java has a commit under way, the lock is
    held until Java has ended too. The lock file stays when the block ends: removing it would let two owners lock two
    files of one name.

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
        _sign(handle.fileno(), purpose)
        _held.append(handle.fileno())
        try:
            yield
        except Exception:
            _give_back(handle.fileno())
            raise
        else:
            _give_back(handle.fileno())
        finally:
            _held.remove(handle.fileno())


def _sign(descriptor: int, purpose: str) -> None:
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    owner = {"purpose": purpose, "host": socket.gethostname(), "pid": os.getpid(), "since": started_at}
    # The lock holds without its owner's name; a full disk is met, and named, where it matters.
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(owner).encode())


def _give_back(descriptor: int) -> None:
    """Unlock, not only close: whoever inherited the descriptor would go on holding the lock."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def _owner(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"{owner['purpose']}, process {owner['pid']} on {owner['host']} since {owner['since']}"
    except (ValueError, KeyError, TypeError):
        return "its owner has not written its name yet"
