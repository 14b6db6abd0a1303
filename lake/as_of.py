"""The lake as a run left it: which run is meant, every table at the version that the run noted, and what is gone.

Delta keeps the versions, `audit.runs` says which of them a run left. A session that looks back shows each table as a
view of its version under the table's own name, so that a query need not know; whoever looks at two runs at once has
views under other names. `audit.runs` is shown with the run's own row, which is the last thing that a run writes.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from lake.errors import LakeError, UsageError
from lake.format import check_format
from lake.manifest import Manifest
from lake.manifest import find as find_manifest
from lake.queries import query
from lake.released import open_release
from lake.session import bare_session
from lake.settings import Settings
from lake.storage import escaped
from lake.tables import RUNS, SCHEMAS, by_path, list_tables, location, registered_views, schema_statement

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")
BEGINS_SO = 2
# What Spark finds wrong with a query itself; anything else may come from a version that is gone.
OF_THE_QUERY = ("PARSE_", "TABLE_OR_VIEW_NOT_FOUND", "UNRESOLVED_", "DATATYPE_MISMATCH")
# One action of a commit, as far as it says which files a version has.
_VECTOR = "deletionVector: struct<pathOrInlineDv: string>"
LOG_SCHEMA = (
    f"add struct<path: string, {_VECTOR}>, remove struct<path: string, {_VECTOR}>, commitInfo struct<operation: string>"
)


@dataclass(frozen=True)
class LeftBehind:
    """What a run left: the Delta version of every table, by its name, the code that made it, and how it ended."""

    run_id: str
    finished_at: datetime
    table_versions: dict[str, int]
    code_version: str | None
    status: str
    steps: str | None


def open_as_of(settings: Settings, given: str) -> tuple[SparkSession, LeftBehind]:
    """The process's session with every table and view as a run left it, or as a release gave it out, and that run.

    Needs a process whose session has not registered the lake. Tables that were not there yet are not there.

    Raises:
        UsageError: no run is meant by `given`, or several are.
        LakeError: the lake has had no run, or a version is gone.
    """
    manifest = find_manifest(settings.lake_path, given)
    if manifest is not None:
        return open_release(settings, manifest), _run_of(manifest)
    spark = bare_session(settings)
    run = find_run(spark, settings, given)
    check_format(spark, by_path(settings.lake_path, "bronze.deliveries"))
    for schema in SCHEMAS:
        spark.sql(schema_statement(settings.lake_path, schema))
    with looking_back(spark, settings, run):
        for table in run.table_versions:
            spark.sql(f"create or replace view {table} as {select_as_of(settings, run, table)}")
        for statement in registered_views(run.table_versions):
            spark.sql(statement)
    return spark, run


def _run_of(manifest: Manifest) -> LeftBehind:
    versions = {table["table"]: table["delta_version"] for table in manifest.tables}
    finished_at = datetime.fromisoformat(manifest.run["finished_at"])
    # Nobody asks a release how its run ended: only what succeeded is released.
    return LeftBehind(manifest.run["run_id"], finished_at, versions, manifest.run["code_version"], "succeeded", None)


def find_run(spark: SparkSession, settings: Settings, given: str) -> LeftBehind:
    """The run of this identity or beginning, or the last that had succeeded by this moment.

    Raises:
        UsageError: no run is meant, or several are.
        LakeError: the lake has had no run.
    """
    _show_runs(spark, settings)
    found = query(spark, "run_named", given=given, moment=_moment(given)).collect() if given.strip() else []
    if not found:
        msg = f"no run is {given!r}, begins so, or had succeeded by then. lake runs lists them."
        raise UsageError(msg)
    if found[0].meaning == BEGINS_SO and len(found) > 1:
        names = ", ".join(row.run_id for row in found)
        msg = f"several runs begin with {given!r}: {names}. Give more of the one that is meant."
        raise UsageError(msg)
    run = found[0]
    versions = dict(sorted((run.table_versions or {}).items()))
    return LeftBehind(run.run_id, run.finished_at, versions, run.code_version, run.status, run.steps)


def select_as_of(settings: Settings, run: LeftBehind, table: str) -> str:
    """The query for a table as a run left it.

    Raises:
        LakeError: the run left no such table.
    """
    if table not in run.table_versions:
        msg = f"run {run.run_id} left no table {table}: it came later"
        raise LakeError(msg)
    version = run.table_versions[table] + (table == RUNS)
    return f"select * from {by_path(settings.lake_path, table)} version as of {version}"  # noqa: S608


@contextmanager
def looking_back(spark: SparkSession, settings: Settings, *runs: LeftBehind) -> Iterator[None]:
    """While old versions are read: where that fails because one is gone, the error says which, and what is left.

    Raises:
        LakeError: a version that a run left is gone.
    """
    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        if isinstance(error, PySparkException) and str(error.getCondition()).startswith(OF_THE_QUERY):
            raise
        rows = readable_runs(spark, settings)
        names = {run.run_id for run in runs}
        gone = next((row for row in rows if row["run_id"] in names and not row["readable"]), None)
        if gone is None:
            raise
        oldest = next((row["run_id"] for row in reversed(rows) if row["readable"]), None)
        left = f"the oldest run that can still be read is {oldest}" if oldest else "no run can be read any more"
        msg = (
            f"{gone['gone_table']} is gone as run {gone['run_id']} left it (version {gone['gone_version']} was freed): "
            f"{left}. lake runs lists them."
        )
        raise LakeError(msg) from error


def readable_runs(spark: SparkSession, settings: Settings, schema: str = "") -> list[dict[str, object]]:
    """The rows of audit.runs, newest first, each with `readable`, `gone_table` and `gone_version`.

    With a schema, only its tables are looked at.
    """
    _show_runs(spark, settings)
    tables = [table for table in list_tables(settings.lake_path) if table.startswith(schema)]
    folders = [escaped(location(settings.lake_path, table)) for table in tables]
    logs = [f"{folder}/_delta_log" for folder in folders]
    commits = spark.read.schema(LOG_SCHEMA).option("pathGlobFilter", "*.json").json(logs)
    commits.selectExpr(
        "_metadata.file_path as log_path",
        "add is not null as is_addition",
        "coalesce(add.path, remove.path) as file",
        "coalesce(add.deletionVector, remove.deletionVector).pathOrInlineDv as vector",
    ).where("file is not null or commitInfo is not null").createOrReplaceTempView("log_entries")
    # Only the path is asked for, so that no file is read.
    files = spark.read.format("binaryFile").option("recursiveFileLookup", value=True).load(folders + logs)
    files.select("path").createOrReplaceTempView("lake_files")
    return [row.asDict() for row in query(spark, "readable_runs").collect()]


def _show_runs(spark: SparkSession, settings: Settings) -> None:
    if RUNS not in list_tables(settings.lake_path):
        msg = "the lake has had no run yet: lake run makes one"
        raise LakeError(msg)
    spark.read.format("delta").load(location(settings.lake_path, RUNS)).createOrReplaceTempView("all_runs")


def _moment(given: str) -> str | None:
    """The moment that a text means in UTC, None where it is no moment; a day means its end."""
    if not MOMENT.fullmatch(given):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        msg = f"{given!r} is no moment: give YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, with an offset where it is not UTC"
        raise UsageError(msg) from error
    if len(given) == len("YYYY-MM-DD"):
        moment += timedelta(days=1, microseconds=-1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
