"""Merges into small tables: what Delta's own way would make of them, without its jobs that read the log back."""

import shutil

import pytest

from tests.checksum_files import remove_checksums, table_folder
from tests.conftest import TestLake, forget_snapshots
from tests.waiting import beside

KNOWN, TWIN = "silver.merged", "silver.merged_twin"
ROW_COUNTS = ("numTargetRowsInserted", "numTargetRowsUpdated", "numTargetRowsDeleted", "numOutputRows")
# Day of January 2025 and number; three files, of days 1 to 4, day 5, and day 6.
FILES = ("(1, 10), (2, 20), (3, 30), (4, 40)", "(5, 50), (5, 51)", "(6, 60)")


def make(lake: TestLake, properties: str) -> None:
    """A table and its twin, of the same files."""
    lake.spark.sql(
        f"create table {KNOWN} (day date, number bigint, word string) using delta tblproperties ({properties})"
    )
    for rows in FILES:
        lake.spark.sql(f"insert into {KNOWN} select /*+ coalesce(1) */ * from ({given(rows, 'old')})")
    shutil.copytree(table_folder(lake, KNOWN), table_folder(lake, TWIN))
    lake.spark.sql(f"create table {TWIN} using delta location '{table_folder(lake, TWIN)}'")


def given(rows: str, word: str) -> str:
    return (
        "select date'2024-12-31' + cast(d as int) as day, cast(n as bigint) as number, "
        f"'{word}' as word from values {rows} as given(d, n)"
    )


def merge(
    lake: TestLake, table: str, clauses: str, rows: str, days: str = "1, 2, 3, 4, 5, 6, 7", where: str = "true"
) -> None:
    dates = ", ".join(f"date'2025-01-{int(day):02}'" for day in days.split(","))
    lake.spark.sql(
        f"merge into {table} as target using "
        f"(select day, number, word from ({given(rows, 'new')}) cross join range(1) where {where}) as source "
        f"on target.day in ({dates}) and target.number = source.number {clauses}"
    )


def state_of(lake: TestLake, table: str) -> list[object]:
    """Rows, the change feed of the newest version, and what it counted."""
    newest = lake.spark.sql(f"describe history {table} limit 1").collect()[0]
    changes = lake.spark.sql(f"select day, number, word, _change_type from table_changes('{table}', {newest.version})")
    rows = sorted(map(tuple, lake.spark.table(table).collect()))
    counts = {name: newest.operationMetrics[name] for name in ROW_COUNTS}
    return [rows, sorted(map(tuple, changes.collect())), counts]


KEEP = "when not matched then insert *"
REPLACE = f"when matched then update set * {KEEP}"


@pytest.mark.parametrize(
    ("clauses", "rows", "days", "marks"),
    [
        (KEEP, "(7, 70)", "7", "true"),
        (KEEP, "(2, 20), (2, 21), (6, 60), (7, 70)", "2, 6, 7", "true"),
        (REPLACE, "(2, 20), (2, 21), (7, 70)", "2, 7", "true"),
        (REPLACE, "(5, 50), (3, 51)", "3, 5", "false"),
        ("when matched then delete", "(5, 50), (5, 51), (6, 99)", "5, 6", "true"),
        (f"when matched and source.number < 40 then delete {REPLACE}", "(1, 10), (4, 40), (7, 70)", "1, 4, 7", "false"),
    ],
)
def test_it_makes_what_delta_makes(lake: TestLake, clauses: str, rows: str, days: str, marks: str) -> None:
    make(lake, f"'delta.enableChangeDataFeed' = 'true', 'delta.enableDeletionVectors' = '{marks}'")
    remove_checksums(lake, TWIN)
    before = set(lake.spark.table(KNOWN).inputFiles())
    for table in (KNOWN, TWIN):
        merge(lake, table, clauses, rows, days)
    assert state_of(lake, KNOWN) == state_of(lake, TWIN)
    if "6" not in days:
        assert set(lake.spark.table(KNOWN).inputFiles()) & before, "files of other days stay"


def test_it_reads_no_log(lake: TestLake) -> None:
    make(lake, "'delta.enableDeletionVectors' = 'true'")
    jobs: dict[str, list[int]] = {}
    for table in (KNOWN, TWIN):
        for clauses in (KEEP, REPLACE):
            if table == TWIN:
                remove_checksums(lake, TWIN)
            forget_snapshots(lake.spark)
            before = lake.jobs()
            merge(lake, table, clauses, "(2, 20), (7, 70)", "2, 7")
            jobs.setdefault(table, []).append(len(lake.jobs() - before))
    assert all(own < others for own, others in zip(jobs[KNOWN], jobs[TWIN], strict=True)), jobs


@pytest.mark.parametrize("clauses", [KEEP, REPLACE])
def test_what_another_commits_meanwhile_makes_it_fail(lake: TestLake, clauses: str) -> None:
    make(lake, "'delta.enableDeletionVectors' = 'true'")
    lake.spark.sql(f"delete from {KNOWN} where number = 40")  # the next one is soon done

    def merge_slowly() -> None:
        merge(lake, KNOWN, clauses, "(2, 20), (7, 70)", "2, 7", "reflect('java.lang.Thread', 'sleep', 3000L) = 'null'")

    with beside(lake, merge_slowly) as slow:
        lake.spark.sql(f"delete from {KNOWN} where number = 30")
    with pytest.raises(Exception, match="DELTA_CONCURRENT"):
        slow.result()
    assert sorted(row.number for row in lake.spark.table(KNOWN).collect()) == [10, 20, 50, 51, 60]


def test_a_merge_that_adds_a_column_is_left_to_delta(lake: TestLake) -> None:
    make(lake, "'delta.enableDeletionVectors' = 'true'")
    lake.spark.sql(
        f"merge with schema evolution into {KNOWN} as target using (select *, 1 as extra from ({given('(2, 20), (7, 70)', 'new')}))"
        f" as source on target.number = source.number {REPLACE}"
    )
    assert [tuple(row) for row in lake.spark.sql(f"select number, word, extra from {KNOWN} order by 1").collect()] == [
        (10, "old", None),
        (20, "new", 1),
        (30, "old", None),
        (40, "old", None),
        (50, "old", None),
        (51, "old", None),
        (60, "old", None),
        (70, "new", 1),
    ]
