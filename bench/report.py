"""The results as JSON, with all that is needed to judge them, and as a table of medians."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from bench.lakes import OURS, OURS_ON_S3
from bench.measuring import REPOSITORY, Measurement
from bench.works import ONE_OF_HISTORY, Work

MEGABYTE = 1_000_000
# Above this other work disturbs a measurement on two cores.
QUIET_LOAD = 0.5


def machine() -> dict[str, Any]:
    """What a reader needs to know of machine and code; taken before the first measurement."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "processor": models[0] if models else platform.machine(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
        "commit": _git("rev-parse", "HEAD"),
        "is_changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def save(file: Path, facts: dict[str, Any], works: Sequence[Work], left_out: Sequence[str]) -> None:
    """Write the results as one JSON document; every measurement is in it, and the medians."""
    document = {
        **facts,
        "left_out": list(left_out),
        "works": [{**asdict(work), "median": medians(work)} for work in works],
    }
    write(file, document)


def write(file: Path, document: dict[str, Any]) -> None:
    """Write a document of results as JSON; what JSON does not know as its text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=1, default=str) + "\n", encoding="utf-8")


def disturbance(facts: dict[str, Any]) -> str:
    """What a caption ends with where other work disturbed the measurements; else nothing."""
    load = facts["load_average"]
    return "" if load <= QUIET_LOAD else f"; NOT A QUIET MACHINE: its load was {load:.1f} when this began"


def medians(work: Work) -> dict[str, float | None]:
    """The median of each measure over the repeats, under the measure's name; None where none was taken.

    `written_per_parquet` is `written_bytes` in sizes of what arrived, as Parquet: the files added to bronze.emissions.
    """
    written = [
        measured.written_bytes / measured.written_by_table["bronze.emissions"]
        for measured in work.repeats
        if measured.written_by_table.get("bronze.emissions")
    ]
    return {
        "wall_seconds": _median(work, lambda measured: measured.wall_seconds),
        "cpu_seconds": _median(work, lambda measured: measured.cpu_seconds),
        "java_peak_bytes": _median(work, lambda measured: measured.java_peak_bytes),
        "largest_resident_bytes": _median(work, lambda measured: measured.largest_resident_bytes),
        "written_bytes": _median(work, lambda measured: measured.written_bytes),
        "disk_bytes": _median(work, lambda measured: measured.disk_bytes),
        "written_per_parquet": median(written) if written else None,
    }


def table(facts: dict[str, Any], works: Sequence[Work]) -> Table:
    """The medians, one row a work and engine; engines that did the same stand below each other."""
    repeats = max((len(work.repeats) for work in works), default=0)
    caption = (
        f"median of {repeats}; {facts['cores']} cores, {facts['processor']}, "
        f"{facts['memory_bytes'] / 1e9:.0f} GB of memory{disturbance(facts)}"
    )
    shown = Table(show_edge=False, pad_edge=False, caption=caption, caption_justify="left")
    shown.add_column("work", overflow="fold")
    shown.add_column("engine", overflow="fold")
    for heading in (
        "rows",
        "wall s",
        "CPU s",
        "JVM peak MB",
        "largest process MB",
        "written MB",
        "to disk MB",
        "written / Parquet",
    ):
        shown.add_column(heading, justify="right")
    for work in _side_by_side(works):
        if work.name == ONE_OF_HISTORY:
            continue
        middle = medians(work)
        name = work.name if work.history is None else f"{work.name}: after {work.history}"
        sizes = ("java_peak_bytes", "largest_resident_bytes", "written_bytes", "disk_bytes")
        shown.add_row(
            name,
            work.engine,
            f"{work.rows:,}",
            _number(middle["wall_seconds"], 1),
            _number(middle["cpu_seconds"], 1),
            *(_number(middle[size], 0 if "peak" in size or "resident" in size else 2, MEGABYTE) for size in sizes),
            _number(middle["written_per_parquet"], 1) if work.engine in (OURS, OURS_ON_S3) else "",
        )
    return shown


def _side_by_side(works: Sequence[Work]) -> list[Work]:
    kinds = [(work.rows, work.name, work.history) for work in works]
    return sorted(works, key=lambda work: kinds.index((work.rows, work.name, work.history)))


def _median(work: Work, measure: Callable[[Measurement], float | None]) -> float | None:
    values = [value for value in map(measure, work.repeats) if value is not None]
    return median(values) if values else None


def _number(value: float | None, places: int, unit: int = 1) -> str:
    return "" if value is None else f"{value / unit:,.{places}f}"


def _git(*words: str) -> str:
    ended = subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S607
    return ended.stdout.strip()
