"""Where the lake, its landing area and its working files are, read from the environment."""

import os
import re
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic_settings import BaseSettings

from lake.errors import UsageError
from lake.priority import NICENESS
from lake.retention import LEAST_DAYS, MOST_DAYS
from lake.storage import LakePath, S3Path

REPOSITORY = Path(__file__).resolve().parent.parent
# Fetched where they are needed (scripts/setup).
S3_JARS = REPOSITORY / ".build" / "s3-jars"
TASK_ATTEMPTS = 3
Choice = TypeVar("Choice")


class Settings(BaseSettings):
    """Settings by their environment names (`LAKE_URI`, `LANDING_URI`, `SPARK_MASTER`, ...), relative paths to the cwd.

    `SPARK_DRIVER_MEMORY` (`8g`) goes over what spark_conf/ gives Java; `LAKE_RETENTION_DAYS` (90) is for how long old
    versions stay readable; `LAKE_REPORT` (auto) is whether a run writes its report; `LAKE_GIVES_WAY` (some) is how
    much of the CPU a command leaves to the BI endpoint where both run on one machine;
    `METASTORE_URL`, `METASTORE_USER` and `METASTORE_PASSWORD` are of the shared metastore.
    """

    lake_uri: str = ""
    landing_uri: str = ""
    spark_master: str = "local[*]"
    spark_driver_memory: str = ""
    lake_retention_days: str = str(LEAST_DAYS)
    lake_bi_users: str = ""
    lake_owner_users: str = ""
    lake_bi_keystore: str = ""
    lake_bi_keystore_password: str = ""
    lake_report: str = "auto"
    lake_gives_way: str = "some"
    metastore_url: str = ""
    metastore_user: str = ""
    metastore_password: str = ""

    @cached_property
    def lake_path(self) -> LakePath:
        """The root of all Delta tables: an absolute local path, or a place on S3.

        Raises:
            UsageError: `LAKE_URI` names another kind of store, or no bucket.
        """
        return _place("LAKE_URI", self.lake_uri) or REPOSITORY / "data" / "lake"

    @cached_property
    def landing_path(self) -> LakePath:
        """The root of the landing area: an absolute local path, or a place on S3.

        Raises:
            UsageError: `LANDING_URI` names another kind of store, or no bucket.
        """
        return _place("LANDING_URI", self.landing_uri) or REPOSITORY / "data" / "landing"

    @property
    def master(self) -> str:
        """Where Spark runs, in Spark's words."""
        return self.repeating(self.spark_master)

    def repeating(self, master: str) -> str:
        """A Spark master which tries a failed task again where the lake is on S3.

        A connection that breaks in the midst of an answer fails the task that reads it. Clusters repeat tasks by
        themselves, `local[N]` does not.
        """
        is_local = re.fullmatch(r"local\[[*\d]+\]", master) and isinstance(self.lake_path, S3Path)
        return f"{master[:-1]},{TASK_ATTEMPTS}]" if is_local else master

    @cached_property
    def retention_days(self) -> int:
        """For how many days a version stays readable after it was replaced.

        Raises:
            UsageError: `LAKE_RETENTION_DAYS` is no number of days, or fewer than are promised.
        """
        given = self.lake_retention_days
        if not (given.isascii() and given.isdigit() and LEAST_DAYS <= int(given) <= MOST_DAYS):
            msg = (
                f"LAKE_RETENTION_DAYS={given}: give whole days, from {LEAST_DAYS}, which time travel promises, "
                f"to {MOST_DAYS}"
            )
            raise UsageError(msg)
        return int(given)

    @cached_property
    def bi_users(self) -> Path:
        """The file of those who may ask the BI endpoint (`LAKE_BI_USERS`)."""
        given = self.lake_bi_users
        return Path(given).expanduser().absolute() if given else REPOSITORY / "data" / "bi-users"

    @cached_property
    def owner_users(self) -> Path:
        """The file of those who may use the owner's endpoint (`LAKE_OWNER_USERS`)."""
        given = self.lake_owner_users
        return Path(given).expanduser().absolute() if given else REPOSITORY / "data" / "owner-users"

    @cached_property
    def run_reports(self) -> bool | None:
        """Whether a run writes a report; None where the size of the lake decides.

        Raises:
            UsageError: `LAKE_REPORT` is none of `on`, `off` and `auto`.
        """
        return _chosen("LAKE_REPORT", self.lake_report, {"on": True, "off": False, "auto": None})

    @cached_property
    def niceness(self) -> int:
        """How much less urgent a command is than the BI endpoint of its lake on the same machine (lake/priority.py).

        Raises:
            UsageError: `LAKE_GIVES_WAY` is none of `off`, `some` and `on`.
        """
        return _chosen("LAKE_GIVES_WAY", self.lake_gives_way, NICENESS)

    @property
    def report_folder(self) -> Path:
        """Where reports go: beside the lake's tables, under a name no table has; for one on S3 into this checkout."""
        lake = self.lake_path
        return (
            REPOSITORY / "data" / "reports" / lake.bucket / lake.key if isinstance(lake, S3Path) else lake / "_reports"
        )

    @property
    def report_page(self) -> Path:
        """The report that a run writes, which the next one replaces."""
        return self.report_folder / "report.html"

    @cached_property
    def log_folder(self) -> Path:
        """Where the log files of Spark and dbt go: beside the lake's tables, under a name no table has.

        For a lake on S3 a folder of this checkout. A temporary folder where this process may not write there: such a
        lake can still be read.
        """
        lake = self.lake_path
        folder = REPOSITORY / "data" / "logs" / lake.bucket / lake.key if isinstance(lake, S3Path) else lake / "_logs"
        standing = next(path for path in (folder, *folder.parents) if path.exists())
        written = (standing, *folder.glob("*.log")) if standing == folder else (standing,)
        is_ours = standing.is_dir() and all(os.access(path, os.W_OK) for path in written)
        return folder if is_ours else Path(tempfile.mkdtemp(prefix="lake-logs-"))


def _chosen(variable: str, word: str, choices: dict[str, Choice]) -> Choice:
    if word.lower() not in choices:
        *others, last = choices
        msg = f"{variable}={word}: give {', '.join(others)} or {last}"
        raise UsageError(msg)
    return choices[word.lower()]


def _place(variable: str, value: str) -> LakePath | None:
    if not value:
        return None
    if value.startswith(("s3://", "s3a://")):
        place = S3Path.of(value)
        if not place.bucket or ".." in place.parts:
            msg = f"{variable}={value}: give s3a://bucket/prefix"
            raise UsageError(msg)
        return place
    if value.startswith("file:"):
        value = "/" + value.removeprefix("file:").lstrip("/")
    elif "://" in value:
        msg = f"{variable}={value}: give a path, file://... or s3a://bucket/prefix"
        raise UsageError(msg)
    return Path(value).expanduser().absolute()
