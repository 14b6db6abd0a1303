"""Feeds that are late or small, by ledgers whose deliveries came on known days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from lake.format import prepare
from lake.monitor import feeds
from lake.queries import view_of_rows
from tests.conftest import TestLake

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class History:
    """Deliveries of one feed, oldest first, with a number in each path: their records, and how many days ago they came."""

    path: str
    row_counts: list[int]
    days: list[int]


def given_histories(lake: TestLake, *histories: History) -> None:
    """Enter deliveries into the ledger, as if they had been loaded then."""
    (highest,) = lake.rows("select coalesce(max(delivery_id), 0) as id from bronze.deliveries")
    rows = [
        {
            "path": history.path.format(20250101 + number),
            "row_count": row_count,
            "loaded_at": (NOW - timedelta(days=ago)).isoformat(),
        }
        for history in histories
        for number, (row_count, ago) in enumerate(zip(history.row_counts, history.days, strict=True))
    ]
    numbered = [{"delivery_id": highest["id"] + number, **row} for number, row in enumerate(rows, 1)]
    view_of_rows(
        lake.spark, "histories", numbered, "delivery_id bigint, path string, row_count bigint, loaded_at timestamp"
    )
    lake.spark.sql(
        "insert into bronze.deliveries (delivery_id, path, row_count, loaded_at, status) "
        "select *, 'loaded' from histories"
    )


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """Feeds with histories of their own."""
    lake = TestLake(tmp_path_factory.mktemp("ledger"))
    prepare(lake.spark, lake.settings.lake_path)
    given_histories(
        lake,
        History("on-time/{}.csv", [100] * 7, [6, 5, 4, 3, 2, 1, 0]),
        History("late/{}.csv", [100] * 7, [8, 7, 6, 5, 4, 3, 2]),
        History("workdays/{}.csv", [100] * 7, [10, 9, 8, 7, 6, 3, 3]),
        History("new/{}.csv", [100, 1], [9, 8]),
        History("half/{}.csv", [100, 100, 100, 100, 100, 50], [0] * 6),
        History("less/{}.csv", [100, 100, 100, 100, 100, 49], [0] * 6),
        History("daily-9f86d081{}.csv", [5, 5, 5], [2, 1, 0]),
    )
    yield lake
    lake.close()


def test_a_feed_is_late_and_small_by_its_own_history(ledger: TestLake) -> None:
    found = {row["feed"]: row for row in feeds(ledger.settings)}
    assert {name: row["is_late"] for name, row in found.items()} == {
        "on-time/#.csv": False,
        "late/#.csv": True,
        "workdays/#.csv": False,
        "new/#.csv": None,
        "half/#.csv": None,
        "less/#.csv": None,
        "daily-#.csv": None,
    }
    assert [name for name, row in found.items() if row["is_small"]] == ["less/#.csv"]
    late = found["late/#.csv"]
    assert late["longest_wait_days"] == 1
    assert late["due_at"] - late["last_loaded_at"] == timedelta(hours=30)


def test_a_weekend_is_no_delay(ledger: TestLake) -> None:
    given_histories(ledger, History("workdays/{}.csv", [100], [2]))
    (found,) = (row for row in feeds(ledger.settings) if row["feed"] == "workdays/#.csv")
    assert (found["longest_wait_days"], found["is_late"]) == (3, False)
