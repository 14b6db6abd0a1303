"""Random histories of deliveries, replayed by the product and by the independent reference, compared row by row.

`scripts/test` replays a few; `scripts/test tests/test_histories.py --histories 300` replays hundreds and keeps the count in
`.build/histories.md` as it goes.
"""

from collections import Counter
from math import ceil
from pathlib import Path
from random import Random

import pytest
from hypothesis import note

from tests import places
from tests.histories.drawing import seeds
from tests.histories.history import How, Kind, Run, Step, beginning, drawn_history
from tests.histories.replay import Replay

# The beginnings are replayed once each; a run costs seconds, so many histories share one.
HISTORIES_A_BEGINNING = 30
# Histories of sources of their own go on beside each other in one lake: a run costs the same, is compared for all of
# them, and they compete for the same record keys. The first of them says how each run is driven.
HISTORIES_A_LAKE = 6


class Beginnings:
    """Lakes that are a few runs old, each made when it is first asked for; copies of them go on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[int, Replay] = {}
        self._count = 0

    def start(self, number: int) -> Replay:
        """A lake of its own with the runs of a beginning behind it; nothing at all for number 0."""
        self._count += 1
        folder = self._folder / f"history-{self._count}"
        if not number:
            return Replay(folder)
        if number not in self._made:
            replay = Replay(self._folder / f"beginning-{number}-made")
            replay.replay(beginning(number))
            self._made[number] = replay.fork(self._folder / f"beginning-{number}")
            replay.close()
        started = self._made[number].fork(folder)
        started.open()
        return started


@pytest.fixture(scope="module")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> Beginnings:
    """The beginnings that the histories of this module share."""
    return Beginnings(tmp_path_factory.mktemp("histories"))


@pytest.mark.timeout(0)  # hundreds take hours
def test_every_history_equals_the_reference_after_every_run(
    beginnings: Beginnings, pytestconfig: pytest.Config
) -> None:
    histories = pytestconfig.getoption("--histories")
    replayed: list[tuple[Run, ...]] = []
    compared: Counter[How] = Counter()

    @seeds(ceil(histories / HISTORIES_A_LAKE), pytestconfig)
    def check(seed: int) -> None:
        random = Random(seed)
        number = random.randint(0, histories // HISTORIES_A_BEGINNING)
        going_on = [drawn_history(random, 1, 2) for _ in range(HISTORIES_A_LAKE)]
        note(f"replay it: beginning({number}), then {going_on!r}")
        replay = beginnings.start(number)
        try:
            replay.replay(*going_on)
        finally:
            replay.close()
        replayed.extend(going_on)
        compared.update(replay.compared)
        places.report_file("histories.md").write_text(_table_of(compared, len(replayed)), encoding="utf-8")

    check()
    assert len(replayed) >= histories
    print(f"{len(replayed)} histories equalled the reference after each of their runs")


def _table_of(compared: Counter[How], histories: int) -> str:
    """The report: runs by how they were driven, as a table to be pasted into docs/contributing.md."""
    lines = [
        f"{histories} histories; silver, quarantine, gold and the account equalled the reference row for row after each of",
        f"{compared.total()} runs of the lakes that they shared.",
        "",
        "| run | times |",
        "|---|---|",
    ]
    lines += [f"| {how} | {times} |" for how, times in sorted(compared.items())]
    return "\n".join(lines) + "\n"


@pytest.mark.long
def test_a_history_of_each_kind_of_step_and_of_each_way_to_run(beginnings: Beginnings) -> None:
    replay = beginnings.start(1)
    steps = [Step(kind, which, which) for which, kind in enumerate(Kind)]
    replay.replay([Run(tuple(steps[place::3]), how) for place, how in enumerate((How.RUN, How.BY_LAYER, How.VERIFIED))])
    replay.replay([Run((), How.FULL_REFRESH), Run(tuple(steps[:5]), How.AS_LARGE)])
    replay.close()
