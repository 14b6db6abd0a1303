"""The owner's endpoint: dbt by its Thrift target does what it does in the lake's own session, and nobody else gets in."""

import os
import subprocess
from collections.abc import Iterator

import pytest
from thrift.transport.TTransport import TTransportException

from lake.settings import REPOSITORY
from tests.bi.conftest import add_user, records, small_lake
from tests.bi.server import PASSWORD, USER, Server, ask
from tests.conftest import TestLake

OWNER = "olga"


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """A small lake that has had a run."""
    with small_lake(tmp_path_factory.mktemp("owned"), days=3) as made:
        yield made


@pytest.fixture(scope="module")
def environment(owned: TestLake, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of the server and of dbt, with one user each of the owner's and of BI."""
    folder = tmp_path_factory.mktemp("users")
    variables = {
        "LAKE_URI": str(owned.settings.lake_path),
        "LANDING_URI": str(owned.settings.landing_path),
        "LAKE_OWNER_USERS": str(folder / "owners"),
        "LAKE_BI_USERS": str(folder / "users"),
        "LAKE_OWNER_USER": OWNER,
        "LAKE_OWNER_PASSWORD": PASSWORD,
    }
    add_user(variables, OWNER, PASSWORD, "--owner")
    add_user(variables, USER, PASSWORD)
    return variables


@pytest.fixture(scope="module")
def server(environment: dict[str, str]) -> Iterator[Server]:
    """The owner's server."""
    made = Server({**environment, "SPARK_DRIVER_MEMORY": "1g"}, "--owner")
    made.wait_for("listening")
    yield made
    assert made.stop() == 0


def dbt(environment: dict[str, str], server: Server, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command of scripts/dbt on the server."""
    return subprocess.run(
        [REPOSITORY / "scripts" / "dbt", *words, "--target", "thrift"],
        env={**os.environ, **environment, "LAKE_OWNER_PORT": str(server.port)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
def test_dbt_builds_what_a_run_would_have_built(server: Server, owned: TestLake, environment: dict[str, str]) -> None:
    owned.put("2.csv", records(2, 30))
    owned.put("4.csv", records(4))
    owned.ingest()
    before = owned.versions()
    done = dbt(environment, server, "build", "--exclude-resource-type", "unit_test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert owned.versions()["silver.emissions"] == before["silver.emissions"] + 1, "an increment, no rebuild"
    built, versions = owned.content(), owned.versions()
    assert owned.run().conservation["balanced"]
    assert owned.versions() == versions, "nothing was left for the run to do"
    owned.run(full_refresh=True)
    assert owned.content() == built


@pytest.mark.long
def test_dbt_tests_and_shows_there(server: Server, environment: dict[str, str]) -> None:
    tested = dbt(environment, server, "test", "--select", "test_type:singular")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    shown = dbt(environment, server, "show", "--inline", "select count(*) as days from {{ ref('daily_emissions') }}")
    assert shown.returncode == 0, shown.stdout + shown.stderr


@pytest.mark.long
def test_what_is_kept_there_is_gone_with_a_build(server: Server, environment: dict[str, str]) -> None:
    with server.connect(OWNER) as connection:
        ask(connection, "create temporary view kept as select count(*) as n from bronze.emissions")
        ask(connection, "cache table kept")

        def is_kept() -> bool:
            return any("InMemory" in line for (line,) in ask(connection, "explain select * from kept"))

        assert is_kept()
        assert dbt(environment, server, "seed").returncode == 0
        assert not is_kept()


@pytest.mark.long
def test_the_owner_reads_all_of_the_lake(server: Server) -> None:
    with server.connect(OWNER) as connection:
        schemas = {name for (name,) in ask(connection, "show schemas")}
        assert {"bronze", "silver", "gold", "audit", "published"} <= schemas
        assert ask(connection, "select count(*) > 0 from silver.emissions version as of 1") == [(True,)]


@pytest.mark.long
def test_a_user_of_bi_is_not_let_in(server: Server) -> None:
    with pytest.raises(TTransportException):
        server.connect(USER)


@pytest.mark.long
def test_a_wrong_password_is_told_in_a_line(server: Server, environment: dict[str, str]) -> None:
    done = dbt({**environment, "LAKE_OWNER_PASSWORD": "guessed"}, server, "test", "--select", "test_type:singular")
    assert done.returncode == 1
    assert "guessed" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [("--insecure",), ("--host", "0.0.0.0")])  # noqa: S104 - refused
def test_it_is_not_opened_wider(environment: dict[str, str], words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [REPOSITORY / "scripts" / "thrift-server", "--owner", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--owner lets change all of the lake" in done.stderr
