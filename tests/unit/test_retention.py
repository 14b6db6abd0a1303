"""Which files of a log the time travel of the last days needs, and the setting for it; no Spark."""

import json
import os
from pathlib import Path

import pytest

from lake.errors import UsageError
from lake.retention import expired_log_files, session_settings
from lake.settings import REPOSITORY, Settings
from lake.tables import commits_digest, rows_commit

# The ages of commits 0 to 6 and the cutoff, in days.
CUTOFF = 90


def log_of(folder: Path, ages: list[int], checkpoints: list[int]) -> Path:
    """A log whose commits are so many days old; time 0 is now, so that cutoff -90 is 90 days ago."""
    log = folder / "gold" / "t" / "_delta_log"
    log.mkdir(parents=True)
    for version, age in enumerate(ages):
        kinds = ["json", "crc", *(["checkpoint.parquet"] if version in checkpoints else [])]
        for kind in kinds:
            file = log / f"{version:020}.{kind}"
            file.write_text("{}\n")
            os.utime(file, (1e9 - age, 1e9 - age))
    return log


@pytest.mark.parametrize(
    ("ages", "checkpoints", "needed", "cleared"),
    [
        # version 3 was the newest one until 10 days ago; 2 is a checkpoint before it
        ([200, 150, 120, 100, 10], [2], 4, 2),
        ([200, 150, 120, 100, 10], [4], 4, 0),
        ([200, 150, 120, 100, 10], [1, 2, 3], 4, 3),
        ([200, 150, 120, 100, 10], [], 4, 0),
        ([10, 9, 8, 7, 6], [2, 4], 4, 0),
        # a table at rest: its newest version alone is needed, and the one that holds its place
        ([200, 190, 180, 170, 160], [2, 4], 4, 4),
        ([200, 190, 180, 170, 160], [2, 4], 3, 2),
        # a commit whose file looks young, as after a copy, and all after it are kept
        ([200, 5, 180, 170, 160], [1, 4], 4, 0),
        # exactly at the cutoff it was the newest one
        ([200, 150, 90, 10], [2], 3, 2),
    ],
)
def test_what_was_the_newest_version_within_the_retention_stays(
    tmp_path: Path, ages: list[int], checkpoints: list[int], needed: int, cleared: int
) -> None:
    log = log_of(tmp_path, ages, checkpoints)
    went = expired_log_files(log, 1e9 - CUTOFF, needed)
    assert {int(path.name[:20]) for path in went} == {*range(cleared)}
    assert went == sorted(went), "the oldest goes first"


def test_commits_that_were_broken_off_long_ago_go_and_nothing_unknown(tmp_path: Path) -> None:
    log = log_of(tmp_path, [200, 10], [1])
    for name, age in ((".0.json.a.tmp", 100), (".1.json.a.tmp", 1), ("_last_checkpoint", 100), ("0.x", 100)):
        (log / name).touch()
        os.utime(log / name, (1e9 - age, 1e9 - age))
    assert [path.name for path in expired_log_files(log, 1e9 - CUTOFF, 1)] == [".0.json.a.tmp"]


@pytest.mark.parametrize("given", ["89", "0", "-90", "90.5", "", "all", "36501", "٩٠"])
def test_fewer_days_than_promised_are_wrong_usage(given: str) -> None:
    with pytest.raises(UsageError, match="LAKE_RETENTION_DAYS"):
        _ = Settings(lake_retention_days=given).retention_days


def test_spark_s_own_settings_hold_the_least_retention() -> None:
    lines = (REPOSITORY / "spark_conf" / "spark-defaults.conf").read_text().splitlines()
    standing = dict(line.split(None, 1) for line in lines if line.strip() and not line.startswith("#"))
    wanted = session_settings(Settings(lake_retention_days="90").retention_days)
    assert wanted.items() <= standing.items()


def commit(lake: Path, version: int, operation: str, **parameters: str) -> None:
    """A commit to gold.t."""
    log = lake / "gold" / "t" / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    info = {"operation": operation, "operationParameters": parameters, "version": version}
    (log / f"{version:020}.json").write_text(f"{json.dumps({'commitInfo': info}, separators=(',', ':'))}\n{{}}\n")


def test_maintenance_leaves_the_digest_of_commits_and_nothing_else_does(tmp_path: Path) -> None:
    commit(tmp_path, 0, "WRITE")
    digest = commits_digest(tmp_path, ["gold.t"])
    commit(tmp_path, 1, "OPTIMIZE")
    commit(tmp_path, 2, "VACUUM START")
    commit(tmp_path, 3, "VACUUM END")
    commit(tmp_path, 4, "SET TBLPROPERTIES", properties='{"delta.logRetentionDuration":"interval 120 days"}')
    assert commits_digest(tmp_path, ["gold.t"]) == digest
    assert rows_commit(tmp_path, "gold.t").stem == f"{0:020}"
    commit(tmp_path, 5, "SET TBLPROPERTIES", properties='{"delta.appendOnly":"true"}')
    assert commits_digest(tmp_path, ["gold.t"]) != digest
    commit(tmp_path, 5, "WRITE")
    assert commits_digest(tmp_path, ["gold.t"]) != digest
