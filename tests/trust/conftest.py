"""One history of four runs, kept with the reference as it was after each; the tests look at copies of its lake."""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import places
from tests.conftest import TestLake, unregistered
from tests.histories.history import How, Kind, Run, Step
from tests.histories.replay import Replay
from tests.reference.history import ReferenceLake

# Deliveries that compete for the same records, a new version, one withdrawn and brought back, an unreadable one.
HISTORY = (
    Run((Step(Kind.NEW, 0, 10), Step(Kind.NEW, 0, 2))),
    Run((Step(Kind.CORRECTED, 0, 6), Step(Kind.NEW, 0, 4))),
    Run((Step(Kind.WITHDRAWN, 0, 5), Step(Kind.REPEATED, 1, 6))),
    Run((Step(Kind.UNDONE, 0, 7), Step(Kind.UNREADABLE, 0, 8))),
)


@dataclass
class Remembered:
    """Where a lake is at rest, and the reference as it was after each of its runs, by run id, oldest first."""

    folder: Path
    references: dict[str, ReferenceLake]


class Remembering(Replay):
    """A replay that keeps the reference of each moment; other tests compare the lake as it is."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.references: dict[str, ReferenceLake] = {}

    def run(self, how: How = How.RUN) -> None:
        """Run both."""
        account = self._drive(how)
        self.reference.ingest(datetime.now(UTC).date())
        self.references[str(account["run_id"])] = copy.deepcopy(self.reference)


def remember(history: Iterable[Run], folder: Path) -> Remembered:
    """Replay a history in a folder, and keep its lake beside the folder."""
    replay = Remembering(folder)
    try:
        replay.replay(history)
        kept = replay.fork(folder.with_name(f"{folder.name}-kept"))
    finally:
        replay.close()
    return Remembered(kept.folder, replay.references)


@pytest.fixture(scope="session")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Remembered:
    """The history, replayed once for all tests of this folder."""
    return remember(HISTORY, tmp_path_factory.mktemp("remembered") / "made")


@pytest.fixture
def kept(remembered: Remembered, tmp_path: Path) -> Iterator[TestLake]:
    """A copy of the remembered lake, of which nothing is registered."""
    with unregistered(places.copied(remembered.folder, tmp_path / "copy")) as lake:
        yield lake
