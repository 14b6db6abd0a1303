"""One small history by hand, in which each run meets another way that records win, lose, move and go.

After every run all tables equal the independent reference, so nothing may be left as a run before had it.
"""

import json
import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bronze.ledger import undo_withdrawal, withdraw
from tests.conftest import HEADER, TestLake, delivery
from tests.histories.comparing import assert_conserved, assert_equal_to_reference
from tests.reference.history import ReferenceLake

WITH_ID = f"{HEADER},record_id"
# Fifteen days of one domain, the last far from the others: a run of its own brings it, so its history is read again.
USUAL_DAYS = [f"2025-06-{day:02d},h.example,video,FR,1x1,pc,{0.1 + day % 3 / 100:.2f},0,0," for day in range(1, 15)]
FAR_DAY = "2025-06-15,h.example,video,FR,1x1,pc,9.00,0,0,9.00,measured,"


def record(day: str, domain: str, grams: str, record_id: str = "", ad_format: str = "video") -> str:
    """A record of one country and device, all its grams in the selection of ads."""
    return f"{day},{domain},{ad_format},DE,300x600,mobile,{grams},0,0,{grams},measured,{record_id}"


def usual(line: str) -> str:
    """A usual day, its total stated."""
    return f"{line}{line.split(',')[6]},measured,"


SHARED = record("2025-07-02", "b.example", "0.5")
FIRST_ONLY = record("2025-07-20", "q.example", "0.25")


class History:
    """The lake and the reference, given the same."""

    def __init__(self, lake: TestLake, reference: ReferenceLake) -> None:
        self.lake, self.reference = lake, reference

    def put(self, path: str, *records: str) -> None:
        """Deliver to both."""
        content = delivery(*records, header=WITH_ID)
        self.lake.put(path, content)
        self.reference.put(path, content)

    def run(self, **steps: Any) -> None:
        """Run both and compare everything."""
        account = self.lake.run(**steps).conservation
        self.reference.ingest(datetime.now(UTC).date())
        assert_equal_to_reference(self.lake, self.reference)
        assert_conserved(account, self.reference)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ReferenceLake]:
    """Three deliveries in one run: the folder that it left, to be copied, and the reference."""
    lake = TestLake(tmp_path_factory.mktemp("beginning"))
    started = History(lake, ReferenceLake())
    started.put(
        "a.csv",
        record("2025-07-01", "a.example", "0.1", "r1"),
        record("2025-07-03", "a.example", "0.2", "r2"),
        SHARED,
        SHARED,
        record("2025-07-04", "c.example", "0.3", "r3"),
        record("2025-07-05", "c.example", "0.4", "r3"),
        record("2025-07-05", "c.example", "0.4", ad_format="radio"),
    )
    started.put("b.csv", SHARED, FIRST_ONLY, record("2025-07-08", "c.example", "0", "zero"))
    started.put("h.csv", *map(usual, USUAL_DAYS))
    started.run()
    # Forgetting the tables removes their folders.
    kept = shutil.copytree(lake.settings.lake_path.parent, tmp_path_factory.mktemp("begun") / "kept")
    lake.close()
    return kept, started.reference


@pytest.fixture
def history(begun: tuple[Path, ReferenceLake], tmp_path: Path) -> Iterator[History]:
    """A history that begins with three deliveries in one run."""
    folder, reference = begun
    lake = TestLake(shutil.copytree(folder, tmp_path / "copy"))
    yield History(lake, deepcopy(reference))
    lake.close()


def test_corrections_move_and_what_lost_comes_back(history: History) -> None:
    # r2 moves to another day, r1 changes its grams, the last day of h is unlike its fourteen days before.
    history.put("b.csv", record("2025-07-25", "a.example", "0.7", "r2"), record("2025-07-09", "x.example", "-1"))
    history.put("c.csv", record("2025-07-01", "a.example", "0.9", "r1"), SHARED, FAR_DAY)
    history.run()
    assert history.lake.rows("select activity_date from gold.flagged_domain_days") == [{"activity_date": "2025-06-15"}]

    # The first of the equal records goes, and with it r3 and a refused row: another stands in for the first.
    withdraw(history.lake.spark, "a.csv")
    history.reference.withdraw("a.csv")
    history.run()

    # What stood in goes too, by a build of each layer; nothing is left of r1.
    history.put("c.csv", record("2025-07-02", "d.example", "0.6"))
    history.lake.ingest()
    history.lake.run(ingest=False, layer="silver")
    history.reference.ingest(datetime.now(UTC).date())
    history.run(ingest=False, layer="gold")

    # All of the first delivery returns under a new id, later than the correction of r2.
    undo_withdrawal(history.lake.spark, "a.csv", "undo")
    history.reference.undo("a.csv", datetime.now(UTC).date())
    history.run()


@pytest.mark.long
def test_a_rejected_version_and_a_returning_one_change_what_they_should(history: History) -> None:
    history.lake.put("b.csv", b"no,header\n")
    history.reference.put("b.csv", b"no,header\n")
    history.run()
    history.put("b.csv", SHARED, FIRST_ONLY, record("2025-07-08", "c.example", "0", "zero"))
    history.run()


@pytest.mark.long
def test_a_table_built_under_other_rules_is_rebuilt(history: History) -> None:
    spark = history.lake.spark
    for table in ("silver.emissions", "gold.daily_by_country_device"):
        note = spark.sql(f"describe history {table} limit 1").collect()[0].userMetadata
        other = json.dumps({**json.loads(note), "rules": "other"})
        spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", other)
        spark.sql(f"delete from {table} where activity_date = date'2025-07-01'")
        spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")
    history.run()


@pytest.mark.long
def test_a_commit_that_carries_another_table_s_note_is_a_stranger_s(history: History) -> None:
    spark = history.lake.spark
    note = spark.sql("describe history silver.emissions limit 1").collect()[0].userMetadata
    spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", note)
    spark.sql("delete from silver.quarantine")
    spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")
    history.run()


@pytest.mark.long
def test_a_run_after_a_failed_one_or_by_layer_builds_all(history: History) -> None:
    spark = history.lake.spark
    versions = history.lake.versions()
    history.run()
    assert history.lake.versions() == versions, "nothing new, nothing written"
    spark.sql("update audit.runs set status = 'failed'")
    nodes: list[str] = []
    history.run(on_step=nodes.append)
    assert "daily_emissions" in nodes
    nodes.clear()
    history.run(on_step=nodes.append)
    assert not nodes
    spark.sql("update audit.runs set code_version = 'other'")
    history.run(on_step=nodes.append)
    assert "daily_emissions" in nodes
    nodes.clear()
    history.run(on_step=nodes.append, full_refresh=True)
    assert "daily_emissions" in nodes
