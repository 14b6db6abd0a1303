"""Lakes in the states that victims meet, made once by the warm session; every kill gets a copy of its own."""

import copy
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from bronze.ledger import undo_withdrawal, withdraw
from lake.settings import Settings
from tests.conftest import TestLake
from tests.crashes.places import WITHDRAWN_PATH, State
from tests.histories.comparing import assert_conserved, assert_equal_to_reference
from tests.histories.content import delivery
from tests.reference.history import ReferenceLake

# Delta writes a checkpoint every ten commits; here every second one does, so that kills meet them too.
COMMITS_A_CHECKPOINT = 2
LEAST_LINES = 20


@dataclass
class Subject:
    """A lake that a victim is let loose on, and what the reference says it must become."""

    folder: Path
    reference: ReferenceLake

    @property
    def settings(self) -> Settings:
        """The settings that lead to it."""
        return Settings(lake_uri=str(self.folder / "lake"), landing_uri=str(self.folder / "landing"))

    def copy(self, folder: Path) -> "Subject":
        """The same, to go its own way."""
        shutil.copytree(self.folder, folder)
        return Subject(folder, copy.deepcopy(self.reference))

    def heal(self, words: tuple[str, ...]) -> None:
        """Read every table; give the command once more, where a run alone would not; run; compare row by row."""
        lake = TestLake(self.folder)
        try:
            for table in lake.tables():
                lake.rows(f"select count(*), max(struct(*)) from {table}")
            self._repeat(lake, words)
            account = lake.run().conservation
            self.reference.ingest(today())
            assert_conserved(account, self.reference)
            assert_equal_to_reference(lake, self.reference)
        finally:
            lake.close()

    def _repeat(self, lake: TestLake, words: tuple[str, ...]) -> None:
        if "withdraw" not in words:
            return
        lake.ready()
        if "--undo" in words:
            undo_withdrawal(lake.spark, WITHDRAWN_PATH, "undo")
            self.reference.undo(WITHDRAWN_PATH, today())
        else:
            withdraw(lake.spark, WITHDRAWN_PATH)
            self.reference.withdraw(WITHDRAWN_PATH)


def make_states(folder: Path) -> dict[State, Subject]:
    """A lake in each state."""
    made = {}
    subject = Subject(folder / "going-on", ReferenceLake())
    lake = TestLake(subject.folder)
    random = Random(1)

    def deliver(*paths: str) -> None:
        for path in paths:
            content = full_delivery(random)
            lake.put(path, content)
            subject.reference.put(path, content)

    def keep(state: State) -> None:
        made[state] = subject.copy(folder / state.name.lower())

    deliver("a.csv", "b.csv", "c.csv")
    keep(State.NEW)
    lake.run()
    subject.reference.ingest(today())
    for table in lake.tables():
        lake.spark.sql(f"alter table {table} set tblproperties ('delta.checkpointInterval' = '{COMMITS_A_CHECKPOINT}')")
    deliver("b.csv", "d.csv")
    lake.run()
    subject.reference.ingest(today())
    news = subject.copy(folder / "withdrawn-next")
    deliver("a.csv", "e.csv", "f.csv")
    keep(State.LANDED)
    lake.ingest()
    subject.reference.ingest(today())
    keep(State.INGESTED)
    lake.run(ingest=False, layer="silver")
    keep(State.JUDGED)
    lake.close()

    withdrawn = TestLake(news.folder)
    withdraw(withdrawn.spark, WITHDRAWN_PATH)
    news.reference.withdraw(WITHDRAWN_PATH)
    withdrawn.run()
    withdrawn.close()
    made[State.WITHDRAWN] = news
    return made


def full_delivery(random: Random) -> bytes:
    """A delivery that every table has rows of: the draw is repeated until it is long enough."""
    return next(
        content for content in iter(lambda: delivery(random, gz=False), b"") if content.count(b"\n") >= LEAST_LINES
    )


def today() -> date:
    """The day on which the reference loads."""
    return datetime.now(UTC).date()
