"""Where the seconds of a run go: a lake is built, then three increments of it are run with their statements timed."""

import json
import subprocess
import sys
from typing import Any

from rich.table import Table

from bench.deliveries import deliveries
from bench.measuring import REPOSITORY, FailedError
from bench.works import Bench

INCREMENTS = 3


def profile(bench: Bench, rows: int) -> list[dict[str, Any]]:
    """The profiles of three increments in one session (bench/profiled.py has their form): the first is cold.

    Raises:
        FailedError: the lake cannot be built or run.
    """
    data = deliveries(bench.folder / "deliveries", rows, INCREMENTS)
    place = bench.place("profile")
    place.land((data.base,))
    bench.on_step(f"a lake of {data.base_rows:,} rows")
    place.measured("run")
    folders = []
    for number, files in enumerate(data.increments, start=1):
        folder = place.landing.with_name(f"increment-{number}")
        folder.mkdir()
        for file in files:
            (folder / file.name).hardlink_to(file)
        folders.append(str(folder))
    bench.on_step(f"{INCREMENTS} increments")
    with place.log.open("ab") as log:
        ended = subprocess.run(
            [sys.executable, "-m", "bench.profiled", *folders],
            cwd=REPOSITORY,
            env=place.environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
        )
    if ended.returncode:
        msg = f"the profile ended with code {ended.returncode} (log: {place.log})"
        raise FailedError(msg)
    runs: list[dict[str, Any]] = json.loads(ended.stdout)
    return runs


def table(runs: list[dict[str, Any]]) -> Table:
    """The first and the last of the runs side by side: seconds of each kind of statement, costliest first."""
    first, last = runs[0], runs[-1]
    shown = Table(show_edge=False, pad_edge=False)
    shown.add_column("where", overflow="fold")
    for heading in ("first run s", "statements", f"run {len(runs)} s", "statements"):
        shown.add_column(heading, justify="right")
    shown.add_row("start of Python, Java and Spark", f"{first['start_seconds']:.1f}", "", "", "")
    shown.add_row("the run, wall", f"{first['wall_seconds']:.1f}", "", f"{last['wall_seconds']:.1f}", "")
    outside = "outside_statements_seconds"
    shown.add_row(
        "of it Python and dbt alone", f"{first[outside]:.1f}", "", f"{last[outside]:.1f}", "", end_section=True
    )
    kinds = {name for run in runs for name in run["statements"]}
    for name in sorted(kinds, key=lambda name: -last["statements"].get(name, [0, 0])[1]):
        cells = [run["statements"].get(name, [0, 0]) for run in (first, last)]
        shown.add_row(name, *(cell for count, spent in cells for cell in (f"{spent:.1f}", str(count))))
    shown.add_section()
    for part in ("java", "rules"):
        for name in last[part]:
            numbers = [f"{run[part][name]:.1f}" if name in run[part] else "" for run in (first, last)]
            shown.add_row(f"{'CPU of Java' if part == 'java' else 'planning'}: {name}", numbers[0], "", numbers[1], "")
    shown.caption = "Two dbt threads work at once, so the seconds of statements add up to more than the wall."
    shown.caption_justify = "left"
    return shown
