"""`lake maintain`: no row and no promised version is lost, readers go on, and a run after it rebuilds nothing."""

import fcntl
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from bronze.ledger import withdraw
from lake import maintain as module
from lake.lock import LOCK_FILE
from lake.maintain import Maintenance, maintain
from lake.settings import REPOSITORY, Settings
from lake.tables import list_tables, table_version
from tests.aging import SECONDS_A_DAY, age
from tests.conftest import HEADER, TestLake, delivery, forget_snapshots
from tests.histories.comparing import assert_equal_to_reference
from tests.reference.history import ReferenceLake

WITH_ID = f"{HEADER},record_id"
Content = tuple[int, int]


def record(day: str, domain: str, grams: str, record_id: str = "") -> str:
    """A record of one country and device, all its grams in the selection of ads."""
    return f"{day},{domain},video,DE,300x600,mobile,{grams},0,0,{grams},measured,{record_id}"


FIRST = delivery(
    record("2025-07-01", "a.example", "0.1", "r1"),
    *[record("2025-07-02", "b.example", "0.5")] * 2,
    record("2025-07-04", "c.example", "0.3", "r3"),
    record("2025-07-04", "c.example", "-1"),
    header=WITH_ID,
)
CORRECTED = delivery(
    record("2025-07-03", "a.example", "0.2", "r1"), record("2025-07-05", "d.example", "0.7"), header=WITH_ID
)
LATER = delivery(
    record("2025-07-06", "a.example", "0.9", "r3"), record("2025-07-02", "b.example", "0.5"), header=WITH_ID
)


@dataclass
class Grown:
    """A lake after several runs, at rest in a folder that tests copy, and the reference that was given the same."""

    folder: Path
    reference: ReferenceLake


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """Three runs: a delivery, its correction, and the withdrawal of the correction."""
    made = Grown(tmp_path_factory.mktemp("grown") / "rest", ReferenceLake())
    lake = TestLake(tmp_path_factory.mktemp("growing"))
    for path, content in (("a.csv", FIRST), ("b.csv", CORRECTED)):
        lake.put(path, content)
        made.reference.put(path, content)
        lake.run()
        made.reference.ingest(datetime.now(UTC).date())
    withdraw(lake.spark, "b.csv")
    made.reference.withdraw("b.csv")
    lake.run()
    # Forgetting the tables removes their folders.
    shutil.copytree(lake.settings.lake_path.parent, made.folder)
    lake.close()
    return made


@pytest.fixture
def lake(grown: Grown, tmp_path: Path) -> Iterator[TestLake]:
    """A copy of the grown lake in which two small files are many."""
    shutil.copytree(grown.folder, tmp_path / "copy")
    copied = TestLake(tmp_path / "copy")
    with pytest.MonkeyPatch.context() as few:
        few.setattr(module, "MANY_SMALL_FILES", 1)
        yield copied
    copied.close()


@pytest.fixture
def reference(grown: Grown) -> ReferenceLake:
    """The reference of the grown lake."""
    return deepcopy(grown.reference)


def question(spark: SparkSession, source: str) -> DataFrame:
    """Row count and a digest of all rows, of the version that is the newest one now."""
    return spark.sql(f"select count(*), coalesce(bit_xor(xxhash64(to_json(struct(*)))), 0) from {source}")


def content_of(spark: SparkSession, source: str) -> Content:
    """The answer to the question, now."""
    row = question(spark, source).collect()[0]
    return row[0], row[1]


AllVersions = Callable[[TestLake], dict[tuple[str, int], Content]]
# Gold's tables are written and maintained alike; looking at each version of each takes minutes.
GOLD_LOOKED_AT = {"gold.daily_emissions", "gold.top_10_domains"}


@pytest.fixture
def all_versions(pytestconfig: pytest.Config) -> AllVersions:
    """Gives the content of every version of every table, but for some of gold's where --whole is not given."""
    whole = pytestconfig.getoption("--whole")

    def contents(lake: TestLake) -> dict[tuple[str, int], Content]:
        tables = [table for table in lake.tables() if whole or table in GOLD_LOOKED_AT or not table.startswith("gold.")]
        return {
            (table, version): content_of(lake.spark, f"{table} version as of {version}")
            for table in tables
            for version in range(table_version(lake.settings.lake_path, table) + 1)
        }

    return contents


def commits(lake: TestLake) -> dict[str, int]:
    """The newest version of every table."""
    return {table: table_version(lake.settings.lake_path, table) for table in lake.tables()}


def tended(lake: TestLake) -> Maintenance:
    """What `lake maintain` does, without its process."""
    return maintain(lake.spark, lake.settings)


def rebuild(lake: TestLake) -> list[str]:
    """Run with all of dbt, though nothing was landed; the tables of silver and gold that it wrote."""
    before = lake.versions()
    lake.spark.sql("update audit.runs set status = 'failed'")
    lake.run()
    return [table for table, version in lake.versions().items() if version != before[table]]


def test_compaction_keeps_rows_versions_and_places(
    lake: TestLake, reference: ReferenceLake, all_versions: AllVersions
) -> None:
    versions, newest = all_versions(lake), commits(lake)
    done = tended(lake)
    compacted = {item.table for item in done.compacted}
    assert {"bronze.emissions", "silver.emissions", "audit.runs", "audit.conservation"} <= compacted
    assert {item.files_after for item in done.compacted} == {1}
    assert done.freed.files == 0, "what was replaced just now stays readable"
    after = all_versions(lake)
    assert {key: after[key] for key in versions} == versions
    second, looked_at = commits(lake), {table for table, _ in versions}
    assert {table: after[table, second[table]] for table in looked_at} == {
        table: versions[table, newest[table]] for table in looked_at
    }

    again = tended(lake)
    assert (commits(lake), again.freed.files, again.compacted) == (second, 0, [])

    nodes: list[str] = []
    lake.run(on_step=nodes.append)
    assert not nodes, "the run sees that there is nothing to do"
    assert rebuild(lake) == []
    assert_equal_to_reference(lake, reference)

    lake.put("c.csv", LATER)
    reference.put("c.csv", LATER)
    reference.ingest(datetime.now(UTC).date())
    before = lake.versions()
    lake.run()
    assert_equal_to_reference(lake, reference)
    for table in ("silver.emissions", "silver.duplicates", "gold.daily_emissions", "gold.daily_by_country_device"):
        newer = [commit for commit in lake.rows(f"describe history {table}") if commit["version"] > before[table]]
        assert newer, table
        for commit in newer:
            assert "REPLACE TABLE" not in commit["operation"], (table, commit["operation"])
            assert json.loads(commit["userMetadata"])["dates"] != "all", table


def test_vacuum_frees_what_was_replaced_before_the_retention_and_keeps_the_rest(
    lake: TestLake, reference: ReferenceLake, all_versions: AllVersions
) -> None:
    (lake.settings.lake_path / "gold" / "daily_emissions" / "part-left-by-a-crash.parquet").write_text("x")
    (lake.settings.lake_path / "_verify").mkdir()
    (lake.settings.lake_path / "_verify" / "left").write_text("x")
    age(lake, 100)
    (lake.settings.lake_path / "_logs" / "new.log").write_text("x")
    old = commits(lake)
    lake.put("c.csv", LATER)
    reference.put("c.csv", LATER)
    reference.ingest(datetime.now(UTC).date())
    lake.run()
    versions = all_versions(lake)
    promised = {key: content for key, content in versions.items() if key[1] >= old[key[0]]}

    done = tended(lake)
    freed = {item.table: item.data for item in done.tables if item.data.files}
    assert "gold.daily_emissions" in freed
    assert done.freed.bytes >= sum(item.bytes for item in freed.values()) > 0
    assert not (lake.settings.lake_path / "gold" / "daily_emissions" / "part-left-by-a-crash.parquet").exists()
    assert not (lake.settings.lake_path / "_verify").exists()
    assert [path.name for path in (lake.settings.lake_path / "_logs").iterdir() if path.suffix == ".log"] == ["new.log"]
    forget_snapshots(lake.spark)
    after = {key: content_of(lake.spark, f"{key[0]} version as of {key[1]}") for key in promised}
    assert after == promised, "a version that was in force within the retention is as it was"

    second = commits(lake)
    again = tended(lake)
    assert (commits(lake), again.freed.files) == (second, 0)
    assert rebuild(lake) == []
    assert_equal_to_reference(lake, reference)


def test_a_table_at_rest_keeps_its_last_versions_at_a_checkpoint_and_loses_older_ones(tmp_path: Path) -> None:
    with closing(TestLake(tmp_path)) as lake:
        lake.ready()
        rests_and_is_tended(lake)


def rests_and_is_tended(lake: TestLake) -> None:
    """Thirty commits, all but the last long ago."""
    log = lake.settings.lake_path / "audit" / "runs" / "_delta_log"

    def insert() -> None:
        lake.spark.sql("insert into audit.runs (run_id) values ('r')")

    while table_version(lake.settings.lake_path, "audit.runs") < 29:
        insert()
    for path in log.iterdir():
        moment = path.stat().st_mtime - 100 * SECONDS_A_DAY
        os.utime(path, (moment, moment))
    insert()
    assert (log / f"{30:020}.checkpoint.parquet").exists()
    forget_snapshots(lake.spark)
    assert content_of(lake.spark, "audit.runs version as of 29")[0] == 29, "until just now it was the newest version"

    done = {item.table: item for item in tended(lake).tables}["audit.runs"]
    assert done.log.files == 20 * 2 + 1, "commits and summaries before the checkpoint at 20, and the checkpoint at 10"
    assert sorted(int(path.stem) for path in log.glob("*.json")) == [*range(20, 31)]
    forget_snapshots(lake.spark)
    for version in range(20, 31):
        assert content_of(lake.spark, f"audit.runs version as of {version}")[0] == version
    assert {item.table: item.log.files for item in tended(lake).tables}["audit.runs"] == 0


@pytest.mark.long
def test_a_longer_retention_becomes_a_property_once_and_costs_no_rebuild(lake: TestLake) -> None:
    given = lake.settings
    longer = Settings(lake_uri=given.lake_uri, landing_uri=given.landing_uri, lake_retention_days="120")
    maintain(lake.spark, longer)
    noted = lake.rows("show tblproperties gold.daily_emissions ('delta.deletedFileRetentionDuration')")
    assert noted[0]["value"] == "interval 120 days"
    second = commits(lake)
    maintain(lake.spark, longer)
    assert commits(lake) == second
    nodes: list[str] = []
    lake.run(on_step=nodes.append)
    assert not nodes
    assert rebuild(lake) == []


@pytest.mark.long
def test_a_run_says_when_maintenance_is_due(lake: TestLake) -> None:
    assert {"audit.runs", "bronze.emissions"} <= {*lake.run().maintenance_due}
    tended(lake)
    assert lake.run().maintenance_due == ["audit.conservation", "audit.runs"], "their last run and all before it"


@pytest.mark.long
def test_the_command(lake: TestLake) -> None:
    age(lake, 100)
    environment = {**os.environ, "LAKE_URI": str(lake.settings.lake_path)}
    command = [str(REPOSITORY / ".venv" / "bin" / "lake"), "maintain"]

    def call(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *words], env=environment | variables, capture_output=True, text=True, check=False, timeout=300
        )

    ended = call("--json")
    assert ended.returncode == 0, ended.stderr
    document = json.loads(ended.stdout)
    assert document["retention_days"] == 90
    assert document["freed"]["files"] > 0
    assert {item["table"] for item in document["tables"]} == {*lake.tables()}

    said = call().stdout
    assert "0 files freed" in said
    assert "every version of the last 90 days stays readable" in said

    short = call(LAKE_RETENTION_DAYS="30")
    assert (short.returncode, len(short.stderr.splitlines())) == (2, 1)
    assert "LAKE_RETENTION_DAYS=30" in short.stderr
    with (lake.settings.lake_path / LOCK_FILE).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert call().returncode == 3


@dataclass
class Reader:
    """A thread that asks every table for its content, again and again, of snapshots that it had and of fresh ones."""

    spark: SparkSession
    expected: dict[str, Content]
    is_done: Callable[[], bool]
    answers: int = 0
    failure: str = ""

    def read(self) -> None:
        """Until it is done, and every table at least once."""
        try:
            while not self.is_done() or not self.answers:
                for table, expected in self.expected.items():
                    answer = content_of(self.spark, table)
                    assert answer == expected, f"{table}: {answer} instead of {expected}"
                    self.answers += 1
                forget_snapshots(self.spark)
        except Exception as error:
            self.failure = str(error)[:2000]


@pytest.mark.long
def test_readers_beside_maintenance_see_no_failure_and_lose_no_row(
    grown: Grown, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MANY_SMALL_FILES", 1)
    answers = compacted = freed = 0
    started = time.monotonic()
    races = request.config.getoption("--races")
    for number in range(races):
        shutil.copytree(grown.folder, tmp_path / str(number))
        # A third of the tables each time, so that three races cost what one of all would.
        for place, table in enumerate(list_tables(tmp_path / str(number) / "lake")):
            if place % 3 != number % 3:
                shutil.rmtree(tmp_path.joinpath(str(number), "lake", *table.split(".")))
        lake = TestLake(tmp_path / str(number))
        age(lake, 100)
        expected = {table: content_of(lake.spark, table) for table in lake.tables()}
        asked_before = {table: question(lake.spark, table) for table in expected}
        is_over = threading.Event()
        readers = [Reader(lake.spark, expected, is_over.is_set) for _ in range(2)]
        threads = [threading.Thread(target=reader.read) for reader in readers]
        for thread in threads:
            thread.start()
        try:
            done = tended(lake)
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        assert [reader.failure for reader in readers] == ["", ""]
        assert {table: content_of(lake.spark, table) for table in expected} == expected
        assert {table: tuple(asked.collect()[0]) for table, asked in asked_before.items()} == expected
        assert done.compacted, "a race needs something to do"
        assert done.freed.files
        answers += sum(reader.answers for reader in readers)
        compacted += len(done.compacted)
        freed += done.freed.files
        lake.close()
        shutil.rmtree(tmp_path / str(number), ignore_errors=True)
    took = time.monotonic() - started
    print(f"{races} races, {compacted} compactions, {freed} files freed, {answers} answers, {took:.0f} s")
