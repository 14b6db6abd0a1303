"""A Spark session of its own for each of dbt's threads, so that models side by side do not meet.

dbt-spark's `session` method gives every statement to the process's one session; the note of a commit
(dbt/macros/places.sql) is a setting of the session, and would go to whichever model commits first.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt.adapters.spark import session as dbt_spark_session
from dbt_common.exceptions import DbtRuntimeError
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession


class _Cursor(dbt_spark_session.Cursor):
    """dbt-spark's cursor on a given session."""

    def __init__(self, spark: SparkSession) -> None:
        super().__init__()
        self._spark = spark

    def execute(self, sql: str, *parameters: Any) -> None:  # noqa: ANN401 - dbt's signature
        """Run a statement; its rows are fetched later."""
        try:
            self._df = self._spark.sql(sql % parameters if parameters else sql)
        except AnalysisException as error:
            raise DbtRuntimeError(str(error)) from error


@contextmanager
def session_per_thread(spark: SparkSession) -> Iterator[None]:
    """While this holds, each thread of dbt works in a copy of `spark`: same tables and caches, settings of its own."""
    own = threading.local()

    class Connection(dbt_spark_session.Connection):
        def cursor(self) -> dbt_spark_session.Cursor:
            if not hasattr(own, "spark"):
                own.spark = SparkSession(spark.sparkContext, spark._jsparkSession.cloneSession())
                for name, value in self.server_side_parameters.items():
                    own.spark.conf.set(name, value)
            return _Cursor(own.spark)

    usual = dbt_spark_session.Connection
    dbt_spark_session.Connection = Connection  # type: ignore[misc]
    try:
        yield
    finally:
        dbt_spark_session.Connection = usual  # type: ignore[misc]
