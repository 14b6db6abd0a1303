"""The whole lake on S3: a history of runs, and every command as a user calls it."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lake.settings import REPOSITORY
from lake.storage import S3Path
from tests import places
from tests.conftest import delivery
from tests.s3.conftest import Store
from tests.s3.process import Child

SCRIPTS = REPOSITORY / "scripts"


def record(day: int, domain: str, device: str = "mobile") -> str:
    return f"2025-07-{day:02},{domain},video,Germany,300x250,{device},0.1,0.2,0.3,0.6,measured"


def put(store: Store, path: str, content: bytes) -> None:
    places.put(S3Path.of(store.environment("shared")["LANDING_URI"]), path, content)


def test_runs_on_s3(pair: tuple[Child, Child], store: Store, on_s3: Mapping[str, str]) -> None:
    """One machine loads; another shows it, and finds nothing new. Corrections: tests/s3/test_exactness.py."""
    one, other = pair
    put(store, "a.csv", delivery(record(1, "a.example"), record(2, "b.example"), record(3, "no-dot")))
    put(store, "sub/b.csv", delivery(record(2, "b.example"), record(2, "b.example"), record(5, "d.example", "pc")))
    one.ask("take")
    first = one.ask("run")
    assert first["deliveries"] == ["a.csv", "sub/b.csv"]
    kept = first["conservation"]
    rows = {name: kept[f"{name}_rows"] for name in ("delivered", "silver", "quarantined", "duplicate", "superseded")}
    assert rows == {"delivered": 6, "silver": 3, "quarantined": 1, "duplicate": 2, "superseded": 0}
    assert kept["balanced"]
    days = one.sql("select activity_date, domain, total_gco2e from gold.daily_by_domain_format order by 1")
    assert [row[:2] for row in days] == [
        ["2025-07-01", "a.example"],
        ["2025-07-02", "b.example"],
        ["2025-07-05", "d.example"],
    ]
    assert {row[2] for row in days} == {"0.6000000000"}
    one.ask("give_back")
    other.ask("show")
    shown = "select activity_date, domain, total_gco2e from published.daily_by_domain_format order by 1"
    assert other.sql(shown) == days, "readers on another machine see the run that has passed its tests"

    other.ask("take")
    second = other.ask("run")
    assert (second["deliveries"], second["unchanged"]) == ([], 2)
    assert {**second["conservation"], "run_id": kept["run_id"]} == kept
    other.ask("give_back")


Call = Callable[..., str]


@pytest.fixture
def call(on_s3: Mapping[str, str], request: pytest.FixtureRequest) -> Call:
    """Calls a command on a lake of its own, with the exit code it must have; gives its output."""
    if not request.config.getoption("--s3-commands"):
        pytest.skip("takes minutes: --s3-commands runs it")

    def called(*words: str, code: int = 0) -> str:
        done = subprocess.run(words, env=on_s3, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return called


def test_every_command_on_s3(call: Call, on_s3: Mapping[str, str], tmp_path: Path) -> None:
    lake = str(SCRIPTS / "lake")
    file = tmp_path / "a.csv"
    file.write_bytes(delivery(record(1, "a.example"), record(2, "no-dot")))
    call(lake, "land", str(file))
    call(lake, "run", "--wait")
    assert json.loads(call(lake, "sql", "--json", "select count(*) as n from silver.emissions")) == [{"n": 1}]
    assert len(json.loads(call(lake, "runs", "--json"))) == 1
    assert len(json.loads(call(lake, "quarantine", "list", "--json"))) == 1
    call(lake, "verify")
    given_out = ("release", "july", "--period", "2025-07-01", "2025-07-31")
    assert json.loads(call(lake, *given_out, "--json"))["row_count"] == 1
    call(lake, *given_out, code=2)
    assert json.loads(call(lake, "verify", "july", "--json"))["equal"]
    drawn = call(lake, "sample", "--release", "july", "--n", "3", "--seed", "1", "--out", str(tmp_path), "--json")
    assert [one["items"] for one in json.loads(drawn)] == [1, 1]
    call(lake, "withdraw", "a.csv")
    call(lake, "build")
    call(lake, "withdraw", "a.csv", "--undo")
    call(str(SCRIPTS / "dbt"), "build", "--exclude-resource-type", "unit_test")
    call(lake, "maintain")
    call(lake, "doctor")
    assert (
        call(str(SCRIPTS / "spark-sql"), "-e", "select domain from gold.daily_by_domain_format").strip() == "a.example"
    )
    assert not list(S3Path.of(on_s3["LAKE_URI"]).glob("_logs/*")), "logs stay on the machine"


def test_what_an_auditor_asks_on_s3(call: Call, tmp_path: Path) -> None:
    lake = str(SCRIPTS / "lake")
    file = tmp_path / "a.csv"
    file.write_bytes(delivery(record(1, "a.example"), record(2, "no-dot")))
    call(lake, "land", str(file))
    call(lake, "run")
    file.write_bytes(delivery(record(1, "a.example"), record(2, "no-dot"), record(3, "c.example")))
    call(lake, "land", str(file))
    call(lake, "run")
    second, first = (row["run_id"] for row in json.loads(call(lake, "runs", "--json")))

    count = "select count(*) as n from silver.emissions"
    assert json.loads(call(lake, "sql", "--json", count)) == [{"n": 2}]
    assert json.loads(call(lake, "sql", "--json", "--as-of", first, count)) == [{"n": 1}]
    why = json.loads(call(lake, "why", "--date", "2025-07-01", "--json"))
    assert why["explained"]
    assert {part["place"]: part["row_count"] for part in why["parts"]} == {"silver": 1, "superseded": 1}
    diff = json.loads(call(lake, "diff", first, second, "--json"))
    assert (diff["explained"], diff["total"]["change_gco2e"]) == (True, "0.6000000000")

    readers = "select count(*) as n from published.daily_emissions"
    assert json.loads(call(lake, "sql", "--json", readers)) == [{"n": 2}]
    assert json.loads(call(lake, "publish", first, "--json"))["changed"]
    assert json.loads(call(lake, "sql", "--json", readers)) == [{"n": 1}]

    refused = tmp_path / "refused.csv"
    assert json.loads(call(lake, "quarantine", "export", str(refused), "--json"))["row_count"] == 1
    refused.write_text(refused.read_text().replace("no-dot", "b.example"))
    assert json.loads(call(lake, "quarantine", "replay", str(refused), "--json"))[0]["corrected_rows"] == 1
    call(lake, "run")
    assert json.loads(call(lake, "sql", "--json", count, readers)) == [[{"n": 3}], [{"n": 3}]]
    assert json.loads(call(lake, "quarantine", "list", "--json")) == []

    page = json.loads(call(lake, "report", "--out", str(tmp_path), "--json"))
    assert (tmp_path / "report.html").stat().st_size == page["size_bytes"]
    events = json.loads(call(lake, "lineage", first, "--json"))
    assert [event["eventType"] for event in events][-1] == "COMPLETE"
    assert json.loads(call(lake, "monitor", "--json"))
    assert json.loads(call(lake, "feeds", "--json"))
