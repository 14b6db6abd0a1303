"""Digests of what tables hold, that do not depend on the order of rows, on files or on their number.

A row's digest is the SHA-256 of its columns in the order of their names, each with its length, so that no two
different rows are one text. The digest of a table is the SHA-256 over the sorted digests of its rows, taken in two
steps: rows are put into 4,096 buckets by the first three hex digits of their digests, each bucket's sorted digests are
hashed, then the sorted buckets. Equal rows count as often as they occur. Whoever finds other rows of the same digest
has found a collision of SHA-256. An exclusive or of the rows' digests would not do, since pairs of equal rows cancel
and fitting rows can be solved for; nor would a sum, for which they are found with far less work than a collision takes
(Wagner, "A Generalized Birthday Problem", 2002).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, DataType, DoubleType, MapType, StructField, StructType

from lake.queries import query

GRAMS = "total_gco2e"


@dataclass(frozen=True)
class Content:
    """What a table holds: rows, their digest as hex digits, and grams CO2e where it has a column of totals."""

    row_count: int
    digest: str
    total_gco2e: Decimal | None


def contents(spark: SparkSession, tables: Mapping[str, DataFrame]) -> dict[str, Content]:
    """The content of each table under its name, all in one query; a table without rows has a digest too."""
    found = _asked(spark, {name: ("", frame) for name, frame in tables.items()})
    return {name: found.get(name) or _empty(frame) for name, frame in tables.items()}


def contents_by(spark: SparkSession, rows: DataFrame, column: str) -> dict[str, Content]:
    """The content of each part of a table by the text of a column; parts are those that have rows."""
    return _asked(spark, {"": (f"cast({column} as string)", rows)})


def _asked(spark: SparkSession, tables: Mapping[str, tuple[str, DataFrame]]) -> dict[str, Content]:
    parts = [
        frame.selectExpr(
            f"{part or _literal(name)} as part",
            f"{row_digest(frame.schema)} as row_digest",
            f"cast({GRAMS if GRAMS in frame.columns else 'null'} as decimal(28, 10)) as {GRAMS}",
        )
        for name, (part, frame) in tables.items()
    ]
    reduce(DataFrame.union, parts).createOrReplaceTempView("row_digests")
    rows = query(spark, "content_digests").collect()
    return {row.part: Content(row.row_count, row.digest, row.total_gco2e) for row in rows}


def row_digest(schema: StructType) -> str:
    """The SQL expression for the digest of a row."""
    cells = ", ".join(_cell(field) for field in sorted(schema, key=lambda field: field.name))
    return f"sha2(concat({cells}), 256)"


def _cell(field: StructField) -> str:
    text = _text(f"`{field.name}`", field.dataType)
    return f"'{field.name}', coalesce(concat('=', length({text}), ':', {text}), '-')"


def _text(column: str, kind: DataType) -> str:
    match kind:
        case DoubleType():
            # The exact bits: other texts of a double differ between versions of Java.
            return f"if({column} is null, null, format_string('%a', {column}))"
        case MapType():
            return f"to_json(array_sort(map_entries({column})))"
        case ArrayType():
            return f"to_json({column})"
        case _:
            return f"cast({column} as string)"


def _literal(name: str) -> str:
    return f"'{name}'"


def _empty(frame: DataFrame) -> Content:
    # SHA-256 of nothing.
    return Content(
        0,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        Decimal(0).quantize(Decimal("1e-10")) if GRAMS in frame.columns else None,
    )
