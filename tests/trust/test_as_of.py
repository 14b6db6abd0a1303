"""The lake as a run left it: every table equals the reference at that moment, and what is gone is named."""

import json
import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from typer.testing import CliRunner

from lake.as_of import find_run, looking_back, open_as_of, readable_runs
from lake.ask import answers
from lake.cli import app
from lake.errors import LakeError, UsageError
from lake.session import bare_session
from lake.settings import REPOSITORY
from lake.tables import by_path, location
from tests.conftest import TestLake, forget_snapshots
from tests.histories.comparing import assert_equal_to_reference
from tests.reference.history import ReferenceLake
from tests.trust.conftest import Remembered


def assert_is_as_each_run_left_it(lake: TestLake, references: dict[str, ReferenceLake]) -> None:
    """Every table as of every run is the reference of that moment, and so are the runs and accounts that it knew."""
    for number, (run_id, reference) in enumerate(references.items(), start=1):
        lake.spark, run = open_as_of(lake.settings, run_id)
        assert run.run_id == run_id
        assert_equal_to_reference(lake, reference)
        runs = lake.rows("select run_id from audit.runs order by started_at")
        assert [row["run_id"] for row in runs] == [*references][:number], "with the run's own row"
        accounts = lake.rows("select run_id from audit.conservation")
        assert {row["run_id"] for row in accounts} == {*[*references][:number]}


def test_as_of_each_run_every_table_equals_the_reference_of_that_moment(remembered: Remembered, kept: TestLake) -> None:
    assert_is_as_each_run_left_it(kept, remembered.references)
    run_id = [*remembered.references][-1]
    statement = "select count(*) as records from silver.emissions"
    asked = CliRunner().invoke(
        app, ["sql", "--json", "--as-of", run_id, statement], env={"LAKE_URI": kept.settings.lake_uri}
    )
    assert json.loads(asked.stdout) == kept.rows(statement)
    with pytest.raises(UsageError, match="only be read"):
        answers(kept.settings, ["delete from silver.emissions"], run_id)
    with pytest.raises(UsageError, match="nowhere"):
        answers(kept.settings, ["select * from nowhere"], run_id)


def test_a_run_is_meant_by_its_id_its_beginning_or_a_moment(remembered: Remembered, kept: TestLake) -> None:
    first, *_, last = remembered.references
    spark = kept.spark = bare_session(kept.settings)

    def meant(given: str) -> str:
        return find_run(spark, kept.settings, given).run_id

    assert [meant(run_id) for run_id in remembered.references] == [*remembered.references]
    assert meant(last[:-2]) == last
    with pytest.raises(UsageError, match=f"several runs.*{first}"):
        meant(first[:4])

    rows = {row["run_id"]: row for row in readable_runs(spark, kept.settings)}
    finished = {run_id: datetime.fromisoformat(f"{rows[run_id]['finished_at']}+00:00") for run_id in rows}
    for run_id, moment in finished.items():
        assert meant(moment.isoformat()) == run_id
        assert meant(moment.isoformat(" ").removesuffix("+00:00")) == run_id, "UTC where nothing else is said"
    assert meant((finished[last] + timedelta(days=1)).date().isoformat()) == last
    assert meant(f"{finished[last] + timedelta(hours=2):%Y-%m-%dT%H:%M:%S.%f}+02:00") == last

    # A failed run left what it left; a moment means what was whole then.
    spark.sql(f"update {by_path(kept.settings.lake_path, 'audit.runs')} set status = 'failed' where run_id = '{last}'")
    assert meant(last) == last
    assert meant(finished[last].isoformat()) == [*remembered.references][-2]
    for given in ("2001-01-01", "nothing", "", " "):
        with pytest.raises(UsageError, match="no run is"):
            meant(given)
    with pytest.raises(UsageError, match="no moment"):
        meant("2025-13-01")


@pytest.mark.long
def test_versions_that_are_gone_are_known_and_named(remembered: Remembered, kept: TestLake) -> None:
    spark = kept.spark = bare_session(kept.settings)
    assert {row["readable"] for row in readable_runs(spark, kept.settings)} == {True}
    vacuum_all(kept, "silver.emissions")
    vacuum_all(kept, "gold.daily_emissions")
    said = {row["run_id"]: row for row in readable_runs(spark, kept.settings)}
    tampered = ("silver.emissions", "gold.daily_emissions")
    readable = {}
    for run_id, row in said.items():
        versions = row["table_versions"]
        assert isinstance(versions, dict)
        whole = {table: can_be_read(kept, table, versions[table]) for table in tampered}
        readable[run_id] = all(whole.values())
        assert row["readable"] is readable[run_id], (run_id, whole)
        assert row["gone_table"] == min((table for table in tampered if not whole[table]), default=None)
    first, *_, last = remembered.references
    assert (readable[first], readable[last]) == (False, True)

    oldest = next(run_id for run_id in remembered.references if readable[run_id])
    for run_id in remembered.references:
        forget_snapshots(spark)
        if readable[run_id]:
            open_as_of(kept.settings, run_id)
            continue
        with pytest.raises(
            LakeError, match=rf"{run_id} left it.*oldest run that can still be read is {oldest}"
        ) as error:
            answers(kept.settings, [f"select * from {table}" for table in tampered], run_id)
        assert "\n" not in str(error.value)
    listed = CliRunner().invoke(app, ["runs"], env={"LAKE_URI": kept.settings.lake_uri, "COLUMNS": "300"}).stdout
    assert sum("no: " in line for line in listed.splitlines()) == [*readable.values()].count(False)

    clear_log(kept, "gold.top_10_domains")
    gone = {row["run_id"]: row["gone_table"] for row in readable_runs(spark, kept.settings)}
    assert gone[last] == "gold.top_10_domains"
    with pytest.raises(LakeError, match=r"gold\.top_10_domains is gone.*no run can be read any more"):
        answers(kept.settings, ["select * from gold.top_10_domains"], last)


def test_what_spark_says_of_other_things_is_passed_on(kept: TestLake) -> None:
    spark = kept.spark = bare_session(kept.settings)
    run = find_run(spark, kept.settings, next(iter(readable_runs(spark, kept.settings)))["run_id"])
    with pytest.raises(PySparkException, match="DIVIDE_BY_ZERO"), looking_back(spark, kept.settings, run):
        spark.sql("select 1 / 0").collect()


def test_the_command_ends_with_one_line(kept: TestLake) -> None:
    environment = {**os.environ, "LAKE_URI": kept.settings.lake_uri}
    command = [str(REPOSITORY / ".venv" / "bin" / "lake"), "sql", "--as-of", "never", "select 1"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
    kept.spark = bare_session(kept.settings)


def vacuum_all(lake: TestLake, table: str) -> None:
    """Free all files that the newest version of a table does not need."""
    name = by_path(lake.settings.lake_path, table)
    spark = lake.spark
    spark.sql(f"alter table {name} set tblproperties ('delta.deletedFileRetentionDuration' = 'interval 0 seconds')")
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    spark.sql(f"vacuum {name}")
    spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    forget_snapshots(spark)


def clear_log(lake: TestLake, table: str) -> None:
    """Let a table's log begin at a checkpoint after all runs, as when its retention is over."""
    for number in range(12):
        name = by_path(lake.settings.lake_path, table)
        lake.spark.sql(f"alter table {name} set tblproperties ('number' = '{number}')")
    log = Path(location(lake.settings.lake_path, table), "_delta_log")
    checkpoint = int(next(log.glob("*.checkpoint.parquet")).name.split(".")[0])
    for commit in log.glob("*.json"):
        if int(commit.stem) < checkpoint:
            commit.unlink()
    forget_snapshots(lake.spark)


def can_be_read(lake: TestLake, table: str, version: int) -> bool:
    """Whether all rows of a version can be had."""
    try:
        lake.rows(f"select * from {by_path(lake.settings.lake_path, table)} version as of {version}")
    except (PySparkException, Py4JJavaError):
        return False
    return True
