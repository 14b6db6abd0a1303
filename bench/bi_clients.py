"""Clients of the BI endpoint: each asks its queries one after the other over a connection of its own, and is timed."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from threading import Event, Thread

from pyhive import hive

from bench.bi_queries import CONTROLS, Query

Total = tuple[int, Decimal]


@dataclass(frozen=True)
class Asked:
    """One query as a client met it.

    Attributes:
        name: of the query.
        client: who asked; 0 is the client who is alone.
        started: when, by the monotonic clock in seconds.
        seconds: until its last row was there, or the error.
        totals: what a control query answered, records and grams: one of each table that it asks; else none.
        error: in words; None for an answer.
    """

    name: str
    client: int
    started: float
    seconds: float
    totals: tuple[Total, ...]
    error: str | None


@dataclass(frozen=True)
class Visit:
    """What one client met: seconds until it was connected, and its queries in the order in which they were asked."""

    connect_seconds: float
    asked: tuple[Asked, ...]


def visit(
    connect: Callable[[], hive.Connection],
    client: int,
    rounds: Iterable[Sequence[Query]],
    is_enough: Callable[[], bool] = lambda: True,
) -> Visit:
    """Connect and ask round after round until it is enough after one.

    What goes wrong is noted, and the next query has a connection of its own.
    """
    asked: list[Asked] = []
    connection: hive.Connection | None = None
    first_connect = None
    for query in _until(rounds, is_enough):
        started = time.monotonic()
        try:
            if connection is None:
                connection = connect()
                first_connect = first_connect or time.monotonic() - started
                started = time.monotonic()
            totals, error = ask(connection, query), None
        except Exception as failure:  # whatever a client meets is what is measured
            totals, error = (), told(failure)
            _leave(connection)
            connection = None
        asked.append(Asked(query.name, client, started, time.monotonic() - started, totals, error))
    _leave(connection)
    return Visit(first_connect or 0.0, tuple(asked))


class Crowd:
    """Clients who start at once, each on a thread, numbered from 1; they go on while others do something else."""

    def __init__(
        self, connect: Callable[[], hive.Connection], rounds: Sequence[Iterable[Sequence[Query]]], is_enough: Event
    ) -> None:
        self._visits: list[Visit] = []

        def come(client: int, its_rounds: Iterable[Sequence[Query]]) -> None:
            self._visits.append(visit(connect, client, its_rounds, is_enough.is_set))

        self._threads = [Thread(target=come, args=each, daemon=True) for each in enumerate(rounds, start=1)]
        for thread in self._threads:
            thread.start()

    def is_there(self) -> bool:
        """Whether one of them still asks."""
        return any(thread.is_alive() for thread in self._threads)

    def all_visits(self) -> list[Visit]:
        """Wait for all, then what each met."""
        for thread in self._threads:
            thread.join()
        return self._visits


def _until(rounds: Iterable[Sequence[Query]], is_enough: Callable[[], bool]) -> Iterator[Query]:
    for queries in rounds:
        yield from queries
        if is_enough():
            return


def ask(connection: hive.Connection, query: Query) -> tuple[Total, ...]:
    """Ask and fetch all rows; the totals that a control query answers.

    Raises:
        ValueError: there are no rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.values)
        rows = cursor.fetchall()
    if not rows:
        msg = "no rows"
        raise ValueError(msg)
    if query.name not in CONTROLS:
        return ()
    (row,) = rows
    return tuple((int(row[place]), Decimal(row[place + 1])) for place in range(0, len(row), 2))


def _leave(connection: hive.Connection | None) -> None:
    # What has failed may be the connection itself.
    with suppress(Exception):
        if connection is not None:
            connection.close()


def told(failure: Exception) -> str:
    """What a client is told, in one line: of the server's errors what it says, of others their kind too."""
    status = getattr(failure.args[0], "status", None) if failure.args else None
    said = str(status.errorMessage) if status is not None else f"{type(failure).__name__}: {failure}"
    return " ".join(said.split())[:300]
