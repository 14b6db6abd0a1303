"""What readers see: gold as the published run left it, whatever happens to gold meanwhile."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from lake import published
from lake.ask import run_list
from lake.errors import LakeBusyError, LakeError, UsageError
from lake.maintain import maintain
from lake.metrics import METRICS
from lake.publish import publish_run
from lake.settings import REPOSITORY
from tests.aging import age
from tests.conftest import TestLake, delivery, forget_snapshots
from tests.reference.gold import GOLD_TABLES

NOTE = "spark.databricks.delta.commitInfo.userMetadata"
OTHER_DAY = "2025-07-01"
Content = dict[str, list[str]]


def record(day: int, domain: str, grams: str) -> str:
    return f"2025-07-{day:02},{domain},video,DE,300x600,mobile,{grams},0,0,{grams},measured"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """One lake for all tests of this file, which go on from each other in their order."""
    made = TestLake(tmp_path_factory.mktemp("published"))
    yield made
    made.close()


def content(lake: TestLake, schema: str) -> Content:
    """Every row of gold's tables, as sorted text, under the given schema."""
    return {table: sorted(map(str, lake.rows(f"select * from {schema}.{table}"))) for table in GOLD_TABLES}


def shown_tables(lake: TestLake) -> set[str]:
    return {row["tableName"] for row in lake.rows("show tables in published") if not row["isTemporary"]}


def seen_run(lake: TestLake) -> str:
    now = published.current(lake.settings.lake_path)
    assert now is not None
    return now.run_id


def entries(lake: TestLake) -> list[Path]:
    return sorted(Path(str(lake.settings.lake_path), "published").iterdir())


class Story:
    """What the runs of this file's lake left in gold, by the run's identity; `first` and `second` passed their tests."""

    first = second = failed = part = ""
    left: dict[str, Content] = {}  # noqa: RUF012 - one lake, one story


def test_readers_see_a_run_when_its_tests_have_passed(lake: TestLake) -> None:
    published.show(lake.spark, lake.settings.lake_path)
    assert shown_tables(lake) == set()
    lake.put("a.csv", delivery(record(1, "a.example", "0.1"), record(2, "b.example", "0.2")))
    report = lake.run()
    assert report.published is not None
    assert report.published.run_id == report.run_id
    published.show(lake.spark, lake.settings.lake_path)
    assert shown_tables(lake) == {*GOLD_TABLES, METRICS}
    total = "select measure(total_gco2e) as grams from published.emissions_metrics"
    assert lake.rows(total) == [{"grams": "0.3000000000"}]
    Story.first = report.run_id
    Story.left[Story.first] = content(lake, "gold")
    assert content(lake, "published") == Story.left[Story.first]

    before = entries(lake)
    again = lake.run()
    assert again.published == report.published, "nothing new, nothing published"
    assert entries(lake) == before


def test_a_failed_run_never_shows(lake: TestLake) -> None:
    """A figure is falsified under the table's own note, so that no run mends it and the test of all dates fails."""
    table = "gold.daily_by_domain_format"
    history = lake.rows(f"describe history {table}")
    lake.spark.conf.set(NOTE, next(row["userMetadata"] for row in history if row["userMetadata"]))
    lake.spark.sql(f"update {table} set record_count = 7 where activity_date = date'{OTHER_DAY}'")
    lake.spark.conf.unset(NOTE)
    assert content(lake, "published") == Story.left[Story.first]

    lake.put("b.csv", delivery(record(3, "c.example", "0.4")))
    with pytest.raises(LakeError, match=f"gold_equals_silver.*Readers go on seeing run {Story.first}"):
        lake.run()
    assert lake.rows("select count(*) as days from gold.daily_emissions") == [{"days": 3}], "gold has gone on"
    assert content(lake, "published") == Story.left[Story.first]
    assert seen_run(lake) == Story.first
    newest = run_list(lake.settings)[0]
    assert (newest["status"], newest["published"]) == ("failed", False)
    Story.failed = newest["run_id"]


def test_the_next_good_run_shows_at_once_in_a_session_that_lasts(lake: TestLake) -> None:
    report = lake.run(full_refresh=True)
    Story.second = report.run_id
    Story.left[Story.second] = content(lake, "gold")
    assert Story.left[Story.second] != Story.left[Story.first]
    assert content(lake, "published") == Story.left[Story.second], "nothing was registered anew"
    assert lake.rows("select measure(total_gco2e) as grams from published.emissions_metrics") == [
        {"grams": "0.7000000000"}
    ]
    marked = {row["run_id"]: row["published"] for row in run_list(lake.settings)}
    assert [run_id for run_id, is_seen in marked.items() if is_seen] == [Story.second]


def test_a_run_that_was_killed_before_it_published_is_healed(lake: TestLake) -> None:
    """Its row is written and its publication is not; part of a file may lie there."""
    last = entries(lake)[-1]
    last.rename(last.with_name(f".{last.name}.1.part"))
    assert content(lake, "published") == Story.left[Story.first], "the old one, not a mixture"
    report = lake.run()
    assert report.published is not None
    assert report.published.run_id == report.run_id
    assert content(lake, "published") == Story.left[Story.second]
    Story.second = report.run_id
    Story.left[Story.second] = content(lake, "gold")


def test_an_older_run_is_published_and_the_newer_again(lake: TestLake) -> None:
    """By commands of other processes, seen by this session and by new ones."""

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(REPOSITORY / ".venv" / "bin" / "lake"), *words]
        environment = {**os.environ, "LAKE_URI": lake.settings.lake_uri}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)

    done = call("publish", Story.first, "--json")
    assert json.loads(done.stdout) == {"run_id": Story.first, "changed": True, "before": Story.second}, done.stderr
    assert content(lake, "published") == Story.left[Story.first]
    log = "select run_id, published_by from audit.publications order by publication desc"
    asked = call("sql", "--json", log, "select count(*) as n from published.daily_emissions")
    newest_first, seen = json.loads(asked.stdout)
    assert newest_first[0] == {"run_id": Story.first, "published_by": "lake publish"}, asked.stderr
    assert seen == [{"n": 2}]

    assert not publish_run(lake.spark, lake.settings, Story.first).changed
    lake.run()
    lake.run()
    assert seen_run(lake) == Story.first, "until a run brings news"
    assert publish_run(lake.spark, lake.settings, Story.second).before == Story.first
    assert content(lake, "published") == Story.left[Story.second]


def test_a_run_of_one_layer_publishes_nothing(lake: TestLake) -> None:
    before = entries(lake)
    report = lake.run(ingest=False, layer="gold")
    Story.part = report.run_id
    assert report.published is not None
    assert report.published.run_id == Story.second
    assert entries(lake) == before
    for run_id, why in ((Story.failed, "every test passed"), (Story.part, "tested all layers"), ("never", "no run is")):
        with pytest.raises(UsageError, match=why):
            publish_run(lake.spark, lake.settings, run_id)
    assert entries(lake) == before


def test_no_query_sees_two_publications(lake: TestLake) -> None:
    """While publications come and go, every part of a query is of the same one."""
    root = lake.settings.lake_path
    second = published.current(root)
    first = publish_run(lake.spark, lake.settings, Story.first).publication
    assert second is not None
    ended = threading.Event()

    def flip() -> None:
        number = first.publication
        while not ended.wait(0.01):
            number += 1
            chosen = (first, second)[number % 2]
            published.publish(root, number, chosen.run_id, "a test", chosen.tables)

    flipping = threading.Thread(target=flip)
    flipping.start()
    tables = ("daily_emissions", "daily_by_country_device", "daily_by_domain_format", "flagged_domains")
    parts = " union all ".join(f"select sum(total_gco2e) as grams from published.{table}" for table in tables)
    try:
        seen = [lake.rows(f"select collect_set(grams) as grams from ({parts})")[0]["grams"] for _ in range(12)]
    finally:
        ended.set()
        flipping.join()
    assert {*map(tuple, seen)} <= {("0.3000000000",), ("0.7000000000",)}


def test_what_is_published_can_only_be_read(lake: TestLake) -> None:
    for statement in (
        "delete from published.{}",
        "insert into published.{0} select * from gold.{0}",
        "alter table published.{} set tblproperties ('a' = 'b')",
    ):
        with pytest.raises(PySparkException, match="can only be read"):
            lake.spark.sql(statement.format("daily_emissions"))
    now = published.current(lake.settings.lake_path)
    assert now is not None
    with pytest.raises(LakeBusyError, match="published meanwhile"):
        published.publish(lake.settings.lake_path, now.publication, "late", "a test", {})


@pytest.mark.long
def test_maintenance_keeps_what_readers_see(lake: TestLake) -> None:
    """Readers see a run that is older than the retention: its files and logs stay until they see another."""
    publish_run(lake.spark, lake.settings, Story.first)
    age(lake, 100)
    done = maintain(lake.spark, lake.settings)
    assert sum(item.data.files for item in done.tables if item.table.startswith("silver.")) > 0
    assert not [entry for entry in entries(lake) if entry.suffix == ".part"], "what was cut off has gone"
    forget_snapshots(lake.spark)
    fresh = lake.spark
    lake.spark = fresh.newSession()
    assert content(lake, "published") == Story.left[Story.first]
    lake.spark = fresh

    publish_run(lake.spark, lake.settings, Story.second)
    done = maintain(lake.spark, lake.settings)
    assert sum(item.data.files for item in done.tables if item.table.startswith("gold.")) > 0
    forget_snapshots(lake.spark)
    assert content(lake, "published") == Story.left[Story.second]
    with pytest.raises(LakeError, match=f"is gone as run {Story.first} left it"):
        publish_run(lake.spark, lake.settings, Story.first)


def test_a_table_that_was_made_anew_is_not_taken_for_the_published_one(lake: TestLake) -> None:
    now = published.current(lake.settings.lake_path)
    assert now is not None
    lake.spark.sql("drop table gold.top_10_domains")
    for number in range(now.tables["gold.top_10_domains"].version + 1):
        lake.spark.sql(f"create or replace table gold.top_10_domains using delta as select {number} as rank")
    with pytest.raises((PySparkException, Py4JJavaError), match="made anew"):
        lake.spark.newSession().sql("select * from published.top_10_domains").collect()
    left = " ".join(published.registration(lake.settings.lake_path))
    assert "top_10_domains" not in left, "new sessions open, and show the others"
    assert "daily_emissions" in left
