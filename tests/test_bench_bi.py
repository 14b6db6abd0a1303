"""`scripts/bench --bi`: what it asks, what it takes for an error, how it counts; and one whole bench of a small lake."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench import bi_report
from bench.bi import NO_PUBLICATION, Measured, Results, Round, checked
from bench.bi_clients import Asked, Total, Visit, told
from bench.bi_clients import visit as visited
from bench.bi_queries import CONTROLS, Query, Slicers, drawn, texts
from bench.bi_settings import AS_IT_COMES, SETTINGS
from bench.measuring import Measurement
from lake.bi_process import TUNABLE
from lake.settings import REPOSITORY
from lake.thrift_server import app

KNOWN = Slicers(date(2025, 5, 22), date(2025, 8, 29), ("a.example", "b.example"), ("DE", "FR"))
BEFORE, AFTER = (10, Decimal("1.5")), (12, Decimal("1.7"))
WIDE = {**os.environ, "COLUMNS": "190"}
FACTS = {"cores": 2, "processor": "of a test", "load_average": 3.0}


def asked(totals: Sequence[Total] = (), *, seconds: float = 1.0, error: str | None = None) -> Asked:
    return Asked(CONTROLS[0] if totals else "best domains", 1, 0.0, seconds, tuple(totals), error)


def round_of(*together: Asked, failures: tuple[str, ...] = ()) -> Round:
    run = Measurement(30.0, 40.0, 10**9, 10**9, 1, 1)
    alone = Visit(0.5, (asked(seconds=2.0), asked(seconds=0.25)))
    return Round(9.0, 30.0, alone, 1.0, (Visit(0.1, together),), 10.0, 3.0, 2 * 10**9, (run,), 1, failures)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 10.0), (0.95, 19.0), (0.951, 20.0), (1.0, 20.0), (0.01, 1.0)])
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert bi_report.percentile([float(value) for value in range(20, 0, -1)], share) == expected
    assert bi_report.percentile([7.0], share) == 7.0


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.01)])
def test_no_percentile_of_nothing(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="no percentile"):
        bi_report.percentile(values, share)


def test_each_client_asks_all_twenty_with_values_of_its_own() -> None:
    first, second = drawn(KNOWN, 1), drawn(KNOWN, 2)
    assert len(texts()) == 20
    assert {query.name for query in first} == {query.name for query in second} == set(texts())
    assert set(CONTROLS) <= set(texts())
    assert drawn(KNOWN, 1) == first, "the same each time"
    assert [query.name for query in first] != [query.name for query in second], "not in step"
    assert first != second
    for query in first + second:
        values = query.values
        assert KNOWN.first_day <= values["first_day"] < values["last_day"] <= KNOWN.last_day
        assert query.text % dict.fromkeys(values, "x"), "no other placeholders"


def test_an_answer_between_two_publications_is_an_error() -> None:
    mixed, unknown = (BEFORE, AFTER), (BEFORE[0], AFTER[1])
    visit = Visit(0.1, (asked([BEFORE]), asked(), asked([AFTER, AFTER]), asked(mixed), asked([unknown])))
    errors = [each.error for each in checked(visit, [BEFORE, AFTER]).asked]
    assert errors[:3] == [None] * 3
    assert all(NO_PUBLICATION in str(error) for error in errors[3:])


def test_an_answer_that_is_older_than_one_before_is_an_error() -> None:
    visit = Visit(0.1, (asked([AFTER]), asked([BEFORE])))
    assert [each.error is None for each in checked(visit, [BEFORE, AFTER]).asked] == [True, False]
    again = Visit(0.1, (asked([AFTER]), asked([BEFORE]), asked([BEFORE])))
    assert all(each.error is None for each in checked(again, [BEFORE, AFTER, BEFORE]).asked), "it was published twice"


def test_clients_go_on_until_it_is_enough() -> None:
    class Cursor:
        def __enter__(self) -> "Cursor":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def execute(self, text: str, _: object) -> None:
            if text == "bad":
                raise ValueError(text)

        def fetchall(self) -> list[tuple[Any, ...]]:
            return [(1, "1.5")]

    class Connection:
        def cursor(self) -> Cursor:
            return Cursor()

        def close(self) -> None:
            left.append(self)

    left: list[Connection] = []
    rounds = [[Query(CONTROLS[0], "good", {}), Query("x", "bad", {})]] * 3
    enough = iter([False, True])
    visit = visited(Connection, 7, rounds, lambda: next(enough))
    assert [(each.client, each.totals, each.error) for each in visit.asked] == [
        (7, ((1, Decimal("1.5")),), None),
        (7, (), "ValueError: bad"),
    ] * 2
    assert len(left) == 2, "what failed is left, and the next query has a connection of its own"


def test_what_is_reported() -> None:
    answers = [asked(seconds=seconds) for seconds in (1.0, 2.0, 3.0)]
    rounds = (round_of(*answers), round_of(*answers, asked(error="no"), asked(error="no"), failures=("the run",)))
    measures = bi_report.measures(rounds[0])
    assert measures["first_query_seconds"] == 2.0
    assert (measures["alone_p50_seconds"], measures["alone_p95_seconds"]) == (0.25, 2.0)
    assert (measures["together_p50_seconds"], measures["together_max_seconds"]) == (2.0, 3.0)
    assert measures["queries_per_second"] == 0.3
    assert measures["together_cpu_seconds_per_query"] == 1.0
    assert bi_report.errors(rounds) == {"no": 2, "the run": 1}
    assert bi_report.medians(Measured(SETTINGS[0], rounds))["errors"] == 3, "the sum: a median would hide them"


def test_the_table_says_how_many_and_what_machine(tmp_path: Path) -> None:
    results = Results(
        300, 1, (Measured(SETTINGS[0], (round_of(asked()),)), Measured(SETTINGS[1], (round_of(asked(error="no")),)))
    )
    table = bi_report.table(FACTS, results)
    assert "1 clients at once" in str(table.caption)
    assert "NOT A QUIET MACHINE" in str(table.caption)
    assert table.row_count == 2
    assert bi_report.query_table(results).row_count == 1
    assert bi_report.error_lines(results) == [f"{SETTINGS[1].name}: 1 times: no"]
    bi_report.save(tmp_path / "out.json", FACTS, results)
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["settings"][1]["errors"] == {"no": 1}
    assert len(document["settings"][0]["rounds"][0]["together"][0]["asked"]) == 1


def test_what_a_client_is_told_fits_in_a_line() -> None:
    assert told(ValueError("no\nrows")) == "ValueError: no rows"


def test_at_least_three_settings_beside_the_servers_own() -> None:
    assert SETTINGS[0].name == AS_IT_COMES
    assert not SETTINGS[0].spark
    assert not SETTINGS[0].java
    assert len(SETTINGS) >= 4
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    assert {name for setting in SETTINGS for name in setting.spark} <= set(TUNABLE)


@pytest.mark.parametrize(
    "given", ["spark.sql.extensions=", "spark.sql.runSQLOnFiles=true", "spark.sql.shuffle.partitions"]
)
def test_the_server_takes_no_setting_that_could_open_it(given: str) -> None:
    refused = CliRunner().invoke(app, ["--insecure", "--spark", given])
    assert f"--spark {given}: give NAME=VALUE" in str(refused.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--clients", "0"], "1 or more"),
        (["--clients", "many"], "many"),
        (["--settings", "no such"], "no such"),
    ],
)
def test_arguments_are_checked(words: list[str], said: str) -> None:
    ended = bench("--bi", *words)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_clients_ask_while_a_run_publishes(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    if not pytestconfig.getoption("--bench"):
        pytest.skip("takes minutes: scripts/test tests/test_bench_bi.py --bench")
    sizes = ["--rows", "3000", "--repeats", "1", "--clients", "3"]
    ended = bench("--bi", *sizes, "--settings", "one task", "--folder", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    for part in ("together p50 s", "one task", "totals by two tables"):
        assert part in ended.stdout
    document = json.loads((tmp_path / "bi-results.json").read_text())
    (setting,) = document["settings"]
    assert setting["name"] == "one task"
    assert not setting["errors"]
    (measured,) = setting["rounds"]
    assert [len(visit["asked"]) % 20 for visit in (measured["alone"], *measured["together"])] == [0] * 4
    assert len({str(each["totals"]) for visit in measured["together"] for each in visit["asked"] if each["totals"]}) > 1
    assert min(value for name, value in measured["measures"].items() if name != "errors") > 0


def bench(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bench", *words]
    return subprocess.run(command, cwd=REPOSITORY, env=WIDE, capture_output=True, text=True, check=False)
