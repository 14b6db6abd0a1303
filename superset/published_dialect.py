"""PyHive's dialect with what that leaves out: descriptions of tables and columns, and dates that are no timestamps."""

from typing import Any

from pyhive.sqlalchemy_hive import HiveDialect, HiveTypeCompiler
from sqlalchemy.engine import Connection
from TCLIService import ttypes


class PublishedTypes(HiveTypeCompiler):
    """The names of types as Spark has them."""

    def visit_DATE(self, type_: object, **kw: object) -> str:  # noqa: N802 - SQLAlchemy's own name
        """What a date is called."""
        del type_, kw
        return "DATE"


class PublishedDialect(HiveDialect):
    """The dialect `hive`, with comments."""

    type_compiler = PublishedTypes

    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: object
    ) -> list[dict[str, Any]]:
        """PyHive's columns, each with its comment."""
        comments = {name: comment for name, _, comment in self._get_table_columns(connection, table_name, schema)}
        columns = super().get_columns(connection, table_name, schema, **kw)
        return [{**column, "comment": comments[column["name"]]} for column in columns]

    def get_table_comment(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: object
    ) -> dict[str, str | None]:
        """The table's description under `text`, by a metadata call: no statement that is allowed says it."""
        del kw
        hive = connection.connection.dbapi_connection
        asked = ttypes.TGetTablesReq(hive.sessionHandle, schemaName=schema, tableName=table_name)
        handle = hive.client.GetTables(asked).operationHandle
        fetch = ttypes.TFetchResultsReq(handle, ttypes.TFetchOrientation.FETCH_NEXT, maxRows=1000)
        _, _, names, _, comments, *_ = hive.client.FetchResults(fetch).results.columns
        hive.client.CloseOperation(ttypes.TCloseOperationReq(handle))
        # A name with `_` is a pattern to the server.
        told = dict(zip(names.stringVal.values, comments.stringVal.values, strict=True))
        return {"text": told.get(table_name) or None}
