"""Questions to the lake: ad hoc SQL and the runs, as it is or as a run left it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import sqlparse
from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import DataFrame, SparkSession

from lake.as_of import looking_back, open_as_of, readable_runs
from lake.errors import LakeError, UsageError
from lake.lock import writing
from lake.published import current, show
from lake.queries import to_json
from lake.session import open_session
from lake.settings import Settings
from lake.tables import RUNS, list_tables

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


def answers(settings: Settings, statements: list[str], as_of: str | None = None) -> list[Answer]:
    """The answers to several statements in one session, of the lake as it is or as a run left it.

    Raises:
        UsageError: a statement is no SQL, or names what is not there; `as_of` names no run, or one writes.
        LakeError: a statement failed while it ran, or what the run left is gone.
        LakeBusyError: a statement writes, and another run holds the lake.
    """
    if as_of is not None:
        if not all(map(only_reads, statements)):
            msg = "with --as-of the lake can only be read: leave out statements that write"
            raise UsageError(msg)
        spark, run = open_as_of(settings, as_of)
        with _named_errors(), looking_back(spark, settings, run):
            return [_answer(spark, statement) for statement in statements]
    lock = nullcontext() if all(map(only_reads, statements)) else writing(settings.lake_path, "lake sql")
    with lock:
        spark = open_session(settings)
        show(spark, settings.lake_path)
        with _named_errors():
            return [_answer(spark, statement) for statement in statements]


def only_reads(statement: str) -> bool:
    """Whether a statement surely changes nothing, by its first word; anything else takes the lake's lock."""
    text = sqlparse.format(statement, strip_comments=True).strip().lstrip("( ").lower()
    first = next(iter(re.findall(r"^[a-z]+", text)), "")
    return first in READING_WORDS or (first == "with" and not WRITING_WORD.search(text))


def run_list(settings: Settings) -> list[dict[str, Any]]:
    """The rows of audit.runs, newest first, with whether they can be read as of and whether readers see them.

    None before the first run.
    """
    if RUNS not in list_tables(settings.lake_path):
        return []
    publication = current(settings.lake_path)
    seen = publication.run_id if publication is not None else None
    rows: list[dict[str, Any]] = to_json(readable_runs(open_session(settings), settings))
    return [{**row, "published": row["run_id"] == seen} for row in rows]


def _answer(spark: SparkSession, statement: str) -> Answer:
    frame = spark.sql(statement)
    return Answer(frame.columns, _rows(frame))


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except (ParseException, AnalysisException) as error:
        raise UsageError(_first_line(error)) from error
    except PySparkException as error:
        raise LakeError(_first_line(error)) from error


def _rows(frame: DataFrame) -> list[dict[str, Any]]:
    return [{name: to_json(row[place]) for place, name in enumerate(frame.columns)} for row in frame.collect()]


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
