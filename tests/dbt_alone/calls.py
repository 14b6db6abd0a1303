"""Calls of dbt as people make them: verbs, selections and flags, and calls that break off on the way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from unittest.mock import patch

from dbt.adapters.spark.session import Cursor
from dbt.cli.main import dbtRunnerResult

from bronze.ledger import recover
from lake import transforms
from lake.format import prepare
from lake.settings import REPOSITORY
from tests.conftest import TestLake

LAYERS = ["path:../silver", "path:../gold"]
MODELS = sorted(
    model.stem
    for folder in ("silver/cleaned", "silver/accounts", "gold/marts", "gold/reports")
    for model in (REPOSITORY / folder).glob("*.sql")
)


def dbt(lake: TestLake, *words: str) -> dbtRunnerResult:
    """What `scripts/dbt WORDS` gives, without its process: the same preparation, then dbt in the session."""
    prepare(lake.spark, lake.settings.lake_path)
    recover(lake.spark, lake.settings.lake_path)
    return transforms.invoke(lake.spark, lake.settings, ["--log-level", "none", *words])


def a_call(random: Random) -> list[str]:
    """The words of one call."""
    verb = random.choice(["run"] * 4 + ["build"] * 2 + ["seed"])
    flags = ["--full-refresh"] if random.random() < 0.4 else []
    if verb == "seed":
        return [verb, *flags]
    words = [verb, *flags]
    if verb == "build":
        words += ["--exclude-resource-type", "unit_test"]
    if random.random() < 0.9:
        words += ["--select", *(_selection(random) for _ in range(random.choice([1, 1, 2])))]
    if random.random() < 0.25:
        words += ["--exclude", _selection(random)]
    return words


def _selection(random: Random) -> str:
    if random.random() < 0.25:
        return random.choice(LAYERS)
    return random.choice(["{}", "{}", "{}", "+{}", "{}+", "1+{}", "@{}"]).format(random.choice(MODELS))


@contextmanager
def breaking_off(statement_count: int | None) -> Iterator[None]:
    """Let dbt's statements fail from one on; all of them pass where None."""
    execute, counted = Cursor.execute, []

    def counting(cursor: Cursor, sql: str, *parameters: object) -> None:
        counted.append(sql)
        if statement_count is not None and len(counted) > statement_count:
            msg = "broken off by a test"
            raise RuntimeError(msg)
        execute(cursor, sql, *parameters)

    with patch.object(Cursor, "execute", counting):
        yield


def messages(result: dbtRunnerResult) -> str:
    """What dbt said of the nodes that failed."""
    nodes: Sequence[object] = getattr(result.result, "results", [])
    return " ".join(str(getattr(node, "message", "")) for node in nodes)
