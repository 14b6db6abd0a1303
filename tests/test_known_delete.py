"""`insert ... replace where`: the rows that go are told by the bounds of files, and what Delta would have left is left."""

import pytest

from tests.conftest import TestLake

TABLE = "silver.days"


@pytest.fixture
def lake_of_days(lake: TestLake) -> TestLake:
    """Three files: days 1 to 4 and none, day 5 twice over, day 6."""
    lake.spark.sql(f"create table {TABLE} (day date, number bigint, word string) using delta")
    for rows in ("(1, 10), (2, 20), (3, 30), (4, 40), (null, 0)", "(5, 50), (5, 51)", "(6, 60)"):
        insert(lake, rows)
    return lake


def insert(lake: TestLake, rows: str, where: str = "") -> None:
    """Add rows of (day of January 2025, number) in one file, in place of others where a condition says which."""
    lake.spark.sql(
        f"insert into {TABLE} by name {where} select /*+ coalesce(1) */ date'2024-12-31' + cast(d as int) as day, "
        f"cast(n as bigint) as number, 'w' as word from values {rows} as given(d, n)"
    )


def numbers(lake: TestLake) -> list[int]:
    return sorted(row.number for row in lake.spark.table(TABLE).collect())


def days(*numbers: int) -> str:
    return "replace where day in (" + ", ".join(f"date'2025-01-{number:02}'" for number in numbers) + ")"


def files(lake: TestLake) -> set[str]:
    return set(lake.spark.table(TABLE).inputFiles())


@pytest.mark.parametrize(
    ("where", "rows", "left", "files_kept"),
    [
        (days(5), "(5, 52)", [0, 10, 20, 30, 40, 52, 60], 2),
        (days(4, 5), "(5, 52)", [0, 10, 20, 30, 52, 60], 1),
        (days(1, 2, 3, 4), "(2, 21)", [0, 21, 50, 51, 60], 2),
        (days(2), "(2, 21)", [0, 10, 21, 30, 40, 50, 51, 60], 2),
        (days(9), "(9, 90)", [0, 10, 20, 30, 40, 50, 51, 60, 90], 3),
        ("replace where number in (10, 51)", "(7, 10), (8, 51)", [0, 10, 20, 30, 40, 50, 51, 60], 1),
        ("replace where number = 50", "(5, 50)", [0, 10, 20, 30, 40, 50, 51, 60], 2),
        ("replace where number is not null", "(7, 70)", [70], 0),
        ("replace where day is not null", "(5, 52)", [0, 52], 0),
        ("replace where day >= date'2025-01-05'", "(7, 70)", [0, 10, 20, 30, 40, 70], None),
        ("replace where day in (date'2025-01-05') and number > 50", "(5, 59)", [0, 10, 20, 30, 40, 50, 59, 60], None),
        ("replace where day is null", "(null, 1)", [1, 10, 20, 30, 40, 50, 51, 60], None),
    ],
)
def test_rows_go_and_others_stay(
    lake_of_days: TestLake, where: str, rows: str, left: list[int], files_kept: int | None
) -> None:
    before = files(lake_of_days)
    insert(lake_of_days, rows, where)
    assert numbers(lake_of_days) == left
    if files_kept is not None:
        assert len(files(lake_of_days) & before) == files_kept, "a file without such rows stays as it is"


def test_it_reads_no_log_and_looks_for_no_row(lake_of_days: TestLake) -> None:
    """Jobs: one that writes, another where a file's rest is written anew; Delta's own way took several times as many."""
    for where, rows, most in (
        (days(5), "(5, 52)", 1),
        (days(9), "(9, 90)", 1),
        (days(2), "(2, 21)", 2),
        ("replace where number is not null", "(7, 70)", 1),
    ):
        before = lake_of_days.jobs()
        insert(lake_of_days, rows, where)
        assert len(lake_of_days.jobs() - before) <= most, where


def test_rows_that_were_marked_as_gone_stay_gone(lake_of_days: TestLake) -> None:
    spark = lake_of_days.spark
    spark.sql(f"alter table {TABLE} set tblproperties ('delta.enableDeletionVectors' = 'true')")
    spark.sql(f"delete from {TABLE} where number = 30 and word = 'w'")
    assert numbers(lake_of_days) == [0, 10, 20, 40, 50, 51, 60]
    insert(lake_of_days, "(2, 21)", days(2))
    assert numbers(lake_of_days) == [0, 10, 21, 40, 50, 51, 60]
    insert(lake_of_days, "(4, 41)", days(1, 2, 3, 4))
    assert numbers(lake_of_days) == [0, 41, 50, 51, 60]


def test_large_files_are_left_where_they_are(lake_of_days: TestLake) -> None:
    spark = lake_of_days.spark
    spark.sql(f"alter table {TABLE} set tblproperties ('delta.enableDeletionVectors' = 'true')")
    before = files(lake_of_days)
    with lake_of_days.as_large():
        insert(lake_of_days, "(2, 21)", days(2))
        insert(lake_of_days, "(5, 52)", days(5))
    assert numbers(lake_of_days) == [0, 10, 21, 30, 40, 52, 60]
    assert len(files(lake_of_days) & before) == 2, "rows of a file are marked, a file of nothing else goes"


def test_rows_of_other_days_are_refused(lake_of_days: TestLake) -> None:
    before = numbers(lake_of_days)
    with pytest.raises(Exception, match="DELTA_REPLACE_WHERE_MISMATCH"):
        insert(lake_of_days, "(6, 61)", days(5))
    assert numbers(lake_of_days) == before


def test_the_statement_delete_says_how_many_rows_went(lake_of_days: TestLake) -> None:
    spark = lake_of_days.spark
    for where, rows in (
        ("day = date'2025-01-05'", 2),
        ("number in (10, 20)", 2),
        ("day in (date'2025-01-20')", 0),
        ("number > 30", 2),
        ("day is not null", 1),
    ):
        assert spark.sql(f"delete from {TABLE} where {where}").collect()[0].num_affected_rows == rows, where
    assert numbers(lake_of_days) == [0]


def test_a_change_feed_tells_each_row_that_went(lake_of_days: TestLake) -> None:
    spark = lake_of_days.spark
    spark.sql(f"alter table {TABLE} set tblproperties ('delta.enableChangeDataFeed' = 'true')")
    version = spark.sql(f"describe history {TABLE} limit 1").collect()[0].version
    insert(lake_of_days, "(5, 52)", days(5))
    told = spark.sql(f"select number, _change_type as kind from table_changes('{TABLE}', {version + 1})").collect()
    assert sorted((row.number, row.kind) for row in told) == [(50, "delete"), (51, "delete"), (52, "insert")]
