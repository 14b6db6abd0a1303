"""`scripts/bench`: measures the works, checks all engines' totals, prints a table of medians and writes all as JSON."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from bench import bi, bi_report, profile_table, report
from bench.bi_settings import BY_NAME
from bench.deliveries import deliveries
from bench.environment import bench_python
from bench.measuring import REPOSITORY, FailedError
from bench.peer_works import ENGINES, peer_works
from bench.s3_store import Store, running_store
from bench.totals import DifferentTotalsError, our_totals
from bench.works import (
    Bench,
    Work,
    build_work,
    history_works,
    increment_work,
    sample_works,
    warm_increment_work,
)

# The sizes of the targets, and from 100 thousand rows on for the growth.
ROWS = (1_000_000, 10_000_000)
GROWTH_ROWS = (100_000, 1_000_000, 10_000_000, 20_000_000)
PROFILE_ROWS = (100_000,)
# The targets' (docs/performance.md).
BI_ROWS = 10_000_000
BI_CLIENTS = 50
HISTORY_LENGTHS = (1, 10, 100)
WORKS = ("sample", "build", "increment", "warm", "history")
# Deliveries (400), three lakes or two states of a peer at once, and the landing area, rounded up.
DISK_BYTES_PER_ROW = 1_500
FOLDER_VARIABLE = "LAKE_BENCH_FOLDER"
PICTURE = REPOSITORY / "docs" / "growth.svg"
DEFAULTS = {
    "repeats": 3,
    "clients": BI_CLIENTS,
    "settings": list(BY_NAME),
    "only": WORKS,
    "history": HISTORY_LENGTHS,
    "picture": PICTURE,
}
# Which option says nothing without which, and with which.
NEEDS = {"clients": "bi", "settings": "bi", "picture": "growth"}
OF_WORKS = ("growth", "peers", "s3", "only", "history", "history_rows")
EXCLUDES = {"bi": ("profile", *OF_WORKS), "profile": (*OF_WORKS, "repeats", "out")}


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    rows: tuple[int, ...]
    history_rows: int
    lengths: tuple[int, ...]
    works: frozenset[str]
    with_peers: bool
    on_s3: bool


@dataclass
class Results:
    """What was measured, and what was not and why."""

    works: list[Work] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """Go on without what cannot be done; equal totals are no such thing."""
        try:
            yield
        except (FailedError, OSError) as error:
            self.left_out.append(f"{what}: {error}")
            _say(f"left out: {what}: {error}")


def main() -> int:
    """Measure what the command line asks for; 0 where all of it was measured, 1 where something was left out."""
    arguments = _parsed()
    if arguments.profile:
        return _profile(arguments)
    if arguments.bi:
        return _bi(arguments)
    plan = _plan(arguments)
    bench = Bench(arguments.folder.absolute(), arguments.repeats, _say)
    out = arguments.out or bench.folder / "results.json"
    facts = report.machine()
    results = Results()
    try:
        python = bench_python() if plan.with_peers or arguments.growth else None
        with running_store(bench.folder / "minio") if plan.on_s3 else nullcontext() as store:
            for measure in _parts(plan, bench, store, python, results):
                measure()
                report.save(out, facts, results.works, results.left_out)
    except (FailedError, DifferentTotalsError) as error:
        # Not one number is shown where engines do not agree on what was computed.
        out.unlink(missing_ok=True)
        _say(str(error))
        return 1
    _console().print(report.table(facts, results.works))
    print(f"every measurement: {out}")
    if arguments.growth:
        drawn = [str(python), "-m", "bench.growth", str(out), str(arguments.picture)]
        subprocess.run(drawn, cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, check=True)
        print(f"the picture: {arguments.picture}")
    return 1 if results.left_out else 0


def _profile(arguments: argparse.Namespace) -> int:
    bench = Bench(arguments.folder.absolute(), 1, _say)
    try:
        runs = profile_table.profile(bench, (arguments.rows or PROFILE_ROWS)[0])
    except FailedError as error:
        _say(str(error))
        return 1
    finally:
        shutil.rmtree(bench.folder / "profile", ignore_errors=True)
    _console().print(profile_table.table(runs))
    return 0


def _bi(arguments: argparse.Namespace) -> int:
    """Measure the BI endpoint; 1 where any query, run or server failed."""
    bench = Bench(arguments.folder.absolute(), arguments.repeats, _say)
    out = arguments.out or bench.folder / "bi-results.json"
    facts = report.machine()
    settings = [BY_NAME[name] for name in arguments.settings]
    rows = (arguments.rows or (BI_ROWS,))[0]
    try:
        _require_disk(bench.folder, rows)
        results = bi.measure(bench, rows, arguments.clients, settings)
    except FailedError as error:
        _say(str(error))
        return 1
    bi_report.save(out, facts, results)
    for shown in (bi_report.table(facts, results), bi_report.query_table(results)):
        _console().print(shown)
    print(f"every measurement: {out}")
    failed = bi_report.error_lines(results)
    for line in failed:
        _say(line)
    return 1 if failed else 0


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "190")))


def _parts(
    plan: Plan, bench: Bench, store: Store | None, python: Path | None, results: Results
) -> Iterator[Callable[[], None]]:
    # On S3 right after the local disk, so that what else the machine does meets both.
    benches = (bench, replace(bench, store=store)) if store else (bench,)
    if "sample" in plan.works:
        yield from (partial(_measure_sample, each, results) for each in benches)
    if plan.works & {"build", "increment", "warm"}:
        for rows in plan.rows:
            yield from (partial(_measure_size, plan, each, rows, python, results) for each in benches)
    if "history" in plan.works:
        yield from (partial(_measure_history, plan, each, results) for each in benches)


def _measure_sample(bench: Bench, results: Results) -> None:
    with results.attempt(f"the example{_where(bench)}"):
        results.works += sample_works(bench)
    shutil.rmtree(bench.folder / "sample", ignore_errors=True)


def _measure_size(plan: Plan, bench: Bench, rows: int, python: Path | None, results: Results) -> None:
    with results.attempt(f"{rows:,} rows{_where(bench)}"):
        _require_disk(bench.folder, rows)
        data = deliveries(bench.folder / "deliveries", rows, increments=2)
        place = bench.place("lake")
        build = build_work(bench if "build" in plan.works else replace(bench, repeats=1), place, data)
        if "build" in plan.works:
            results.works.append(build)
        if "increment" in plan.works:
            results.works.append(increment_work(bench, place, data))
        if "warm" in plan.works:
            results.works.append(warm_increment_work(bench, place, data))
        if python is not None and plan.with_peers and bench.store is None:
            ours = (our_totals(place), our_totals(replace(place, lake=place.lake.with_name("increment"))))
            shutil.rmtree(place.lake.parent)
            for engine in ENGINES:
                with results.attempt(f"{engine.name}, {rows:,} rows"):
                    results.works += peer_works(bench, engine, python, data, ours)
    shutil.rmtree(bench.folder / "lake", ignore_errors=True)


def _measure_history(plan: Plan, bench: Bench, results: Results) -> None:
    increments = max(plan.lengths) + bench.repeats
    with results.attempt(f"the history of {increments} increments{_where(bench)}"):
        _require_disk(bench.folder, plan.history_rows * (100 + increments) // 100)
        data = deliveries(bench.folder / "deliveries", plan.history_rows, increments)
        place = bench.place("history")
        build_work(replace(bench, repeats=1), place, data)
        results.works += history_works(bench, place, data, plan.lengths)
    shutil.rmtree(bench.folder / "history", ignore_errors=True)


def _where(bench: Bench) -> str:
    return " on S3" if bench.store else ""


def _require_disk(folder: Path, rows: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(folder).free, rows * DISK_BYTES_PER_ROW
    if free < needed:
        msg = f"{needed / 1e9:.1f} GB of disk are needed; {folder} has {free / 1e9:.1f} GB"
        raise FailedError(msg)


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures wall seconds, CPU seconds of all processes, memory and bytes of the lake's work.",
    )
    parser.add_argument("--rows", type=int, nargs="+", metavar="N", help="sizes of the base delivery, in records")
    parser.add_argument("--repeats", type=int, help="the median of so many is shown (default: 3)")
    parser.add_argument("--peers", action="store_true", help="the same work by other engines: DuckDB, Polars, PySpark")
    parser.add_argument("--s3", action="store_true", help="the same works once more on a MinIO, which it starts")
    parser.add_argument("--growth", action="store_true", help="more sizes, and a picture of cost by size and history")
    parser.add_argument("--profile", action="store_true", help="where an increment's seconds go, on --rows (100,000)")
    parser.add_argument(
        "--bi", action="store_true", help="the BI endpoint: a client alone, then many while runs publish"
    )
    parser.add_argument("--clients", type=_count, metavar="N", help=f"with --bi: so many at once ({BI_CLIENTS})")
    parser.add_argument("--settings", nargs="+", choices=BY_NAME, metavar="NAME", help="with --bi: of the server (all)")
    parser.add_argument("--only", nargs="+", choices=WORKS, help="only these works")
    parser.add_argument("--history", type=int, nargs="+", metavar="N", help="lengths of history (1 10 100)")
    parser.add_argument("--history-rows", type=int, metavar="N", help="records of the history's base (1,000,000)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="JSON of all measurements (FOLDER/results.json)")
    parser.add_argument("--picture", type=Path, help="where --growth draws; its numbers go beside it")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(os.environ.get(FOLDER_VARIABLE) or REPOSITORY / ".build" / "bench"),
        help=f"for deliveries, which are kept, and lakes, which are not ({FOLDER_VARIABLE}, else .build/bench)",
    )
    arguments = parser.parse_args()
    _refuse_what_says_nothing(parser, arguments)
    for name, default in DEFAULTS.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, default)
    return arguments


def _refuse_what_says_nothing(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End with 2 where an option was given that would be passed over in silence."""
    idle = [(option, f"without --{other}") for option, other in NEEDS.items() if not getattr(arguments, other)]
    idle += [
        (option, f"with --{mode}") for mode, them in EXCLUDES.items() if getattr(arguments, mode) for option in them
    ]
    if arguments.only and "history" not in arguments.only:
        idle += [(option, "where --only leaves out history") for option in ("history", "history_rows")]
    for mode in ("bi", "profile"):
        if getattr(arguments, mode) and len(arguments.rows or ()) > 1:
            parser.error(f"--rows is one size with --{mode}")
    for option, where in idle:
        if getattr(arguments, option):
            parser.error(f"--{option.replace('_', '-')} says nothing {where}")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        msg = f"{text}: 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return number


def _plan(arguments: argparse.Namespace) -> Plan:
    rows = tuple(arguments.rows or (GROWTH_ROWS if arguments.growth else ROWS))
    works = frozenset(arguments.only)
    if arguments.peers:
        works |= {"build", "increment"}  # what peers are compared by
    history_rows = arguments.history_rows or min(max(rows), ROWS[0])
    return Plan(rows, history_rows, tuple(arguments.history), works, arguments.peers, arguments.s3)


if __name__ == "__main__":
    sys.exit(main())
