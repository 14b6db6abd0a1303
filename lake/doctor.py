"""Check the machine, the settings and the storage, and say what to fix."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lake.errors import LakeError, UsageError
from lake.lease import check_conditions
from lake.settings import REPOSITORY, S3_JARS, Settings
from lake.storage import LakePath, S3Path

LEAST_JAVA = 17
# A first build of the largest tested lake (10 million rows) takes about this much.
LEAST_FREE_BYTES = 5 << 30


@dataclass(frozen=True)
class Finding:
    """One thing checked: whether it is well, and what was seen or what to do."""

    check: str
    ok: bool
    message: str


def examine(settings: Settings) -> list[Finding]:
    """Every check with its finding."""
    return [_java(), _jars(), _retention(settings), *_folders(settings)]


def _java() -> Finding:
    java = str(Path(os.environ["JAVA_HOME"], "bin", "java")) if "JAVA_HOME" in os.environ else shutil.which("java")
    fix = f"install Java {LEAST_JAVA} or newer, or set JAVA_HOME to it"
    if java is None or not Path(java).exists():
        return Finding("java", False, f"not found; {fix}")
    shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', shown)
    if found is None or int(found[1]) < LEAST_JAVA:
        return Finding("java", False, f"{java} is version {found[1] if found else 'unknown'}; {fix}")
    return Finding("java", True, f"version {found[1]}")


def _jars() -> Finding:
    jars = list((REPOSITORY / ".build" / "jars").glob("delta-*.jar"))
    return Finding("jars", bool(jars), f"{len(jars)} Delta jars" if jars else "missing; run scripts/setup")


def _retention(settings: Settings) -> Finding:
    try:
        days = settings.retention_days
    except UsageError as error:
        return Finding("LAKE_RETENTION_DAYS", False, str(error))
    return Finding("LAKE_RETENTION_DAYS", True, f"old versions stay readable for {days} days")


def _folders(settings: Settings) -> list[Finding]:
    findings = []
    for name, attribute in (("LAKE_URI", "lake_path"), ("LANDING_URI", "landing_path")):
        try:
            findings.append(_folder(name, getattr(settings, attribute)))
        except UsageError as error:
            findings.append(Finding(name, False, str(error)))
    return findings


def _folder(name: str, path: LakePath) -> Finding:
    if isinstance(path, S3Path):
        return _bucket(name, path)
    standing = next(folder for folder in (path, *path.parents) if folder.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        return Finding(name, False, f"{path}: no right to write in {standing}; change its rights or set {name}")
    free = shutil.disk_usage(standing).free
    if free < LEAST_FREE_BYTES:
        return Finding(name, False, f"{path}: only {free >> 20:,} MiB free; make room or set {name} to another disk")
    return Finding(name, True, f"{path}, {free >> 30:,} GiB free")


def _bucket(name: str, place: S3Path) -> Finding:
    """Whether a place on S3 can be listed and, for the lake, written as commits need it."""
    try:
        next(iter(place.iterdir()), None)
        if name == "LAKE_URI":
            check_conditions(place)
    except LakeError as error:
        return Finding(name, False, str(error))
    if name == "LAKE_URI" and not any(S3_JARS.glob("hadoop-aws-*.jar")):
        return Finding(name, False, "the jars for S3 are missing; run scripts/setup s3")
    kept = ", conditional writes are kept to" if name == "LAKE_URI" else ""
    return Finding(name, True, f"{place} at {os.environ.get('AWS_ENDPOINT_URL') or 'AWS'}{kept}")
