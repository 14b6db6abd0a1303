"""One writer at a time on S3: a lease, an object that its owner renews, and a fence against an owner that stood still.

docs/decisions/0015-writers-on-s3.md has the argument why no commit of a former owner gets past the next one.
"""

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake import s3
from lake.errors import LakeBusyError, LakeError
from lake.storage import S3Path
from lake.tables import WRITER, by_path

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEASE = "_lock"
# An owner that was not heard of for so long is taken for dead. Should it only have stood still, the fence holds it off.
SECONDS = int(os.environ.get("LAKE_LEASE_SECONDS", "60"))
RENEWALS = 6
SECONDS_BETWEEN_TRIES = 2
SECONDS_TO_GIVE_BACK = 5
HELD, RELEASED, BROKEN_OFF = "held", "released", "broken off"

_held: "Lease | None" = None


class Lease:
    """The lease as its owner holds it; a thread renews it and gives it back."""

    def __init__(self, lake: S3Path, owner: dict[str, Any], etag: str, *, must_fence: bool) -> None:
        self.lake = lake
        self.token = str(owner["token"])
        self.epoch = int(owner["epoch"])
        self.must_fence = must_fence
        self.is_lost = False
        self._owner = owner
        self._etag = etag
        self._last_state = BROKEN_OFF
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    def give_back(self, state: str) -> None:
        """End the lease: `RELEASED` where nothing of this process is under way any more, else `BROKEN_OFF`."""
        self._last_state = state
        self._ended.set()
        self._thread.join(SECONDS_TO_GIVE_BACK)

    def _keep(self) -> None:
        while not self._ended.wait(SECONDS / RENEWALS):
            # A store that is away is no reason to stop asking; meanwhile the lease may run out.
            with suppress(LakeError):
                self._put()
            if self.is_lost:
                return
        self._owner |= {"state": self._last_state, "token": ""}
        with suppress(LakeError):
            self._put()

    def _put(self) -> None:
        # Other bytes each time: the mark of the object must tell one renewal from the next.
        self._owner["renewals"] += 1
        try:
            self._etag = _write(self.lake, self._owner, IfMatch=self._etag)
        except (s3.ConditionError, s3.GoneError):
            owner, answer = _read(self.lake)
            # Where the answer to a renewal was lost, its repetition meets what it made itself.
            if owner.get("token") == self.token:
                self._etag = answer["ETag"]
            else:
                self.is_lost = True


@contextmanager
def leasing(lake: S3Path, purpose: str, *, wait: bool) -> Iterator[None]:
    """Hold the lake for writing while the block runs; with `wait`, as soon as it is free.

    Raises:
        LakeBusyError: another process holds the lake, or took it over while the block stood still.
        LakeError: the store cannot be reached, refuses, or does not keep to conditions.
    """
    global _held  # noqa: PLW0603 - a process holds one lake
    check_conditions(lake)
    lease = _acquired(lake, purpose, wait=wait)
    _held = lease
    state = BROKEN_OFF
    try:
        yield
        state = RELEASED
    except Exception as error:
        with suppress(LakeError, s3.GoneError):
            lease.is_lost |= _read(lake)[0].get("token") != lease.token
        if lease.is_lost:
            msg = "another run has taken over the lake, since this one stood still for too long. The lake is whole."
            raise LakeBusyError(msg) from error
        raise
    finally:
        _held = None
        lease.give_back(state)


def give_up() -> None:
    """Give back what this process holds while it is being stopped; Java must have ended."""
    if _held is not None:
        _held.give_back(BROKEN_OFF)


def bind(spark: "SparkSession", tables: list[str]) -> None:
    """Let every commit of this process ask for the lease, and put up the fence where the last owner may still live.

    The fence is a commit that changes a property of each table: Delta refuses all that began before it.
    """
    jvm_system = spark._jvm.java.lang.System  # type: ignore[union-attr]
    if _held is None:
        jvm_system.clearProperty("lakehouse.lease")
        return
    jvm_system.setProperty("lakehouse.lease.token", _held.token)
    jvm_system.setProperty("lakehouse.lease", str(_held.lake / LEASE))
    if _held.must_fence:
        for table in tables:
            spark.sql(f"alter table {by_path(_held.lake, table)} set tblproperties ('{WRITER}' = '{_held.epoch}')")
        _held.must_fence = False


def check_conditions(lake: S3Path) -> None:
    """Try on an object of its own whether the store keeps to the conditions on which commits and lease rest.

    Raises:
        LakeError: it does not, or it cannot be reached.
    """
    probe = lake / f"_probe-{uuid.uuid4().hex}"

    def refuses(**conditions: str) -> bool:
        try:
            s3.call("put_object", Bucket=probe.bucket, Key=probe.key, Body=os.urandom(8), **conditions)
        except (s3.ConditionError, s3.GoneError):
            return True
        return False

    try:
        refuses(IfNoneMatch="*")
        kept = refuses(IfNoneMatch="*") and refuses(IfMatch='"0123456789abcdef0123456789abcdef"')
    finally:
        with suppress(LakeError):
            probe.unlink()
    if not kept:
        msg = (
            f"the store of {lake} ignores If-None-Match or If-Match, which keep commits from overwriting each other: "
            "it can be read, not written. Use a store that keeps to them, such as AWS S3 or MinIO."
        )
        raise LakeError(msg)


def _acquired(lake: S3Path, purpose: str, *, wait: bool) -> Lease:
    while True:
        lease, owner = _try(lake, purpose)
        if lease is not None:
            return lease
        if not wait:
            msg = f"another run holds the lake at {lake} ({_name(owner)}). Try again when it has ended."
            raise LakeBusyError(msg)
        time.sleep(SECONDS_BETWEEN_TRIES)


def _try(lake: S3Path, purpose: str) -> tuple[Lease | None, dict[str, Any]]:
    """The lease, or who has it."""
    mine = {
        "purpose": purpose,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": SECONDS,
        "process": _process_mark(os.getpid()),
        "state": HELD,
        "token": uuid.uuid4().hex,
        "epoch": 1,
        "renewals": 0,
    }
    try:
        owner, answer = _read(lake)
    except s3.GoneError:
        # Whoever removed the lease by hand may have removed it from under an owner.
        return _take(lake, mine, must_fence=True, IfNoneMatch="*")
    if owner.get("state") == HELD and not _is_dead(owner, answer):
        return None, owner
    mine["epoch"] = int(owner.get("epoch", 0)) + 1
    return _take(lake, mine, must_fence=owner.get("state") != RELEASED, IfMatch=answer["ETag"])


def _take(
    lake: S3Path, mine: dict[str, Any], *, must_fence: bool, **condition: str
) -> tuple[Lease | None, dict[str, Any]]:
    try:
        etag = _write(lake, mine, **condition)
    except (s3.ConditionError, s3.GoneError):
        owner, answer = _read(lake)
        if owner.get("token") != mine["token"]:
            return None, owner
        etag = answer["ETag"]
    return Lease(lake, mine, etag, must_fence=must_fence), mine


def _read(lake: S3Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the lease says, and the store's answer with it; what is no lease says nothing."""
    place = lake / LEASE
    body, answer = s3.read(place.bucket, place.key)
    try:
        owner = json.loads(body)
    except ValueError:
        owner = {}
    return (owner if isinstance(owner, dict) else {}), answer


def _write(lake: S3Path, owner: dict[str, Any], **condition: str) -> str:
    place = lake / LEASE
    body = json.dumps(owner).encode()
    return str(s3.call("put_object", Bucket=place.bucket, Key=place.key, Body=body, **condition)["ETag"])


def _is_dead(owner: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether an owner's process has ended on this machine, or its lease has run out by the store's own clock."""
    mark = owner.get("process") or ""
    mine = _process_mark(os.getpid())
    is_of_this_machine = bool(mark and mine) and mark.split()[:2] == mine.split()[:2]
    if is_of_this_machine and _process_mark(int(owner["pid"])) != mark:
        return True
    now = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    asked_at = parsedate_to_datetime(now) if now else datetime.now(UTC)
    return bool((asked_at - answer["LastModified"]).total_seconds() > int(owner.get("seconds", SECONDS)))


def _process_mark(process_id: int) -> str:
    """Boot, process namespace and start of a living process; empty where there is none or the kernel does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").readlink()
        fields = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    is_zombie = fields[0] == "Z"
    return "" if is_zombie else f"{boot} {namespace} {process_id} {fields[19]}"


def _name(owner: dict[str, Any]) -> str:
    try:
        return f"{owner['purpose']}, process {owner['pid']} on {owner['host']} since {owner['since']}"
    except KeyError:
        return "it has not said its name"
