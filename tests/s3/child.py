"""A process with a Spark session of its own, told by lines of JSON on stdin what to do, answering so on stdout."""

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from lake import published
from lake.causes import explained
from lake.lock import writing
from lake.queries import to_json
from lake.runs import Steps, new_run_id, run
from lake.session import open_session
from lake.settings import Settings

lock = ExitStack()


def sql(text: str) -> list[list[Any]]:
    """The rows of a statement."""
    return [[to_json(value) for value in row] for row in open_session.spark.sql(text).collect()]  # type: ignore[attr-defined]


def take() -> None:
    """Take the lake for writing, as every writing command does first."""
    lock.enter_context(writing(Settings().lake_path, "a test"))
    open_session(Settings())


def give_back() -> None:
    """Give the lake back."""
    lock.close()
    open_session(Settings())


def run_lake(**steps: Any) -> dict[str, Any]:
    """What `lake run` does, without its process; the caller has taken the lake."""
    report = run(open_session(Settings()), Settings(), new_run_id(), Steps(**steps))
    return {
        "deliveries": [delivery.path for delivery in report.ingested.deliveries],
        "unchanged": report.ingested.unchanged_count,
        "conservation": to_json(report.conservation),
    }


def show() -> None:
    """Register what readers see, as every reading command does."""
    published.show(open_session(Settings()), Settings().lake_path)


DOES: dict[str, Callable[..., Any]] = {"show": show, "sql": sql, "take": take, "give_back": give_back, "run": run_lake}


def main() -> None:
    """Answer until stdin ends."""
    answers = sys.stdout
    sys.stdout = sys.stderr
    open_session.spark = open_session(Settings())  # type: ignore[attr-defined]
    answers.write("{}\n")
    answers.flush()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"answer": DOES[request.pop("do")](**request)}
        except Exception as error:
            answer = {
                "error": explained(error),
                "text": f"{error} {error.__cause__ or ''}",
                "kind": type(error).__name__,
            }
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
