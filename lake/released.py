"""The lake as a release gave it out: the copies under the tables' own names, of the days that were released."""

from pyspark.sql import DataFrame, SparkSession

from lake.manifest import Manifest, copy_of
from lake.period import LEDGER, RECORDS
from lake.session import bare_session
from lake.settings import Settings
from lake.storage import LakePath
from lake.tables import SCHEMAS, by_path, registered_views, schema_statement


def open_release(settings: Settings, manifest: Manifest) -> SparkSession:
    """The process's session, in which every table is what the release copied of it, and `silver.excluded` beside them.

    Needs a process whose session has not registered the lake. `bronze.emissions` is the lake's own, which only grows,
    without the deliveries that came later.
    """
    spark = bare_session(settings)
    for schema in SCHEMAS:
        spark.sql(schema_statement(settings.lake_path, schema))
    for table in manifest.tables:
        name = table["table"]
        place = str(copy_of(settings.lake_path, manifest.release, name)).replace("`", "``")
        spark.sql(f"create or replace view {name} as select * from delta.`{place}`")  # noqa: S608
    records = by_path(settings.lake_path, RECORDS)
    known = f"delivery_id <= (select max(delivery_id) from {LEDGER})"  # noqa: S608
    spark.sql(f"create or replace view {RECORDS} as select * from {records} where {known}")  # noqa: S608
    for statement in registered_views([table["table"] for table in manifest.tables]):
        spark.sql(statement)
    return spark


def copied(spark: SparkSession, lake: LakePath, release: str, table: str) -> DataFrame:
    """The rows that a release copied of a table."""
    return spark.read.format("delta").load(str(copy_of(lake, release, table)))
