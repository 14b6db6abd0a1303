"""Which form a lake's own tables have, and how an older lake is brought to it.

The number stands as the table property `lake.format` on the ledger; a lake from before it counts as 1. Silver and gold
need no migration: they are rebuilt from bronze and the ledger when their rules are others (lake/code.py).
"""

from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import SparkSession

from bronze.ledger import SQL as BRONZE_SQL
from lake.errors import LakeError
from lake.queries import SQL
from lake.storage import LakePath
from lake.tables import CONSERVATION, RESTATEMENTS, RUNS, clear_unborn

FORMAT = 2
PROPERTY = "lake.format"
# The tables that Python writes, and the statement that makes each.
MADE_BY = {
    "bronze.emissions": BRONZE_SQL / "create_emissions.sql",
    "bronze.deliveries": BRONZE_SQL / "create_deliveries.sql",
    RUNS: SQL / "create_runs.sql",
    CONSERVATION: SQL / "create_conservation.sql",
    RESTATEMENTS: SQL / "create_restatements.sql",
}
# What each form added to tables that an older lake already has.
ADDED_COLUMNS = {
    2: {
        "audit.runs": {"steps": "string"},
        "bronze.deliveries": {"renamed_columns": "map<string, string>"},
    },
}


def check_format(spark: SparkSession, ledger: str = "bronze.deliveries") -> int:
    """The form of the lake at hand, of which the ledger exists, under this name.

    Raises:
        LakeError: a newer version of this code has written the lake.
    """
    shown = spark.sql(f"show tblproperties {ledger} ('{PROPERTY}')").collect()[0].value
    form = int(shown) if shown.isdigit() else 1
    if form > FORMAT:
        msg = (
            f"this lake has form {form}, written by a newer version of the lakehouse; this version knows forms up to "
            f"{FORMAT}. Nothing was read or changed. Use the newer version."
        )
        raise LakeError(msg)
    return form


def prepare(spark: SparkSession, lake: LakePath) -> None:
    """Make the tables that every run writes, or bring those of an older lake to the present form.

    The caller holds the lake's lock. Each step can be repeated, and the form is raised last.
    """
    clear_unborn(lake)
    missing = {table: file for table, file in MADE_BY.items() if not spark.catalog.tableExists(table)}
    is_old = "bronze.deliveries" not in missing and check_format(spark) < FORMAT
    # Two at once, as dbt makes its own: most of each is one thread's thinking.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda file: spark.sql(file.read_text(encoding="utf-8")), missing.values()))
    if is_old:
        _migrate(spark)


def _migrate(spark: SparkSession) -> None:
    for tables in ADDED_COLUMNS.values():
        for table, columns in tables.items():
            missing = {name: kind for name, kind in columns.items() if name not in spark.table(table).columns}
            if missing:
                added = ", ".join(f"{name} {kind}" for name, kind in missing.items())
                spark.sql(f"alter table {table} add columns ({added})")
    spark.sql(f"alter table bronze.deliveries set tblproperties ('{PROPERTY}' = '{FORMAT}')")
