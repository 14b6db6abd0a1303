"""The BI endpoint by the shared metastore, with a login that may read `published` alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lake import metastore
from lake.descriptions import descriptions
from tests.bi.conftest import add_user, records
from tests.bi.server import PASSWORD, USER, Server, ask, refusal
from tests.bi.test_guard import metadata
from tests.conftest import TestLake
from tests.metastore.postgres import Postgres

pytestmark = pytest.mark.long

READER, READERS_PASSWORD = "bi_endpoint", "a-password-of-its-own"


@pytest.fixture(scope="module")
def server(postgres: Postgres, shown: TestLake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose catalog is the metastore, as its reader."""
    postgres.tell(shown.spark, f"create role {READER} login password '{READERS_PASSWORD}'")
    metastore.let_read(shown.spark, shown.settings, READER)
    environment = {
        "LAKE_URI": str(shown.settings.lake_path),
        "LAKE_BI_USERS": str(tmp_path_factory.mktemp("bi-users") / "users"),
        "SPARK_DRIVER_MEMORY": "1g",
        **postgres.environment(READER, READERS_PASSWORD),
    }
    add_user(environment, USER, PASSWORD)
    made = Server(environment)
    made.wait_for("listening")
    yield made
    assert made.stop() == 0


def test_clients_browse_and_ask_as_ever(server: Server, shown: TestLake) -> None:
    total = "select count(*) as n, sum(total_gco2e) as total from {}"
    with server.connect() as connection:
        assert [row[0] for row in metadata(connection, "GetSchemas", schemaName="%")] == ["published"]
        columns = metadata(connection, "GetColumns", schemaName="%", tableName="daily_emissions", columnName="%")
        shown_columns = {row[3]: row[11] for row in columns}
        described = descriptions()["gold.daily_emissions"]
        assert shown_columns == {name: text for name, text in described.items() if name}
        [(count, grams)] = ask(connection, total.format("published.daily_emissions"))
        [ours] = shown.rows(total.format("gold.daily_emissions"))
        assert (count, str(grams)) == (ours["n"], ours["total"])
        measured = ask(connection, "select country_code, measure(total_gco2e) from emissions_metrics group by all")
        assert [(country, str(measure)) for country, measure in measured] == [("DE", ours["total"])]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from gold.daily_emissions",
        "select * from silver.emissions",
        "show tables in gold",
        "create table published.mine as select 1",
        "drop table published.daily_emissions",
        "set spark.hadoop.javax.jdo.option.ConnectionPassword",
        "select * from default.anything",
    ],
)
def test_all_else_is_refused_as_ever(server: Server, statement: str) -> None:
    with server.connect() as connection:
        said = refusal(connection, statement)
        assert said is not None
        assert READERS_PASSWORD not in said


def test_a_new_publication_shows_in_an_open_connection(server: Server, shown: TestLake) -> None:
    count = "select sum(record_count) from daily_emissions"
    with server.connect() as connection:
        [(before,)] = ask(connection, count)
        shown.put("of-the-day.csv", records(20))
        shown.run()
        assert ask(connection, count) == [(before + 40,)]


def test_without_its_reader_being_let_in_the_server_says_why(
    postgres: Postgres, shown: TestLake, tmp_path: Path
) -> None:
    postgres.tell(shown.spark, f"create role nobody_yet login password '{READERS_PASSWORD}'")
    environment = {
        "LAKE_URI": str(shown.settings.lake_path),
        "LAKE_BI_USERS": str(tmp_path / "users"),
        **postgres.environment("nobody_yet", READERS_PASSWORD),
    }
    add_user(environment, USER, PASSWORD)
    server = Server(environment)
    try:
        assert "the server did not start" in server.wait_for("did not start")
    finally:
        server.stop()
