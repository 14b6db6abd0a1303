"""A process that replays a random history on S3 while a proxy does harm, until so many faults were met.

Each run either succeeds or fails with one line; the next one, with a store that works, must equal the reference. Usage:
`python -m tests.s3.faulted FAULTS SEED`; prints the counts as JSON.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from lake.causes import explained
from lake.errors import LakeError
from lake.lock import writing
from lake.runs import RunReport, Steps, new_run_id, run
from lake.session import open_session
from lake.settings import Settings
from tests.conftest import TestLake
from tests.histories.comparing import assert_conserved, assert_equal_to_reference
from tests.histories.content import delivery, unreadable
from tests.reference.history import ReferenceLake
from tests.s3.proxy import Harm, Proxy, Request

HARMS = (Harm.SWALLOW, Harm.RESET, Harm.HALF, Harm.ERROR_500, Harm.ERROR_503, Harm.SLOW)
PATHS = ("a.csv", "b.csv.gz", "sub/c.csv", "sub/d.csv")
# So many requests of a faulted run go unharmed before the store is away for good, where it is.
MOST_BEFORE_AWAY = 1_500


class S3Lake(TestLake):
    """The lake of the environment."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.spark = open_session(self.settings)

    def whole_run(self) -> RunReport:
        """What `lake run --wait` does; a lease that could not be given back, as the store was away, has to run out."""
        with writing(self.settings.lake_path, "a faulted run", wait=True):
            spark = open_session(self.settings)
            return run(spark, self.settings, new_run_id(), Steps())


class Faulted:
    """A lake on S3 and its reference: runs that meet harm, each compared when it has succeeded or was healed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lake, self._reference = S3Lake(), ReferenceLake()
        self.counts: Counter[str] = Counter()

    def land(self) -> None:
        """Land something."""
        for _ in range(self._random.randint(1, 3)):
            path = self._random.choice(PATHS)
            make = unreadable if self._random.random() < 0.1 else delivery
            content = make(self._random, gz=path.endswith(".gz"))
            self._lake.put(path, content)
            self._reference.put(path, content)

    def run(self, end: Callable[[], None]) -> None:
        """Run while there is harm, end it, heal where that failed, and compare."""
        report = None
        try:
            report = self._lake.whole_run()
            self.counts["runs that succeeded under faults"] += 1
        except Exception as error:
            self.counts["runs that failed"] += 1
            line = str(error) if isinstance(error, LakeError) else explained(error)
            assert line, "it says something"
            assert "\n" not in line, line
            sys.stderr.write(f"failed: {line[:300]}\n")
        end()
        report = report or self._lake.whole_run()
        self._reference.ingest(datetime.now(UTC).date())
        assert_conserved(report.conservation, self._reference)
        assert_equal_to_reference(self._lake, self._reference)
        self.counts["histories compared"] += 1


class Faults:
    """The rule of a proxy: now and then a single harm, and in some runs a store that is away from some request on."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.rate = random.choice([0.01, 0.03, 0.1])
        self._left = random.randrange(MOST_BEFORE_AWAY) if random.random() < 0.5 else -1

    def __call__(self, _: Request) -> Harm | None:
        """What becomes of a request."""
        self._left -= self._left > 0
        if self._left == 0:
            return Harm.RESET
        return self._random.choice(HARMS) if self._random.random() < self.rate else None


def main() -> None:
    """Replay until enough faults were met."""
    wanted, seed = int(sys.argv[1]), int(sys.argv[2])
    random = Random(seed)
    host, _, port = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://").partition(":")
    with Proxy(host, int(port)) as proxy:
        os.environ["AWS_ENDPOINT_URL"] = proxy.url
        faulted = Faulted(random)
        while len(proxy.done) < wanted:
            faulted.land()
            proxy.rule = Faults(random)
            faulted.run(proxy.harmless)
        faulted.counts.update(str(harm) for harm, _ in proxy.done)
    sys.stdout.write(json.dumps({"faults": len(proxy.done), **faulted.counts}) + "\n")


if __name__ == "__main__":
    main()
