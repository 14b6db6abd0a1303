"""Appends that bear a version of their writer, as those of bronze do: each version once, and no log is read back to see it."""

import json
from collections.abc import Callable

import pytest

from tests.checksum_files import checksum_files, remove_checksums, rewrite_checksum
from tests.conftest import TestLake, forget_snapshots
from tests.waiting import beside

TABLE = "silver.versioned"


@pytest.fixture
def versioned(lake: TestLake) -> TestLake:
    """A table to which a writer has appended its version 5."""
    lake.spark.sql(f"create table {TABLE} (number bigint, word string) using delta")
    append(lake, "select 5 as number, 'five' as word", version=5)
    return lake


def append(lake: TestLake, rows: str, version: int, writer: str = "a") -> None:
    appended = lake.spark.sql(rows).writeTo(TABLE).option("txnAppId", writer).option("txnVersion", str(version))
    appended.option("userMetadata", f"{writer}{version}").append()


def numbers(lake: TestLake) -> list[int]:
    return sorted(row.number for row in lake.spark.table(TABLE).collect())


def leave_all(lake: TestLake, _: str) -> None:
    """Delta's log as it is, to be read anew."""
    forget_snapshots(lake.spark)


def forge_checksum(lake: TestLake, table: str) -> None:
    """What the newest commit's file says is of another commit, which knew of no writer."""
    text = json.loads(checksum_files(lake, table)[-1].read_text(encoding="utf-8"))
    rewrite_checksum(lake, table, text | {"txnId": "of-another", "setTransactions": []})


@pytest.mark.parametrize("happened", [leave_all, remove_checksums, forge_checksum])
def test_a_version_is_appended_once(versioned: TestLake, happened: Callable[[TestLake, str], None]) -> None:
    happened(versioned, TABLE)
    for version in (5, 4):
        append(versioned, f"select {version} as number, 'again' as word", version)
    assert numbers(versioned) == [5]
    append(versioned, "select 6 as number, 'six' as word", version=6)
    append(versioned, "select 6 as number, 'six again' as word", version=6)
    append(versioned, "select 1 as number, 'another' as word", version=1, writer="b")
    assert numbers(versioned) == [1, 5, 6]
    assert [row.userMetadata for row in versioned.spark.sql(f"describe history {TABLE} limit 3").collect()] == [
        "b1",
        "a6",
        "a5",
    ]


def test_no_job_reads_the_log(versioned: TestLake) -> None:
    forget_snapshots(versioned.spark)
    before = versioned.jobs()
    append(versioned, "select 6 as number, 'six' as word", version=6)
    assert len(versioned.jobs() - before) == 1, "the one that writes"
    before = versioned.jobs()
    append(versioned, "select 6 as number, 'six' as word", version=6)
    assert versioned.jobs() == before


def test_of_two_that_begin_together_one_fails(versioned: TestLake) -> None:
    """As of a writer that outlived its lock and the one that took its place."""

    def append_slowly() -> None:
        append(
            versioned,
            "select 6 as number, 'slow' as word where reflect('java.lang.Thread', 'sleep', 3000L) = 'null'",
            6,
        )

    with beside(versioned, append_slowly) as slow:
        append(versioned, "select 7 as number, 'fast' as word", version=7)
    with pytest.raises(Exception, match="DELTA_CONCURRENT_TRANSACTION"):
        slow.result()
    assert numbers(versioned) == [5, 7]


def test_columns_go_by_their_names_and_kept_rows_are_read_anew(versioned: TestLake) -> None:
    kept = versioned.spark.table(TABLE).cache()
    assert kept.count() == 1
    append(versioned, "select 'six' as word, cast(6 as int) as number", version=6)
    assert [tuple(row) for row in versioned.spark.table(TABLE).orderBy("number").collect()] == [(5, "five"), (6, "six")]
    kept.unpersist()
    with pytest.raises(Exception, match="DELTA_METADATA_MISMATCH"):
        append(versioned, "select 7 as number, 'seven' as name", version=7)
    assert numbers(versioned) == [5, 6]
