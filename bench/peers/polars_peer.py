"""Polars and delta-rs: Delta tables by day; an increment replaces the days that it touches."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from bench.peers import rules
from bench.peers.command import Arrival, Peer, run

GRAMS = pl.Decimal(18, 10)
PARTS = ("ad_selection_gco2e", "creative_distribution_gco2e", "media_distribution_gco2e")
GOLD = {
    "daily_by_country_device": ("activity_date", "country_code", "device"),
    "daily_by_domain_format": ("activity_date", "domain", "ad_format"),
}
SILVER_COLUMNS = (
    "record_key",
    "activity_date",
    "domain",
    "ad_format",
    "country_code",
    "ad_size",
    "device",
    *PARTS,
    "total_gco2e",
    "domain_coverage",
    "delivery_id",
    "record_number",
)


def build(state: Path, arrival: Arrival) -> None:
    """Make the tables anew."""
    winners = _winners(arrival)
    winners.write_delta(
        state / "silver" / "emissions", mode="overwrite", delta_write_options={"partition_by": ["activity_date"]}
    )
    for table, grain in GOLD.items():
        _by_day(winners, grain).write_delta(state / "gold" / table, mode="overwrite")


def increment(state: Path, arrival: Arrival) -> None:
    """Take in what arrives: replace the days of the arriving records and of those that they correct."""
    silver = str(state / "silver" / "emissions")
    arriving = _winners(arrival)
    keys = arriving.lazy().select("record_key")
    corrected = pl.scan_delta(silver).select("record_key", "activity_date").join(keys, on="record_key", how="semi")
    days = pl.concat([arriving.select("activity_date"), corrected.select("activity_date").collect()])
    touched = days.unique().to_series().to_list()
    kept = pl.scan_delta(silver).filter(pl.col("activity_date").is_in(touched)).join(keys, on="record_key", how="anti")
    winners = pl.concat([kept.collect(), arriving.select(SILVER_COLUMNS)], how="vertical")
    _replace_days(winners, silver, touched)
    for table, grain in GOLD.items():
        _replace_days(_by_day(winners, grain), str(state / "gold" / table), touched)


def totals(state: Path) -> dict[str, Any]:
    """The totals of the tables."""
    silver = pl.scan_delta(str(state / "silver" / "emissions")).select(pl.len(), pl.col("total_gco2e").sum()).collect()
    document: dict[str, Any] = {"silver": [silver.item(0, 0), str(silver.item(0, 1))]}
    for table, grain in GOLD.items():
        rows = pl.read_delta(str(state / "gold" / table)).select(*grain, "record_count", "total_gco2e").rows()
        document[table] = [[str(day), *middle, str(total_gco2e)] for day, *middle, total_gco2e in rows]
    return document


def _winners(arrival: Arrival) -> pl.DataFrame:
    """The valid records that arrive, the last of each identity."""
    countries = pl.scan_csv(arrival.countries, infer_schema=False, empty_string_is_null=False)
    reads = [_read(file, delivery) for delivery, file in enumerate(arrival.files, start=arrival.first_delivery)]
    typed = _typed(pl.concat(reads)).join(countries, left_on="country", right_on="country_name", maintain_order="left")
    # In the same lazy query unique() over decimals fails in Polars 2.1 (an assertion of its streaming engine).
    return _valid(typed).select(SILVER_COLUMNS).collect().unique("record_key", keep="last").sort("activity_date")


def _read(file: Path, delivery_id: int) -> pl.LazyFrame:
    """The well-formed records of a file: shorter ones have no record_id, longer ones a field too many."""
    read = pl.scan_csv(
        file,
        has_header=False,
        skip_rows=1,
        schema=dict.fromkeys((*rules.COLUMNS, "surplus"), pl.String()),
        extra_columns="ignore",
        missing_columns="insert",
        row_index_name="record_number",
        row_index_offset=1,
    )
    return read.filter(pl.col("surplus").is_null(), pl.col("record_id").is_not_null()).with_columns(
        pl.lit(delivery_id, pl.Int64).alias("delivery_id"), pl.col("record_number").cast(pl.Int64)
    )


def _typed(records: pl.LazyFrame) -> pl.LazyFrame:
    text = {name: pl.col(name).fill_null("").str.strip_chars() for name in rules.COLUMNS}
    lower = {name: text[name].str.to_lowercase() for name in rules.COLUMNS}
    american = pl.when(text["date"].str.contains(rules.AMERICAN_DATE)).then(text["date"])
    iso = pl.when(text["date"].str.contains(rules.ISO_DATE)).then(text["date"])
    return records.select(
        "delivery_id",
        "record_number",
        activity_date=pl.coalesce(
            american.str.to_date("%m/%d/%Y", strict=False), iso.str.to_date("%Y-%m-%d", strict=False)
        ),
        domain=lower["domain"].str.strip_prefix("www.").str.strip_suffix("."),
        ad_format=lower["format"],
        country=lower["country"],
        ad_size=lower["ad_size"],
        device=lower["device"].replace(rules.DEVICE_SYNONYMS),
        ad_selection_gco2e=_grams(text["adSelectionEmissions"]),
        creative_distribution_gco2e=_grams(text["creativeDistributionEmissions"]),
        media_distribution_gco2e=_grams(text["mediaDistributionEmissions"]),
        stated_total_gco2e=_grams(text["totalEmissions"]),
        domain_coverage=lower["domainCoverage"],
        record_key=text["record_id"],
    )


def _grams(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(rules.MEASURE)).then(text).cast(GRAMS, strict=False)


def _valid(typed: pl.LazyFrame) -> pl.LazyFrame:
    total = pl.sum_horizontal(*PARTS).cast(GRAMS)
    measures = (*PARTS, "stated_total_gco2e")
    return (
        typed.filter(
            pl.col("activity_date") <= datetime.now(UTC).date(),
            pl.col("domain").str.contains(rules.DOMAIN),
            pl.col("ad_format").is_in(rules.FORMATS),
            pl.col("device").is_in(rules.DEVICES),
            pl.col("ad_size").str.contains(rules.AD_SIZE),
            pl.col("domain_coverage").is_in(rules.COVERAGES),
            pl.col("record_key") != "",
            *(pl.col(measure) >= 0 for measure in measures),
        )
        .with_columns(total_gco2e=total)
        .filter(_is_the_sum())
    )


def _is_the_sum() -> pl.Expr:
    """Whether the stated total is off by at most the larger of 0.000001 g and a millionth of the sum."""
    wide = pl.Decimal(38, 10)
    total = pl.col("total_gco2e").cast(wide)
    millionths = (pl.col("stated_total_gco2e").cast(wide) - total).abs() * 1_000_000
    return millionths <= pl.max_horizontal(pl.lit(1).cast(wide), total)


def _by_day(winners: pl.DataFrame, grain: Sequence[str]) -> pl.DataFrame:
    return winners.group_by(grain).agg(
        pl.len().cast(pl.Int64).alias("record_count"), pl.col("total_gco2e").sum().cast(pl.Decimal(28, 10))
    )


def _replace_days(rows: pl.DataFrame, table: str, days: Sequence[date]) -> None:
    listed = ", ".join(f"'{day}'" for day in days)
    predicate = f"activity_date in ({listed})"
    rows.write_delta(table, mode="overwrite", delta_write_options={"predicate": predicate})


if __name__ == "__main__":
    run(Peer(build, increment, totals))
