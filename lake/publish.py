"""Publishing by hand: whether a run may be shown to readers, and whether its tables are still there."""

from dataclasses import dataclass
from datetime import UTC

from pyspark.sql import SparkSession

from lake import published
from lake.as_of import LeftBehind, find_run, readable_runs
from lake.errors import LakeError, UsageError
from lake.published import GOLD, Publication
from lake.queries import query
from lake.recording import WHOLE
from lake.settings import Settings
from lake.storage import LakePath
from lake.tables import commit_info, table_version


@dataclass(frozen=True)
class Published:
    """The publication in force, and the run that readers saw before; `changed` where they see another one now."""

    publication: Publication
    before: str | None
    changed: bool


def publish_run(spark: SparkSession, settings: Settings, given: str, *, forward: bool = False) -> Published:
    """Let readers see the gold tables of a run; nothing is written where they do. The caller holds the lake's lock.

    With `forward` nothing is written either where what they see was published with the run or after it: a later run, or
    what somebody chose by hand.

    Raises:
        UsageError: no run is meant by `given`, several are, or not every test of it passed.
        LakeError: the lake has had no run, or a table is gone as the run left it.
        LakeBusyError: another process has published meanwhile.
    """
    lake = settings.lake_path
    now = published.current(lake)
    run = find_run(spark, settings, given)
    if now is not None and now.run_id == run.run_id:
        return Published(now, now.run_id, changed=False)
    _refuse_untested(run)
    if forward and now is not None and now.publication >= _publication_of(spark, run):
        return Published(now, now.run_id, changed=False)
    _refuse_gone(spark, settings, run)
    places = published.places(lake, run.table_versions)
    made = published.publish(lake, published.number_of(now) + 1, run.run_id, "lake publish", places)
    return Published(made, now.run_id if now is not None else None, changed=True)


def _publication_of(spark: SparkSession, run: LeftBehind) -> int:
    """The number of the publication that was in force when the run had let readers see it, or had nothing to show."""
    return int(query(spark, "publication_of_run", run_id=run.run_id).collect()[0].publication)


def _refuse_untested(run: LeftBehind) -> None:
    if run.status != "succeeded":
        msg = f"run {run.run_id} {run.status}: only a run whose every test passed can be published"
        raise UsageError(msg)
    if run.steps not in WHOLE:
        msg = f"run {run.run_id} is not known to have tested all layers: only such a run can be published"
        raise UsageError(msg)


def _refuse_gone(spark: SparkSession, settings: Settings, run: LeftBehind) -> None:
    row = next(row for row in readable_runs(spark, settings, f"{GOLD}.") if row["run_id"] == run.run_id)
    freed = [row["gone_table"]] if not row["readable"] else []
    gone = freed or [table for table in run.table_versions if _is_other(settings.lake_path, run, table)]
    if gone:
        msg = f"{gone[0]} is gone as run {run.run_id} left it. lake runs lists those that can still be read."
        raise LakeError(msg)


def _is_other(lake: LakePath, run: LeftBehind, table: str) -> bool:
    """Whether a gold table was made anew after the run, so that its version is not there or has other rows."""
    if not table.startswith(f"{GOLD}."):
        return False
    try:
        newest = table_version(lake, table)
    except FileNotFoundError:
        return True
    version = run.table_versions[table]
    made_at = commit_info(lake, table, version).get("timestamp", 0)
    return version > newest or made_at > run.finished_at.replace(tzinfo=UTC).timestamp() * 1000
