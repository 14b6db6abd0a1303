"""A Spark of somebody else: Hive's catalog and Delta's own jars, nothing of the project's but those files."""

import json
import sys
from typing import Any

from pyspark.sql import SparkSession

from lake.settings import REPOSITORY

LOGIN = "spark.hadoop.javax.jdo.option.Connection"


def answers(url: str, user: str, password: str, warehouse: str, statements: list[str]) -> list[Any]:
    """The rows of each statement, or the first line of what it was refused with."""
    jars = REPOSITORY / ".build" / "jars"
    spark = (
        SparkSession.builder.master("local[1]")
        .config(
            "spark.driver.extraClassPath",
            ":".join(map(str, (*jars.glob("delta-*.jar"), *jars.glob("postgresql-*.jar")))),
        )
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.warehouse.dir", warehouse)
        .config("spark.driver.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config(f"{LOGIN}URL", url)
        .config(f"{LOGIN}DriverName", "org.postgresql.Driver")
        .config(f"{LOGIN}UserName", user)
        .config(f"{LOGIN}Password", password)
        .config("spark.hadoop.hive.metastore.schema.verification", "false")
        .config("spark.hadoop.datanucleus.schema.autoCreateTables", "false")
        .enableHiveSupport()
        .getOrCreate()
    )
    found: list[Any] = []
    for statement in statements:
        try:
            found.append([list(map(str, row)) for row in spark.sql(statement).collect()])
        except Exception as error:
            found.append(str(error).splitlines()[0])
    return found


if __name__ == "__main__":
    print(json.dumps(answers(**json.load(sys.stdin))))
