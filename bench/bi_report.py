"""What `scripts/bench --bi` measured, as a table of medians and as JSON."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from bench.bi import Measured, Results, Round
from bench.bi_clients import Asked, Visit
from bench.report import MEGABYTE, disturbance, write

# Heading, measure and decimals of each column but the first.
COLUMNS = (
    ("ready s", "ready_seconds", 1),
    ("warm s", "warm_seconds", 1),
    ("first query s", "first_query_seconds", 2),
    ("alone p50 s", "alone_p50_seconds", 2),
    ("p95 s", "alone_p95_seconds", 2),
    ("together p50 s", "together_p50_seconds", 2),
    ("p95 s", "together_p95_seconds", 2),
    ("max s", "together_max_seconds", 2),
    ("queries/s", "queries_per_second", 1),
    ("CPU s/query", "together_cpu_seconds_per_query", 3),
    ("JVM peak MB", "java_peak_megabytes", 0),
    ("published", "published_during", 0),
    ("first run s", "first_run_wall_seconds", 1),
    ("errors", "errors", 0),
)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed, by nearest rank (no value is made up between two).

    Raises:
        ValueError: there are no values, or the share is not above 0 and at most 1.
    """
    if not values or not 0 < share <= 1:
        msg = f"no percentile {share} of {len(values)} values"
        raise ValueError(msg)
    return sorted(values)[math.ceil(share * len(values)) - 1]


def measures(one: Round) -> dict[str, float]:
    """The measures of a round by their names; seconds are those of the client, errors count as long as they took."""
    alone, together = _seconds([one.alone]), _seconds(one.together)
    return {
        "ready_seconds": one.ready_seconds,
        "warm_seconds": one.warm_seconds,
        "first_connect_seconds": one.alone.connect_seconds,
        "first_query_seconds": alone[0],
        "alone_p50_seconds": percentile(alone, 0.5),
        "alone_p95_seconds": percentile(alone, 0.95),
        "alone_cpu_seconds_per_query": one.alone_cpu_seconds / len(alone),
        "connect_p95_seconds": percentile([each.connect_seconds for each in one.together], 0.95),
        "together_p50_seconds": percentile(together, 0.5),
        "together_p95_seconds": percentile(together, 0.95),
        "together_max_seconds": max(together),
        "queries_per_second": len(together) / one.together_seconds,
        "together_cpu_seconds_per_query": one.together_cpu_seconds / len(together),
        "java_peak_megabytes": one.java_peak_bytes / MEGABYTE,
        "published_during": one.published_during,
        "first_run_wall_seconds": one.runs[0].wall_seconds if one.runs else math.nan,
        "errors": sum(errors([one]).values()),
    }


def medians(measured: Measured) -> dict[str, float]:
    """The median of each measure over the rounds; of errors their sum."""
    each = [measures(one) for one in measured.rounds]
    middle = {name: median(one[name] for one in each) for name in each[0]}
    return {**middle, "errors": sum(one["errors"] for one in each)}


def errors(rounds: Iterable[Round]) -> Counter[str]:
    """How often each error was met: of queries, of runs, and of the server itself."""
    met: Counter[str] = Counter()
    for one in rounds:
        met.update(each.error for each in _asked([one.alone, *one.together]) if each.error is not None)
        met.update(one.failures)
    return met


def by_query(rounds: Sequence[Round], of: Callable[[Round], Sequence[Visit]]) -> dict[str, float]:
    """The median seconds of each query by its name, slowest first."""
    seconds: dict[str, list[float]] = {}
    for each in (each for one in rounds for each in _asked(of(one))):
        seconds.setdefault(each.name, []).append(each.seconds)
    return dict(sorted(((name, median(all_of_it)) for name, all_of_it in seconds.items()), key=lambda item: -item[1]))


def table(facts: dict[str, Any], results: Results) -> Table:
    """One row a setting; errors stand apart (`error_lines`)."""
    rounds = results.settings[0].rounds
    caption = (
        f"{results.clients} clients at once, {len(rounds[0].alone.asked)} queries or more each; "
        f"median of {len(rounds)}, errors summed; {results.rows:,} records; "
        f"{facts['cores']} cores, {facts['processor']}{disturbance(facts)}"
    )
    shown = Table(show_edge=False, pad_edge=False, caption=caption, caption_justify="left")
    shown.add_column("setting", overflow="fold")
    for heading, _, _ in COLUMNS:
        shown.add_column(heading, justify="right")
    for measured in results.settings:
        middle = medians(measured)
        cells = [f"{middle[name]:,.{places}f}" for _, name, places in COLUMNS]
        shown.add_row(measured.setting.name, *cells)
    return shown


def query_table(results: Results) -> Table:
    """One row a query of the first setting: its median seconds alone and together."""
    rounds = results.settings[0].rounds
    together = by_query(rounds, lambda one: one.together)
    alone = by_query(rounds, lambda one: [one.alone])
    shown = Table(show_edge=False, pad_edge=False)
    shown.add_column(f"query ({results.settings[0].setting.name})", overflow="fold")
    for heading in ("alone s", "together s"):
        shown.add_column(heading, justify="right")
    for name, seconds in together.items():
        shown.add_row(name, f"{alone[name]:.2f}", f"{seconds:.2f}")
    return shown


def error_lines(results: Results) -> list[str]:
    """Each error with its setting and how often it was met; none where all went well."""
    return [
        f"{measured.setting.name}: {count} times: {error}"
        for measured in results.settings
        for error, count in errors(measured.rounds).most_common()
    ]


def save(file: Path, facts: dict[str, Any], results: Results) -> None:
    """Write all that was measured as one JSON document: every query of every client, and the medians."""
    document = {
        **facts,
        "rows": results.rows,
        "clients": results.clients,
        "settings": [
            {
                **asdict(measured.setting),
                "median": medians(measured),
                "errors": errors(measured.rounds),
                "alone_seconds_by_query": by_query(measured.rounds, lambda one: [one.alone]),
                "together_seconds_by_query": by_query(measured.rounds, lambda one: one.together),
                "rounds": [{"measures": measures(one), **asdict(one)} for one in measured.rounds],
            }
            for measured in results.settings
        ],
    }
    write(file, document)


def _asked(visits: Iterable[Visit]) -> list[Asked]:
    return [each for one in visits for each in one.asked]


def _seconds(visits: Iterable[Visit]) -> list[float]:
    return [each.seconds for each in _asked(visits)]
