"""Random histories, looked back on: as of each run all is as it was, what is explained and compared adds up exactly.

`scripts/test` looks back on one history that is always the same (conftest.py); `--whole --audited 20` on twenty random ones,
with `--on-s3` on MinIO.
"""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import note

from lake.diff import TABLES, difference
from lake.session import bare_session
from tests import places
from tests.conftest import TestLake, unregistered
from tests.histories.drawing import seeds
from tests.histories.history import How, Kind, Run, Step, drawn_history
from tests.reference.history import ReferenceLake
from tests.trust.conftest import remember
from tests.trust.test_as_of import assert_is_as_each_run_left_it
from tests.trust.test_diff import assert_is_the_change, totals
from tests.trust.test_why import assert_is_explained

# A run by layers has several rows in audit.runs; here each run has one.
WAYS = (How.RUN, How.RUN, How.FULL_REFRESH)


@pytest.mark.long
@pytest.mark.timeout(0)  # hundreds take hours
def test_random_histories_are_as_they_were_and_are_explained(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    wanted = pytestconfig.getoption("--audited")
    looked_at: Counter[str] = Counter()

    @seeds(wanted, pytestconfig)
    def check(seed: int) -> None:
        random = Random(seed)
        first = Run(tuple(Step(Kind.NEW, 0, random.randrange(2**32)) for _ in range(2)))
        history = [first, *(replace(run, how=random.choice(WAYS)) for run in drawn_history(random, 2, 3))]
        note(f"replay it: {history!r}")
        remembered = remember(history, tmp_path / "lake")
        try:
            with unregistered(remembered.folder) as lake:
                looked_at.update(_look_back_on(lake, remembered.references, random))
        finally:
            places.removed(remembered.folder)

    check()
    assert looked_at["histories"] == wanted
    print(", ".join(f"{count} {what}" for what, count in looked_at.items()))


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
