"""Where the lake, its landing area and its working files are, read from the environment."""

import os
import tempfile
from functools import cached_property
from pathlib import Path

from pydantic_settings import BaseSettings

from lake.errors import UsageError
from lake.retention import LEAST_DAYS, MOST_DAYS

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings by their environment names (`LAKE_URI`, `LANDING_URI`, `SPARK_MASTER`, ...), relative paths to the cwd.

    `SPARK_DRIVER_MEMORY` (`8g`) goes over what spark_conf/ gives Java; `LAKE_RETENTION_DAYS` (90) is for how long old
    versions stay readable.
    """

    lake_uri: str = ""
    landing_uri: str = ""
    spark_master: str = "local[*]"
    spark_driver_memory: str = ""
    lake_retention_days: str = str(LEAST_DAYS)

    @cached_property
    def lake_path(self) -> Path:
        """The root of all Delta tables as an absolute local path.

        Raises:
            UsageError: `LAKE_URI` names a store other than the local disk.
        """
        return _local_path("LAKE_URI", self.lake_uri) or REPOSITORY / "data" / "lake"

    @cached_property
    def landing_path(self) -> Path:
        """The root of the landing area as an absolute local path.

        Raises:
            UsageError: `LANDING_URI` names a store other than the local disk.
        """
        return _local_path("LANDING_URI", self.landing_uri) or REPOSITORY / "data" / "landing"

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
    def log_folder(self) -> Path:
        """Where the log files of Spark and dbt go: beside the lake's tables, under a name no table has.

        A temporary folder where this process may not write there: such a lake can still be read.
        """
        folder = self.lake_path / "_logs"
        standing = next(path for path in (folder, *folder.parents) if path.exists())
        written = (standing, *folder.glob("*.log")) if standing == folder else (standing,)
        is_ours = standing.is_dir() and all(os.access(path, os.W_OK) for path in written)
        return folder if is_ours else Path(tempfile.mkdtemp(prefix="lake-logs-"))


def _local_path(variable: str, value: str) -> Path | None:
    if not value:
        return None
    if value.startswith("file:"):
        value = "/" + value.removeprefix("file:").lstrip("/")
    elif "://" in value:
        msg = f"{variable}={value}: this version reads and writes local disk only; give a path or file://..."
        raise UsageError(msg)
    return Path(value).expanduser().absolute()
