"""One Spark session per process, configured by spark_conf/ alone, with the lake's folders as its catalog."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from lake.errors import LakeError
from lake.format import check_format
from lake.settings import REPOSITORY, Settings
from lake.tables import registration


def open_session(settings: Settings, derived: Path | None = None) -> SparkSession:
    """The process's Spark session, with every table and view of the lake registered.

    With `derived` the session sees the lake's bronze, and all else in that folder.

    Raises:
        LakeError: Java or Spark could not start; the message names the log.
    """
    log = settings.log_folder / "spark.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot write the log folder {log.parent}: {error.strerror}. Check LAKE_URI and the folder's rights."
        raise LakeError(msg) from error
    spark = SparkSession.getActiveSession() or _start(settings, log)
    for statement in registration(settings.lake_path, derived):
        spark.sql(statement)
    if spark.catalog.tableExists("bronze.deliveries"):
        check_format(spark)
    return spark


def spark_environment(settings: Settings, log: Path) -> dict[str, str]:
    """The variables through which spark_conf/ reaches a JVM."""
    return {
        "SPARK_CONF_DIR": str(REPOSITORY / "spark_conf"),
        "LAKE_LOG": str(log),
        "PYSPARK_SUBMIT_ARGS": f"--master {settings.spark_master} pyspark-shell",
        "PYSPARK_PYTHON": sys.executable,
    }


def _start(settings: Settings, log: Path) -> SparkSession:
    os.environ.update(spark_environment(settings, log), TZ="UTC")
    time.tzset()
    # PySpark would print each failed statement to stderr as a page of JSON; the error itself says what is needed.
    logging.getLogger("SQLQueryContextLogger").addHandler(logging.NullHandler())
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    os.environ.pop("SPARK_HOME", None)
    try:
        with _stderr_to(log):
            return SparkSession.builder.appName("emissions-lakehouse").getOrCreate()
    except Exception as error:
        msg = f"Spark did not start ({type(error).__name__}). Is Java 17 or newer installed? The log is {log}."
        raise LakeError(msg) from error


@contextmanager
def _stderr_to(log: Path) -> Iterator[None]:
    """Let the JVM inherit a log file as its stderr, so that its noise stays out of the user's terminal."""
    sys.stderr.flush()
    terminal = os.dup(2)
    try:
        with log.open("ab") as sink:
            os.dup2(sink.fileno(), 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
