"""Questions to the lake: ad hoc SQL, the runs, the quarantine."""

import re
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import sqlparse
from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import DataFrame, SparkSession

from lake.errors import LakeError, UsageError
from lake.lock import writing
from lake.queries import query, to_json
from lake.session import open_session
from lake.settings import Settings
from lake.tables import list_tables

READING_WORDS = {"select", "values", "table", "show", "describe", "desc", "explain"}
WRITING_WORD = re.compile(r"\b(insert|merge|update|delete)\b")


@dataclass(frozen=True)
class Answer:
    """The rows of one statement as JSON has them, under their column names."""

    columns: list[str]
    rows: list[dict[str, Any]]


def split_statements(text: str) -> list[str]:
    """The statements of a text, cut at semicolons outside quotes and comments."""
    return [
        statement.strip().removesuffix(";").strip()
        for statement in sqlparse.split(text)
        if sqlparse.format(statement, strip_comments=True).strip().strip(";").strip()
    ]


def answers(settings: Settings, statements: list[str]) -> list[Answer]:
    """The answers to several statements in one session.

    Raises:
        UsageError: a statement is no SQL, or names what is not there.
        LakeError: a statement failed while it ran.
        LakeBusyError: a statement writes, and another run holds the lake.
    """
    lock = nullcontext() if all(map(only_reads, statements)) else writing(settings.lake_path, "lake sql")
    with lock:
        spark = open_session(settings)
        return [_answer(spark, statement) for statement in statements]


def only_reads(statement: str) -> bool:
    """Whether a statement surely changes nothing, by its first word; anything else takes the lake's lock."""
    text = sqlparse.format(statement, strip_comments=True).strip().lstrip("( ").lower()
    first = next(iter(re.findall(r"^[a-z]+", text)), "")
    return first in READING_WORDS or (first == "with" and not WRITING_WORD.search(text))


def run_list(settings: Settings) -> list[dict[str, Any]]:
    """The rows of audit.runs, newest first; none before the first run."""
    return _if_built(settings, "audit.runs", lambda spark: query(spark, "runs"))


def quarantine_rows(settings: Settings, reason: str | None, path: str | None, limit: int) -> list[dict[str, Any]]:
    """Refused rows with their reasons and delivered values, at most `limit`; none before the first run."""
    return _if_built(
        settings,
        "silver.quarantine",
        lambda spark: query(spark, "quarantine", reason=reason, path=path, row_limit=limit),
    )


def _if_built(settings: Settings, table: str, ask: "Any") -> list[dict[str, Any]]:  # noqa: ANN401
    if table not in list_tables(settings.lake_path):
        return []
    return _rows(ask(open_session(settings)))


def _answer(spark: SparkSession, statement: str) -> Answer:
    try:
        frame = spark.sql(statement)
        return Answer(frame.columns, _rows(frame))
    except (ParseException, AnalysisException) as error:
        raise UsageError(_first_line(error)) from error
    except PySparkException as error:
        raise LakeError(_first_line(error)) from error


def _rows(frame: DataFrame) -> list[dict[str, Any]]:
    return [{name: to_json(row[place]) for place, name in enumerate(frame.columns)} for row in frame.collect()]


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
