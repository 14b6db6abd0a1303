"""What a release changes in periods that were released before, and why.

A period that was released is closed. At each release every closed period is looked at: what its last release said, what
the run that is released says, and the causes of the change (as in lake/diff.py), which add up to it exactly. The
manifests hold this; `audit.restatements` shows it, and is made anew from them where it says something else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pyspark.sql import SparkSession

from lake.errors import LakeError
from lake.manifest import Manifest, Period
from lake.period import LEDGER, WINNERS, view_of
from lake.queries import query, to_json, view_of_rows
from lake.released import copied
from lake.storage import LakePath

_CAUSE = "cause: string, delivery_id: bigint, path: string, record_change: bigint, change_gco2e: decimal(28,10)"
_SCHEMA = (
    "release_name string, released_at timestamp, period_first_day date, period_last_day date, previous_release string, "
    "records_before bigint, records_after bigint, gco2e_before decimal(28,10), gco2e_after decimal(28,10), "
    "change_gco2e decimal(28,10), change_percent double, threshold_percent decimal(9,4), is_above_threshold boolean, "
    f"causes array<struct<{_CAUSE}>>, reason string, approved_by string"
)


@dataclass(frozen=True)
class Code:
    """Which code made the run that is released; another than before is a cause of its own."""

    run_id: str
    code_version: str | None


def closed_periods(earlier: Iterable[Manifest]) -> dict[Period, Manifest]:
    """Each period that was released, with its last release; `earlier` is in the order of releasing."""
    return {manifest.days: manifest for manifest in earlier}


def restated(
    spark: SparkSession, lake: LakePath, closed: dict[Period, Manifest], code: Code, threshold: Decimal
) -> list[dict[str, Any]]:
    """One row a closed period, as in `audit.restatements` but for what is said of the release itself.

    The session shows the run that is released by the views of lake/period.py.

    Raises:
        LakeError: causes do not add up to a change; silver and gold stand apart, or a copy was changed by hand.
    """
    return [_restated(spark, lake, period, manifest, code, threshold) for period, manifest in closed.items()]


def _restated(
    spark: SparkSession, lake: LakePath, period: Period, before: Manifest, code: Code, threshold: Decimal
) -> dict[str, Any]:
    winners = copied(spark, lake, before.release, WINNERS)
    winners.selectExpr("*", "'in' as grain").createOrReplaceTempView("silver_before")
    query(spark, "restated_after", **period.arguments).createOrReplaceTempView("silver_after")
    copied(spark, lake, before.release, LEDGER).createOrReplaceTempView("ledger_before")
    spark.table(view_of(LEDGER)).createOrReplaceTempView("ledger_after")
    lines = query(spark, "diff_lines", same_code=before.run["code_version"] == code.code_version)
    lines.createOrReplaceTempView("all_lines")
    query(spark, "restated_lines").createOrReplaceTempView("lines")
    causes = query(spark, "diff_causes").collect()
    now = query(spark, "released_total", **period.arguments).collect()[0]
    gco2e_before = Decimal(before.total_gco2e)
    change = now.total_gco2e - gco2e_before
    caused = (sum(row.record_change for row in causes), sum((row.change_gco2e for row in causes), Decimal(0)))
    if caused != (now.record_count - before.row_count, change):
        msg = (
            f"the causes do not add up to the change of {period} since release {before.release}: silver and gold stand "
            f"apart in run {code.run_id}, or a copy was changed by hand. lake verify {before.release} says more."
        )
        raise LakeError(msg)
    return {
        "period_first_day": period.first.isoformat(),
        "period_last_day": period.last.isoformat(),
        "previous_release": before.release,
        "records_before": before.row_count,
        "records_after": now.record_count,
        "gco2e_before": before.total_gco2e,
        "gco2e_after": to_json(now.total_gco2e),
        "change_gco2e": to_json(change),
        "change_percent": float(100 * Fraction(change) / Fraction(gco2e_before)) if gco2e_before else None,
        "threshold_percent": to_json(threshold),
        "is_above_threshold": is_above(gco2e_before, change, threshold),
        "causes": [to_json(row) for row in causes],
    }


def is_above(before: Decimal, change: Decimal, threshold_percent: Decimal) -> bool:
    """Whether a change of grams is more than so many percent of what was there; from nothing, any change is."""
    return 100 * abs(Fraction(change)) > Fraction(threshold_percent) * abs(Fraction(before))


def follow_manifests(spark: SparkSession, released: list[Manifest]) -> None:
    """Let `audit.restatements` say what the manifests say; commits nothing where it does. The caller holds the lock."""
    view_of_rows(spark, "stated_restatements", [row for manifest in released for row in _rows(manifest)], _SCHEMA)
    if query(spark, "restatements_differ").collect()[0].differ:
        query(spark, "record_restatements")


def _rows(manifest: Manifest) -> list[dict[str, Any]]:
    own = {
        "release_name": manifest.release,
        "released_at": manifest.released_at,
        "reason": manifest.reason,
        "approved_by": manifest.approved_by,
    }
    return [{**own, **row} for row in manifest.restatements]
