"""`lake maintain`: compaction, vacuum and clean-up, within the promised time travel and beside readers.

A version that was the newest one at any time within the retention stays readable. What compaction replaces is therefore
freed only when it is older than that; readers, who hold no lock, never lose a file that they are reading.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from pyspark.sql import SparkSession

from lake import published
from lake.retention import expired_log_files, table_properties
from lake.settings import REPOSITORY, Settings
from lake.storage import LakePath, remove_tree
from lake.tables import SCRATCH, STAGING, by_path, clear_unborn, commit_info, list_tables, rows_commit, table_version

# A build writes at most 16 files a table (spark.sql.shuffle.partitions), ranges of dates that merging would mix: far
# more small ones are many commits' work.
MANY_SMALL_FILES = 50
# Files below this size are merged (spark_conf/spark-defaults.conf).
SMALL_FILE = "spark.databricks.delta.optimize.minFileSize"
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Freed:
    """What went from the disk."""

    files: int = 0
    bytes: int = 0

    def __add__(self, other: "Freed") -> "Freed":
        return Freed(self.files + other.files, self.bytes + other.bytes)


@dataclass(frozen=True)
class Maintained:
    """One table: the files of its newest version before and after, what was freed of its data and of its log."""

    table: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    data: Freed
    log: Freed


@dataclass(frozen=True)
class Maintenance:
    """What was done to a lake; `leftovers` are old logs and what interrupted commands had left beside the tables."""

    retention_days: int
    tables: list[Maintained]
    leftovers: Freed

    @property
    def freed(self) -> Freed:
        """All that went from the disk."""
        return sum((table.data + table.log for table in self.tables), self.leftovers)

    @property
    def compacted(self) -> list[Maintained]:
        """The tables that have fewer files than before."""
        return [table for table in self.tables if table.files_after < table.files_before]


def maintain(
    spark: SparkSession, settings: Settings, on_table: Callable[[str, int, int], None] = lambda *_: None
) -> Maintenance:
    """Compact where it pays, free what the retention no longer needs; commits nothing where there is nothing to do.

    The caller holds the lake's lock. `on_table` is told each table, how many are done, and how many there are.
    """
    clear_unborn(settings.lake_path)
    cutoff = time.time() - settings.retention_days * SECONDS_A_DAY
    seen_by_readers = published.current(settings.lake_path)
    places = seen_by_readers.tables if seen_by_readers is not None else {}
    tables = []
    names = list_tables(settings.lake_path)
    for done, table in enumerate(names):
        on_table(table, done, len(names))
        _set_properties(spark, table, settings.retention_days)
        tables.append(_maintain_table(spark, settings.lake_path, table, cutoff, places.get(table)))
    return Maintenance(settings.retention_days, tables, _clear_leftovers(settings.lake_path, cutoff))


def tables_due(lake: LakePath) -> list[str]:
    """The tables that `lake maintain` would compact, by the summary that Delta writes beside each commit.

    Costs a small file a table. A commit without a summary, of a run without news or a writer that was killed, counts
    as one small file.
    """
    below = _small_file_bytes()
    return [table for table in list_tables(lake) if _small_files_noted(lake, table, below) > MANY_SMALL_FILES]


def as_document(done: Maintenance) -> dict[str, Any]:
    """The maintenance as one JSON object."""
    return {**asdict(done), "freed": asdict(done.freed)}


def _maintain_table(
    spark: SparkSession, lake: LakePath, table: str, cutoff: float, seen: published.Place | None
) -> Maintained:
    folder = lake.joinpath(*table.split("."))
    before = after = _files_in_force(spark, table, folder)
    below = _small_file_bytes()
    if sum(size < below for size in before.values()) > MANY_SMALL_FILES:
        spark.sql(f"optimize {table}")
        after = _files_in_force(spark, table, folder)
    data = _vacuum(spark, lake, table, after, cutoff, seen)
    needed = int(rows_commit(lake, table).stem)
    needed = min(needed, seen.version) if seen is not None else needed
    log = _remove(expired_log_files(folder / "_delta_log", cutoff, needed))
    return Maintained(table, len(before), len(after), sum(before.values()), sum(after.values()), data, log)


def _set_properties(spark: SparkSession, table: str, days: int) -> None:
    wanted = table_properties(days)
    standing = {row.key: row.value for row in spark.sql(f"show tblproperties {table}").collect()}
    other = [f"'{name}' = '{value}'" for name, value in wanted.items() if standing.get(name) != value]
    if other:
        spark.sql(f"alter table {table} set tblproperties ({', '.join(other)})")


def _files_in_force(spark: SparkSession, table: str, folder: LakePath) -> dict[str, int]:
    """The data files of the newest version by name, with their bytes. No table of the lake has partitions."""
    names = [path.rsplit("/", 1)[1] for path in spark.table(table).inputFiles()]
    held = {path.name: path for path in folder.iterdir()}
    return {name: held[name].stat().st_size for name in names}


def _vacuum(
    spark: SparkSession,
    lake: LakePath,
    table: str,
    in_force: Iterable[str],
    cutoff: float,
    seen: published.Place | None,
) -> Freed:
    """Free files that no version within the retention has; the property says how long that is.

    Where readers still see an older version that would lose one, nothing of the table is freed: VACUUM knows no
    exceptions. Nor is it where a deletion vector would go meanwhile: which version needs it only the log tells.
    """
    folder = lake.joinpath(*table.split("."))
    before = {path: path.stat() for path in folder.rglob("*") if path.is_file() and "_delta_log" not in path.parts}
    old = {path.name for path, status in before.items() if status.st_mtime < cutoff and path.suffix != ".crc"}
    may_go = old - {*in_force}
    # Spark is asked only where there is such a file, and a commit made only where one goes: Delta names folders too.
    goes = may_go & _vacuumable(spark, table) if may_go else set()
    if not goes or (seen is not None and _loses(spark, lake, table, seen, goes, cutoff)):
        return Freed()
    spark.sql(f"vacuum {table}")
    gone = before.keys() - {*folder.rglob("*")}
    return Freed(len([path for path in gone if path.suffix != ".crc"]), sum(before[path].st_size for path in gone))


def _loses(
    spark: SparkSession, lake: LakePath, table: str, seen: published.Place, goes: set[str], cutoff: float
) -> bool:
    """Whether the version that readers see may need one of these files; one that was the newest of late needs none."""
    if seen.version >= table_version(lake, table):
        return False
    # A day, because VACUUM looks at its clock later, and at the time of each file's removal, which is a little earlier.
    replaced_at: int = commit_info(lake, table, seen.version + 1).get("timestamp", 0)
    if replaced_at / 1000 > cutoff + SECONDS_A_DAY:
        return False
    shown = spark.sql(f"select * from {by_path(lake, table)} version as of {seen.version}")  # noqa: S608
    needed = {path.rsplit("/", 1)[1] for path in shown.inputFiles()}
    return bool(goes & needed) or any(name.startswith("deletion_vector_") for name in goes)


def _vacuumable(spark: SparkSession, table: str) -> set[str]:
    """The names of files and empty folders that VACUUM would remove."""
    return {row.path.rsplit("/", 1)[1] for row in spark.sql(f"vacuum {table} dry run").collect()}


@cache
def _small_file_bytes() -> int:
    """Below how many bytes OPTIMIZE merges a file; read where Spark does, since a run without news has no session."""
    text = (REPOSITORY / "spark_conf" / "spark-defaults.conf").read_text(encoding="utf-8")
    settings = (line.split() for line in text.splitlines() if line.startswith(SMALL_FILE))
    return next(int(value) for _, value in settings)


def _small_files_noted(lake: LakePath, table: str, below: int) -> int:
    entries = [*lake.joinpath(*table.split("."), "_delta_log").iterdir()]
    commits = {int(entry.stem) for entry in entries if entry.suffix == ".json" and entry.stem.isdigit()}
    summaries = {int(entry.stem): entry for entry in entries if entry.suffix == ".crc" and entry.stem.isdigit()}
    newest = max(commits & summaries.keys(), default=None)
    if newest is None:
        return 0
    try:
        noted = json.loads(summaries[newest].read_bytes())
        histogram = noted["fileSizeHistogram"]
        counts = zip(histogram["sortedBinBoundaries"], histogram["fileCounts"], strict=True)
        small = sum(int(count) for boundary, count in counts if boundary < below)
        return small + max(commits) - newest
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _clear_leftovers(lake: LakePath, cutoff: float) -> Freed:
    """Remove log files older than the retention, and what interrupted commands left beside the tables."""
    roots = (lake / SCRATCH, lake / STAGING)
    scratch = [path for root in roots for path in root.rglob("*")]
    logs = [path for path in (lake / "_logs").rglob("*") if path.is_file() and path.stat().st_mtime < cutoff]
    parts = [*(lake / published.PUBLISHED).glob(".*.part")]  # of a publication that was cut off
    freed = _remove([path for path in scratch + logs + parts if path.is_file()])
    for root in roots:
        remove_tree(root)
    return freed


def _remove(files: list[LakePath]) -> Freed:
    freed = Freed()
    for path in files:
        freed += Freed(1, path.stat().st_size)
        path.unlink()
        # Hadoop's checksum of the file.
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)
    return freed
