"""Lakes in the states that victims meet, made once by the warm session; every kill gets a copy of its own."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

from bronze.ledger import undo_withdrawal, withdraw
from lake import published
from lake.digests import contents
from lake.manifest import Period, find
from lake.release import Wanted, release
from lake.released import copied
from lake.settings import Settings
from tests import places
from tests.conftest import TestLake
from tests.crashes.places import DAYS, FIRST_RUN, RELEASE, SECOND_RUN, WITHDRAWN_PATH, State
from tests.histories.comparing import COUNTRIES, assert_conserved, assert_equal_to_reference
from tests.histories.content import delivery
from tests.reference.history import ReferenceLake
from tests.reference.release import included

# Delta writes a checkpoint every ten commits; here every second one does, so that kills meet them too.
CHECKPOINTS = "'delta.checkpointInterval' = '2'"
LEAST_LINES = 20


@dataclass
class Subject:
    """A lake that a victim is let loose on, and what the reference says it must become."""

    folder: Path
    reference: ReferenceLake

    @property
    def settings(self) -> Settings:
        """The settings that lead to it."""
        return places.settings_in(self.folder)

    def copy(self, folder: Path) -> "Subject":
        """The same, to go its own way."""
        return Subject(places.copied(self.folder, folder, "_logs"), copy.deepcopy(self.reference))

    def touch(self) -> None:
        """Let the next run look at what was landed: one that finds all as it was makes no statement to be struck in."""
        if isinstance(self.settings.landing_path, Path):
            for file in self.settings.landing_path.rglob("*.csv*"):
                file.touch()

    def heal(self, words: tuple[str, ...]) -> None:
        """Read every table; give the command once more, where a run alone would not; run; compare row by row."""
        with _opened(self) as lake:
            for table in lake.tables():
                lake.rows(f"select count(*), max(to_json(struct(*))) from {table}")
            self._repeat(lake, words[1:])
            account = lake.run().conservation
            self.reference.ingest(today())
            assert_conserved(account, self.reference)
            assert_equal_to_reference(lake, self.reference)
            assert_shown(lake)

    def _repeat(self, lake: TestLake, words: tuple[str, ...]) -> None:
        match words:
            case ("withdraw", path):
                lake.ready()
                withdraw(lake.spark, path)
                self.reference.withdraw(path)
            case ("withdraw", path, "--undo"):
                lake.ready()
                undo_withdrawal(lake.spark, path, "undo")
                self.reference.undo(path, today())
            case ("release", *_):
                self._release(lake)

    def _release(self, lake: TestLake) -> None:
        """The release is there whole, or is made by the same command; either way it says what its run says."""
        settings = lake.settings
        days = Period(*map(date.fromisoformat, DAYS))
        made = find(settings.lake_path, RELEASE)
        if made is None:
            made, _ = release(lake.spark, settings, Wanted(RELEASE, days, run=SECOND_RUN))
        grams = [row.total_gco2e for row in included(self.reference, COUNTRIES, days.first, days.last)]
        assert (made.row_count, Decimal(made.total_gco2e)) == (len(grams), sum(grams))
        names = [table["table"] for table in made.tables]
        kept = contents(lake.spark, {name: copied(lake.spark, settings.lake_path, RELEASE, name) for name in names})
        assert {name: kept[name].digest for name in names} == {table["table"]: table["digest"] for table in made.tables}


class States:
    """A lake in each state, made by the warm session when it is first asked for; no other lake is open then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._random = Random(1)
        self._made: dict[State, Subject] = {}
        self._going_on = self._steps()

    def __getitem__(self, state: State) -> Subject:
        """The lake in this state, to be copied."""
        while state not in self._made:
            next(self._going_on)
        return self._made[state]

    def _steps(self) -> Iterator[None]:
        """One lake goes from state to state; after each the session is free."""
        subject = Subject(self._folder / "going-on", ReferenceLake())
        with _opened(subject) as lake:
            self._deliver(lake, subject, "a.csv", "b.csv", "c.csv")
            self._keep(subject, State.NEW)
        yield
        with _opened(subject) as lake:
            _run(lake, subject, FIRST_RUN)
            for table in lake.tables():
                lake.spark.sql(f"alter table {table} set tblproperties ({CHECKPOINTS})")
            self._deliver(lake, subject, "b.csv", "d.csv")
            _run(lake, subject, SECOND_RUN)
        two_runs = subject.copy(self._folder / "two-runs")
        with _opened(subject) as lake:
            self._deliver(lake, subject, "a.csv", "e.csv", "f.csv")
            self._keep(subject, State.LANDED)
        yield
        with _opened(subject) as lake:
            lake.ingest()
            subject.reference.ingest(today())
            self._keep(subject, State.INGESTED)
        yield
        with _opened(subject) as lake:
            lake.run(ingest=False, layer="silver")
            self._keep(subject, State.JUDGED)
        yield
        with _opened(two_runs) as lake:
            withdraw(lake.spark, WITHDRAWN_PATH)
            two_runs.reference.withdraw(WITHDRAWN_PATH)
            lake.run()
            self._keep(two_runs, State.WITHDRAWN)
        yield

    def _deliver(self, lake: TestLake, subject: Subject, *paths: str) -> None:
        for path in paths:
            content = full_delivery(self._random)
            lake.put(path, content)
            subject.reference.put(path, content)

    def _keep(self, subject: Subject, state: State) -> None:
        self._made[state] = subject.copy(self._folder / state.name.lower())


@contextmanager
def _opened(subject: Subject) -> Iterator[TestLake]:
    """The lake in the session of the tests; afterwards its folders are as they were left."""
    lake = TestLake(subject.folder)
    try:
        yield lake
    finally:
        lake.leave()


def _run(lake: TestLake, subject: Subject, run_id: str) -> None:
    lake.run(run_id)
    subject.reference.ingest(today())


def assert_shown(lake: TestLake) -> None:
    """Readers see gold as it now is."""
    shown = published.current(lake.settings.lake_path)
    assert shown is not None
    assert shown.tables == published.places(lake.settings.lake_path, lake.versions())


def full_delivery(random: Random) -> bytes:
    """A delivery that every table has rows of: the draw is repeated until it is long enough."""
    return next(
        content for content in iter(lambda: delivery(random, gz=False), b"") if content.count(b"\n") >= LEAST_LINES
    )


def today() -> date:
    """The day on which the reference loads."""
    return datetime.now(UTC).date()
