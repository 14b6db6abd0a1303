"""From a gold figure down to delivery files and record numbers, and what was left out of the same slice."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from pyspark.sql import SparkSession

from lake.as_of import looking_back, open_as_of
from lake.errors import LakeError, UsageError
from lake.manifest import find
from lake.period import judging, unjudged
from lake.queries import query, to_json
from lake.session import open_session
from lake.settings import Settings
from lake.tables import list_tables


@dataclass(frozen=True)
class Slice:
    """What of gold is asked about: a day, and where given one domain, country (name or code), format, device."""

    activity_date: date
    domain: str | None = None
    country: str | None = None
    ad_format: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class Explanation:
    """Why the figures of a slice are what they are; grams CO2e as decimal strings, as JSON has them.

    `figures`: one row a gold table that can be sliced so, beside what the silver records add up to (`explained`: the
    same, to the last digit). `parts`: rows and grams over all records of the slice, by place; `deliveries` the same by
    place and delivery version, `reasons` by place and reason. `records`: the first records of each place.
    """

    as_of: str | None
    slice: dict[str, Any]
    figures: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    records: list[dict[str, Any]]

    @property
    def is_whole(self) -> bool:
        """Whether the records add up to every figure exactly."""
        return all(figure["explained"] for figure in self.figures)

    def document(self) -> dict[str, Any]:
        """The explanation as one JSON object."""
        return {**asdict(self), "explained": self.is_whole}


def explain(settings: Settings, asked: Slice, limit: int, as_of: str | None = None) -> Explanation:
    """The figures of a slice and every record behind them, of the lake as it is or as a run left it.

    Raises:
        UsageError: `as_of` names no run and no release, or a release of other days.
        LakeError: there is no gold yet, or what the run left is gone.
    """
    if "gold.daily_emissions" not in list_tables(settings.lake_path):
        msg = "the lake has no gold tables yet: lake run makes them"
        raise LakeError(msg)
    if as_of is None:
        spark = open_session(settings)
        return explanation(spark, asked, limit, None)
    _refuse_other_days(settings, asked, as_of)
    spark, run = open_as_of(settings, as_of)
    if "gold.daily_emissions" not in run.table_versions:
        msg = f"run {run.run_id} left no gold tables; lake runs lists others"
        raise UsageError(msg)
    with looking_back(spark, settings, run):
        return explanation(spark, asked, limit, run.run_id)


def _refuse_other_days(settings: Settings, asked: Slice, as_of: str) -> None:
    manifest = find(settings.lake_path, as_of)
    if manifest is not None and not manifest.days.first <= asked.activity_date <= manifest.days.last:
        msg = f"release {as_of} holds {manifest.days} and nothing else"
        raise UsageError(msg)


def explanation(spark: SparkSession, asked: Slice, limit: int, as_of: str | None) -> Explanation:
    """The same, of what this session shows as the lake."""
    given = {"domain": asked.domain, "country": asked.country, "format": asked.ad_format, "device": asked.device}
    wanted = {"activity_date": asked.activity_date.isoformat()}
    wanted |= query(spark, "why_asked", **given).collect()[0].asDict()
    unjudged(spark, str, wanted["activity_date"]).createOrReplaceTempView("why_unjudged")
    judging(spark, "why_unjudged", shown_as=str).createOrReplaceTempView("why_judged")
    # Asked three times, so it is kept meanwhile.
    slice_ = query(spark, "why_slice", **wanted).cache()
    try:
        slice_.createOrReplaceTempView("slice")
        sums = _rows(spark, "why_parts")
        return Explanation(
            as_of=as_of,
            slice=wanted,
            figures=_rows(spark, "why_figures", **wanted),
            parts=[_only(row, ("place",)) for row in sums if row["delivery_id"] is None and row["reason"] is None],
            deliveries=[
                _only(row, ("place", "delivery_id", "path", "content_sha256", "superseded_by"))
                for row in sums
                if row["delivery_id"] is not None
            ],
            reasons=[_only(row, ("place", "reason")) for row in sums if row["reason"] is not None],
            records=_rows(spark, "why_records", row_limit=limit),
        )
    finally:
        slice_.unpersist()


def _rows(spark: SparkSession, name: str, **arguments: object) -> list[dict[str, Any]]:
    return [to_json(row) for row in query(spark, name, **arguments).collect()]


def _only(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in (*names, "row_count", "weight_gco2e", "unweighable_rows")}
