"""Statements of the BI endpoint take turns: in the order in which they came, but for what needs none; and it warms up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pyhive import hive
from TCLIService.ttypes import TOperationState

from bench.bi_settings import WARM_UP_ROUNDS
from lake.bi_process import what_to_show
from tests.bi.server import Server, ask
from tests.bi.test_running import DAYS, MANY
from tests.conftest import TestLake

LASTING = f"select sum(length(concat(a.domain, f.domain))) from {MANY}"
LASTING_TOO = f"select max(length(concat(a.domain, f.domain))) from {MANY}"
KEPT = f"select count(*) from {DAYS}"
UNDER_WAY = (TOperationState.INITIALIZED_STATE, TOperationState.PENDING_STATE, TOperationState.RUNNING_STATE)
SECONDS_OF_ANY_ANSWER = 60


@pytest.fixture(scope="module")
def one_at_a_time(environment: dict[str, str]) -> Iterator[Server]:
    """A server that works on one statement at a time, however long that lasts, and leaves a core to the others."""
    settings = (
        *("spark.lakehouse.statementsAtOnce=1", "spark.lakehouse.turnSeconds=3600", f"{WARM_UP_ROUNDS}=2"),
        *("spark.sql.files.minPartitionNum=1", "spark.sql.leafNodeDefaultParallelism=1"),
    )
    options = [word for setting in settings for word in ("--spark", setting)]
    made = Server(environment, *options, "--time-limit", "3600")
    made.wait_for("listening")
    yield made
    assert made.stop() == 0


@contextmanager
def asked(server: Server, query: str) -> Iterator[hive.Cursor]:
    """A statement that is under way, over a connection of its own; ended with the block."""
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(query, async_=True)
        yield cursor


def is_under_way(cursor: hive.Cursor) -> bool:
    """Whether it has not ended some seconds later: Hive answers such a question at its end, or after five."""
    return cursor.poll().operationState in UNDER_WAY


def end_of(cursor: hive.Cursor) -> int:
    """The state in which a statement ends."""
    deadline = time.monotonic() + SECONDS_OF_ANY_ANSWER
    while (state := cursor.poll().operationState) in UNDER_WAY:
        assert time.monotonic() < deadline, "no end of it"
    return int(state)


def test_what_it_warms_up_with_is_answered(server: Server, bi_lake: TestLake) -> None:
    """It would pass over what is refused; and another number must not change an answer."""
    queries = what_to_show(bi_lake.settings, to_owner=False)["warm_up"]
    with server.connect() as connection:
        for query in queries:
            rows, again = (sorted(map(str, ask(connection, text))) for text in (query, query.replace("-999", "-27")))
            assert rows, query
            assert "-999" in query
            # Which of many that are equal come before a limit is left to Spark.
            assert len(again) == len(rows) if "limit" in query else again == rows, query


def test_it_warms_up_by_itself(one_at_a_time: Server) -> None:
    assert "after" in one_at_a_time.wait_for("warmed up")


def test_who_comes_first_is_answered_first(one_at_a_time: Server) -> None:
    with one_at_a_time.connect() as other:
        answers = [ask(other, KEPT) for _ in range(3)]
        with asked(one_at_a_time, LASTING) as lasting:
            # Until the lasting one has its turn others are answered.
            for number in range(100):
                with asked(one_at_a_time, f"select count(*) from {DAYS} where record_count <> {number}") as early:
                    if is_under_way(early):
                        break
            assert ask(other, KEPT) == answers[0], "what is kept waits for nobody"
            assert ask(other, "select 1 + 1") == [(2,)], "nor does what reads no table"
            assert ask(other, "show tables"), "nor do looks at names"
            with (
                asked(one_at_a_time, f"select count(*) as first from {DAYS}, {DAYS} as b") as first,
                asked(one_at_a_time, f"select max(domain) as cancelled from {DAYS}") as cancelled,
                asked(one_at_a_time, LASTING_TOO) as lasting_too,
                asked(one_at_a_time, f"select (select min(domain) from {DAYS}) as second") as second,
            ):
                cancelled.cancel()
                assert end_of(cancelled) == TOperationState.ERROR_STATE
                assert cancelled.poll().errorMessage == "the query was cancelled", "while it waited"
                assert is_under_way(first)
                lasting.cancel()
                assert end_of(first) == TOperationState.FINISHED_STATE
                assert first.fetchall() == [(answers[0][0][0] ** 2,)]
                assert is_under_way(second), "it came after the one that has its turn now"
                lasting_too.cancel()
                assert end_of(second) == TOperationState.FINISHED_STATE
                assert second.fetchall() == [("site0.example",)]
