"""What the BI endpoint refuses and what it answers, through a real client."""

from pathlib import Path

import pytest
from pyhive import hive
from pyhive.exc import Error
from TCLIService import ttypes

from tests.bi.attacks import ATTACKS
from tests.bi.legitimate import LOOKING_AROUND, QUERIES
from tests.bi.server import Server, ask, refusal
from tests.conftest import TestLake

HERE = "published"


def test_every_attack_is_refused_in_one_line(server: Server, bi_lake: TestLake) -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) >= 200
    folder = str(bi_lake.settings.lake_path)
    before = bi_lake.content(), files(bi_lake)
    java = server.java
    with server.connect() as connection:
        said = {attack: refusal(connection, attack.replace("FOLDER", folder)) for attack in ATTACKS}
        answered = [attack for attack, words in said.items() if words is None]
        assert not answered
        guarded = [words for words in said.values() if words and ("not allowed" in words or "not shown" in words)]
        assert len(guarded) > len(ATTACKS) - 20, "most are refused by the guard, before Spark looks at them"
        assert ask(connection, "select 1") == [(1,)]
    assert (bi_lake.content(), files(bi_lake)) == before
    assert server.java == java, "no attack took the server down"


def files(lake: TestLake) -> list[str]:
    """Every file of the lake but the logs."""
    return sorted(str(path) for path in Path(str(lake.settings.lake_path)).glob("**/*") if "_logs" not in path.parts)


def test_what_clients_send_is_answered(server: Server) -> None:
    with server.connect() as connection:
        said = {statement: refusal(connection, statement) for statement in (*LOOKING_AROUND, *QUERIES)}
    assert {statement: words for statement, words in said.items() if words is not None} == {}


def test_figures_are_golds(server: Server, bi_lake: TestLake) -> None:
    query = "select activity_date, domain, record_count, total_gco2e from {}.daily_emissions order by all"
    expected = [tuple(map(str, row.values())) for row in bi_lake.rows(query.format("gold"))]
    assert [tuple(map(str, row)) for row in server.rows(query.format(HERE))] == expected
    by_metric = server.rows("select measure(total_gco2e), measure(record_count) from published.emissions_metrics")
    total = bi_lake.rows("select sum(total_gco2e) as grams, sum(record_count) as records from gold.daily_emissions")
    assert [tuple(map(str, row)) for row in by_metric] == [tuple(map(str, total[0].values()))]


@pytest.mark.parametrize(
    "settings",
    [
        {"spark.sql.extensions": "none"},
        {"set:hiveconf:spark.sql.runSQLOnFiles": "true"},
        {"set:hivevar:x": "y"},
        {"set:system:user.home": "x"},
        {"hive.server2.proxy.user": "root"},
        {"use:database": "gold"},
        {"use:catalog": "evil"},
    ],
)
def test_settings_in_the_connection_string_are_refused(server: Server, settings: dict[str, str]) -> None:
    with pytest.raises(Error, match=r"not allowed|not shown") as error:
        server.connect(configuration=settings)
    assert error.value.args[0].status.infoMessages is None


def test_settings_with_a_statement_are_refused(server: Server) -> None:
    with server.connect() as connection:
        request = ttypes.TExecuteStatementReq(
            connection.sessionHandle, "select 1", confOverlay={"spark.sql.runSQLOnFiles": "true"}
        )
        answer = connection.client.ExecuteStatement(request)
    assert answer.operationHandle is None
    assert answer.status.errorMessage == "settings with a statement are not allowed: spark.sql.runSQLOnFiles"


def metadata(connection: hive.Connection, name: str, **asked: object) -> list[list[str]]:
    """Rows of a metadata call, which is no statement and passes no parser."""
    request = getattr(ttypes, f"T{name}Req")(connection.sessionHandle, **asked)
    answer = getattr(connection.client, name)(request)
    assert answer.status.statusCode == ttypes.TStatusCode.SUCCESS_STATUS, answer.status
    fetch = ttypes.TFetchResultsReq(answer.operationHandle, ttypes.TFetchOrientation.FETCH_NEXT, 10_000)
    columns = connection.client.FetchResults(fetch).results.columns
    values = [next(part for part in vars(column).values() if part is not None).values for column in columns]
    return [list(row) for row in zip(*values, strict=True)]


@pytest.mark.parametrize("pattern", [None, "", "%", "*", "published", "PUBLISHED", "publ%"])
def test_metadata_calls_show_the_schema_with_columns_and_descriptions(server: Server, pattern: str | None) -> None:
    with server.connect() as connection:
        assert [row[0] for row in metadata(connection, "GetSchemas", schemaName=pattern)] == [HERE]
        tables = metadata(connection, "GetTables", schemaName=pattern, tableName="%")
        assert {row[1] for row in tables} == {HERE}
        assert {"daily_emissions", "top_10_domains", "emissions_metrics"} <= {row[2] for row in tables}
        assert all(row[4] and "{{" not in row[4] for row in tables), tables
        columns = metadata(connection, "GetColumns", schemaName=pattern, tableName="daily_emissions", columnName="%")
    shown = {row[3]: (row[5], row[11]) for row in columns}
    assert shown["total_gco2e"][0] == "DECIMAL(28,10)"
    assert shown["activity_date"][0] == "DATE"
    assert shown["activity_date"][1] == "Day of the ad activity, UTC."
    assert all(comment and "{{" not in comment for _, comment in shown.values()), shown


def test_names_and_descriptions_stand_where_clients_of_hive_look(server: Server) -> None:
    with server.connect() as connection:
        assert [row[0] for row in ask(connection, "show views in published")] == ["emissions_metrics"]
        assert "daily_emissions" in [row[0] for row in ask(connection, "show tables")]
        for table in ("published.daily_emissions", "daily_emissions", "spark_catalog.published.emissions_metrics"):
            columns = {name: (kind, comment) for name, kind, comment in ask(connection, f"describe {table}")}
            assert columns["activity_date"] == ("date", "Day of the ad activity, UTC.")
            assert columns["total_gco2e"][0] == "decimal(28,10)"
            assert all(comment for _, comment in columns.values()), columns


@pytest.mark.parametrize("pattern", ["gold", "default", "global_temp", "silver%", "g_ld", "x|published"])
def test_metadata_calls_show_no_other_schema(server: Server, pattern: str) -> None:
    with server.connect() as connection:
        assert metadata(connection, "GetSchemas", schemaName=pattern) == []
        assert metadata(connection, "GetTables", schemaName=pattern, tableName="%") == []
        assert metadata(connection, "GetColumns", schemaName=pattern, tableName="%", columnName="%") == []


def test_sessions_know_nothing_of_each_other(server: Server) -> None:
    with server.connect() as one, server.connect() as other:
        assert refusal(one, "create temporary view mine as select 1") is not None
        assert refusal(other, "select * from mine") is not None
        assert ask(other, "select current_user()") == [("ada",)]
