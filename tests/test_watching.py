"""What watchers read of a real lake: Prometheus' text, OpenLineage events, a run's log."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.serde import Serde
from openlineage.client.transport.file import FileConfig, FileTransport
from prometheus_client.parser import text_string_to_metric_families

from lake.errors import LakeError, UsageError
from lake.lineage import PRODUCER, events, send
from lake.monitor import METRICS, as_text, feeds, samples, write_whole
from lake.run_log import FOLDER, KEPT_LOGS, RunLog
from lake.settings import REPOSITORY
from tests.conftest import TestLake, delivery
from tests.disks import mount
from tests.test_feeds import History, given_histories

RECORD = "07/01/2025,a.example,video,DE,300x250,mobile,1,2,3,{total},measured"
PAGE = REPOSITORY / "docs" / "monitoring.md"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """A lake with a run that succeeded, one that failed, and a feed of seven days."""
    lake = TestLake(tmp_path_factory.mktemp("watched"))
    lake.put('a"b\\.csv', delivery(RECORD.format(total=6), RECORD.format(total=7), RECORD.format(total=-6)))
    lake.put("_ignored.csv", b"")
    lake.run()
    lake.put("b.csv", delivery(RECORD.format(total=6)))

    def pulled(_: str) -> None:
        msg = "the plug was pulled"
        raise LakeError(msg)

    with pytest.raises(LakeError, match="the plug was pulled"):
        lake.run(on_step=pulled)
    given_histories(lake, History("daily/{}.csv", [100, 110, 90, 100, 105, 95, 40], [9, 8, 7, 6, 5, 4, 3]))
    yield lake
    lake.close()


def test_prometheus_reads_what_is_printed_and_it_is_what_sql_says(watched: TestLake) -> None:
    taken = samples(watched.settings)
    text = as_text(taken)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert list(families) == [*METRICS], "every metric, in its order"
    assert all(family.documentation == METRICS[name] for name, family in families.items())
    read = {
        (each.name, next(iter(each.labels.values()), "")): each.value
        for family in families.values()
        for each in family.samples
    }
    assert len(read) == len(taken)
    (account,) = watched.rows("select * from audit.conservation")
    exact = {(sample.metric, sample.labelled): sample.value for sample in taken}
    for fate in ("delivered", "silver", "quarantined", "duplicate", "superseded"):
        assert read["lakehouse_rows", fate] == account[f"{fate}_rows"]
        assert Decimal(exact["lakehouse_gco2e", fate]) == Decimal(str(account[f"{fate}_gco2e"]))
    (last, *_) = watched.rows("select * from audit.runs order by started_at desc")
    assert last["status"] == "failed"
    assert read["lakehouse_last_run_succeeded", ""] == 0
    assert read["lakehouse_runs", "failed"] == read["lakehouse_runs", "succeeded"] == 1
    assert read["lakehouse_balanced", ""] == read["lakehouse_readers_see_last_success", ""] == 1
    assert read["lakehouse_quarantined_rows", "total_mismatch"] == 2
    started = datetime.fromisoformat(last["started_at"]).timestamp()
    assert abs(read["lakehouse_last_run_started_timestamp_seconds", ""] - started) < 0.01
    assert read["lakehouse_feed_small", "daily/#.csv"] == 1
    assert read["lakehouse_feed_usual_rows", "daily/#.csv"] == 100
    assert ("lakehouse_feed_small", 'a"b\\.csv') not in read, "one delivery has no history"


def test_a_label_may_hold_anything() -> None:
    from lake.monitor import Sample

    name = 'q"uote\\back\nline{}'
    (family,) = text_string_to_metric_families(as_text([Sample("lakehouse_feed_small", "1", "feed", name)]))
    assert family.samples[0].labels == {"feed": name}


def test_the_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "lake.prom"
    write_whole(file, "first\n")
    write_whole(file, "second\n")
    assert file.read_text() == "second\n"
    assert [*tmp_path.iterdir()] == [file]
    with pytest.raises(LakeError, match="cannot write"):
        write_whole(tmp_path / "missing" / "lake.prom", "x")
    file.unlink()
    file.mkdir()
    with pytest.raises(LakeError, match="cannot write"):
        write_whole(file, "x")
    assert [*tmp_path.iterdir()] == [file], "nothing half is left"


def test_a_lake_before_its_first_run_says_the_time_alone(tmp_path: Path) -> None:
    lake = TestLake(tmp_path, register=False)
    assert [sample.metric for sample in samples(lake.settings)] == ["lakehouse_monitor_timestamp_seconds"]
    assert feeds(lake.settings) == []


def test_each_alert_names_metrics_that_are_printed_and_fires_on_what_it_says(watched: TestLake) -> None:
    (block,) = re.findall(r"```yaml\n(groups:.*?)```", PAGE.read_text(), re.DOTALL)
    rules = [rule for group in yaml.safe_load(block)["groups"] for rule in group["rules"]]
    assert len(rules) >= 8
    printed = {sample.metric for sample in samples(watched.settings)}
    for rule in rules:
        named = {*re.findall(r"\blakehouse_\w+", rule["expr"])}
        assert named, rule["alert"]
        assert named <= printed, rule["alert"]
        assert {"severity"} <= rule["labels"].keys()
        assert {"summary", "action"} <= rule["annotations"].keys()
    described = {*re.findall(r"^\| `(lakehouse_\w+)", PAGE.read_text(), re.MULTILINE)}
    assert described == {*METRICS}


def test_a_run_as_events_of_the_standard_s_own_classes(watched: TestLake, tmp_path: Path) -> None:
    failed, succeeded = (
        row["run_id"] for row in watched.rows("select run_id from audit.runs order by started_at desc")
    )
    start, complete = events(watched.settings, succeeded)
    assert (start.eventType, complete.eventType) == (RunState.START, RunState.COMPLETE)
    assert start.run.runId == complete.run.runId
    assert [given.name for given in complete.inputs] == [str(watched.settings.landing_path / 'a"b\\.csv')]
    (ledger,) = watched.rows("select * from bronze.deliveries where path like 'a%'")
    assert complete.inputs[0].facets["version"].datasetVersion == ledger["content_sha256"]
    assert complete.inputs[0].inputFacets["inputStatistics"].rowCount == 3
    (run,) = watched.rows(f"select table_versions from audit.runs where run_id = '{succeeded}'")
    made = {
        each.facets["symlinks"].identifiers[0].name: each.facets["version"].datasetVersion for each in complete.outputs
    }
    assert made == {
        table: str(version)
        for table, version in run["table_versions"].items()
        if table not in ("audit.runs", "audit.restatements")
    }, "the first run changed every table"
    assert not start.outputs
    _, ended = events(watched.settings, failed)
    assert ended.eventType == RunState.FAIL
    assert "the plug was pulled" in ended.run.facets["errorMessage"].message
    assert not ended.outputs, "it changed nothing"
    assert events(watched.settings, failed)[0].run.runId == ended.run.runId != start.run.runId

    log = tmp_path / "events.json"
    client = OpenLineageClient(transport=FileTransport(FileConfig(log_file_path=str(log), append=True)))
    for event in (start, complete, ended):
        client.emit(event)
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert [event["eventType"] for event in told] == ["START", "COMPLETE", "FAIL"]
    assert told[1] == json.loads(Serde.to_json(complete))
    assert all(event["schemaURL"].startswith("https://openlineage.io/spec/") for event in told)


def test_events_are_sent_where_the_client_is_set_up_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    event = RunEvent(
        eventType=RunState.START,
        eventTime="2026-11-30T06:12:00.000Z",
        run=Run("218064a4-7ef8-5929-bd25-325d17672fc2"),
        job=Job("emissions-lakehouse", "lake run"),
        producer=PRODUCER,
    )
    with pytest.raises(UsageError, match="nothing was sent: set OPENLINEAGE_URL"):
        send([event])
    # Nobody listens on the discard port.
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:9")
    with pytest.raises(LakeError, match="cannot send the events"):
        send([event])
    monkeypatch.delenv("OPENLINEAGE_URL")
    for name, value in {"TYPE": "file", "LOG_FILE_PATH": str(tmp_path / "events"), "APPEND": "true"}.items():
        monkeypatch.setenv(f"OPENLINEAGE__TRANSPORT__{name}", value)
    send([event])
    assert json.loads((tmp_path / "events").read_text())["eventType"] == "START"


def test_a_log_tells_a_run_and_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT_LOGS + 5):
        file = tmp_path / FOLDER / f"{number:04}.log"
        file.parent.mkdir(exist_ok=True)
        file.touch()
        os.utime(file, (number, number))
    heard: list[str] = []
    log = RunLog(tmp_path, "../../up\x1b[2J and away", heard.append)
    log.head(run="a", lake="b")
    log.say("reading \x1b[31mred")
    try:
        raise ValueError("deep") from KeyError("below")  # noqa: TRY301
    except ValueError as error:
        log.failed(error)
    log.close()
    assert log.file.parent == tmp_path / FOLDER
    text = log.file.read_text()
    assert r"reading \x1b[31mred" in text
    assert "Traceback" in text
    assert "KeyError: 'below'" in text
    assert len(heard) == 2
    logs = sorted(file.name for file in (tmp_path / FOLDER).iterdir())
    assert len(logs) == KEPT_LOGS
    assert "0005.log" not in logs
    assert "0006.log" in logs


def test_a_log_that_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", f"size={64 << 10}", "tmpfs", str(disk))
    try:
        log = RunLog(disk, "a")
        for _ in range(100):
            log.say("x" * 10_000)
        log.close()
        assert log.file.stat().st_size <= 64 << 10
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S607
    (tmp_path / FOLDER).touch()
    barred = RunLog(tmp_path, "a")
    barred.say("nobody keeps this")
    barred.close()


def test_a_run_keeps_its_log_and_says_more_when_asked(tmp_path: Path) -> None:
    lake = TestLake(tmp_path, register=False)
    lake.put("a.csv", delivery(RECORD.format(total=6)))
    command = shutil.which("lake", path=str(REPOSITORY / ".venv" / "bin"))
    assert command is not None
    places = {"LAKE_URI": lake.settings.lake_uri, "LANDING_URI": lake.settings.landing_uri}

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **places}
        return subprocess.run([command, *words], env=environment, capture_output=True, text=True, check=False)

    taken_in = ran("ingest", "--json", "--run-id", "nightly:1")
    assert taken_in.returncode == 0, taken_in.stderr
    ended = ran("build", "-v", "--json", "--run-id", "nightly:1")
    assert ended.returncode == 0, ended.stderr
    log = Path(json.loads(ended.stdout)["log"])
    assert json.loads(taken_in.stdout)["log"] == str(log), "parts of a run share a log"
    assert log == Path(lake.settings.lake_uri) / "_logs" / "runs" / "nightly_1.log"
    text = log.read_text()
    asked = ("asked     lake ingest", "reading a.csv", "asked     lake build", "= silver (reported)", "balanced")
    places_in_text = [text.index(words) for words in ("run       nightly:1", *asked)]
    assert places_in_text == sorted(places_in_text)
    assert text.count("succeeded") == 2
    steps = re.findall(r"(\d+) of (\d+) +(model|seed|test|exposure) +(\w+) +(success|pass|no-op) +[\d.]+ s", text)
    assert [int(number) for number, *_ in steps] == list(range(1, int(steps[0][1]) + 1))
    assert {"emissions", "daily_emissions", "gold_equals_silver"} <= {name for _, _, _, name, _ in steps}
    assert "daily_emissions" in ended.stderr, "-v says each step"

    (Path(lake.settings.lake_uri) / "published" / f"{9:020}.json").write_text("no publication")
    broken = ran("run", "--run-id", "nightly:2")
    assert broken.returncode == 1
    assert broken.stderr.count("\n") == 1
    failed = (log.parent / "nightly_2.log").read_text()
    assert "FAILED: " in failed
    assert "Traceback" in failed
    assert "is no publication" in failed
