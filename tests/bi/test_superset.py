"""Apache Superset, from its own package, as a client of the BI endpoint: what its pages ask for is asked by its REST API."""

import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from tests.bi.server import PASSWORD, USER, Server
from tests.bi.superset_web import Superset

pytestmark = pytest.mark.long
GRAMS = {
    "expressionType": "SIMPLE",
    "column": {"column_name": "total_gco2e"},
    "aggregate": "SUM",
    "label": "grams",
}
WEEK = "P1W"
ALL_DAYS = {"col": "activity_date", "op": "TEMPORAL_RANGE", "val": "2025-07-01 : 2025-08-01"}
REFUSED = (
    ("select * from silver.emissions", "silver.emissions is not shown here: only tables of published are"),
    ("set", "set is not allowed here: only queries of published are"),
    ("explain select 1", "explain is not allowed here: only queries of published are"),
    ("select reflect('java.lang.System', 'getenv', 'HOME')", "the function REFLECT is not allowed here"),
)


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """Superset, made where it is not there yet (minutes); skipped where its packages cannot be had."""
    made = Superset(tmp_path_factory.mktemp("superset"))
    said = made.command("version")
    if said.returncode:
        pytest.skip(f"Superset's environment cannot be made here: {(said.stderr.splitlines() or ['?'])[-1]}")
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def database(superset: Superset, server: Server) -> int:
    """The endpoint as one of Superset's databases, by the address that docs/bi.md names; its number."""
    address = f"hive://{USER}:{PASSWORD}@127.0.0.1:{server.port}/published?auth=CUSTOM"
    wanted = {"database_name": "published", "sqlalchemy_uri": address}
    superset.ask("database/test_connection/", wanted)
    return int(superset.ask("database/", {**wanted, "expose_in_sqllab": True})["id"])


@pytest.fixture(scope="module")
def dataset(superset: Superset, database: int) -> int:
    """Superset's dataset of published.daily_emissions; its number."""
    wanted = {"database": database, "schema": "published", "table_name": "daily_emissions"}
    return int(superset.ask("dataset/", wanted)["id"])


def chart(superset: Superset, dataset: int, **query: Any) -> list[dict[str, Any]]:
    """The rows of a chart."""
    wanted = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "result_format": "json"}
    (answer,) = superset.ask("chart/data", {**wanted, "result_type": "full"})["result"]
    rows: list[dict[str, Any]] = answer["data"]
    return rows


def sql_lab(superset: Superset, database: int, query: str) -> tuple[int, Any]:
    """What SQL Lab shows for a statement."""
    wanted = {"database_id": database, "schema": "published", "sql": query, "runAsync": False, "queryLimit": 1000}
    return superset.try_to("sqllab/execute/", wanted)


def rounded(figure: object) -> Decimal:
    """A figure as far as Superset's pages, which have doubles, can show it."""
    return round(Decimal(str(figure)), 6)


def test_a_wrong_password_does_not_connect(superset: Superset, server: Server) -> None:
    address = f"hive://{USER}:wrong@127.0.0.1:{server.port}/published?auth=CUSTOM"
    status, said = superset.try_to("database/test_connection/", {"database_name": "x", "sqlalchemy_uri": address})
    assert status == 400
    assert "Error validating the login" in said["errors"][0]["message"]


def test_the_browser_of_tables_shows_types_and_descriptions(superset: Superset, database: int) -> None:
    assert superset.ask(f"database/{database}/schemas/")["result"] == ["published"]
    tables = superset.ask(f"database/{database}/tables/?q={quote('(schema_name:published)')}")["result"]
    kinds = {table["value"]: table["type"] for table in tables}
    assert {"daily_emissions", "top_10_domains", "flagged_domains"} <= {
        n for n, kind in kinds.items() if kind == "table"
    }
    assert [name for name, kind in kinds.items() if kind == "view"] == ["emissions_metrics"]
    for table in kinds:
        shown = superset.ask(f"database/{database}/table_metadata/?schema=published&name={table}")
        assert shown["comment"], table
        assert all(column["comment"] for column in shown["columns"]), table
    shown = superset.ask(f"database/{database}/table_metadata/?schema=published&name=daily_emissions")
    columns = {column["name"]: (column["type"], column["comment"]) for column in shown["columns"]}
    assert columns["activity_date"] == ("DATE", "Day of the ad activity, UTC.")
    assert [columns[name][0] for name in ("domain", "record_count", "total_gco2e")] == ["VARCHAR", "BIGINT", "DECIMAL"]
    # Names of functions, for completing what is typed, are refused; that must take nothing else away.
    assert superset.ask(f"database/{database}/function_names/")["function_names"] == []


def test_a_dataset_has_the_descriptions(superset: Superset, dataset: int) -> None:
    columns = superset.ask(f"dataset/{dataset}")["result"]["columns"]
    assert all(column["description"] for column in columns)
    kinds = {column["column_name"]: (column["type"], column["is_dttm"]) for column in columns}
    assert kinds["activity_date"] == ("DATE", True)


def test_charts_show_the_servers_figures(superset: Superset, dataset: int, server: Server) -> None:
    expected = server.rows("select domain, sum(total_gco2e) from published.daily_emissions group by domain")
    rows = chart(superset, dataset, columns=["domain"], metrics=[GRAMS], orderby=[[GRAMS, False]], row_limit=100)
    assert len(expected) == 12
    assert {row["domain"]: rounded(row["grams"]) for row in rows} == {name: rounded(grams) for name, grams in expected}
    one = chart(
        superset,
        dataset,
        metrics=[GRAMS],
        filters=[{"col": "domain", "op": "IN", "val": ["site1.example"]}],
        columns=[],
    )
    assert rounded(one[0]["grams"]) == rounded(dict(expected)["site1.example"])


@pytest.mark.parametrize("grain", ["P1D", "P1W", "P1M", "P3M", "P1Y", "1969-12-28T00:00:00Z/P1W", "PT1H"])
def test_charts_over_time(superset: Superset, dataset: int, server: Server, grain: str) -> None:
    axis = {"columnType": "BASE_AXIS", "expressionType": "SQL", "sqlExpression": "activity_date", "label": "day"}
    rows = chart(superset, dataset, columns=[{**axis, "timeGrain": grain}], metrics=[GRAMS], filters=[ALL_DAYS])
    total = server.rows("select sum(total_gco2e) from published.daily_emissions")[0][0]
    assert rounded(sum(rounded(row["grams"]) for row in rows)) == rounded(total)
    if grain == WEEK:
        days = {row[0] for row in server.rows("select distinct activity_date from published.daily_emissions")}
        mondays = {day - timedelta(days=day.weekday()) for day in map(day_of, days)}
        assert {datetime.fromtimestamp(row["day"] / 1000, UTC).date() for row in rows} == mondays


def day_of(shown: object) -> date:
    """A day as PyHive gives it."""
    return shown if isinstance(shown, date) else date.fromisoformat(str(shown))


def test_sql_lab(superset: Superset, database: int, server: Server) -> None:
    query = "select domain, measure(total_gco2e) as grams from emissions_metrics group by all order by all"
    status, answer = sql_lab(superset, database, query)
    assert status == 200, answer
    assert [(row["domain"], rounded(row["grams"])) for row in answer["data"]] == [
        (name, rounded(grams)) for name, grams in server.rows(query)
    ]


@pytest.mark.parametrize(("statement", "line"), REFUSED)
def test_sql_lab_is_refused_what_others_are(superset: Superset, database: int, statement: str, line: str) -> None:
    status, answer = sql_lab(superset, database, statement)
    assert status == 500
    (error,) = answer["errors"]
    assert line in error["message"]
    assert "Exception" not in error["message"]
    assert "\n" not in error["message"]


def test_connect_enters_the_endpoint(superset: Superset, server: Server) -> None:
    said = superset.command("connect", USER, str(server.port), told=f"{PASSWORD}\n")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[-1].startswith("superset: the database lake is published at 127.0.0.1:")
    (entered,) = [each for each in superset.ask("database/")["result"] if each["database_name"] == "lake"]
    assert superset.ask(f"database/{entered['id']}/schemas/")["result"] == ["published"]
    assert superset.command("connect").returncode != 0


def test_what_it_keeps_is_its_owners(superset: Superset) -> None:
    assert "scarf" not in superset.page_policy()
    assert stat.S_IMODE((superset.folder / "secret-key").stat().st_mode) == 0o600
    for file in superset.folder.iterdir():
        assert PASSWORD.encode() not in file.read_bytes(), file.name
