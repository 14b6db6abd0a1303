"""`lake_commits`, by which runs learn how far a table has come: what `describe history` says, without its Spark job."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import TestLake, delivery, forget_snapshots

RECORD = "2025-03-01,site.example,video,Germany,300x250,mobile,0.1,0.2,0.3,0.6,measured"


def log_of(lake: TestLake, table: str) -> Path:
    return Path(str(lake.settings.lake_path), *table.split("."), "_delta_log")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """A lake after two runs, of which one table has also been changed in each way that a place must see through."""
    lake = TestLake(tmp_path_factory.mktemp("grown"))
    for name in ("first.csv", "second.csv"):
        lake.put(name, delivery(RECORD))
        lake.run()
    for statement in (
        "alter table silver.emissions set tblproperties (delta.appendOnly = false)",
        "optimize silver.emissions",
        "delete from silver.emissions where activity_date < date'2000-01-01'",
        "update silver.emissions set domain = domain",
        "restore table silver.emissions to version as of 1",
        "vacuum silver.emissions",
    ):
        lake.spark.sql(statement)
    yield lake
    lake.close()


def test_it_says_what_describe_history_says_without_a_job(grown: TestLake) -> None:
    for table in ("silver.emissions", "gold.daily_emissions", "bronze.deliveries"):
        history = grown.spark.sql(f"describe history {table} limit 50").collect()
        before = grown.jobs()
        commits = grown.spark.sql(f"select * from lake_commits('{table}', 50)").collect()
        assert grown.jobs() == before
        for commit, told in zip(commits, history, strict=True):
            assert (commit.version, commit.operation) == (told.version, told.operation)
            assert commit.user_metadata == told.userMetadata
            for name, value in json.loads(commit.operation_parameters).items():
                is_text = value is None or isinstance(value, str)
                assert told.operationParameters[name] == (value if is_text else json.dumps(value))
    assert len(grown.rows("select * from lake_commits('silver.emissions', 2)")) == 2


def test_a_commit_of_another_process_shows_and_a_cleared_log_ends_it(grown: TestLake) -> None:
    log = log_of(grown, "bronze.deliveries")
    newest = max(log.glob("0*.json"))
    number = int(newest.stem)
    (log / f"{number + 1:020}.json").write_text('{"commitInfo":{"timestamp":1,"operation":"VACUUM END"}}\n')
    commits = grown.rows("select version, user_metadata from lake_commits('bronze.deliveries', 50)")
    assert [commit["version"] for commit in commits] == list(range(number + 1, -1, -1))
    assert commits[0]["user_metadata"] is None

    (log / f"{number + 1:020}.json").unlink()
    forget_snapshots(grown.spark)

    for _ in range(2):
        grown.spark.sql("alter table bronze.deliveries set tblproperties (delta.checkpointInterval = 1)")
    assert list(log.glob("*.checkpoint.parquet"))
    (log / f"{0:020}.json").unlink()
    commits = grown.rows("select version from lake_commits('bronze.deliveries', 50)")
    assert [commit["version"] for commit in commits] == list(range(number + 2, 0, -1))


@pytest.mark.parametrize("arguments", ["", "'silver.emissions'", "'emissions', 1", "'a.b.c', 1", "'silver.nothing', 1"])
def test_what_is_no_table_is_an_error(grown: TestLake, arguments: str) -> None:
    with pytest.raises(Exception, match=r"lake_commits|silver|emissions"):
        grown.rows(f"select * from lake_commits({arguments})")


def test_files_have_the_mode_that_the_user_s_mask_gives(grown: TestLake) -> None:
    mask = os.umask(0)
    os.umask(mask)
    files = [*log_of(grown, "silver.emissions").parent.rglob("*.parquet"), *log_of(grown, "silver.emissions").glob("*")]
    modes = {stat.S_IMODE(file.stat().st_mode) for file in files if file.is_file()}
    assert modes == {0o666 & ~mask}
