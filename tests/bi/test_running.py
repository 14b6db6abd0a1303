"""The BI endpoint while it runs: limits that are told, greedy statements, new publications, and the death of its Java."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from lake.settings import REPOSITORY
from tests.bi.conftest import ROW_LIMIT, TIME_LIMIT, records
from tests.bi.server import Server, ask, refusal
from tests.conftest import TestLake

# 60 rows, and as many pairs, triples ... as they have.
DAYS = "published.daily_emissions"
PAIRS = f"{DAYS} as a cross join {DAYS} as b"
MANY = f"{PAIRS} cross join {DAYS} as c cross join {DAYS} as d cross join {DAYS} as e cross join {DAYS} as f"


def test_too_many_rows_are_told_and_not_cut_off(server: Server) -> None:
    with server.connect() as connection:
        assert len(ask(connection, f"select a.domain from {PAIRS} limit {ROW_LIMIT}")) == ROW_LIMIT
        for query in (f"select a.domain from {PAIRS}", f"select a.domain from {MANY} order by 1 limit {ROW_LIMIT + 1}"):
            said = refusal(connection, f"select a.domain from {PAIRS}")
            assert said == (
                f"the result has more than {ROW_LIMIT} rows, the most that this server gives: aggregate, or add a limit"
            ), query
        with connection.cursor() as cursor:
            cursor.execute(f"select a.domain from {PAIRS}")
            assert len(cursor.fetchmany(1000)) == 1000, "what comes before the limit is given"
        assert ask(connection, "select 1") == [(1,)]


def test_a_long_query_is_ended_and_others_go_on_meanwhile(server: Server) -> None:
    said: list[str | None] = []

    def long() -> None:
        with server.connect() as connection:
            said.append(refusal(connection, f"select sum(length(concat(a.domain, f.domain))) from {MANY}"))

    started = time.monotonic()
    asking = threading.Thread(target=long)
    asking.start()
    answers = 0
    with server.connect() as connection:
        while asking.is_alive():
            assert ask(connection, f"select count(*) from {DAYS}") != []
            answers += asking.is_alive()
    asking.join()
    assert said == [f"the query took longer than {TIME_LIMIT} seconds, the most that this server gives a query"]
    assert time.monotonic() - started < 4 * TIME_LIMIT
    assert answers >= 2, "others were answered while it ran"


def test_connections_that_come_and_go_do_not_disturb_each_other(server: Server) -> None:
    failed: list[str] = []

    def come_and_go() -> None:
        try:
            for _ in range(6):
                with server.connect() as connection:
                    assert ask(connection, "select 1") == [(1,)]
        except Exception as error:
            failed.append(str(error))

    clients = [threading.Thread(target=come_and_go) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert failed == []
    # Were it gone with a connection, two that open at once could not both make it anew.
    began = Path(f"/proc/{server.java}").stat().st_mtime - 60
    folders = Path(tempfile.gettempdir()).glob("lakehouse-bi-*")
    assert [folder for folder in folders if folder.stat().st_mtime > began], "the server has no folder for its files"


@pytest.mark.parametrize(
    "greedy",
    [
        "select length(" + "replace(" * 9 + "'x'" + ", 'x', 'xxxxxxxxxxxxxxxx')" * 9 + ")",
        f"select explode(collect_list(struct(a.*, b.*, c.*, d.*, e.*, f.*))) from {MANY}",
        f"select string_agg(concat(a.domain, b.domain, c.domain, d.domain, e.domain, f.domain), ',') from {MANY}",
        f"select * from {MANY}",
    ],
)
def test_a_greedy_statement_fails_alone(server: Server, greedy: str) -> None:
    java = server.java
    with server.connect() as other:
        with server.connect() as connection:
            said = refusal(connection, greedy)
        assert said is not None
        assert ask(other, "select 1") == [(1,)], "the others' connections live on"
    assert server.java == java


def test_a_publication_shows_in_connections_that_are_open(server: Server, bi_lake: TestLake) -> None:
    """While a run goes on, every answer is of one publication: the one before it or its own, and at its end its own."""
    query = f"select sum(record_count), count(distinct activity_date), sum(total_gco2e) from {DAYS}"
    by_metric = "select measure(record_count) from published.emissions_metrics"
    with server.connect() as connection, server.connect() as another:
        (before,) = ask(connection, query)
        assert [ask(each, query) for each in (another, connection, another)] == [[before]] * 3, "kept by now"
        bi_lake.put("6.csv", records(6))
        running = threading.Thread(target=bi_lake.run)
        running.start()
        seen, seen_by_metric = set(), set()
        while running.is_alive():
            seen.update(ask(connection, query))
            seen_by_metric.update(ask(another, by_metric))
        running.join()
        (after,) = ask(connection, query)
        assert before[0] + 40 == after[0]
        assert before[1] + 1 == after[1]
        assert seen <= {before, after}
        assert seen_by_metric <= {(before[0],), (after[0],)}
        assert ask(another, query) == [after]
        assert ask(connection, by_metric) == ask(another, by_metric) == [(after[0],)]


def test_a_command_beside_the_server_gives_way(server: Server, bi_lake: TestLake, environment: dict[str, str]) -> None:
    assert server.rows("select 1") == [(1,)]
    # A run without news has no Java that could give way.
    command = [REPOSITORY / "scripts" / "lake", "build", "--verbose"]
    variables = {**os.environ, **environment, "LANDING_URI": bi_lake.settings.landing_uri}
    variables.pop("LAKE_GIVES_WAY", None)
    said = subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stderr
    assert "it has the CPU first (LAKE_GIVES_WAY=some)" in said, said


def test_a_session_that_ends_asks_no_metastore(server: Server, environment: dict[str, str]) -> None:
    """Hive would make one in the folder where the server was started, and another server there would wait for it."""
    server.connect().close()
    log = Path(environment["LAKE_URI"], "_logs", "thrift-server.log").read_text(errors="replace")
    assert "RetryingHMSHandler" not in log
    assert "Derby" not in log


def test_a_dead_server_is_replaced_and_says_why(server: Server) -> None:
    dead = server.java
    listened = len([line for line in server.lines if "listening" in line])
    os.kill(dead, signal.SIGKILL)
    assert "it was killed by signal 9" in server.wait_for("the server is gone")
    server.wait_for("listening", listened + 1)
    assert server.java != dead
    assert server.rows("select 1") == [(1,)]
