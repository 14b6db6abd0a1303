"""`scripts/bench --profile`: what a statement is for, how seconds side by side are counted, and a whole profile."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.profiled import OTHER, Clock, covered, kind_of
from lake.settings import REPOSITORY

DIGEST = "0" * 32


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("select * from lake_commits('gold.daily_emissions', 50)", "places: the newest commits of tables"),
        ("/* dbt */ show table extended in gold like '*'", "dbt's look around"),
        ("select\n  count(*) as failures, x from (select 1)", "data tests"),
        ("-- One commit.\nmerge into silver.emissions as target using source", "silver.emissions"),
        ("insert into gold.daily_emissions by name replace where true select * from x", "gold.daily_emissions"),
        ("create or replace table silver.quarantine using delta as select 1", "silver.quarantine"),
        ("create table if not exists bronze.emissions (a int)", OTHER),
        ("cache table emissions__dbt_tmp", "emissions"),
        (
            f"create or replace temporary view judged_records_{DIGEST} as select 1",
            "judged_records, kept for all that ask",
        ),
        (f"cache lazy table judged_records_{DIGEST} options ('a' 'b')", "judged_records, kept for all that ask"),
        (f"create or replace temporary view emissions__dbt_tmp as table judged_records_{DIGEST} where a", "emissions"),
        (
            f"create or replace table silver.emissions using delta as table judged_records_{DIGEST} where a",
            "silver.emissions",
        ),
        ("select max(event_number) from bronze.deliveries", OTHER),
    ],
)
def test_what_a_statement_is_for(statement: str, kind: str) -> None:
    assert kind_of(statement) == kind


def test_seconds_side_by_side_count_once() -> None:
    assert covered([(0.0, 2.0, "a"), (1.0, 3.0, "b"), (5.0, 6.0, "c"), (5.2, 5.5, "d")]) == 4.0
    assert covered([]) == 0.0


def test_rows_that_are_fetched_belong_to_their_question() -> None:
    class Door:
        def ask(self, _: str) -> "Door":
            self.fetch()
            return self

        def fetch(self) -> int:
            return 1

    clock = Clock()
    clock.wrap(Door, "ask", str)
    clock.wrap(Door, "fetch", clock.last_statement)
    assert Door().ask("select 1").fetch() == 1
    assert [statement for _, _, statement in clock.intervals] == ["select 1", "select 1"]


def test_a_profile_names_every_table(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    if not pytestconfig.getoption("--bench"):
        pytest.skip("takes minutes: scripts/test tests/test_profile.py --bench")
    command = [sys.executable, "-m", "bench", "--profile", "--rows", "300", "--folder", str(tmp_path)]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    for part in ("start of Python", "silver.emissions", "gold.top_10_domains", "data tests", "PrepareDeltaScan"):
        assert part in ended.stdout
