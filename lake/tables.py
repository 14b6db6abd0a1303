"""The folders of a lake as a catalog: which tables there are, their versions, and the SQL that registers them."""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from lake.retention import PROPERTIES
from lake.settings import REPOSITORY

SCHEMAS = ("bronze", "silver", "gold", "audit")
# Folders that hold something only while `lake verify` and an ingest work.
SCRATCH = "_verify"
STAGING = "bronze/_staging"
# What bronze and ledger cannot give back.
NOT_REBUILT = {"bronze.emissions", "bronze.deliveries", "audit.runs", "audit.conservation"}
# Commits by `lake maintain`, after which every row is what it was before; dbt/macros/places.sql passes over them too.
KEEPING_ROWS = ("OPTIMIZE", "VACUUM START", "VACUUM END")
VIEW_MODELS = {"silver.record_contributions": REPOSITORY / "silver" / "cleaned" / "record_contributions.sql"}


def list_tables(lake: Path) -> list[str]:
    """The names `schema.table` of all Delta tables in the lake, sorted."""
    # A log without a commit is a table that is just being made, or whose making was cut off.
    commits = {commit.parent.parent for schema in SCHEMAS for commit in (lake / schema).glob("*/_delta_log/*.json")}
    return sorted(f"{folder.parent.name}.{folder.name}" for folder in commits)


def clear_unborn(lake: Path) -> None:
    """Remove the folders of tables whose making was cut off before their first commit; the caller holds the lock.

    They hold no row of any version, and Delta refuses to make a table where files lie. What no run can make again is
    made empty: where such a folder holds data, its log was lost, and it is left for a person to look at.
    """
    for schema in SCHEMAS:
        for log in (lake / schema).glob("*/_delta_log"):
            was_born = any(entry.name[0].isdigit() or entry.name == "_last_checkpoint" for entry in log.iterdir())
            is_precious = f"{schema}.{log.parent.name}" in NOT_REBUILT and any(log.parent.glob("**/*.parquet"))
            if not was_born and not is_precious:
                shutil.rmtree(log.parent)


def table_version(lake: Path, table: str) -> int:
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


def rows_commit(lake: Path, table: str) -> Path:
    """The newest commit in a table's log that may have changed its rows, the oldest there is where none did.

    Raises:
        FileNotFoundError: the table does not exist.
    """
    log = lake.joinpath(*table.split("."), "_delta_log")
    commits = sorted((commit for commit in log.glob("*.json") if commit.stem.isdigit()), reverse=True)
    if not commits:
        raise FileNotFoundError(table)
    return next((commit for commit in commits if not _keeps_rows(commit)), commits[-1])


def table_versions(lake: Path) -> dict[str, int]:
    """The newest committed Delta version of every table by its name."""
    return {table: table_version(lake, table) for table in list_tables(lake)}


def commits_digest(lake: Path, tables: Iterable[str]) -> int:
    """A number below 2^48 for the newest commits of tables that may have changed rows, by their content.

    A table that was put back from a backup can have the version number of another and not its rows.
    """
    digest = hashlib.sha256()
    for table in sorted(tables):
        digest.update(f"{table}\0".encode())
        digest.update(rows_commit(lake, table).read_bytes())
    return int.from_bytes(digest.digest()[:6], "big")


def registration(lake: Path, derived: Path | None = None) -> list[str]:
    """SQL statements that show the lake's schemas, tables and views to a session with an in-memory catalog.

    With `derived` all schemas but bronze lie there, so that they can be made anew without touching the lake's own.
    """
    roots = {schema: lake if schema == "bronze" else derived or lake for schema in SCHEMAS}
    statements = [
        f"create schema if not exists {schema} location {literal(roots[schema] / schema)}" for schema in SCHEMAS
    ]
    tables = [table for schema in SCHEMAS for table in list_tables(roots[schema]) if table.startswith(f"{schema}.")]
    for table in tables:
        location = roots[table.split(".")[0]].joinpath(*table.split("."))
        statements.append(f"create table if not exists {table} using delta location {literal(location)}")
    statements += [
        f"create or replace view {view} as {_view_sql(model)}"
        for view, model in VIEW_MODELS.items()
        if "silver.emissions" in tables
    ]
    return statements


def literal(path: Path) -> str:
    """A path as a SQL string literal."""
    return "'" + str(path).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _keeps_rows(commit: Path) -> bool:
    info = _commit_info(commit)
    if info.get("operation") == "SET TBLPROPERTIES":
        return {*json.loads(info["operationParameters"]["properties"])} <= {*PROPERTIES}
    return info.get("operation") in KEEPING_ROWS


def _commit_info(commit: Path) -> dict[str, Any]:
    with commit.open(encoding="utf-8") as lines:
        actions = (json.loads(line) for line in lines if line.startswith('{"commitInfo"'))
        info: dict[str, Any] = next(actions, {"commitInfo": {}})["commitInfo"]
    return info


def _view_sql(model: Path) -> str:
    """A dbt view's SQL without dbt, so that every process can register it in tenths of a second."""
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - SQL, not HTML
    macros = (REPOSITORY / "dbt" / "macros" / "measures.sql").read_text(encoding="utf-8")
    template = environment.from_string(macros + model.read_text(encoding="utf-8"))
    return template.render(ref=lambda name: f"silver.{name}", config=lambda **_: "").strip()
