"""What judging all records anew moves: rows that silver refused and takes in now, and the other way round."""

from typing import Any

from pyspark.sql import SparkSession

from lake.queries import query
from lake.storage import LakePath
from lake.tables import table_versions

COMPARED = ("silver.quarantine", "audit.delivered")


def remember(spark: SparkSession, lake: LakePath) -> bool:
    """Show what is refused now, and of which deliveries, to the later `moved`; False where nothing was judged yet."""
    versions = table_versions(lake)
    if not versions.keys() >= {*COMPARED}:
        return False
    for table in COMPARED:
        view = f"{table.split('.')[1]}_before"
        version = f"select * from {table} version as of {versions[table]}"  # noqa: S608 - names and numbers of ours
        spark.sql(f"create or replace temporary view {view} as {version}")
    return True


def moved(spark: SparkSession) -> list[dict[str, Any]]:
    """The rows that have moved since `remember`, by `direction` (`refused` or `taken in`) and `reasons`.

    Each has `row_count` and `weight_gco2e` (grams). Deliveries that came or went meanwhile are left out.
    """
    return [row.asDict() for row in query(spark, "requalified").collect()]
