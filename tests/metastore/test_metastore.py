"""The shared metastore shows what the lake has, to strangers too, and nothing that is done there reaches the lake."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lake import metastore
from lake.descriptions import descriptions
from lake.errors import LakeError
from lake.settings import REPOSITORY
from lake.tables import list_tables
from tests import places
from tests.bi.conftest import records
from tests.conftest import TestLake
from tests.metastore.postgres import OWNER, PASSWORD, Postgres

ENTRIES = 'select d."NAME" || \'.\' || t."TBL_NAME" from "TBLS" t join "DBS" d on t."DB_ID" = d."DB_ID" order by 1'
SCHEMA_OF = (
    'select p."PARAM_VALUE" from "TABLE_PARAMS" p join "TBLS" t on p."TBL_ID" = t."TBL_ID" '
    "where t.\"TBL_NAME\" = '{}' and p.\"PARAM_KEY\" = 'spark.sql.sources.schema'"
)
VIEWS = {"silver.record_contributions", "gold.emissions_metrics", "published.emissions_metrics"}
READER, READERS_PASSWORD = "bi_reader", "a-password-of-its-own"


def entries(server: Postgres, lake: TestLake) -> set[str]:
    """The tables and views that the metastore has."""
    return {name for (name,) in server.ask(lake.spark, ENTRIES)}


def expected(lake: TestLake) -> set[str]:
    """What it should have: the lake's tables and views, and what is published of gold."""
    tables = set(list_tables(lake.settings.lake_path))
    return tables | VIEWS | {table.replace("gold.", "published.") for table in tables if table.startswith("gold.")}


@pytest.fixture
def ask_as_stranger(postgres: Postgres, tmp_path: Path) -> Callable[..., list[Any]]:
    """Ask in another process, which knows of the lake what the metastore says."""
    if places.is_on_s3():
        pytest.skip("the Spark of a stranger has no jars of S3 here")

    def ask(*statements: str, user: str = OWNER, password: str = PASSWORD) -> list[Any]:
        how = {"url": postgres.url, "user": user, "password": password, "warehouse": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-m", "tests.metastore.stranger"],
            input=json.dumps({**how, "statements": statements}),
            # Without the project's configuration of Spark.
            env={
                name: value for name, value in os.environ.items() if not name.startswith(("SPARK", "PYSPARK", "LAKE"))
            },
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        answers: list[Any] = json.loads(done.stdout)
        return answers

    return ask


def test_a_run_enters_every_table_and_view(postgres: Postgres, shown: TestLake) -> None:
    assert entries(postgres, shown) == expected(shown)


def test_what_has_not_changed_is_not_written(shown: TestLake) -> None:
    assert metastore.show(shown.spark, shown.settings) == []


@pytest.mark.long
def test_strangers_find_tables_with_columns_and_descriptions_and_read_them(
    postgres: Postgres, shown: TestLake, ask_as_stranger: Callable[..., list[Any]]
) -> None:
    total = "select count(*), sum(total_gco2e) from {}"
    names = ("silver.emissions", "gold.daily_emissions", "published.daily_emissions")
    questions = [total.format(name) for name in names]
    *answers, columns, table, shares = ask_as_stranger(
        *questions,
        "describe gold.daily_emissions",
        "describe extended gold.daily_emissions",
        "select count(*) from silver.record_contributions",
    )
    ours = [[list(map(str, row.values())) for row in shown.rows(question)] for question in questions]
    assert answers == ours
    assert ["total_gco2e", "decimal(28,10)"] in [column[:2] for column in columns]
    described = descriptions()["gold.daily_emissions"]
    assert described[""] in {row[1] for row in table}
    # Of columns Delta shows its own descriptions; programs that ask the metastore itself find these.
    schemas = postgres.ask(shown.spark, SCHEMA_OF.format("daily_emissions"))
    assert len(schemas) == 2, "in gold and published"
    for (schema,) in schemas:
        fields = {field["name"]: field["metadata"].get("comment") for field in json.loads(schema)["fields"]}
        assert fields == {column: text for column, text in described.items() if column}
    assert shares == [[str(shown.rows("select count(*) as n from silver.emissions")[0]["n"])]]


@pytest.mark.long
def test_who_drops_there_drops_no_file_and_the_next_run_enters_it_again(
    postgres: Postgres, shown: TestLake, ask_as_stranger: Callable[..., list[Any]]
) -> None:
    before = shown.content()
    folder = Path(str(shown.settings.lake_path))
    files = {path for path in folder.rglob("*") if path.is_file() and "_metastore" not in path.parts}
    dropped = ask_as_stranger("drop table gold.daily_emissions", "drop database silver cascade")
    assert dropped == [[], []], "strangers with the owner's login may"
    assert "gold.daily_emissions" not in entries(postgres, shown)
    assert not [name for name in entries(postgres, shown) if name.startswith("silver.")]
    assert files <= set(folder.rglob("*"))
    assert shown.content() == before
    shown.run()
    assert entries(postgres, shown) == expected(shown)


@pytest.mark.long
def test_what_strangers_made_is_left_alone(
    postgres: Postgres, shown: TestLake, ask_as_stranger: Callable[..., list[Any]]
) -> None:
    made = ask_as_stranger("create schema theirs", "create table theirs.notes using delta as select 1 as one")
    assert made == [[], []]
    assert metastore.show(shown.spark, shown.settings) == []
    assert "theirs.notes" in entries(postgres, shown)
    assert ask_as_stranger("select * from theirs.notes", "drop database theirs cascade")[0] == [["1"]]


def test_a_table_that_the_lake_has_no_more_is_taken_out(postgres: Postgres, shown: TestLake) -> None:
    shown.spark.sql(
        f"create table gold.former using delta location '{shown.settings.lake_path}/gold/former' as select 1 one"
    )
    assert metastore.show(shown.spark, shown.settings) == ["made gold.former"]
    shown.spark.sql("drop table gold.former")
    shutil.rmtree(f"{shown.settings.lake_path}/gold/former")
    assert metastore.show(shown.spark, shown.settings) == ["dropped gold.former"]
    assert entries(postgres, shown) == expected(shown)


@pytest.mark.long
def test_another_lake_is_refused_until_it_takes_over(
    postgres: Postgres, shown: TestLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in postgres.environment().items():
        monkeypatch.setenv(name, value)
    moved = tmp_path / "moved"
    shutil.copytree(str(shown.settings.lake_path), moved / "lake")

    def command(*words: str, lake: object = moved / "lake") -> "subprocess.CompletedProcess[str]":
        places = {"LAKE_URI": str(lake), "LANDING_URI": str(shown.settings.landing_path)}
        return subprocess.run(
            [REPOSITORY / "scripts" / "lake", *words],
            env=os.environ | places,
            capture_output=True,
            text=True,
            check=False,
        )

    same = command("metastore", lake=shown.settings.lake_path)
    assert same.stdout == "the metastore shows what the lake has\n", "and every process says the same of it"

    refused = command("metastore")
    assert refused.returncode == 1
    assert ": it shows another lake: it has " in refused.stderr
    assert "lake metastore --take-over" in refused.stderr
    assert PASSWORD not in refused.stderr
    taken = command("metastore", "--take-over")
    assert taken.returncode == 0, taken.stderr
    assert "made gold.daily_emissions" in taken.stdout
    places_now = {
        place
        for (place,) in postgres.ask(
            shown.spark, 'select "PARAM_VALUE" from "SERDE_PARAMS" where "PARAM_KEY" = \'path\''
        )
    }
    assert all(str(moved) in place for place in places_now), places_now
    assert shown.content(), "the first lake has its files"
    assert "made gold.daily_emissions" in metastore.show(shown.spark, shown.settings, take_over=True)


@pytest.mark.long
def test_a_metastore_that_is_away_fails_the_command_and_not_the_run(postgres: Postgres, shown: TestLake) -> None:
    shown.put("later.csv", records(9))
    postgres.stop()
    try:
        with pytest.raises(
            LakeError, match="The run itself is done; the next one, or lake metastore, tries again"
        ) as told:
            shown.run("while-away")
    finally:
        postgres.start()
    assert PASSWORD not in str(told.value)
    assert shown.rows("select status from audit.runs where run_id = 'while-away'") == [{"status": "succeeded"}]
    assert shown.run().published.run_id == "while-away"
    assert entries(postgres, shown) == expected(shown)


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1/metastore", "jdbc:mysql://127.0.0.1/metastore"])
def test_another_address_is_wrong_usage(url: str, tmp_path: Path) -> None:
    environment = {**os.environ, "METASTORE_URL": url, "LAKE_URI": str(tmp_path / "lake")}
    done = subprocess.run(
        [REPOSITORY / "scripts" / "lake", "metastore"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "give jdbc:postgresql://HOST:PORT/DATABASE" in done.stderr
    assert not (tmp_path / "lake" / "_lock").exists()


def test_a_reader_sees_what_is_published_and_changes_nothing(postgres: Postgres, shown: TestLake) -> None:
    postgres.tell(shown.spark, f"create role {READER} login password '{READERS_PASSWORD}'")
    for _ in range(2):
        metastore.let_read(shown.spark, shown.settings, READER)

    other = f"{READER}_too"
    postgres.tell(shown.spark, f"create role {other} login password '{READERS_PASSWORD}'")
    metastore.let_read(shown.spark, shown.settings, other)
    assert postgres.ask(shown.spark, ENTRIES, other, READERS_PASSWORD), "and it takes nothing from the first"

    def seen(query: str) -> set[str]:
        return {value for (value,) in postgres.ask(shown.spark, query, READER, READERS_PASSWORD)}

    assert {name.split(".")[0] for name in seen(ENTRIES)} == {"published"}
    assert seen('select "NAME" from "DBS"') == {"default", "published"}
    for table, column in (("SERDE_PARAMS", "PARAM_VALUE"), ("TABLE_PARAMS", "PARAM_VALUE"), ("SDS", "LOCATION")):
        values = seen(f'select "{column}" from "{table}"')
        assert values, table
        hidden = [
            value
            for value in values
            if value and any(f"/{schema}" in value for schema in ("bronze", "silver", "audit"))
        ]
        assert not hidden, table
    for statement in (
        'delete from "TBLS"',
        'update "SERDE_PARAMS" set "PARAM_VALUE" = \'file:/tmp/forged\'',
        'drop table "TBLS"',
        "create table mine (one integer)",
        'alter table "DBS" disable row level security',
        f"set role {OWNER}",
    ):
        with pytest.raises(Exception, match=r"permission denied|must be owner"):
            postgres.tell(shown.spark, statement, READER, READERS_PASSWORD)


@pytest.mark.long
def test_strangers_with_the_readers_login_see_no_more(
    postgres: Postgres, shown: TestLake, ask_as_stranger: Callable[..., list[Any]]
) -> None:
    role = f"{READER}_elsewhere"
    postgres.tell(shown.spark, f"create role {role} login password '{READERS_PASSWORD}'")
    metastore.let_read(shown.spark, shown.settings, role)
    tables = {table for table in expected(shown) if table.startswith("published.")}
    listed, unknown, refused = ask_as_stranger(
        "show tables in published",
        "select * from silver.emissions",
        "create table published.mine using delta as select 1 as one",
        user=role,
        password=READERS_PASSWORD,
    )
    assert {f"published.{row[1]}" for row in listed} == tables
    assert "silver" in unknown
    assert "permission denied" in refused or "Unable to" in refused or "MetaException" in refused, refused


@pytest.mark.parametrize("role", ['x"; drop table "DBS', "Upper", "", "a b"])
def test_a_role_of_another_form_is_wrong_usage(shown: TestLake, role: str) -> None:
    with pytest.raises(LakeError, match="--reader"):
        metastore.let_read(shown.spark, shown.settings, role)
