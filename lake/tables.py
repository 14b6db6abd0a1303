"""The folders of a lake as a catalog: which tables there are, their versions, and the SQL that registers them."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from lake.code import project_variables
from lake.metrics import METRICS, METRICS_MODEL, metric_view
from lake.retention import PROPERTIES
from lake.settings import REPOSITORY
from lake.storage import LakePath, removal

SCHEMAS = ("bronze", "silver", "gold", "audit")
# Folders that hold something only while `lake verify` and an ingest work.
SCRATCH = "_verify"
STAGING = "bronze/_staging"
RUNS, CONSERVATION, RESTATEMENTS = "audit.runs", "audit.conservation", "audit.restatements"
# What bronze and ledger cannot give back.
NOT_REBUILT = {"bronze.emissions", "bronze.deliveries", RUNS, CONSERVATION}
# Commits by `lake maintain`, after which every row is what it was before; dbt/macros/places.sql passes over them too.
KEEPING_ROWS = ("OPTIMIZE", "VACUUM START", "VACUUM END")
# Changed by a writer on S3 that takes the place of one that may still live (lake/lease.py).
WRITER = "lake.writer"
VIEW_MODELS = {"silver.record_contributions": REPOSITORY / "silver" / "cleaned" / "record_contributions.sql"}


def list_tables(lake: LakePath) -> list[str]:
    """The names `schema.table` of all Delta tables in the lake, sorted."""
    return sorted(table_versions(lake))


def clear_unborn(lake: LakePath) -> None:
    """Remove the folders of tables whose making was cut off before their first commit; the caller holds the lock.

    They hold no row of any version, and Delta refuses to make a table where files lie. What no run can make again is
    made empty: where such a folder holds data, its log was lost, and it is left for a person to look at.
    """
    for schema in SCHEMAS:
        for log in (lake / schema).glob("*/_delta_log"):
            remove = removal(log.parent)
            was_born = any(entry.name[0].isdigit() or entry.name == "_last_checkpoint" for entry in log.iterdir())
            is_precious = f"{schema}.{log.parent.name}" in NOT_REBUILT and any(log.parent.glob("**/*.parquet"))
            if not was_born and not is_precious:
                remove()


def table_version(lake: LakePath, table: str) -> int:
    """The newest committed Delta version of a table, read from the names in its log.

    Raises:
        FileNotFoundError: the table does not exist.
    """
    schema, name = table.split(".")
    commits = [
        int(entry.stem) for entry in (lake / schema / name / "_delta_log").glob("*.json") if entry.stem.isdigit()
    ]
    if not commits:
        raise FileNotFoundError(table)
    return max(commits)


def rows_commit(lake: LakePath, table: str) -> LakePath:
    """The newest commit in a table's log that may have changed its rows, the oldest there is where none did.

    Raises:
        FileNotFoundError: the table does not exist.
    """
    log = lake.joinpath(*table.split("."), "_delta_log")
    commits = sorted((commit for commit in log.glob("*.json") if commit.stem.isdigit()), reverse=True)
    if not commits:
        raise FileNotFoundError(table)
    return next((commit for commit in commits if not _keeps_rows(commit)), commits[-1])


def table_versions(lake: LakePath) -> dict[str, int]:
    """The newest committed Delta version of every table by its name."""
    versions: dict[str, int] = {}
    # A log without a commit is a table that is just being made, or whose making was cut off.
    for commit in (commit for schema in SCHEMAS for commit in (lake / schema).glob("*/_delta_log/*.json")):
        if commit.stem.isdigit():
            folder = commit.parent.parent
            table = f"{folder.parent.name}.{folder.name}"
            versions[table] = max(int(commit.stem), versions.get(table, 0))
    return versions


def commits_digest(lake: LakePath, tables: Iterable[str]) -> int:
    """A number below 2^48 for the newest commits of tables that may have changed rows, by their content.

    A table that was put back from a backup can have the version number of another and not its rows.
    """
    digest = hashlib.sha256()
    for table in sorted(tables):
        digest.update(f"{table}\0".encode())
        digest.update(rows_commit(lake, table).read_bytes())
    return int.from_bytes(digest.digest()[:6], "big")


def registration(lake: LakePath, derived: LakePath | None = None) -> list[str]:
    """SQL statements that show the lake's schemas, tables and views to a session with an in-memory catalog.

    With `derived` all schemas but bronze lie there, so that they can be made anew without touching the lake's own.
    """
    places = locations(lake, derived)
    tables = [f"create table if not exists {table} using delta location {literal(places[table])}" for table in places]
    return [*schema_statements(lake, derived), *tables, *registered_views(places)]


def schema_statements(lake: LakePath, derived: LakePath | None = None) -> list[str]:
    """SQL statements that show the lake's schemas; `derived` as in `registration`."""
    return [schema_statement(root, schema) for schema, root in _roots(lake, derived).items()]


def locations(lake: LakePath, derived: LakePath | None = None) -> dict[str, str]:
    """Where each table lies, by its name `schema.table`; `derived` as in `registration`."""
    roots = _roots(lake, derived)
    # Each root is listed once: on S3 every listing of a log is a request.
    listed = {root: list_tables(root) for root in {*roots.values()}}
    return {
        table: location(root, table)
        for schema, root in roots.items()
        for table in listed[root]
        if table.startswith(f"{schema}.")
    }


def _roots(lake: LakePath, derived: LakePath | None) -> dict[str, LakePath]:
    return {schema: lake if schema == "bronze" else derived or lake for schema in SCHEMAS}


def registered_views(tables: Collection[str]) -> list[str]:
    """SQL statements that show the lake's views to a session that has these tables."""
    statements = [
        f"create or replace view {view} as {_view_sql(model)}"
        for view, model in VIEW_MODELS.items()
        if "silver.emissions" in tables
    ]
    if "gold.daily_emissions" in tables:
        statements += metrics_over("gold")
    return statements


def metrics_over(schema: str) -> list[str]:
    """SQL statements that show the metric view over a schema's own `daily_emissions`, in that schema."""
    definition = model_sql(METRICS_MODEL, ref=lambda name: f"{schema}.{name}").strip()
    return metric_view(f"{schema}.{METRICS}", definition)


def schema_statement(lake: LakePath, schema: str) -> str:
    """The SQL statement that shows a schema of the lake to a session."""
    return f"create schema if not exists {schema} location {literal(lake / schema)}"


def location(lake: LakePath, table: str) -> str:
    """Where a table lies, as Delta is told."""
    return str(lake.joinpath(*table.split(".")))


def by_path(lake: LakePath, table: str) -> str:
    """A table by its place, as SQL names it where it is not registered."""
    return "delta.`" + location(lake, table).replace("`", "``") + "`"


def literal(path: LakePath | str) -> str:
    """A path as a SQL string literal."""
    return "'" + str(path).replace("\\", "\\\\").replace("'", "\\'") + "'"


def newest_note(lake: LakePath, table: str, among: int) -> str | None:
    """The newest note (`userMetadata`) among so many of a table's newest commits; None where none has one."""
    log = lake.joinpath(*table.split("."), "_delta_log")
    commits = sorted((commit for commit in log.glob("*.json") if commit.stem.isdigit()), reverse=True)
    notes = (_commit_info(commit).get("userMetadata") for commit in commits[:among])
    return next((note for note in notes if note is not None), None)


def rows_note(lake: LakePath, table: str) -> str | None:
    """The note (`userMetadata`) of the newest commit that may have changed a table's rows; None where it has none."""
    note: str | None = _commit_info(rows_commit(lake, table)).get("userMetadata")
    return note


def commit_info(lake: LakePath, table: str, version: int) -> dict[str, Any]:
    """What Delta noted with a version: `operation`, `timestamp` (milliseconds), `txnId`; empty where it is cleared."""
    try:
        return _commit_info(lake.joinpath(*table.split("."), "_delta_log", f"{version:020}.json"))
    except FileNotFoundError:
        return {}


def _keeps_rows(commit: LakePath) -> bool:
    info = _commit_info(commit)
    if info.get("operation") == "SET TBLPROPERTIES":
        return {*json.loads(info["operationParameters"]["properties"])} <= {*PROPERTIES, WRITER}
    return info.get("operation") in KEEPING_ROWS


def _commit_info(commit: LakePath) -> dict[str, Any]:
    with commit.open(encoding="utf-8") as lines:
        actions = (json.loads(line) for line in lines if line.startswith('{"commitInfo"'))
        info: dict[str, Any] = next(actions, {"commitInfo": {}})["commitInfo"]
    return info


def _view_sql(model: Path) -> str:
    """A dbt view's SQL without dbt, so that every process can register it in tenths of a second."""
    return model_sql(model, ref=lambda name: f"silver.{name}").strip()


def model_sql(model: Path, **names: Callable[..., str]) -> str:
    """The SQL of a model that needs only formulas of dbt; `ref` and `source` give the tables that it reads."""
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - SQL, not HTML
    macros = [REPOSITORY / "dbt" / "macros" / f"{name}.sql" for name in ("measures", "cleaning")]
    text = "".join(path.read_text(encoding="utf-8") for path in (*macros, model))
    names.setdefault("var", lambda name: project_variables()[name])
    return environment.from_string(text).render(config=lambda **_: "", **names)
