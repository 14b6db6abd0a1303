"""The works of the lake that are measured, each repeat on a fresh copy of a lake, so that repeats are equal."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from bench.deliveries import Deliveries
from bench.lakes import Place, has_verb
from bench.measuring import REPOSITORY, FailedError, Measurement, measure_call
from bench.s3_store import Store

SAMPLE = REPOSITORY / "examples" / "example.csv"
SAMPLE_WORK = "lake run on the example, cold"
NOTHING_NEW = "lake run, nothing new, cold"
BUILD = "full build, cold"
INCREMENT = "1 % increment, cold"
WARM_INCREMENT = "1 % increment, warm session"
HISTORY = "1 % increment, warm session, by history"
ONE_OF_HISTORY = "one of the increments of a history"
MAINTAIN = "lake maintain"


@dataclass(frozen=True)
class Work:
    """One work of one engine and its measurements.

    Attributes:
        name: one of the works above.
        engine: who did it.
        rows: records of the base delivery.
        history: increments that the lake had taken in before; None where that is not the subject.
        repeats: the equal measurements.
    """

    name: str
    engine: str
    rows: int
    history: int | None
    repeats: tuple[Measurement, ...]


@dataclass(frozen=True)
class Bench:
    """Where works are done, how often, who is told of each step, and the store in which lakes lie, if in one."""

    folder: Path
    repeats: int
    on_step: Callable[[str], None] = lambda _: None
    store: Store | None = None

    def place(self, name: str) -> Place:
        """An empty lake and landing area under this name."""
        home = self.folder / name
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        if self.store is None:
            return Place(home / "lake", home / "landing", home / "output.log")
        lakes, landing = self.store.lake / name, self.store.landing / name
        with self.store.at_rest():
            for folder in (lakes, landing):
                shutil.rmtree(folder, ignore_errors=True)
        return Place(lakes / "lake", landing, home / "output.log", self.store)

    def repeated(self, step: str, once: Callable[[], Measurement]) -> tuple[Measurement, ...]:
        """The measurements of all repeats."""
        measured = []
        for number in range(1, self.repeats + 1):
            self.on_step(f"{step}: {number} of {self.repeats}")
            measured.append(once())
        return tuple(measured)


def sample_works(bench: Bench) -> list[Work]:
    """`lake run` on the example delivery from nothing, then once more with nothing new; cold processes."""
    place = bench.place("sample")
    place.land((SAMPLE,))
    rows = len(SAMPLE.read_bytes().splitlines()) - 1

    def first() -> Measurement:
        place.removed()
        return place.measured("run")

    def second() -> Measurement:
        place.copied_from(built)
        return place.measured("run")

    firsts = bench.repeated(SAMPLE_WORK, first)
    built = place.lake.with_name("built")
    place.moved_to(built)
    seconds = bench.repeated(NOTHING_NEW, second)
    return [Work(SAMPLE_WORK, place.engine, rows, None, firsts), Work(NOTHING_NEW, place.engine, rows, None, seconds)]


def build_work(bench: Bench, place: Place, data: Deliveries) -> Work:
    """The full build of the base delivery, CSV to tested gold, in cold processes; the lake of the last one stays."""
    place.land((data.base,))

    def once() -> Measurement:
        place.removed()
        return place.measured("run")

    return Work(BUILD, place.engine, data.base_rows, None, bench.repeated(f"{BUILD}, {data.base_rows:,} rows", once))


def increment_work(bench: Bench, place: Place, data: Deliveries) -> Work:
    """The first increment on a built lake, in cold processes; the lake of the last one stays beside the built one."""
    copy = replace(place, lake=place.lake.with_name("increment"))
    place.land(data.increments[0], "increment")

    def once() -> Measurement:
        copy.copied_from(place.lake)
        return copy.measured("run")

    measured = bench.repeated(f"{INCREMENT}, {data.base_rows:,} rows", once)
    place.unland("increment")
    return Work(INCREMENT, place.engine, data.base_rows, None, measured)


def warm_increment_work(bench: Bench, place: Place, data: Deliveries) -> Work:
    """The second increment in a session that has just taken in the first one of the same lake.

    One session serves all repeats; each has a copy of the built lake, and only its second increment is measured.
    """
    numbers = count(1)
    with warm_session(place) as session:

        def once() -> Measurement:
            # Delta keeps what it knows of a table by its path: each copy needs a path of its own.
            copy = replace(place, lake=place.lake.with_name(f"warm-{next(numbers)}"))
            copy.copied_from(place.lake)
            session.open(copy)
            for number, files in enumerate(data.increments[:2], start=1):
                copy.land(files, f"increment-{number}")
                measured = session.run()
            session.close()
            for number in (1, 2):
                copy.unland(f"increment-{number}")
            copy.removed()
            return measured

        repeats = bench.repeated(f"{WARM_INCREMENT}, {data.base_rows:,} rows", once)
    return Work(WARM_INCREMENT, place.engine, data.base_rows, None, repeats)


def history_works(bench: Bench, place: Place, data: Deliveries, lengths: tuple[int, ...]) -> list[Work]:
    """Increments one after the other in one session and one lake: the cost after so many of them.

    The repeats of a length are the increments that follow it; each increment of the history is a work too. Where there
    is `lake maintain`, it is run once (cold) at each length before they are, and measured too. The lake grows: after
    100 increments it has twice the rows.
    """
    maintains = has_verb("maintain")
    series: list[Measurement] = []
    works = []
    with warm_session(place) as session:
        session.open(place)
        for number, files in enumerate(data.increments, start=1):
            bench.on_step(f"{HISTORY}, {data.base_rows:,} rows: {number} of {len(data.increments)}")
            place.land(files, f"increment-{number:04}")
            series.append(session.run())
            if number in lengths and maintains:
                works.append(Work(MAINTAIN, place.engine, data.base_rows, number, (place.measured("maintain"),)))
        session.close()
    works += [
        Work(ONE_OF_HISTORY, place.engine, data.base_rows, history, (measured,))
        for history, measured in enumerate(series)
    ]
    works += [
        Work(HISTORY, place.engine, data.base_rows, length, tuple(series[length : length + bench.repeats]))
        for length in lengths
    ]
    return works


class WarmSession:
    """The bench's end of `bench.warm_session`."""

    def __init__(self, process: "subprocess.Popen[str]", place: Place) -> None:
        self._process = process
        self._place = place

    def open(self, place: Place) -> None:
        """Register a lake's tables."""
        self._place = place
        self._tell({"open": self._place.lake_uri, "landing": self._place.landing_uri})

    def run(self) -> Measurement:
        """Run the lake once and measure that."""
        return measure_call(self._process.pid, lambda: self._tell({"run": "now"}), self._place.lake)

    def close(self) -> None:
        """Forget the lake's tables."""
        self._tell({"close": "now"})

    def _tell(self, order: dict[str, str]) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AssertionError
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        line = stdout.readline()
        error = json.loads(line).get("error") if line else f"ended with code {self._process.wait()}"
        if error:
            msg = f"the warm session: {error} (log: {self._place.log.with_name('session.log')})"
            raise FailedError(msg)


@contextmanager
def warm_session(place: Place) -> Iterator[WarmSession]:
    """A process that keeps its Spark session while the block runs; its output goes to the place's log."""
    command = [sys.executable, "-m", "bench.warm_session"]
    with place.log.with_name("session.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=place.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        yield WarmSession(process, place)
