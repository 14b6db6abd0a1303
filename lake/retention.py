"""How long old versions stay readable: the promise as table properties, and which files of a log it no longer needs.

Delta's own clean-up of logs goes by the age of a commit. A version that is older than the retention may still have been
the newest one within it, and a table that rests for long would lose it at its next checkpoint. So that clean-up is off,
and `lake maintain` goes by when a version was replaced, as Delta's protocol has it ("Metadata Cleanup").
"""

import re

from lake.storage import LakePath

LEAST_DAYS = 90  # the contract's time travel
MOST_DAYS = 36_500
PROPERTIES = ("delta.deletedFileRetentionDuration", "delta.logRetentionDuration", "delta.enableExpiredLogCleanup")
_LOG_FILE = re.compile(r"(\d{20})\.(json|crc|checkpoint(\.\d+\.\d+)?\.parquet)")


def table_properties(days: int) -> dict[str, str]:
    """The properties that every table of a lake has for this retention."""
    duration = f"interval {days} days"
    return dict(zip(PROPERTIES, (duration, duration, "false"), strict=True))


def session_settings(days: int) -> dict[str, str]:
    """The Spark settings that give the tables which a session makes these properties."""
    prefix = "spark.databricks.delta.properties.defaults."
    return {prefix + name.removeprefix("delta."): value for name, value in table_properties(days).items()}


def expired_log_files(log: LakePath, cutoff: float, needed_version: int) -> list[LakePath]:
    """Files of a table's `_delta_log` that no version needs which was the newest one at or after the cutoff.

    They are in the order in which they may go, oldest first, so that what is left is always whole.

    Args:
        log: the folder.
        cutoff: seconds since 1970; times of commits are those of their files, as for Delta.
        needed_version: this version and what it is read from stay too.
    """
    files = {path: found for path in log.iterdir() if (found := _LOG_FILE.fullmatch(path.name))}
    commits = sorted((int(found[1]), path) for path, found in files.items() if found[2] == "json")
    first_young = next((place for place, (_, path) in enumerate(commits) if path.stat().st_mtime > cutoff), None)
    standing = commits[:first_young][-1:]  # the version that was the newest one at the cutoff
    first_needed = min([needed_version, *(version for version, _ in standing)]) if standing else 0
    checkpoints = [int(found[1]) for found in files.values() if found[2] == "checkpoint.parquet"]
    base = max((version for version in checkpoints if version <= first_needed), default=0)
    old = sorted(path for path, found in files.items() if int(found[1]) < base)
    # Written and not yet renamed when a writer was killed.
    broken_off = [path for path in log.glob(".*.tmp") if path.stat().st_mtime < cutoff]
    return old + broken_off
