"""A run without news is recorded without Java as with it, and only where nothing speaks against it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from subprocess import PIPE
from typing import Any
from unittest.mock import patch

import pytest

from bronze.ledger import undo_withdrawal, withdraw
from lake import recording, unchanged
from lake.errors import LakeError, UsageError
from lake.format import FORMAT
from lake.maintain import maintain, tables_due
from lake.runs import RunReport, Steps, new_run_id
from lake.settings import Settings
from lake.summary import as_document
from lake.tables import CONSERVATION, RUNS, table_version, table_versions
from tests import places
from tests.conftest import TestLake, delivery, forget_snapshots
from tests.disks import fill, small_disk

pytestmark = pytest.mark.skipif(places.is_on_s3(), reason="a lake on S3 is asked by Spark")

RECORD = "2025-07-01,a.example,video,DE,300x600,mobile,0.25,0,0,0.25,measured"
SECOND = delivery(RECORD.replace("a.example", "b.example"))
THIRD = delivery(RECORD.replace("a.example", "c.example"))
REFUSED = "2025-07-01,a.example,video,DE,300x600,mobile,-0.75,0,0,-0.75,measured"
FIRST = delivery(RECORD, REFUSED, RECORD)
AUDIT = (CONSERVATION, RUNS)
REST = "bronze.ingest.RACY_NANOSECONDS"
AN_HOUR_NS = 3_600_000_000_000
KILLS = 2
# Runs without news until the process is killed.
ONE_AFTER_ANOTHER = """
from lake.lock import writing
from lake.runs import Steps, new_run_id
from lake.settings import Settings
from lake.unchanged import record_unchanged

settings = Settings()
print("begun", flush=True)
with writing(settings.lake_path, "a test"):
    while record_unchanged(settings, new_run_id(), Steps()):
        pass
"""


def recorded(lake: TestLake, **settings: Any) -> RunReport | None:
    """The run without Java."""
    report, said = told(lake, new_run_id(), **settings)
    print(f"{report.run_id if report is not None else None}: {said}")  # shown where a test fails
    return report


def told(lake: TestLake, run_id: str, **settings: Any) -> tuple[RunReport | None, list[str]]:
    """The run without Java, and what it says meanwhile."""
    said: list[str] = []
    uris = {"lake_uri": lake.settings.lake_uri, "landing_uri": lake.settings.landing_uri}
    return unchanged.record_unchanged(Settings(**uris | settings), run_id, Steps(on_step=said.append)), said


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """A lake after a run, whose one delivery had rested; each test leaves one that a run without news finds."""
    made = TestLake(tmp_path_factory.mktemp("unchanged") / "a b.ü+1")
    made.put("a.csv", FIRST)
    # What is landed here changes long before or long after a run: files need no rest.
    with patch(REST, 0):
        made.run()
        yield made
    made.close()


def count(lake: TestLake, what: str) -> int:
    forget_snapshots(lake.spark)
    return int(lake.rows(f"select count(*) as n from {what}")[0]["n"])


def audited(lake: TestLake, run_id: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of a run, without what two runs of the same cannot share."""
    forget_snapshots(lake.spark)
    rows = {table: lake.rows(f"select * from {table} where run_id = '{run_id}'") for table in AUDIT}
    for row in (row for found in rows.values() for row in found):
        for name in ("run_id", "started_at", "finished_at"):
            row.pop(name, None)
        row.get("counts", {}).pop("commits_digest", None)
        for table in AUDIT:
            row.get("table_versions", {}).pop(table, None)
    return rows


def test_its_rows_and_its_report_are_those_of_the_usual_way(lake: TestLake) -> None:
    Path(lake.settings.landing_uri, "notes.txt").touch()
    usual = lake.run()
    versions, content = lake.versions(), lake.content()
    for number in range(3):
        report = recorded(lake)
        assert report is not None, number
        assert without_run(report) == without_run(usual)
        rows = audited(lake, report.run_id)
        assert rows == audited(lake, usual.run_id)
        assert [len(found) for found in rows.values()] == [1, 1]
    document = as_document(usual)
    assert document["quarantined_by_reason"][0]["reason"] == "negative_measure"
    assert document["ignored"] == [{"path": "notes.txt", "reason": "it is neither .csv nor .csv.gz"}]
    assert (lake.versions(), lake.content()) == (versions, content)


def without_run(report: RunReport) -> dict[str, Any]:
    document = as_document(report)
    assert document.pop("run_id") == document["conservation"].pop("run_id") == report.run_id
    return document


@contextmanager
def aside(path: Path) -> Iterator[None]:
    """Within, something is not there."""
    hidden = path.with_name(f".{path.name}.aside")
    path.rename(hidden)
    yield
    hidden.rename(path)


@contextmanager
def beside(path: Path, text: str) -> Iterator[None]:
    """Within, there is a file more."""
    path.write_text(text, encoding="utf-8")
    yield
    path.unlink()


def test_whatever_speaks_against_it_is_left_to_spark(lake: TestLake, monkeypatch: pytest.MonkeyPatch) -> None:
    root, landing = Path(lake.settings.lake_uri), Path(lake.settings.landing_uri)
    speaking = {
        "a new file": beside(landing / "new.csv", "date\n"),
        "columns that go by other names": beside(landing / "_columns.csv", "name_in_file,column\nday,date\n"),
        "a table that is gone": aside(root / "gold" / "daily_emissions"),
        "restatements that are gone": aside(root / "audit" / "restatements"),
        "what readers see": aside(root / "published"),
    }
    for what, change in speaking.items():
        with change:
            assert recorded(lake) is None, what
        assert recorded(lake) is not None, f"without {what}"
    assert recorded(lake, metastore_url="jdbc:postgresql://127.0.0.1/metastore") is None
    assert recorded(lake, lake_report="on") is None, "there is no page yet"
    with monkeypatch.context() as newer:
        newer.setattr(unchanged, "FORMAT", FORMAT + 1)
        assert recorded(lake) is None
    with monkeypatch.context() as newer:
        newer.setattr(recording, "code_version", lambda: "0.1.0+another")
        assert recorded(lake) is None
    # Maintenance keeps every row, so a run after it has no news either.
    for table in AUDIT:
        lake.spark.sql(f"optimize {table}")
    assert recorded(lake) is not None
    with pytest.raises(UsageError, match="LAKE_GIVES_WAY=never"):
        recorded(lake, lake_gives_way="never")

    (landing / "a.csv").touch()
    assert recorded(lake) is None, "Spark knows the bytes that were loaded"
    lake.run()
    assert recorded(lake) is not None
    withdraw(lake.spark, "a.csv")
    assert recorded(lake) is None
    assert undo_withdrawal(lake.spark, "a.csv", new_run_id()) is not None
    lake.run()
    assert recorded(lake) is not None


def test_a_file_that_has_not_rested_may_change_unseen_and_a_run_that_failed_is_tried_again(lake: TestLake) -> None:
    def pulled(step: str) -> None:
        if not step.startswith(("reading", "writing")):
            msg = "the plug was pulled"
            raise LakeError(msg)

    lake.put("b.csv", SECOND)
    with pytest.raises(LakeError, match="the plug was pulled"):
        lake.run(on_step=pulled)
    assert lake.rows("select max_by(status, started_at) as status from audit.runs") == [{"status": "failed"}]
    assert recorded(lake) is None, "it failed"
    with patch(REST, AN_HOUR_NS):
        lake.run()
    assert recorded(lake) is None, "a file is too young"
    assert lake.run().ingested.unchanged_count == 2
    assert recorded(lake) is not None


@pytest.mark.parametrize("table", AUDIT)
def test_what_cannot_be_written_so_is_written_by_spark(lake: TestLake, table: str) -> None:
    """A summary from another life of the table, which Delta would believe."""
    root = Path(lake.settings.lake_uri)
    log = root.joinpath(*table.split("."), "_delta_log")
    stale = log / f"{table_version(root, table) + 1:020}.crc"
    stale.write_text("{}", encoding="utf-8")
    run_id = new_run_id()
    report, said = told(lake, run_id)
    assert report is None
    assert said[-1].startswith("asking Spark: "), said
    assert "already" in said[-1]
    runs = count(lake, RUNS)
    assert lake.run(run_id).run_id == run_id
    assert {name: len(rows) for name, rows in audited(lake, run_id).items()} == dict.fromkeys(AUDIT, 1)
    assert count(lake, RUNS) == runs + 1
    assert recorded(lake) is not None


def test_what_is_cut_off_between_its_two_rows_is_done_anew(lake: TestLake) -> None:
    runs, accounts = count(lake, RUNS), count(lake, CONSERVATION)
    assert recorded(lake) is not None
    root = Path(lake.settings.lake_uri)
    root.joinpath("audit", "runs", "_delta_log", f"{table_version(root, RUNS):020}.json").unlink()
    forget_snapshots(lake.spark)
    assert recorded(lake) is None, "the account has a commit that no run knows"
    lake.run()
    assert recorded(lake) is not None
    assert (count(lake, RUNS), count(lake, CONSERVATION)) == (runs + 2, accounts + 3)
    assert count(lake, f"(select distinct run_id from {CONSERVATION})") == accounts + 3


def test_killed_at_any_moment_none_leaves_half_of_itself(lake: TestLake) -> None:
    root, random = Path(lake.settings.lake_uri), Random(1)
    uris = {"LAKE_URI": lake.settings.lake_uri, "LANDING_URI": lake.settings.landing_uri}
    without_account = f"{RUNS} left anti join {CONSERVATION} using (run_id)"
    failed = count(lake, without_account)
    for number in range(KILLS):
        with subprocess.Popen([sys.executable, "-c", ONE_AFTER_ANOTHER], env=os.environ | uris, stdout=PIPE) as victim:
            assert victim.stdout is not None
            assert victim.stdout.readline() == b"begun\n"
            time.sleep(random.uniform(0.05, 0.8))
            victim.kill()
        runs, accounts = count(lake, RUNS), count(lake, CONSERVATION)
        assert count(lake, f"(select distinct run_id from {CONSERVATION})") == accounts, "none has two"
        assert count(lake, without_account) == failed, "each has its account"
        report = recorded(lake) or lake.run()
        assert report.conservation["balanced"], number
        assert (count(lake, RUNS), count(lake, CONSERVATION)) == (runs + 1, accounts + 1)
    assert recorded(lake) is not None
    assert not [*root.glob("audit/*/_delta_log/*.json#*")], "nothing of a commit that was cut off"


def test_a_full_disk_is_left_to_spark(lake: TestLake, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No room for the account, and room for it but not for its commit; what it then says is Spark's to say."""
    with small_disk(tmp_path / "disk", f"size={32 << 20}") as disk:
        there = disk / "lake"
        shutil.copytree(lake.settings.lake_uri, there)
        before = table_versions(there)
        for free_bytes in (0, 8192):
            filler = fill(disk, free_bytes)
            report, said = told(lake, new_run_id(), lake_uri=str(there))
            assert report is None
            assert "the disk is full" in said[-1]
            assert capfd.readouterr().err == ""
            filler.unlink()
            assert table_versions(there) == before
        assert recorded(lake, lake_uri=str(there)) is not None
        changed = {table for table, version in table_versions(there).items() if version != before[table]}
        assert changed == {*AUDIT}


def test_a_hundred_in_turn_leave_one_row_each_and_spark_goes_on(lake: TestLake) -> None:
    """More than delta-rs commits before it makes a checkpoint, and more files than maintenance leaves alone."""
    root = Path(lake.settings.lake_uri)
    accounted = f"{RUNS} join {CONSERVATION} using (run_id)"
    runs, accounts = count(lake, RUNS), count(lake, accounted)
    reports = [report for report in (recorded(lake) for _ in range(110)) if report is not None]
    assert len(reports) == 110
    assert [*root.joinpath("audit", "runs", "_delta_log").glob("*.checkpoint.parquet")]
    assert reports[0].maintenance_due == []
    assert reports[-1].maintenance_due == [*AUDIT]
    assert tables_due(root) == [*AUDIT], "as Spark's own run says"
    assert (count(lake, RUNS), count(lake, accounted)) == (runs + 110, accounts + 110)

    lake.put("c.csv", THIRD)
    after = lake.run().conservation
    assert (after["balanced"], after["silver_rows"]) == (True, reports[0].conservation["silver_rows"] + 1)
    maintain(lake.spark, lake.settings)
    assert tables_due(root) == []
    assert count(lake, RUNS) == runs + 111


def test_a_command_starts_no_java_for_it(lake: TestLake, tmp_path: Path) -> None:
    last = lake.run()
    environment = {
        **os.environ,
        "LAKE_URI": lake.settings.lake_uri,
        "LANDING_URI": lake.settings.landing_uri,
        "JAVA_HOME": str(tmp_path / "none"),
    }
    command = [sys.executable, "-c", "from lake.cli import main; main()", "run", "--json"]

    def call() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    ended = call()
    assert (ended.returncode, ended.stderr) == (0, "")
    document = json.loads(ended.stdout)
    assert document["conservation"] == as_document(last)["conservation"] | {"run_id": document["run_id"]}
    assert f"nothing is new since run {last.run_id}" in Path(document["log"]).read_text(encoding="utf-8")
    assert audited(lake, document["run_id"])[RUNS]
    lake.put("d.csv", delivery())
    needing = call()
    assert needing.returncode == 1
    assert "Spark did not start" in needing.stderr


def test_no_other_lake_is_taken_for_this_one(lake: TestLake, tmp_path: Path) -> None:
    """One lies where delta-rs would look for the lake in a folder of this name."""
    named, twin = tmp_path / "a%20b", tmp_path / "a b"
    for folder in (named, twin):
        shutil.copytree(lake.settings.lake_uri, folder)
    before = table_versions(named)
    settings = Settings(lake_uri=str(named), landing_uri=lake.settings.landing_uri)
    assert unchanged.record_unchanged(settings, new_run_id(), Steps()) is None
    assert table_versions(named) == table_versions(twin) == before
