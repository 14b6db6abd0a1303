"""Settings that are wrong, or that contradict each other."""

import os
import re

from lake.errors import UsageError
from lake.finding import Finding, failure, warning, well
from lake.settings import Settings
from lake.storage import LakePath, S3Path

# What Spark 4 takes (org.apache.spark.SparkMasterRegex and the cluster managers).
MASTER = re.compile(r"local(\[(\*|\d+)(,\s*\d+)?\])?|spark://[^/:]+(:\d+)?(,[^/:]+(:\d+)?)*|yarn|k8s://.+")


def check_retention(settings: Settings) -> Finding:
    """Whether old versions stay readable for as long as is promised."""
    try:
        days = settings.retention_days
    except UsageError as error:
        return failure("LAKE_RETENTION_DAYS", str(error))
    return well("LAKE_RETENTION_DAYS", f"old versions stay readable for {days} days")


def check_master(settings: Settings, lake: LakePath | None) -> Finding:
    """Whether Spark runs somewhere, and where that reaches the lake."""
    master = settings.spark_master
    if not MASTER.fullmatch(master):
        return failure("SPARK_MASTER", f"{master}: give local[*], local[N] or spark://host:7077, or unset it")
    if not master.startswith("local") and lake is not None and not isinstance(lake, S3Path):
        return warning(
            "SPARK_MASTER",
            f"{master} with the lake on {lake}: that folder must be the same on every worker (a shared file system); "
            "else set LAKE_URI to s3a://bucket/prefix",
        )
    return well("SPARK_MASTER", master)


def check_login() -> Finding:
    """Whether the two halves of a login for S3 are given together; neither means another source of logins."""
    halves = {name: bool(os.environ.get(name)) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    if len({*halves.values()}) > 1:
        given, missing = sorted(halves, key=lambda name: not halves[name])
        return failure("AWS login", f"{given} is set without {missing}: set both, or neither")
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        return failure("AWS login", f"AWS_ENDPOINT_URL={endpoint}: give http://host:port or https://host")
    source = "AWS_ACCESS_KEY_ID" if all(halves.values()) else "found by boto3 itself (profile or role)"
    return well("AWS login", source)


def check_apart(lake: LakePath, landing: LakePath) -> Finding | None:
    """Whether lake and landing area lie apart: runs search one, and tidy up in the other."""
    if isinstance(lake, S3Path) != isinstance(landing, S3Path):
        return None
    inner, outer = sorted((f"{lake}/", f"{landing}/"), key=len, reverse=True)
    if inner.startswith(outer):
        return failure(
            "places",
            f"LAKE_URI ({lake}) and LANDING_URI ({landing}) lie in each other: set them to places apart",
        )
    return None
