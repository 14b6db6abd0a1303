"""One run from landing to the audit row, and the audit tables it writes."""

import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from pyspark.sql import SparkSession

from bronze.ingest import Ingested, ingest
from bronze.ledger import create_tables
from lake import transforms
from lake.errors import UnbalancedError
from lake.queries import query, view_of_rows
from lake.settings import Settings
from lake.tables import table_versions

RUN_SCHEMA = (
    "run_id string, started_at timestamp, finished_at timestamp, status string, deliveries array<bigint>, "
    "table_versions map<string,bigint>, counts map<string,bigint>, reason string, code_version string"
)


@dataclass(frozen=True)
class Steps:
    """What of a run is wanted, and who is told how it goes."""

    ingest: bool = True
    layer: str | None = None
    full_refresh: bool = False
    on_step: Callable[[str], None] = lambda _: None


@dataclass
class RunReport:
    """What a run did and how the lake stands after it; grams CO2e throughout."""

    run_id: str
    started_at: datetime
    ingested: Ingested = field(default_factory=Ingested)
    conservation: dict[str, Any] = field(default_factory=dict)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    ceased_deliveries: int = 0
    ceased_rows: int = 0
    ceased_gco2e: Decimal = Decimal(0)
    refused_rows: int = 0


def new_run_id() -> str:
    """An identity that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


def run(spark: SparkSession, settings: Settings, run_id: str, steps: Steps) -> RunReport:
    """Take the lake from landing to tested gold and record the run. The caller holds the lake's lock.

    Raises:
        UnbalancedError: rows or grams are unaccounted for; the run is recorded as failed.
        LakeError: a step failed; the run is recorded as failed and the next one heals.
    """
    create_tables(spark)
    for name in ("create_runs", "create_conservation"):
        query(spark, name)
    report = RunReport(run_id, datetime.now(UTC))
    event_before = _last_event_taken_in(spark)
    try:
        if steps.ingest:
            report.ingested = ingest(spark, settings.landing_path, settings.lake_path, run_id, steps.on_step)
        transforms.build(spark, settings, layer=steps.layer, full_refresh=steps.full_refresh, on_node=steps.on_step)
        _account(spark, report, event_before)
    except Exception as error:
        _record(spark, settings, report, "failed", str(error) or traceback.format_exc(limit=1))
        raise
    _record(spark, settings, report, "succeeded", None)
    return report


def _account(spark: SparkSession, report: RunReport, event_before: int) -> None:
    query(spark, "conservation_by_delivery").createOrReplaceTempView("accounts")
    query(spark, "unbalanced").createOrReplaceTempView("unbalanced_accounts")
    query(spark, "insert_conservation", run_id=report.run_id)
    kept = spark.sql("select * from audit.conservation where run_id = :run_id", args={"run_id": report.run_id})
    report.conservation = kept.collect()[0].asDict()
    report.reasons = [row.asDict() for row in query(spark, "quarantined_by_reason").collect()]
    report.refused_rows = query(spark, "refused_rows", run_id=report.run_id).collect()[0].row_count
    ceased = query(spark, "ceased", event_number=event_before).collect()[0]
    report.ceased_deliveries, report.ceased_rows, report.ceased_gco2e = ceased
    if not report.conservation["balanced"]:
        guilty = spark.table("unbalanced_accounts").orderBy("delivery_id").limit(5).collect()
        names = ", ".join(f"{row.path} (delivery {row.delivery_id})" for row in guilty) or "none by itself"
        msg = f"rows or grams are unaccounted for in {names}. See audit.conservation; rebuild with --full-refresh."
        raise UnbalancedError(msg)


def _last_event_taken_in(spark: SparkSession) -> int:
    last = spark.sql(
        "select counts['ledger_event'] from audit.runs where status = 'succeeded' order by started_at desc limit 1"
    ).collect()
    return last[0][0] or 0 if last else 0


def _record(spark: SparkSession, settings: Settings, report: RunReport, status: str, reason: str | None) -> None:
    counts = {name: count for name, count in report.conservation.items() if name.endswith("_rows")}
    ledger = spark.sql(
        "select coalesce(max(event_number), 0) as event, "
        "array_sort(collect_list(delivery_id) filter (where run_id = :run_id)) as deliveries from bronze.deliveries",
        args={"run_id": report.run_id},
    ).collect()[0]
    row = {
        "run_id": report.run_id,
        "started_at": report.started_at.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        "status": status,
        "deliveries": ledger.deliveries,
        "table_versions": table_versions(settings.lake_path),
        "counts": {**counts, "ledger_event": ledger.event},
        "reason": reason,
        "code_version": version("emissions-lakehouse"),
    }
    view_of_rows(spark, "this_run", [row], RUN_SCHEMA)
    query(spark, "merge_run")
