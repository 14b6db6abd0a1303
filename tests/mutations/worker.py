"""One long-lived process in the copied tree: each line that it reads is a list of pytest arguments to run.

The product's and the tests' modules are imported anew each time, Spark is started once.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest


class Failures:
    """A pytest plugin that keeps what failed, and where and how."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []
        self.passed_count = 0

    def pytest_exception_interact(
        self, node: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport
    ) -> None:
        """Keep a failure of a test or of the import of a module with tests."""
        assert call.excinfo is not None
        error: BaseException = call.excinfo.value
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        when = getattr(report, "when", None) or "collect"
        self.found.append({"test": node.nodeid, "when": when, "error": type(error).__name__, "message": str(error)})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what passed."""
        self.passed_count += report.when == "call" and report.passed


def main() -> None:
    """Serve until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    root = Path.cwd()
    for line in sys.stdin:
        forget_modules(root)
        failures = Failures()
        code = pytest.main([*json.loads(line), "--whole", "-n0", "-p", "no:cacheprovider"], plugins=[failures])
        clear_session()
        from lake.settings import REPOSITORY

        answer = {
            "failures": failures.found,
            "passed": failures.passed_count,
            "code": int(code),
            "tree": str(REPOSITORY),
        }
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()


def forget_modules(root: Path) -> None:
    """Let the next import of a module of the tree read its file."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and Path(file).is_relative_to(root) and ".venv" not in Path(file).parts:
            del sys.modules[name]
    for name in ("tests", "lake", "bronze"):
        sys.modules.pop(name, None)


def clear_session() -> None:
    """Forget tables and cached rows that a failed test left in the session."""
    from pyspark.sql import SparkSession

    spark = SparkSession.getActiveSession()
    if spark is None:
        return
    spark.catalog.clearCache()
    for schema in ("bronze", "silver", "gold", "audit"):
        spark.sql(f"drop schema if exists {schema} cascade")
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


if __name__ == "__main__":
    main()
