"""What readers see: gold's tables at the versions of the publication in force.

A publication is a file `$LAKE_URI/published/NUMBER.json` that is never changed; the highest number is in force. Putting
it there is the switch: it comes whole, and for all tables at once. The project's Spark catalog
(spark_conf/java/lakehouse/LakeCatalog.java) looks for it at each query, so that sessions that last see the next too.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

from lake.errors import LakeBusyError, LakeError
from lake.storage import LakePath, PresentError, escaped, put_new
from lake.tables import commit_info, literal, metrics_over, schema_statement, table_version

PUBLISHED = "published"
GOLD = "gold"
# The publications as a table: what readers saw, and when.
LOG_TABLE = "audit.publications"
LOG_COLUMNS = (
    "publication bigint, run_id string, published_at timestamp, published_by string, "
    "tables map<string, struct<version: bigint, commit: string>>"
)


@dataclass(frozen=True)
class Place:
    """A version of a table, and the identity of the commit that made it."""

    version: int
    commit: str


@dataclass(frozen=True)
class Publication:
    """Which run readers see, since when, by which command, and where each gold table stands in it."""

    publication: int
    run_id: str
    published_at: str
    published_by: str
    tables: dict[str, Place]


def current(lake: LakePath) -> Publication | None:
    """The publication in force; None before the first.

    Raises:
        LakeError: it cannot be read.
    """
    entries = [entry for entry in (lake / PUBLISHED).glob("*.json") if entry.stem.isdigit()]
    if not entries:
        return None
    newest = max(entries, key=lambda entry: entry.name)
    try:
        fields: dict[str, Any] = json.loads(newest.read_bytes())
        tables = {table: Place(**place) for table, place in fields.pop("tables").items()}
        return Publication(tables=tables, **fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{newest} is no publication. Remove it: the one before it is then in force, and lake run makes the next."
        raise LakeError(msg) from error


def since(publication: Publication | None) -> datetime | None:
    """Since when readers see it; None before the first."""
    return datetime.fromisoformat(publication.published_at) if publication is not None else None


def number_of(publication: Publication | None) -> int:
    """The number of a publication, 0 before the first."""
    return publication.publication if publication is not None else 0


def places(lake: LakePath, table_versions: Mapping[str, int]) -> dict[str, Place]:
    """Where gold stands in these versions of tables."""
    return {
        table: Place(version, str(commit_info(lake, table, version).get("txnId", "")))
        for table, version in sorted(table_versions.items())
        if table.startswith(f"{GOLD}.")
    }


def publish(lake: LakePath, number: int, run_id: str, published_by: str, tables: dict[str, Place]) -> Publication:
    """Let readers see these versions from now on; the caller holds the lake's lock.

    The number was free when the caller was sure to hold the lake: should it have lost the lake since, whoever has it
    now may have published, and this one comes too late.

    Raises:
        LakeBusyError: another process has published meanwhile.
        LakeError: the file cannot be written; readers see what they saw.
    """
    made = Publication(number, run_id, datetime.now(UTC).isoformat(), published_by, tables)
    # A line, since Spark reads it as a row too.
    line = json.dumps(asdict(made)) + "\n"
    try:
        put_new(lake / PUBLISHED / f"{number:020}.json", line.encode())
    except PresentError as error:
        msg = "another run has published meanwhile, so readers see that one. lake run brings what is new."
        raise LakeBusyError(msg) from error
    return made


def registration(lake: LakePath) -> list[str]:
    """SQL statements that show the schema `published` to a session; reads what lies under it and under gold alone.

    A table that is not what was published any more is left out, so that the others can be read.
    """
    now = current(lake)
    statements = [schema_statement(lake, PUBLISHED)]
    for table, place in sorted(now.tables.items()) if now is not None else ():
        if _is_there(lake, table, place):
            name = table.removeprefix(f"{GOLD}.")
            folder = literal(lake.joinpath(GOLD, name))
            statements.append(f"create table if not exists {PUBLISHED}.{name} using delta location {folder}")
            if name == "daily_emissions":
                statements += metrics_over(PUBLISHED)
    return statements


def _is_there(lake: LakePath, table: str, place: Place) -> bool:
    """Whether a version is still of the table that was published: its commit is the same, or old and cleared since."""
    info = commit_info(lake, table, place.version)
    try:
        return info["txnId"] == place.commit if info else table_version(lake, table) > place.version
    except (KeyError, FileNotFoundError):
        return False


def log_registration(lake: LakePath) -> list[str]:
    """SQL statements that show the table of all publications, once there is one, to a session that has the lake."""
    if current(lake) is None:
        return []
    place = literal(escaped(lake / PUBLISHED))
    return [f"create table if not exists {LOG_TABLE} ({LOG_COLUMNS}) using json location {place}"]


def show(spark: SparkSession, lake: LakePath) -> None:
    """Register what readers see, and saw, in a session that has the lake."""
    for statement in registration(lake) + log_registration(lake):
        spark.sql(statement)
