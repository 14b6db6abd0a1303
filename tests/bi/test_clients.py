"""Clients that people use: beeline, which comes with Spark, and SQLAlchemy."""

import os
import subprocess
from pathlib import Path

import pyspark
import pytest
import sqlalchemy
from sqlalchemy.engine import URL

from tests.bi.server import PASSWORD, USER, Server
from tests.conftest import TestLake


@pytest.fixture(scope="module")
def engine(server: Server) -> sqlalchemy.Engine:
    url = URL.create(
        "hive", USER, PASSWORD, host="127.0.0.1", port=server.port, database="published", query={"auth": "CUSTOM"}
    )
    return sqlalchemy.create_engine(url)


def test_sqlalchemy_looks_around_and_asks(engine: sqlalchemy.Engine) -> None:
    inspector = sqlalchemy.inspect(engine)
    assert inspector.get_schema_names() == ["published"]
    tables = inspector.get_table_names("published")
    assert {"daily_emissions", "emissions_metrics", "top_10_domains"} <= set(tables)
    columns = {column["name"]: str(column["type"]) for column in inspector.get_columns("daily_emissions", "published")}
    assert columns["activity_date"] == "DATE"
    assert columns["total_gco2e"].startswith("DECIMAL")
    with engine.connect() as connection:
        table = sqlalchemy.Table("daily_emissions", sqlalchemy.MetaData(schema="published"), autoload_with=connection)
        chart = (
            sqlalchemy.select(table.c.ad_format, sqlalchemy.func.sum(table.c.record_count).label("records"))
            .group_by(table.c.ad_format)
            .order_by(sqlalchemy.desc("records"))
            .limit(10)
        )
        assert [row[0] for row in connection.execute(chart)] == ["video"]


def test_beeline(server: Server, bi_lake: TestLake) -> None:
    asked = "show tables in published; select rank, domain from published.top_10_domains where rank = 1; set"
    done = beeline(f"jdbc:hive2://127.0.0.1:{server.port}/published", asked)
    best = bi_lake.rows("select domain from gold.top_10_domains where rank = 1")[0]["domain"]
    assert "daily_emissions,published,false" in done.stdout
    assert f"1,{best}" in done.stdout
    assert "set is not allowed here: only queries of published are" in done.stderr
    assert "at org.apache.spark" not in done.stderr


def test_beeline_with_settings_is_refused(server: Server) -> None:
    done = beeline(f"jdbc:hive2://127.0.0.1:{server.port}/published?spark.sql.runSQLOnFiles=true", "select 1")
    assert "settings in the connection string are not allowed: set:hiveconf:spark.sql.runSQLOnFiles" in done.stderr
    assert done.returncode != 0


def beeline(url: str, statements: str) -> "subprocess.CompletedProcess[str]":
    jars = Path(pyspark.__file__).parent / "jars"
    java = str(Path(os.environ["JAVA_HOME"], "bin", "java")) if "JAVA_HOME" in os.environ else "java"
    command = [
        *(java, "-Xmx256m", "-cp", f"{jars}/*", "org.apache.hive.beeline.BeeLine"),
        *("-u", url, "-n", USER, "-p", PASSWORD, "--outputformat=csv2", "--showHeader=false", "-e", statements),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL)
