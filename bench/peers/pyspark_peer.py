"""Plain PySpark, the way most pipelines are written: read all CSV files, clean, window, group, overwrite the tables.

An increment is the same once more over all files. Spark and Delta are the project's own versions, with Spark's defaults
but for the driver's memory, which is ours.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from bench.peers import rules
from bench.peers.command import Arrival, Peer, run

JARS = Path(__file__).resolve().parent.parent.parent / ".build" / "jars"
DRIVER_MEMORY = "4g"  # spark.driver.memory of spark_conf/spark-defaults.conf
MALFORMED = "malformed"
PARTS = ("ad_selection_gco2e", "creative_distribution_gco2e", "media_distribution_gco2e")
GOLD = {
    "daily_by_country_device": ("activity_date", "country_code", "device"),
    "daily_by_domain_format": ("activity_date", "domain", "ad_format"),
}


def rebuild(state: Path, arrival: Arrival) -> None:
    """Make all tables anew from all files."""
    spark = _session()
    countries = spark.read.csv(str(arrival.countries), header=True)
    valid = _valid(
        _typed(_read(spark, arrival)).join(f.broadcast(countries), f.col("country") == f.col("country_name"))
    )
    latest = Window.partitionBy("record_key").orderBy(f.desc("delivery_id"), f.desc("record_number"))
    winners = (
        valid.withColumn("place", f.row_number().over(latest))
        .where("place = 1")
        .drop("place", "country", "country_name", "stated_total_gco2e")
    )
    _overwrite(winners, state / "silver" / "emissions")
    silver = spark.read.format("delta").load(str(state / "silver" / "emissions"))
    for table, grain in GOLD.items():
        _overwrite(_by_day(silver, grain), state / "gold" / table)
    spark.stop()


def totals(state: Path) -> dict[str, Any]:
    """The totals of the tables."""
    spark = _session()
    silver = spark.read.format("delta").load(str(state / "silver" / "emissions"))
    count, total_gco2e = silver.agg(f.count("*"), f.sum("total_gco2e").cast("string")).first() or (0, None)
    document: dict[str, Any] = {"silver": [count, total_gco2e]}
    for table, grain in GOLD.items():
        rows = spark.read.format("delta").load(str(state / "gold" / table))
        texts = [f.col(name).cast("string") for name in (*grain, "total_gco2e")]
        document[table] = [list(row) for row in rows.select(*texts[:3], "record_count", texts[3]).collect()]
    spark.stop()
    return document


def _session() -> SparkSession:
    return (
        SparkSession.builder.master("local[*]")
        .config("spark.driver.memory", DRIVER_MEMORY)
        .config("spark.jars", ",".join(map(str, sorted(JARS.glob("*.jar")))))
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )


def _read(spark: SparkSession, arrival: Arrival) -> DataFrame:
    """The well-formed records of all files, numbered in the order of their arrival."""
    schema = ", ".join(f"`{name}` string" for name in (*rules.COLUMNS, MALFORMED))
    # Without this Spark does not notice records of too few or too many fields.
    spark.conf.set("spark.sql.csv.parser.columnPruning.enabled", "false")
    reads = [
        spark.read.csv(str(file), schema=schema, header=True, columnNameOfCorruptRecord=MALFORMED)
        .withColumn("delivery_id", f.lit(delivery).cast("bigint"))
        .withColumn("record_number", f.monotonically_increasing_id())
        for delivery, file in enumerate(arrival.files, start=arrival.first_delivery)
    ]
    records = reads[0]
    for read in reads[1:]:
        records = records.unionByName(read)
    return records.where(f.col(MALFORMED).isNull())


def _typed(records: DataFrame) -> DataFrame:
    text = {name: f.trim(f.coalesce(f.col(name), f.lit("")), f.lit(rules.WHITE_SPACE)) for name in rules.COLUMNS}
    lower = {name: f.lower(text[name]) for name in rules.COLUMNS}
    device = f.create_map(*(f.lit(word) for pair in rules.DEVICE_SYNONYMS.items() for word in pair))
    return records.select(
        text["record_id"].alias("record_key"),
        f.coalesce(
            f.when(text["date"].rlike(rules.AMERICAN_DATE), f.try_to_date(text["date"], "MM/dd/yyyy")),
            f.when(text["date"].rlike(rules.ISO_DATE), f.try_to_date(text["date"], "yyyy-MM-dd")),
        ).alias("activity_date"),
        f.regexp_replace(f.regexp_replace(lower["domain"], r"^www\.", ""), r"\.$", "").alias("domain"),
        lower["format"].alias("ad_format"),
        lower["country"].alias("country"),
        lower["ad_size"].alias("ad_size"),
        f.coalesce(f.element_at(device, lower["device"]), lower["device"]).alias("device"),
        _grams(text["adSelectionEmissions"]).alias("ad_selection_gco2e"),
        _grams(text["creativeDistributionEmissions"]).alias("creative_distribution_gco2e"),
        _grams(text["mediaDistributionEmissions"]).alias("media_distribution_gco2e"),
        _grams(text["totalEmissions"]).alias("stated_total_gco2e"),
        lower["domainCoverage"].alias("domain_coverage"),
        "delivery_id",
        "record_number",
    )


def _grams(text: Column) -> Column:
    return f.when(text.rlike(rules.MEASURE), text.try_cast("decimal(18,10)"))


def _valid(typed: DataFrame) -> DataFrame:
    total = (f.col(PARTS[0]) + f.col(PARTS[1]) + f.col(PARTS[2])).try_cast("decimal(18,10)")
    deviation = f.abs(f.col("stated_total_gco2e") - f.col("total_gco2e")) * 1_000_000
    measures = (*PARTS, "stated_total_gco2e")
    return typed.withColumn("total_gco2e", total).where(
        (f.col("record_key") != "")
        & (f.col("activity_date") <= f.current_date())
        & f.col("domain").rlike(rules.DOMAIN)
        & f.col("ad_format").isin(*rules.FORMATS)
        & f.col("device").isin(*rules.DEVICES)
        & f.col("ad_size").rlike(rules.AD_SIZE)
        & f.col("domain_coverage").isin(*rules.COVERAGES)
        & (f.least(*measures) >= 0)
        & f.col(measures[0]).isNotNull()
        & f.col(measures[1]).isNotNull()
        & f.col(measures[2]).isNotNull()
        & (deviation <= f.greatest(f.lit(1).cast("decimal(28,10)"), f.col("total_gco2e")))
    )


def _by_day(silver: DataFrame, grain: Sequence[str]) -> DataFrame:
    return silver.groupBy(*grain).agg(
        f.count("*").alias("record_count"), f.sum("total_gco2e").cast("decimal(28,10)").alias("total_gco2e")
    )


def _overwrite(rows: DataFrame, table: Path) -> None:
    rows.write.format("delta").mode("overwrite").save(str(table))


if __name__ == "__main__":
    run(Peer(rebuild, rebuild, totals))
