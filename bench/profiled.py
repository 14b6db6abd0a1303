"""A run whose statements are timed, to see where its seconds go; PySpark's doors are wrapped, no hook in the product.

`python -m bench.profiled FOLDER...` in the environment of a built lake: for each folder its files are landed and the
lake is run in one session, so the first run is cold and the later ones warmer. A JSON array of the runs goes to stdout.
"""

import json
import os
import re
import shutil
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrameWriterV2, SparkSession
from pyspark.sql.classic.dataframe import DataFrame

from bench.lakes import REST_SECONDS
from lake import jvm
from lake.lock import writing
from lake.runs import Steps, new_run_id, run
from lake.session import open_session
from lake.settings import Settings

Interval = tuple[float, float, str]

COMMENT = re.compile(r"^\s*--[^\n]*$|/\*.*?\*/", re.MULTILINE | re.DOTALL)
# The first that matches names a statement; a group in it is the table.
KINDS = (
    (r"from lake_commits\(", "places: the newest commits of tables"),
    (r"^(show|set|use) ", "dbt's look around"),
    (r"^select\s+count\(\*\) as failures", "data tests"),
    (
        r"^(?:cache(?: lazy)? table|create or replace temporary view) (judged_records|contested_keys)_[0-9a-f]{32}\b",
        "{}, kept for all that ask",
    ),
    (r"^(?:insert|merge|update|delete|alter)\b[^(;]*?\b((?:bronze|silver|gold|audit)\.\w+)", "{}"),
    (r"^create\b(?:(?! if not exists).)*?\b((?:bronze|silver|gold|audit)\.\w+)", "{}"),
    (r"\b(\w+)__dbt_tmp\b", "{}"),
)
OTHER = "questions of Python and dbt"
RULES = "org.apache.spark.sql.catalyst.rules.RuleExecutor$"
COSTLIEST = 8


class Clock:
    """The statements of one run: when each began and ended, and what it was."""

    def __init__(self) -> None:
        self.intervals: list[Interval] = []
        self._depth = threading.local()

    def wrap(self, owner: Any, name: str, text_of: Callable[[Any], str]) -> None:  # noqa: ANN401 - any class
        """Time a method; what it calls itself of the wrapped is its own time."""
        original = getattr(owner, name)

        def timed(instance: Any, *words: Any, **options: Any) -> Any:  # noqa: ANN401
            depth = getattr(self._depth, "now", 0)
            self._depth.now = depth + 1
            began = time.perf_counter()
            try:
                return original(instance, *words, **options)
            finally:
                self._depth.now = depth
                if not depth:
                    self._depth.statement = text_of(words[0] if words else "")
                    self.intervals.append((began, time.perf_counter(), self._depth.statement))

        setattr(owner, name, timed)

    def last_statement(self, _: object) -> str:
        """The statement of this thread whose rows are fetched now: questions are asked first and answered then."""
        return str(getattr(self._depth, "statement", ""))


def kind_of(statement: str) -> str:
    """What a statement is for: a table's name, or a kind that is not one table's."""
    plain = COMMENT.sub("", statement).strip()
    for pattern, name in KINDS:
        found = re.search(pattern, plain, re.IGNORECASE | re.DOTALL)
        if found:
            return name.format(*found.groups())
    return OTHER


def covered(intervals: Sequence[Interval]) -> float:
    """The seconds in which at least one of them was under way."""
    total, end = 0.0, float("-inf")
    for began, ended, _ in sorted(intervals):
        total += max(0.0, ended - max(began, end))
        end = max(end, ended)
    return total


def profiled(spark: SparkSession, settings: Settings, clock: Clock) -> dict[str, Any]:
    """Run the lake once: wall seconds, seconds and number of statements by kind, and what Java did meanwhile."""
    clock.intervals.clear()
    before = _java(spark)
    _rules(spark).resetMetrics()
    began = time.perf_counter()
    with writing(settings.lake_path, "bench"):
        run(spark, settings, new_run_id(), Steps())
    wall = time.perf_counter() - began
    after = _java(spark)
    kinds: defaultdict[str, list[float]] = defaultdict(list)
    for started, ended, statement in clock.intervals:
        kinds[kind_of(statement)].append(ended - started)
    return {
        "wall_seconds": wall,
        "outside_statements_seconds": wall - covered(clock.intervals),
        "statements": {name: [len(each), sum(each)] for name, each in kinds.items()},
        "java": {name: after[name] - before[name] for name in after},
        "rules": _costliest(str(_rules(spark).dumpTimeSpent())),
    }


def main() -> None:
    """Land and run, folder after folder."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        clock = Clock()
        clock.wrap(SparkSession, "sql", str)
        clock.wrap(DataFrame, "collect", clock.last_statement)
        clock.wrap(DataFrame, "toArrow", clock.last_statement)
        # The one table that no statement writes.
        clock.wrap(DataFrameWriterV2, "append", lambda _: "insert into bronze.emissions")
        settings = Settings()
        spark = open_session(settings)
        start_seconds = time.time() - _started_at()
        runs = []
        for folder in map(Path, sys.argv[1:]):
            target = Path(settings.landing_uri) / folder.name
            target.mkdir(parents=True)
            for file in sorted(folder.glob("*")):
                shutil.copyfile(file, target / file.name)
            time.sleep(REST_SECONDS)
            runs.append(profiled(spark, settings, clock))
        runs[0]["start_seconds"] = start_seconds
        json.dump(runs, answers)
    jvm.finish()


def _started_at() -> float:
    """When this process was started, as a time of the clock."""
    ticks = float(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text(encoding="utf-8").split()[0])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def _rules(spark: SparkSession) -> Any:  # noqa: ANN401 - a Scala object
    return getattr(getattr(spark._jvm, RULES), "MODULE$")


def _java(spark: SparkSession) -> dict[str, float]:
    """Seconds of CPU so far: of all threads, of the compilers' and of the garbage collector's."""
    java = spark._jvm
    if java is None:
        raise AssertionError
    process = Path("/proc") / str(java.java.lang.ProcessHandle.current().pid())
    threads = [_cpu(stat) for stat in process.glob("task/*/stat")]
    return {
        "all threads": _cpu(process / "stat")[1],
        "compilers": sum(seconds for name, seconds in threads if "Compiler" in name),
        "garbage collection": sum(seconds for name, seconds in threads if name.startswith(("GC Thread", "VM Thread"))),
    }


def _cpu(stat: Path) -> tuple[str, float]:
    """Name and CPU seconds so far of a process or thread, as the kernel gives them; none of one that has ended."""
    try:
        text = stat.read_text(encoding="utf-8")
    except OSError:
        return "", 0.0
    name, _, fields = text.partition("(")[2].rpartition(") ")
    return name, sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")


def _costliest(dump: str) -> dict[str, float]:
    """The costliest rules of Spark's analyzer and optimizer, in seconds, from its own table of nanoseconds."""
    rows = re.findall(r"^(\S+)\s+\d+ / (\d+)\s", dump, re.MULTILINE)
    seconds = {name.rpartition(".")[2].strip("$"): int(spent) / 1e9 for name, spent in rows}
    total = {"all rules": sum(seconds.values())}
    return total | dict(sorted(seconds.items(), key=lambda item: -item[1])[:COSTLIEST])


if __name__ == "__main__":
    main()
