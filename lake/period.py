"""What of the lake's tables belongs to a period: what a release copies, and what is compared with it later."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession

from lake.manifest import Period
from lake.queries import query
from lake.settings import REPOSITORY
from lake.tables import model_sql

JUDGING = REPOSITORY / "silver" / "staging" / "stg_records.sql"
LEDGER, RECORDS, WINNERS = "bronze.deliveries", "bronze.emissions", "silver.emissions"
# Every record that the ledger knew and the figures of the period leave out, or may leave out; made for a release.
EXCLUDED = "silver.excluded"
# Copied whole: they have no day, or are of all days.
UNDATED = (LEDGER, "silver.country_names", "gold.top_10_domains", "gold.avg_domain_coverage", "gold.flagged_domains")
DATED = (
    WINNERS,
    "silver.duplicates",
    "gold.daily_emissions",
    "gold.daily_by_country_device",
    "gold.daily_by_domain_format",
    "gold.daily_country_trends",
    "gold.emission_contributions",
    "gold.flagged_domain_days",
)
QUARANTINE = "silver.quarantine"
READ = (*UNDATED, *DATED, QUARANTINE, RECORDS)


def view_of(table: str) -> str:
    """The temporary view that stands for a table while a period is looked at."""
    return "period_of_" + table.replace(".", "_")


@contextmanager
def tables_of(spark: SparkSession, read: Callable[[str], DataFrame], period: Period) -> Iterator[dict[str, DataFrame]]:
    """For a while, the rows of each table that belong to a period, by the table's name; `read` gives a table's rows.

    Refused records of which the day cannot be read belong to every period. Besides the lake's own tables there is
    `silver.excluded`: one record that is not in the figures, its place (`quarantined`, `unplaced`, `duplicate`,
    `superseded`, `withdrawn`), `weight_gco2e` and reasons.
    """
    for table in READ:
        read(table).createOrReplaceTempView(view_of(table))
    unjudged(spark).createOrReplaceTempView("period_unjudged")
    judging(spark, "period_unjudged").createOrReplaceTempView("period_judged")
    # Judging is dear, and three queries read this. Whoever has what they want may remove the folders it was read from;
    # Spark plans what is still cached anew at later statements, and would not find them.
    excluded = query(spark, "period_excluded", **period.arguments).cache()
    try:
        excluded.createOrReplaceTempView("period_excluded")
        tables = {table: spark.table(view_of(table)) for table in UNDATED}
        between = f"activity_date between date'{period.first}' and date'{period.last}'"
        tables |= {table: spark.table(view_of(table)).where(between) for table in DATED}
        tables[QUARANTINE] = query(spark, "period_quarantine")
        yield {**tables, EXCLUDED: excluded}
    finally:
        excluded.unpersist()


def unjudged(
    spark: SparkSession, shown_as: Callable[[str], str] = view_of, activity_date: str | None = None
) -> DataFrame:
    """The refused records, and those of versions that are not current: of these, with a day, what may belong to it."""
    places = {"ledger": shown_as(LEDGER), "quarantine": shown_as(QUARANTINE), "records": shown_as(RECORDS)}
    return query(spark, "unjudged", **places, activity_date=activity_date)


def judging(spark: SparkSession, records: str, shown_as: Callable[[str], str] = view_of) -> DataFrame:
    """How silver judges the records of a view, by the ledger and the countries as `shown_as` names them.

    Without it they are those that `tables_of` showed last.
    """
    return spark.sql(
        model_sql(
            JUDGING,
            source=lambda schema, name: records if name == "emissions" else shown_as(f"{schema}.{name}"),
            ref=lambda name: shown_as(f"silver.{name}"),
        )
    )
