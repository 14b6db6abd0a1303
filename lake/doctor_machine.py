"""What the machine gives: Java, memory, packages, ports, room for Spark's temporary files."""

import os
import re
import shutil
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

from lake.finding import Finding, failure, warning, well
from lake.ports import THRIFT_PORT, why_taken

LEAST_JAVA = 17
SECONDS_TO_ANSWER = 30
# A first build of the largest tested lake (10 million rows) takes about this much.
AMPLE_BYTES = 5 << 30
# The lakes of tests/crashes are lost below: tables and logs of 1,000 records fit into half of it.
LEAST_BYTES = 64 << 20
UNITS = {"k": 10, "m": 20, "g": 30, "t": 40}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s\\;]+)", re.MULTILINE)
NAMED_PACKAGES = 5


def check_java() -> Finding:
    """Whether the Java that commands will start is there, runs and is new enough."""
    java = str(Path(os.environ["JAVA_HOME"], "bin", "java")) if "JAVA_HOME" in os.environ else shutil.which("java")
    fix = f"install Java {LEAST_JAVA} or newer, or set JAVA_HOME to it"
    if java is None or not Path(java).exists():
        return failure("java", f"not found{f' at {java}' if java else ''}; {fix}")
    try:
        shown = subprocess.run(
            [java, "-version"], capture_output=True, text=True, check=False, timeout=SECONDS_TO_ANSWER
        ).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        cause = getattr(error, "strerror", None) or f"no answer within {SECONDS_TO_ANSWER} seconds"
        return failure("java", f"{java} does not run: {cause}; {fix}")
    # Before 9 versions were 1.7, 1.8.
    found = re.search(r'version "(?:1\.)?(\d+)', shown)
    if found is None or int(found[1]) < LEAST_JAVA:
        return failure("java", f"{java} is version {found[1] if found else 'unknown'}; {fix}")
    return well("java", f"version {found[1]}, {java}")


def check_packages(lock: Path) -> Finding:
    """Whether the installed packages are those of requirements.lock; others were not tested together."""
    own = {_canonical(name) for name in _own_dependencies()}
    drifted = [
        (name, version, installed)
        for name, version in PINNED.findall(lock.read_text(encoding="utf-8"))
        if (installed := _installed(name)) != version
    ]
    if not drifted:
        return well("packages", "those of requirements.lock")
    drifted.sort(key=lambda item: (_canonical(item[0]) not in own, item[0]))
    named = [f"{name} is {installed or 'missing'} instead of {version}" for name, version, installed in drifted]
    more = f" and {len(named) - NAMED_PACKAGES} more" if len(named) > NAMED_PACKAGES else ""
    message = f"{'; '.join(named[:NAMED_PACKAGES])}{more}. Make the environment anew: rm -r .venv, then scripts/setup"
    is_grave = any(_canonical(name) in own for name, _, _ in drifted)
    return failure("packages", message) if is_grave else warning("packages", message)


def check_memory(driver_memory: str) -> Finding | None:
    """Whether Java's memory is written as Java reads it, and the machine has as much."""
    if not driver_memory:
        return None
    found = re.fullmatch(r"(\d+)([kmgt])b?", driver_memory.strip().lower())
    if found is None or int(found[1]) == 0:
        return failure("SPARK_DRIVER_MEMORY", f"{driver_memory}: give a size such as 4g or 512m, or unset it")
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if int(found[1]) << UNITS[found[2]] > there:
        return failure(
            "SPARK_DRIVER_MEMORY",
            f"{driver_memory} is more than the {there >> 30} GiB of this machine, which would kill Java: give less",
        )
    return well("SPARK_DRIVER_MEMORY", driver_memory)


def check_port(port: int = THRIFT_PORT) -> Finding:
    """Whether a Thrift server for BI could listen; a run listens nowhere."""
    taken = why_taken("127.0.0.1", port)
    if taken is not None:
        return warning(
            "port",
            f"{port} of 127.0.0.1, the Thrift server's usual one: {taken}. Runs need no port; for BI stop "
            f"what listens there (ss -ltnp 'sport = :{port}'), or let the Thrift server listen on another",
        )
    return well("port", f"{port} is free for a Thrift server")


def check_temporary_folder(master: str) -> Finding | None:
    """Whether Spark, where it runs in this machine, can write its temporary files, which sorting and joining need."""
    if not master.startswith("local"):
        return None
    name = "SPARK_LOCAL_DIRS" if os.environ.get("SPARK_LOCAL_DIRS") else "TMPDIR"
    folder = Path(os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0] or tempfile.gettempdir())
    return check_room("temporary folder", folder, name)


def check_room(check: str, folder: Path, variable: str) -> Finding:
    """Whether a folder, or the first one above it that stands, can be written and its disk has room for files."""
    standing = next(each for each in (folder, *folder.parents) if each.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        return failure(check, f"{folder}: no right to write in {standing}; change its rights or set {variable}")
    disk = os.statvfs(standing)
    free = disk.f_bavail * disk.f_frsize
    fix = f"make room or set {variable} to another disk"
    # A file system without a table of files (btrfs) says 0 of 0.
    if disk.f_files and not disk.f_favail:
        return failure(check, f"{folder}: the disk takes no more files (df -i); {fix}")
    if free < LEAST_BYTES:
        return failure(check, f"{folder}: only {free >> 20:,} MiB free; {fix}")
    if free < AMPLE_BYTES:
        return warning(check, f"{folder}: {free >> 20:,} MiB free, for 10 million records too few; {fix}")
    return well(check, f"{folder}, {free >> 30:,} GiB free")


def _own_dependencies() -> list[str]:
    """The packages that the project itself names, those for development left out."""
    named = [item for item in metadata.requires("emissions-lakehouse") or () if "extra ==" not in item]
    return [re.split(r"[^A-Za-z0-9._-]", item, maxsplit=1)[0] for item in named]


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
