"""One writer at a time: a lock on a file in the lake, given back by the kernel when its owner dies; on S3 a lease."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from lake.errors import LakeBusyError, LakeError
from lake.storage import LakePath, S3Path

LOCK_FILE = "_lock"
SECONDS_BETWEEN_TRIES = 1
_held: list[int] = []


def held_descriptors() -> tuple[int, ...]:
    """The descriptors of the locks that this process holds, for a child that works on the lake to inherit."""
    return tuple(_held)


def writing(lake: LakePath, purpose: str, *, wait: bool = False) -> AbstractContextManager[None]:
    """Hold the lake for writing while the block runs; with `wait`, as soon as whoever holds it has ended.

    Raises:
        LakeBusyError: another process holds the lake; the message names it.
        LakeError: the lake cannot be written.
    """
    if isinstance(lake, S3Path):
        from lake.lease import leasing

        return leasing(lake, purpose, wait=wait)
    return _locking(lake, purpose, wait=wait)


@contextmanager
def _locking(lake: Path, purpose: str, *, wait: bool) -> Iterator[None]:
    """A lock on a file of the lake's folder.

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
            _lock(handle.fileno(), wait=wait)
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


def _lock(descriptor: int, *, wait: bool) -> None:
    """Asked for again and again, since a lock that the kernel waits for would keep Ctrl-C from being heard."""
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise
            time.sleep(SECONDS_BETWEEN_TRIES)


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
