"""A process that replays a random history on a MinIO of its own, which dies in the midst of runs or runs out of disk.

Each run either succeeds or fails with one line; the next one, with a store that works, must equal the reference. Usage:
`python -m tests.s3.outages OUTAGES SEED FOLDER`, where the folder is a small disk that nothing else uses; prints the counts
as JSON.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from random import Random

from lake import s3
from lake.errors import LakeError
from lake.minio_server import BUCKETS, end, free_port, launch, launch_set_up
from tests.crashes.processes import until
from tests.disks import fill
from tests.s3.conftest import Store
from tests.s3.faulted import MOST_BEFORE_AWAY, Faulted
from tests.s3.proxy import Proxy, Request

SECONDS_AWAY = 3.0
# MinIO looks at its disk once in a while.
SECONDS_TO_HAVE_ROOM = 60


class Outage(StrEnum):
    """What becomes of the store in the midst of a run."""

    RESTARTED = "MinIO killed, back after three seconds"
    KILLED = "MinIO killed, back after the run"
    FULL = "MinIO's disk full until after the run"


class Breaking:
    """A MinIO with its files in a folder; the rule of a proxy before it, which breaks it at one of the requests."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self._breaks = threading.Lock()
        self._outage = Outage.FULL
        self._left = 0
        self._mend: Callable[[], None] | None = None
        self.has_come = False
        self._data, self._log = folder / "data", folder.with_name("minio.log")
        self.store = Store(*launch_set_up(self._data, port, self._log))

    def begin(self, outage: Outage, after_requests: int) -> None:
        """Break the store after so many requests more."""
        self._outage, self._left = outage, after_requests

    def __call__(self, _: Request) -> None:
        """Let a request pass; those that come as the store breaks wait until it is broken."""
        with self._breaks:
            self._left -= 1
            if self._left == 0:
                self._mend = self._broken()

    def _broken(self) -> Callable[[], None]:
        """Break the store; gives what mends it."""
        if self._outage == Outage.FULL:
            return partial(make_room, fill(self._folder, 4096))
        os.kill(self.store.server.process_id, signal.SIGKILL)
        os.waitpid(self.store.server.process_id, 0)
        if self._outage == Outage.KILLED:
            return self._restart
        restarting = threading.Timer(SECONDS_AWAY, self._restart)
        restarting.start()
        return restarting.join

    def _restart(self) -> None:
        self.store = replace(self.store, server=launch(self._data, self._port, self._log))

    def end(self) -> None:
        """Mend what was broken, if it was."""
        with self._breaks:
            self._left = 0
            mend, self._mend = self._mend, None
        self.has_come = mend is not None
        if mend is not None:
            mend()


def make_room(filler: Path) -> None:
    """Take what fills the disk away, and wait until the store has noticed."""
    filler.unlink()
    until(has_room, SECONDS_TO_HAVE_ROOM)


def has_room() -> bool:
    """Whether the store takes an object."""
    try:
        s3.call("put_object", Bucket=BUCKETS[0], Key="probe", Body=b"")
    except LakeError:
        return False
    return True


def main() -> None:
    """Replay until enough outages have come."""
    wanted, seed, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    random = Random(seed)
    breaking = Breaking(folder, free_port())
    try:
        with Proxy("127.0.0.1", int(breaking.store.server.url.rpartition(":")[2])) as proxy:
            os.environ.update(breaking.store.environment("outages", proxy.url))
            faulted = Faulted(random)
            for outage in islice(cycle(Outage), wanted):
                breaking.has_come = False
                while not breaking.has_come:
                    faulted.land()
                    breaking.begin(outage, random.randint(1, MOST_BEFORE_AWAY))
                    proxy.rule = breaking
                    faulted.run(breaking.end)
                faulted.counts[outage] += 1
    finally:
        end(breaking.store.server.process_id)
    sys.stdout.write(json.dumps({"outages": wanted, **faulted.counts}) + "\n")


if __name__ == "__main__":
    main()
