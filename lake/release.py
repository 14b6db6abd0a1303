"""`lake release`: what a run says of a period is given out, and kept as it was given out.

Old versions of tables go after the retention, so a release copies what belongs to its period: gold, the winners, what
was left out, the ledger. Then it writes its manifest, once; without it the copies do not count, and the next release
removes them. docs/decisions/0018-releases-are-copies.md has the reasons.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lake.as_of import LeftBehind, find_run, looking_back, select_as_of
from lake.code import code_version, methodology_version
from lake.digests import contents, contents_by
from lake.errors import LakeError, UsageError
from lake.format import prepare
from lake.manifest import (
    FORM,
    Manifest,
    Period,
    checked_name,
    clear_half_made,
    content_of,
    copy_of,
    manifests,
    sha256,
    write,
)
from lake.period import EXCLUDED, LEDGER, UNDATED, WINNERS, tables_of
from lake.queries import query, to_json
from lake.recording import WHOLE
from lake.released import copied
from lake.restatements import Code, closed_periods, follow_manifests, restated
from lake.settings import Settings
from lake.tables import RUNS, list_tables

# Our convention: more than one part in twenty of a figure that was given out is not changed in passing.
THRESHOLD_PERCENT = Decimal(5)


@dataclass(frozen=True)
class Wanted:
    """What is to be released: the days, the run (the last that succeeded where None), and who stands for it."""

    name: str
    period: Period
    run: str | None = None
    reason: str | None = None
    approved_by: str | None = None
    threshold_percent: Decimal = THRESHOLD_PERCENT


def release(spark: SparkSession, settings: Settings, wanted: Wanted) -> tuple[Manifest, str]:
    """Release a period and return the manifest and its SHA-256. The caller holds the lake's lock.

    Raises:
        UsageError: the name is taken; no run is meant, or one that did not succeed or is older than one that was
            released; a closed period changes by more than the threshold and nobody stands for it.
        LakeError: what the run left is gone, or the causes of a change do not add up to it.
    """
    lake = settings.lake_path
    name = checked_name(wanted.name)
    if RUNS not in list_tables(lake):
        msg = "the lake has had no run yet: there is nothing to release"
        raise LakeError(msg)
    prepare(spark, lake)
    clear_half_made(lake)
    earlier = manifests(lake)
    follow_manifests(spark, earlier)
    if content_of(lake, name) is not None:
        msg = f"release {name} is there already, and a release never changes: choose another name"
        raise UsageError(msg)
    run = _released_run(spark, settings, wanted.run)
    _refuse_older(run, earlier)

    # As they were in the run: the views keep the versions that they were made of.
    def read(table: str) -> DataFrame:
        return spark.sql(select_as_of(settings, run, table))

    with looking_back(spark, settings, run), tables_of(spark, read, wanted.period) as tables:
        code = Code(run.run_id, run.code_version)
        changes = restated(spark, lake, closed_periods(earlier), code, wanted.threshold_percent)
        _ask_for_approval(changes, wanted)
        total = query(spark, "released_total", **wanted.period.arguments).collect()[0]
        _copy(settings, name, tables)
        found = contents(spark, {table: copied(spark, lake, name, table) for table in sorted(tables)})
        deliveries = _deliveries(spark, settings, name)
        excluded = query(spark, "released_exclusions").collect()
    if (total.record_count, total.total_gco2e) != (found[WINNERS].row_count, found[WINNERS].total_gco2e):
        msg = f"silver and gold stand apart in run {run.run_id} for {wanted.period}: release another run"
        raise LakeError(msg)
    manifest = Manifest(
        form=FORM,
        release=name,
        released_at=datetime.now(UTC).isoformat(),
        run={"run_id": run.run_id, "finished_at": to_json(run.finished_at), "code_version": run.code_version},
        period=wanted.period.arguments,
        code_version=code_version(),
        methodology_version=methodology_version(),
        reason=wanted.reason,
        approved_by=wanted.approved_by,
        threshold_percent=to_json(wanted.threshold_percent),
        row_count=total.record_count,
        total_gco2e=to_json(total.total_gco2e),
        excluded=[to_json(row) for row in excluded],
        tables=[
            {
                "table": table,
                "delta_version": run.table_versions.get(table),
                "days": "all" if table in UNDATED else "period",
                "row_count": content.row_count,
                "total_gco2e": to_json(content.total_gco2e),
                "digest": content.digest,
            }
            for table, content in found.items()
        ],
        deliveries=deliveries,
        restatements=changes,
        earlier_releases={each.release: sha256(content_of(lake, each.release) or b"") for each in earlier},
    )
    digest = write(lake, manifest)
    follow_manifests(spark, [*earlier, manifest])
    return manifest, digest


def _released_run(spark: SparkSession, settings: Settings, given: str | None) -> LeftBehind:
    """The run to release: one that took the lake from ledger to tested gold."""
    run = find_run(spark, settings, given or datetime.now(UTC).isoformat())
    # Runs of long ago noted no steps; all of them were whole.
    if run.status != "succeeded" or (run.steps or "run") not in WHOLE:
        msg = f"run {run.run_id} did not succeed or built one layer alone: release another (lake runs lists them)"
        raise UsageError(msg)
    return run


def _refuse_older(run: LeftBehind, earlier: list[Manifest]) -> None:
    """What was given out goes on in time: a change is told from what was released to what came after it."""
    finished_at = run.finished_at.replace(tzinfo=UTC)
    newer = next((each for each in earlier if datetime.fromisoformat(each.run["finished_at"]) > finished_at), None)
    if newer is not None:
        msg = (
            f"run {run.run_id} is older than run {newer.run['run_id']} of release {newer.release}: release a later one"
        )
        raise UsageError(msg)


def _ask_for_approval(changes: list[dict[str, Any]], wanted: Wanted) -> None:
    above = [row for row in changes if row["is_above_threshold"]]
    if above and not (wanted.reason and wanted.approved_by):
        told = "; ".join(
            f"{row['period_first_day']} to {row['period_last_day']} by {row['change_gco2e']} g CO2e"
            + (f" ({row['change_percent']:+.2f} %)" if row["change_percent"] is not None else "")
            + f" since release {row['previous_release']}"
            for row in above
        )
        msg = (
            f"what was released changes by more than {wanted.threshold_percent} %: {told}. Give --reason and "
            "--approved-by. Nothing was released."
        )
        raise UsageError(msg)


def _copy(settings: Settings, name: str, tables: dict[str, DataFrame]) -> None:
    for table, rows in tables.items():
        rows.write.format("delta").save(str(copy_of(settings.lake_path, name, table)))


def _deliveries(spark: SparkSession, settings: Settings, name: str) -> list[dict[str, Any]]:
    """The delivery versions behind the released and the excluded rows, each with the digest of its bronze records."""
    for table in (LEDGER, WINNERS, EXCLUDED):
        copied(spark, settings.lake_path, name, table).createOrReplaceTempView("released_" + table.replace(".", "_"))
    rows = query(spark, "released_deliveries")
    rows.createOrReplaceTempView("released_deliveries")
    digests = contents_by(spark, query(spark, "released_records"), "delivery_id")
    return [{**to_json(row), "records_digest": digests[str(row.delivery_id)].digest} for row in rows.collect()]
