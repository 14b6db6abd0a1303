"""Scans of small tables: which files they read, without a job that lists them, and that none is missed."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pyspark.sql import Row

from tests.checksum_files import checksum_files, remove_checksums, rewrite_checksum, table_folder
from tests.conftest import TestLake, forget_snapshots

FIRST = date(2025, 3, 1)
# Three files: of days 0 to 4, 5 to 9 and 10 to 14, numbers likewise, and in the last a row without either.
ROWS = [(number, FIRST + timedelta(days=number), f"site{number}") for number in range(15)]
WITHOUT = (None, None, "nobody")


@pytest.fixture
def table(lake: TestLake) -> str:
    """A table of three files, one commit each, with statistics of all columns."""
    lake.spark.sql("create table silver.few (number bigint, day date, domain string) using delta")
    for first in (0, 5, 10):
        rows = [*ROWS[first : first + 5], *([WITHOUT] if first == 10 else [])]
        lake.spark.createDataFrame(rows, "number bigint, day date, domain string").coalesce(1).createOrReplaceTempView(
            "few"
        )
        lake.spark.sql("insert into silver.few select * from few")
    return "silver.few"


def read_anew(lake: TestLake) -> list[Row]:
    """All rows, by a log that is read from its files: by the table's name Spark would use the one that it knows."""
    forget_snapshots(lake.spark)
    return lake.spark.sql(f"select domain from delta.`{table_folder(lake, 'silver.few')}`").collect()


Filtered = tuple[int | None, date | None, str]


@pytest.mark.parametrize(
    ("filter_text", "keeps", "files"),
    [
        ("number = 7", lambda row: row[0] == 7, 1),
        ("7 = number", lambda row: row[0] == 7, 1),
        ("number in (1, 12)", lambda row: row[0] in (1, 12), 2),
        (f"number in ({', '.join(map(str, range(-20, 1)))})", lambda row: row[0] == 0, 1),
        ("number > 9", lambda row: row[0] is not None and row[0] > 9, 1),
        ("9 < number", lambda row: row[0] is not None and row[0] > 9, 1),
        ("number >= 9", lambda row: row[0] is not None and row[0] >= 9, 2),
        ("9 <= number", lambda row: row[0] is not None and row[0] >= 9, 2),
        ("number < 5", lambda row: row[0] is not None and row[0] < 5, 1),
        ("5 > number", lambda row: row[0] is not None and row[0] < 5, 1),
        ("number <= 5", lambda row: row[0] is not None and row[0] <= 5, 2),
        ("5 >= number", lambda row: row[0] is not None and row[0] <= 5, 2),
        ("number between 5 and 9 and domain = 'site6'", lambda row: row[0] == 6, 1),
        ("number = 3 or number = 13", lambda row: row[0] in (3, 13), 2),
        ("number = 3 or domain = 'site13'", lambda row: row[0] in (3, 13), 3),
        ("day = date'2025-03-06'", lambda row: row[0] == 5, 1),
        ("day in (date'2025-03-05', date'2025-03-06')", lambda row: row[0] in (4, 5), 2),
        ("day >= date'2025-03-15'", lambda row: row[0] == 14, 1),
        ("number = 99", lambda row: False, 0),
        ("number is null", lambda row: row[0] is None, 3),
        ("number <=> null", lambda row: row[0] is None, 3),
        ("not number > 1", lambda row: row[0] in (0, 1), 1),
        ("domain = 'site2'", lambda row: row[0] == 2, 3),
        ("number + 1 = 3", lambda row: row[0] == 2, 3),
        ("number = (select max(number) from silver.few)", lambda row: row[0] == 14, 3),
    ],
)
def test_a_filter_reads_the_files_that_may_hold_its_rows(
    lake: TestLake,
    table: str,
    filter_text: str,
    keeps: Callable[[Filtered], bool],
    files: int,
) -> None:
    asked = lake.spark.sql(f"select * from {table} where {filter_text}")
    assert sorted(map(str, asked.collect())) == sorted(
        str(row) for row in lake.spark.createDataFrame([*ROWS, WITHOUT], asked.schema).collect() if keeps(tuple(row))
    )
    assert (
        int(asked._jdf.queryExecution().executedPlan().collectLeaves().head().metrics().apply("numFiles").value())
        == files
    )


def test_no_job_lists_the_files(lake: TestLake, table: str) -> None:
    forget_snapshots(lake.spark)
    before = lake.jobs()
    assert lake.spark.sql(f"select domain from {table} where number = 7").collect()[0].domain == "site7"
    assert len(lake.jobs() - before) == 1


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("keeps_transaction", [False, True])
def test_a_checksum_file_of_another_commit_is_not_believed(lake: TestLake, *, keeps_transaction: bool) -> None:
    checksum = json.loads(checksum_files(lake, "silver.few")[-1].read_text(encoding="utf-8"))
    left_out = json.loads(checksum["allFiles"].pop()["stats"])["numRecords"]
    if not keeps_transaction:
        checksum["txnId"] = "of-another"
    rewrite_checksum(lake, "silver.few", checksum)
    # With its own transaction's name it says what that wrote: so the case above is about the name alone.
    assert len(read_anew(lake)) == (16 - left_out if keeps_transaction else 16)


@pytest.mark.usefixtures("table")
def test_without_checksum_files_all_is_read(lake: TestLake) -> None:
    remove_checksums(lake, "silver.few")
    assert len(read_anew(lake)) == 16


def test_deleted_rows_older_versions_and_own_reads(lake: TestLake, table: str) -> None:
    lake.spark.sql(f"alter table {table} set tblproperties ('delta.enableDeletionVectors' = 'true')")
    lake.spark.sql(f"delete from {table} where number = 7")
    lake.spark.sql(f"insert into {table} select number + 100, day, domain from {table} where number >= 5")
    assert len(lake.spark.sql(f"select number from {table} where number between 5 and 9").collect()) == 4
    assert len(lake.spark.sql(f"select number from {table} where number >= 100").collect()) == 9
    assert len(lake.spark.sql(f"select number from {table} version as of 3").collect()) == 16
    assert len(lake.spark.sql(f"select number from {table} version as of 2 where number > 4").collect()) == 5
