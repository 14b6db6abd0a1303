"""Run the .sql files of lake/sql and turn rows into plain data."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession

SQL = Path(__file__).parent / "sql"


def query(spark: SparkSession, name: str, **arguments: object) -> DataFrame:
    """The result of `lake/sql/NAME.sql` with its named parameters filled in."""
    return spark.sql((SQL / f"{name}.sql").read_text(encoding="utf-8"), args=arguments)


def view_of_rows(spark: SparkSession, view: str, rows: Sequence[Mapping[str, Any]], schema: str) -> None:
    """Show plain rows as a temporary view; JSON carries them, so that no Python worker has to be started."""
    frame = spark.sql(
        "select inline(from_json(:rows, :schema))",
        args={"rows": json.dumps(rows), "schema": f"array<struct<{_struct_fields(schema)}>>"},
    )
    frame.createOrReplaceTempView(view)


def _struct_fields(schema: str) -> str:
    return re.sub(r"(^|, )(\w+) ", r"\1\2: ", schema)


def to_json(value: Any) -> Any:  # noqa: ANN401 - JSON is what it is
    """A value as JSON holds it: decimals as strings, dates in ISO 8601, NaN and infinity as null."""
    match value:
        case Decimal():
            return format(value, "f")
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return value.replace(tzinfo=value.tzinfo or UTC).isoformat()
        case date():
            return value.isoformat()
        case Row():
            return {key: to_json(item) for key, item in value.asDict().items()}
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case list() | tuple():
            return [to_json(item) for item in value]
        case bytes() | bytearray():
            return value.hex()
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)
