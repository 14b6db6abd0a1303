"""The shared metastore (`METASTORE_URL`): a window in which other programs find the lake's tables.

The folders stay the truth: nothing of the lake reads it but scripts/thrift-server. What it shows is brought to what the
lake has by every run, and by `lake metastore` (docs/decisions/0026-shared-metastore.md).
"""

import re
import tempfile
from collections.abc import Callable

from pyspark.sql import SparkSession

from lake import published
from lake.causes import explained
from lake.descriptions import descriptions
from lake.errors import LakeError, UsageError
from lake.published import PUBLISHED
from lake.settings import REPOSITORY, Settings
from lake.tables import SCHEMAS

# In the lake, under a name that no table has: each schema of the metastore has an empty folder there, since who drops a
# schema there removes its folder.
HOME = "_metastore"
DRIVER = "org.postgresql.Driver"
URL_START = "jdbc:postgresql:"
ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
PROPERTIES = "javax.jdo.option.Connection"


def login(settings: Settings, *, may_write: bool) -> dict[str, str]:
    """Hive's settings for the metastore; one that is new gets its tables by who `may_write`.

    Raises:
        UsageError: `METASTORE_URL` is no address of a PostgreSQL database.
    """
    if not settings.metastore_url.startswith(URL_START):
        msg = f"METASTORE_URL={settings.metastore_url}: give {URL_START}//HOST:PORT/DATABASE"
        raise UsageError(msg)
    return {
        f"{PROPERTIES}URL": settings.metastore_url,
        f"{PROPERTIES}DriverName": DRIVER,
        f"{PROPERTIES}UserName": settings.metastore_user,
        f"{PROPERTIES}Password": settings.metastore_password,
        # One process asks a few dozen questions.
        "datanucleus.connectionPoolingType": "none",
        "datanucleus.schema.autoCreateTables": str(may_write).lower(),
        "datanucleus.schema.autoCreateColumns": str(may_write).lower(),
        # Hive's models of its own tables disagree about theirs.
        "datanucleus.schema.autoCreateConstraints": "false",
        "hive.metastore.schema.verification": "false",
        # Ten tries of two seconds would hold up a run for what the next one mends.
        "hive.hmshandler.retry.attempts": "2",
    }


def show(spark: SparkSession, settings: Settings, *, take_over: bool = False) -> list[str]:
    """Bring the metastore to what the lake has and what is published; what was changed, a line each.

    With `take_over` entries of the same names that another lake made give way. The caller holds the lake's lock.

    Raises:
        LakeError: the metastore cannot be reached or written, or shows another lake.
    """
    lake = settings.lake_path
    for statement in published.registration(lake):
        spark.sql(statement)
    home = str(lake / HOME)
    with tempfile.TemporaryDirectory(prefix="lake-metastore-") as scratch:
        folders = {"hive.exec.scratchdir": scratch, "hive.exec.local.scratchdir": scratch}
        defaults = {"hive.metastore.warehouse.dir": f"{home}/default"}
        try:
            changes = spark._jvm.lakehouse.SharedMetastore.show(  # type: ignore[union-attr]
                spark._jsparkSession,
                login(settings, may_write=True) | folders | defaults,
                home if "://" in home else f"file:{home}",
                [*SCHEMAS, PUBLISHED],
                descriptions(),
                take_over,
            )
        except Exception as error:
            cause = explained(error)
            way_out = "Set METASTORE_URL to another database, or, where the lake was moved: lake metastore --take-over."
            _, is_others, found = cause.partition("OTHER_LAKE: ")
            why = f"it shows another lake: {found}. {way_out}" if is_others else cause
            msg = f"the shared metastore ({settings.metastore_url}) could not be brought up to date: {why}"
            raise LakeError(msg) from error
        return list(changes)


def let_read(spark: SparkSession, settings: Settings, role: str) -> None:
    """Let a role of the database, which is there, see the schema `published` of the metastore and nothing else.

    Raises:
        UsageError: `role` is no name of a role.
        LakeError: the database cannot be reached, or has no such role, or the metastore is not ours.
    """
    if not ROLE.fullmatch(role):
        msg = f"--reader {role}: give a role of small letters, digits and underscores"
        raise UsageError(msg)
    text = (REPOSITORY / "spark_conf" / "metastore_reader.sql").read_text(encoding="utf-8").replace(":role", role)
    url, user, password = settings.metastore_url, settings.metastore_user, settings.metastore_password
    try:
        connection = spark._jvm.java.sql.DriverManager.getConnection(url, user, password)  # type: ignore[union-attr]
        try:
            # One transaction: either the role sees what it may, or nothing has changed.
            connection.setAutoCommit(False)
            connection.createStatement().execute(text)
            connection.commit()
        finally:
            connection.close()
    except Exception as error:
        msg = f"the role {role} could not be let in ({settings.metastore_url}): {explained(error)}"
        raise LakeError(msg) from error


def show_after_run(spark: SparkSession, settings: Settings, on_step: Callable[[str], None]) -> None:
    """Where there is a metastore, bring it to what a run has left, which is done and stays done.

    Raises:
        LakeError: as `show`.
    """
    if not settings.metastore_url:
        return
    on_step("telling the shared metastore")
    try:
        show(spark, settings)
    except LakeError as error:
        error.args = (f"{error} The run itself is done; the next one, or lake metastore, tries again.",)
        raise
