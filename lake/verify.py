"""Recompute the lake from bronze and the ledger, and compare it with what stands there."""

from dataclasses import dataclass

from pyspark.sql import SparkSession

from lake import transforms
from lake.errors import LakeError
from lake.queries import query
from lake.session import open_session
from lake.settings import Settings
from lake.storage import LakePath, remove_tree
from lake.tables import CONSERVATION, RESTATEMENTS, RUNS, SCRATCH, list_tables

# What runs were is known to no one else, what was restated the manifests say; audit.conservation is recomputed apart.
NOT_RECOMPUTED = (RUNS, RESTATEMENTS, CONSERVATION)


@dataclass(frozen=True)
class Compared:
    """One table or account against its recomputation: rows too many, rows missing, and one row of each as JSON."""

    name: str
    surplus_rows: int
    missing_rows: int
    a_surplus_row: str | None = None
    a_missing_row: str | None = None

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not self.surplus_rows and not self.missing_rows


def verify(settings: Settings) -> list[Compared]:
    """Every silver and gold table, the account of deliveries and the last conservation, recomputed and compared.

    Needs a process of its own, whose session has not opened the lake, and as much disk as a rebuild takes. The caller
    holds the lake's lock. Nothing of the lake is changed.

    Raises:
        LakeError: there is no run to verify, events of the ledger wait for one, or the recomputation failed.
    """
    scratch = settings.lake_path / SCRATCH
    remove_tree(scratch)
    kept = [table for table in list_tables(settings.lake_path) if not table.startswith("bronze.")]
    if RUNS not in kept:
        msg = "the lake has had no run yet: there is nothing to verify"
        raise LakeError(msg)
    spark = open_session(settings, derived=scratch)
    try:
        _refuse_pending_events(spark, settings.lake_path)
        transforms.build(spark, settings)
        compared = [_bronze(spark)]
        tables = sorted({*kept, *list_tables(scratch)} - set(NOT_RECOMPUTED))
        compared += [_compare(spark, settings.lake_path, scratch, table) for table in tables]
        return [*compared, _conservation(spark, settings.lake_path)]
    finally:
        remove_tree(scratch)


def _view(spark: SparkSession, lake: LakePath, table: str, name: str) -> None:
    spark.read.format("delta").load(str(lake.joinpath(*table.split(".")))).createOrReplaceTempView(name)


def _refuse_pending_events(spark: SparkSession, lake: LakePath) -> None:
    _view(spark, lake, "audit.runs", "kept_runs")
    if query(spark, "pending_events").collect()[0].pending:
        msg = "the ledger holds deliveries or withdrawals that no run has taken in: lake run first, then verify"
        raise LakeError(msg)


def _bronze(spark: SparkSession) -> Compared:
    rows = query(spark, "miscounted").collect()
    surplus = sum(max(row.bronze_rows - row.ledger_rows, 0) for row in rows)
    missing = sum(max(row.ledger_rows - row.bronze_rows, 0) for row in rows)
    first = str(rows[0].asDict()) if rows else None
    return Compared("bronze.emissions", surplus, missing, first)


def _compare(spark: SparkSession, lake: LakePath, scratch: LakePath, table: str) -> Compared:
    held = [root.joinpath(*table.split("."), "_delta_log").exists() for root in (lake, scratch)]
    if not all(held):
        return Compared(table, int(held[0]), int(held[1]), "the table itself", "the table itself")
    _view(spark, lake, table, "kept")
    _view(spark, scratch, table, "rebuilt")
    kept, rebuilt = spark.table("kept"), spark.table("rebuilt")
    if sorted(kept.columns) != sorted(rebuilt.columns):
        return Compared(table, 1, 1, f"columns {kept.columns}", f"columns {rebuilt.columns}")
    rebuilt.select(*(f"`{column}`" for column in kept.columns)).createOrReplaceTempView("rebuilt")
    return Compared(table, **query(spark, "compare").collect()[0].asDict())


def _conservation(spark: SparkSession, lake: LakePath) -> Compared:
    query(spark, "conservation_by_delivery").createOrReplaceTempView("accounts")
    now = query(spark, "conservation", run_id="verify", event_number=0)
    _view(spark, lake, CONSERVATION, "kept_conservation")
    last = query(spark, "last_conservation").drop("run_id")
    last.createOrReplaceTempView("kept")
    now.select(*last.columns).createOrReplaceTempView("rebuilt")
    return Compared(CONSERVATION, **query(spark, "compare").collect()[0].asDict())
