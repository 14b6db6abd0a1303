"""The state of a lake for those who watch it: Prometheus' text format, and the rhythm of its deliveries."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lake import published
from lake.errors import LakeError
from lake.maintain import tables_due
from lake.queries import query
from lake.replacing import replacing
from lake.session import open_session
from lake.settings import Settings
from lake.tables import RUNS, list_tables

# Every metric with its meaning, in the order in which they are printed; all are gauges.
METRICS = {
    "lakehouse_monitor_timestamp_seconds": "When these samples were taken.",
    "lakehouse_last_run_succeeded": "1 where the last run succeeded, 0 where it failed.",
    "lakehouse_last_run_started_timestamp_seconds": "When the last run started.",
    "lakehouse_last_run_duration_seconds": "How long the last run took.",
    "lakehouse_last_success_timestamp_seconds": "When the last run that succeeded had finished.",
    "lakehouse_runs": "Recorded runs by status.",
    "lakehouse_readers_see_last_success": "1 where readers see what the last successful run left.",
    "lakehouse_published_run_started_timestamp_seconds": "When the run that readers see started.",
    "lakehouse_rows": "Delivered rows, and what became of them.",
    "lakehouse_gco2e": "Delivered grams CO2e, and what became of them.",
    "lakehouse_unweighable_rows": "Rows without three valid parts, which weigh nothing.",
    "lakehouse_balanced": "1 where every row and gram is accounted for.",
    "lakehouse_quarantined_rows": "Refused rows of current deliveries by reason; a row can have several.",
    "lakehouse_quarantined_gco2e": "Grams CO2e of refused rows by reason.",
    "lakehouse_deliveries": "Delivery versions by status.",
    "lakehouse_feed_last_delivery_timestamp_seconds": "When the newest delivery of a feed was loaded.",
    "lakehouse_feed_due_timestamp_seconds": "From when on the next delivery of a feed is late.",
    "lakehouse_feed_last_rows": "Records of the newest delivery of a feed.",
    "lakehouse_feed_usual_rows": "Median records of the deliveries of a feed before the newest.",
    "lakehouse_feed_small": "1 where the newest delivery of a feed has unusually few records.",
    "lakehouse_maintenance_due_tables": "Tables that lake maintain would compact.",
}


@dataclass(frozen=True)
class Sample:
    """One value of a metric, with at most one label."""

    metric: str
    value: str
    label: str = ""
    labelled: str = ""


def samples(settings: Settings) -> list[Sample]:
    """The state of the lake now; before its first run just the time.

    Raises:
        LakeError: the lake cannot be read.
    """
    taken = [Sample("lakehouse_monitor_timestamp_seconds", f"{time.time():.3f}")]
    tables = list_tables(settings.lake_path)
    if RUNS not in tables:
        return taken
    spark = open_session(settings)
    publication = published.current(settings.lake_path)
    rows = query(
        spark,
        "monitor",
        publication=published.number_of(publication),
        published_run=publication.run_id if publication is not None else "",
    ).collect()
    taken += [Sample(row.metric, row.value, row.label, row.labelled) for row in rows]
    if "silver.quarantine" in tables:
        taken += _of_quarantine(spark)
    for feed in _feeds(spark):
        taken += _of_feed(feed)
    taken.append(Sample("lakehouse_maintenance_due_tables", str(len(tables_due(settings.lake_path)))))
    return taken


def feeds(settings: Settings) -> list[dict[str, Any]]:
    """Every feed: deliveries whose paths differ in digits alone, with its last delivery and what is usual.

    Raises:
        LakeError: the lake cannot be read.
    """
    if "bronze.deliveries" not in list_tables(settings.lake_path):
        return []
    spark = open_session(settings)
    return _feeds(spark)


def as_text(taken: list[Sample]) -> str:
    """Samples in Prometheus' text format (prometheus.io, "Exposition formats"), those of a metric together."""
    lines = []
    for metric, meaning in METRICS.items():
        of_metric = [sample for sample in taken if sample.metric == metric]
        if of_metric:
            lines += [f"# HELP {metric} {meaning}", f"# TYPE {metric} gauge"]
        for sample in sorted(of_metric, key=lambda sample: sample.labelled):
            label = f'{{{sample.label}="{_escaped(sample.labelled)}"}}' if sample.label else ""
            lines.append(f"{metric}{label} {sample.value}")
    return "\n".join(lines) + "\n"


def write_whole(file: Path, text: str) -> None:
    """Write a file so that who reads it meanwhile sees the old one or the new one.

    Raises:
        LakeError: it cannot be written.
    """
    try:
        with replacing(file) as out:
            out.write(text.encode())
    except OSError as error:
        msg = f"cannot write {file}: {error.strerror}. Give --out a file in a folder that is there and can be written."
        raise LakeError(msg) from error


def _feeds(spark: SparkSession) -> list[dict[str, Any]]:
    return [row.asDict() for row in query(spark, "feeds", now=datetime.now(UTC)).collect()]


def _of_quarantine(spark: SparkSession) -> Iterator[Sample]:
    for row in query(spark, "quarantined_by_reason").collect():
        yield Sample("lakehouse_quarantined_rows", str(row.row_count), "reason", row.reason)
        yield Sample("lakehouse_quarantined_gco2e", format(row.weight_gco2e, "f"), "reason", row.reason)


def _of_feed(feed: dict[str, Any]) -> Iterator[Sample]:
    """A feed with history; one of a few deliveries has no rhythm, and files named at will would be without number."""
    name = feed["feed"]
    if feed["due_at"] is not None:
        last, due = (feed[column].replace(tzinfo=UTC).timestamp() for column in ("last_loaded_at", "due_at"))
        yield Sample("lakehouse_feed_last_delivery_timestamp_seconds", f"{last:.3f}", "feed", name)
        yield Sample("lakehouse_feed_due_timestamp_seconds", f"{due:.3f}", "feed", name)
    if feed["usual_row_count"] is not None:
        yield Sample("lakehouse_feed_last_rows", str(feed["last_row_count"]), "feed", name)
        yield Sample("lakehouse_feed_usual_rows", str(feed["usual_row_count"]), "feed", name)
        yield Sample("lakehouse_feed_small", str(int(feed["is_small"])), "feed", name)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
