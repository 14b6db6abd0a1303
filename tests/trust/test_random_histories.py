"""Random histories, looked back on: as of each run all is as it was, what is explained and compared adds up exactly.

`scripts/test` looks back on one history, drawn once (conftest.py); `--audited 20` on twenty more, with `--on-s3` on MinIO.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from lake.diff import TABLES, difference
from lake.session import bare_session
from lake.sizing import fit_to_size
from tests import places
from tests.conftest import TestLake
from tests.histories.history import How, Kind, Run, Step, runs
from tests.reference.history import ReferenceLake
from tests.trust.conftest import Remembering
from tests.trust.test_as_of import assert_is_as_each_run_left_it
from tests.trust.test_diff import assert_is_the_change, totals
from tests.trust.test_why import assert_is_explained

# A run by layers has several rows in audit.runs; here each run has one.
WAYS = (How.RUN, How.RUN, How.FULL_REFRESH)
a_history = st.lists(runs, min_size=2, max_size=3)


@pytest.mark.timeout(0)  # hundreds take hours
def test_random_histories_are_as_they_were_and_are_explained(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    wanted = pytestconfig.getoption("--audited")
    if not wanted:
        pytest.skip("takes minutes: --audited 20 looks back on twenty random histories")
    looked_at: Counter[str] = Counter()

    @settings(
        max_examples=wanted,
        deadline=None,
        database=None,
        derandomize=pytestconfig.getoption("hypothesis_seed", None) is None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(a_history, st.integers(0, 1 << 20))
    def check(later: list[Run], seed: int) -> None:
        random = Random(seed)
        first = Run((Step(Kind.NEW, 0, seed), Step(Kind.NEW, 0, seed + 1)))
        history = [first, *(replace(run, how=random.choice(WAYS)) for run in later)]
        note(f"replay it: {history!r}, then look back with Random({seed})")
        with _remembered(history, tmp_path / "lake") as (lake, references):
            looked_at.update(_look_back_on(lake, references, random))

    check()
    assert looked_at["histories"] == wanted
    print(", ".join(f"{count} {what}" for what, count in looked_at.items()))


@contextmanager
def _remembered(history: list[Run], folder: Path) -> Iterator[tuple[TestLake, dict[str, ReferenceLake]]]:
    """The lake after a history, of which nothing is registered, and the reference after each of its runs."""
    replay = Remembering(folder)
    try:
        replay.replay(history)
        kept = replay.fork(folder.with_name(f"{folder.name}-kept")).folder
    finally:
        replay.close()
    lake = TestLake(kept, register=False)
    lake.spark = bare_session(lake.settings)
    fit_to_size(lake.spark, lake.settings)
    try:
        yield lake, replay.references
    finally:
        lake.close()
        places.removed(kept)


def _look_back_on(lake: TestLake, references: dict[str, ReferenceLake], random: Random) -> dict[str, int]:
    """Compare what is said of the past with the reference of each moment; how much was looked at."""
    assert_is_as_each_run_left_it(lake, references)
    for run_id, reference in references.items():
        assert_is_explained(lake, run_id, reference)
    lake.spark = bare_session(lake.settings)
    moments = [*references.items()]
    compared = [*pairwise(moments), *([(moments[0], moments[-1])] if len(moments) > 2 else [])]
    for (run_a, before), (run_b, after) in compared:
        table = random.choice([*TABLES])
        by = random.choice([*TABLES[table]])
        found = difference(lake.settings, run_a, run_b, table, by)
        assert_is_the_change(found, totals(before, by), totals(after, by))
    return {"histories": 1, "runs": len(moments), "differences": len(compared)}
