"""One Spark session per process, configured by spark_conf/ alone, with the lake's folders as its catalog."""

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from pyspark.sql import SparkSession

from lake import jvm, lease, priority
from lake.causes import explained
from lake.errors import LakeError
from lake.format import check_format
from lake.lock import held_descriptors
from lake.retention import session_settings
from lake.settings import REPOSITORY, S3_JARS, Settings
from lake.sizing import fit_java_to_size
from lake.storage import LakePath, S3Path
from lake.tables import list_tables, locations, registered_views, schema_statements


def open_session(
    settings: Settings, derived: LakePath | None = None, *, follows_news: bool = False, with_views: bool = True
) -> SparkSession:
    """The process's Spark session, with every table and view of the lake registered.

    With `derived` the session sees the lake's bronze, and all else in that folder. Java suits a work as large as the
    lake, or as what was landed since the last run where the work `follows_news`. What makes the views anew goes without
    them (`with_views`): Spark would read what each view is made of before it replaces it.

    Raises:
        LakeError: Java or Spark could not start; the message names the log.
        UsageError: a setting is wrong.
    """
    spark = bare_session(settings, follows_news=follows_news)
    for statement in schema_statements(settings.lake_path, derived):
        spark.sql(statement)
    tables = locations(settings.lake_path, derived)
    spark._jvm.lakehouse.Tables.show(spark._jsparkSession, tables)  # type: ignore[union-attr]
    for statement in registered_views(tables) if with_views else ():
        spark.sql(statement)
    if spark.catalog.tableExists("bronze.deliveries"):
        check_format(spark)
    if isinstance(settings.lake_path, S3Path):
        lease.bind(spark, list_tables(settings.lake_path))
    return spark


def bare_session(settings: Settings, *, follows_news: bool = False) -> SparkSession:
    """The process's Spark session, in which nothing of the lake is registered yet.

    Raises:
        LakeError: Java or Spark could not start; the message names the log.
        UsageError: a setting is wrong.
    """
    retention = session_settings(settings.retention_days)
    log = settings.log_folder / "spark.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot write the log folder {log.parent}: {error.strerror}. Check LAKE_URI and the folder's rights."
        raise LakeError(msg) from error
    spark = SparkSession.getActiveSession() or _start(settings, log, follows_news=follows_news)
    for name, value in retention.items():
        spark.conf.set(name, value)
    return spark


def spark_environment(settings: Settings, log: Path) -> dict[str, str]:
    """The variables through which spark_conf/ reaches a JVM."""
    memory = ["--driver-memory", settings.spark_driver_memory] if settings.spark_driver_memory else []
    return {
        "SPARK_CONF_DIR": str(REPOSITORY / "spark_conf"),
        "LAKE_LOG": str(log),
        "LAKE_ON_S3": "1" if isinstance(settings.lake_path, S3Path) else "",
        "PYSPARK_SUBMIT_ARGS": " ".join(["--master", settings.master, *memory, "pyspark-shell"]),
        "PYSPARK_PYTHON": sys.executable,
    }


def require_jars(settings: Settings) -> None:
    """Refuse a lake on S3 without what reads it.

    Raises:
        LakeError: the jars for S3 are not there.
    """
    if isinstance(settings.lake_path, S3Path) and not any(S3_JARS.glob("hadoop-aws-*.jar")):
        msg = "the jars for S3 are missing: run scripts/setup s3"
        raise LakeError(msg)


def _start(settings: Settings, log: Path, *, follows_news: bool) -> SparkSession:
    require_jars(settings)
    # Read first: a word that it does not know is refused whether an endpoint serves or not.
    niceness = settings.niceness
    if not priority.is_served(settings.log_folder):
        niceness = 0
    fit_java_to_size(settings, follows_news=follows_news)
    os.environ.update(spark_environment(settings, log), TZ="UTC")
    time.tzset()
    # PySpark would print each failed statement to stderr as a page of JSON; the error itself says what is needed.
    logging.getLogger("SQLQueryContextLogger").addHandler(logging.NullHandler())
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    # Py4J logs to the root logger that Java is gone, which without a handler prints a traceback on stderr.
    logging.getLogger().addHandler(logging.NullHandler())
    os.environ.pop("SPARK_HOME", None)
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        jvm.launch("emissions-lakehouse", log, held_descriptors(), niceness=niceness)
        return SparkSession.builder.getOrCreate()
    except Exception as error:
        msg = f"Spark did not start: {explained(error)}. Java 17 or newer is needed; the log is {log}."
        raise LakeError(msg) from error
    finally:
        # PySpark puts in its own, which waits for Java.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, on_interrupt)
