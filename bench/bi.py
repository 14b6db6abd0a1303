"""`scripts/bench --bi`: BI clients on the real endpoint, one alone and many at once while runs publish.

Each setting is measured on a fresh copy of the built lake by a fresh server. The many ask while `lake run` takes in one
increment after the other; of each answer of a control query it is known which publications have it.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from threading import Event

from bench.bi_clients import Asked, Crowd, Total, Visit, ask, visit
from bench.bi_queries import CONTROLS, Query, Slicers, drawn, slicers, texts
from bench.bi_server import Server, serving
from bench.bi_settings import Setting
from bench.deliveries import Deliveries, deliveries
from bench.lakes import Place
from bench.measuring import FailedError, Measurement
from bench.works import Bench, build_work

# As many as the other works need: a base of this size is made once for all of them.
INCREMENTS = 2
NO_PUBLICATION = "totals that no publication had, or an older one than before"


@dataclass(frozen=True)
class Round:
    """What one server of one setting gave.

    Attributes:
        ready_seconds: from the start of the command until it listens.
        warm_seconds: from the start of the command until it has warmed up, the questions of the one client between.
        alone: one client on the server that has just come to listen.
        alone_cpu_seconds: what the server's Java used meanwhile.
        together: all clients at once.
        together_seconds: from their start until the last answer.
        together_cpu_seconds: what the server's Java used meanwhile.
        java_peak_bytes: resident memory of the server's Java, at most.
        runs: the runs beside them, in their order.
        published_during: publications that came while clients asked.
        failures: runs that failed, and deaths of the server, in words.
    """

    ready_seconds: float
    warm_seconds: float
    alone: Visit
    alone_cpu_seconds: float
    together: tuple[Visit, ...]
    together_seconds: float
    together_cpu_seconds: float
    java_peak_bytes: int
    runs: tuple[Measurement, ...]
    published_during: int
    failures: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """All rounds of a setting."""

    setting: Setting
    rounds: tuple[Round, ...]


@dataclass(frozen=True)
class Results:
    """What `--bi` measured: the records of the lake's base, the number of clients, and each setting's rounds."""

    rows: int
    clients: int
    settings: tuple[Measured, ...]


def measure(bench: Bench, rows: int, clients: int, settings: Sequence[Setting]) -> Results:
    """Build a lake and measure each setting on it, as often as the bench repeats, the settings in turn.

    Raises:
        FailedError: the lake cannot be built, or a server does not start.
    """
    data = deliveries(bench.folder / "deliveries", rows, INCREMENTS)
    place = bench.place("bi")
    build_work(replace(bench, repeats=1), place, data)
    known = slicers(place)
    rounds: dict[str, list[Round]] = {setting.name: [] for setting in settings}
    for number in range(1, bench.repeats + 1):
        for setting in settings:
            bench.on_step(f"BI, {data.base_rows:,} rows, {setting.name}: {number} of {bench.repeats}")
            copy = replace(place, lake=place.lake.with_name("asked"))
            copy.copied_from(place.lake)
            rounds[setting.name].append(_round(copy, data, setting, known, clients))
    shutil.rmtree(bench.folder / "bi", ignore_errors=True)
    return Results(data.base_rows, clients, tuple(Measured(each, tuple(rounds[each.name])) for each in settings))


def _round(place: Place, data: Deliveries, setting: Setting, known: Slicers, clients: int) -> Round:
    with serving(place, setting) as server:
        before = server.cpu_seconds()
        alone = visit(server.connect, 0, [drawn(known, 0)])
        alone_cpu_seconds = server.cpu_seconds() - before
        warm_seconds = server.seconds_until_warm()
        states = [_state(server)]
        before, started = server.cpu_seconds(), time.monotonic()
        is_enough = Event()
        rounds = [map(partial(drawn, known), count(client, clients)) for client in range(1, clients + 1)]
        crowd = Crowd(server.connect, rounds, is_enough)

        def note() -> None:
            states.append(_state(server))
            # Clients who were done before a run has published would say nothing of it.
            is_enough.set()

        try:
            runs, published, failures = _runs_beside(crowd, place, data, setting, note)
        finally:
            is_enough.set()
        together = crowd.all_visits()
        together_seconds = max(each.started + each.seconds for one in together for each in one.asked) - started
        together_cpu_seconds = server.cpu_seconds() - before
        failures += server.complaints()
        peak_bytes = server.peak_bytes()
    return Round(
        ready_seconds=server.ready_seconds,
        warm_seconds=warm_seconds,
        alone=checked(alone, states[:1]),
        alone_cpu_seconds=alone_cpu_seconds,
        together=tuple(checked(each, states) for each in together),
        together_seconds=together_seconds,
        together_cpu_seconds=together_cpu_seconds,
        java_peak_bytes=peak_bytes,
        runs=tuple(runs),
        published_during=published,
        failures=tuple(failures),
    )


def _runs_beside(
    crowd: Crowd, place: Place, data: Deliveries, setting: Setting, on_published: Callable[[], None]
) -> tuple[list[Measurement], int, list[str]]:
    """Run the lake, with news each time, until no client is there; the runs, how many ended before, and what failed."""
    runs: list[Measurement] = []
    published = 0
    while crowd.is_there():
        # Once all have come, the first comes again: its records are the newest again, so that there is as much to do.
        place.land(data.increments[len(runs) % len(data.increments)], f"increment-{len(runs):04}")
        try:
            runs.append(place.measured("run", LAKE_GIVES_WAY=setting.runs_give_way))
        except FailedError as error:
            return runs, published, [str(error)]
        finally:
            for folder in place.landing.glob("increment-*"):
                place.unland(folder.name)
        published += crowd.is_there()
        on_published()
    return runs, published, []


def _state(server: Server) -> Total:
    """The totals that are published, by a client of its own.

    Raises:
        FailedError: no answer, or two tables that differ.
    """
    with server.connect() as connection:
        totals = {total for name in CONTROLS for total in ask(connection, Query(name, texts()[name], {}))}
    if len(totals) != 1:
        msg = f"published tables have different totals: {totals}"
        raise FailedError(msg)
    return totals.pop()


def checked(one: Visit, states: Sequence[Total]) -> Visit:
    """The visit, with an error for a total that no publication had, and for one that is older than one before it."""
    asked: list[Asked] = []
    reached = 0
    for each in one.asked:
        found = next((place for place in range(reached, len(states)) if set(each.totals) == {states[place]}), None)
        if each.totals and found is None:
            asked.append(replace(each, error=f"{each.name}: {NO_PUBLICATION}"))
            continue
        reached = reached if found is None else found
        asked.append(each)
    return replace(one, asked=tuple(asked))
