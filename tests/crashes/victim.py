"""`python -m tests.crashes.victim TRIGGER lake|dbt WORD...`: the real command line, and SIGKILL at a chosen moment.

The means stand here alone: pyspark's own doors are wrapped and the lake's folder is watched, the product knows nothing.
The process must lead a process group of its own, which dies with it.
"""

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from pyspark.sql import DataFrameWriterV2, SparkSession

from lake.settings import Settings
from lake.storage import LakePath, S3Path
from tests.crashes.trigger import Moment, Trigger

# `create table if not exists` opens tables far more often than it makes one; where it does, the commit is watched for.
WRITING = r"^(?!create table if not exists)(create|insert|merge|update|alter|delete)\b[^(;]*?\b{table}\b"
COMMENT = re.compile(r"^\s*--[^\n]*$|/\*.*?\*/", re.MULTILINE | re.DOTALL)
# One array larger than the heap that victims are given (tests/crashes/processes.py).
MORE_THAN_THE_HEAP = "select length(repeat('x', 1900000000))"
# Between a data file and its commit lie milliseconds.
SECONDS_BETWEEN_LOOKS = 0.0005


def main() -> None:
    """Arm the trigger and hand over."""
    trigger = Trigger.from_json(sys.argv[1])
    program, words = sys.argv[2], sys.argv[3:]
    arm(trigger)
    sys.argv = [program, *words]
    if program == "dbt":
        from lake.dbt_cli import main as run
    else:
        from lake.cli import main as run
    run()


def arm(trigger: Trigger) -> None:
    """Let this process die when the moment comes."""
    lake = Settings().lake_path
    match trigger.moment:
        case Moment.BEFORE | Moment.AFTER | Moment.MEMORY:
            _wrap_statements(_writes_to(trigger.table), trigger)
        case Moment.RANDOM:
            _wrap_statements(_after(trigger.statements), trigger)
        case Moment.PLACE | Moment.PLACED:
            _wrap_placing(Path, "replace", trigger)
        case Moment.STAGED:
            _watch(lake / "bronze" / "_staging", re.compile(r"\d+\.txt"), trigger)
        case Moment.DATA:
            _watch(lake.joinpath(*trigger.table.split(".")), re.compile(r"[^.].*\.(parquet|bin)"), trigger)
        case Moment.COMMIT:
            folder = lake.joinpath(*trigger.table.split("."), "_delta_log")
            _watch(folder, re.compile(r"\d{20}\.json"), trigger)
        case Moment.WRITTEN:
            # What never changes gets its name by a link, on a local disk.
            _wrap_placing(os, "link", trigger)
        case Moment.MADE:
            _watch(lake / trigger.table, re.compile(r"[^.].*\.json"), trigger)


def die(trigger: Trigger) -> NoReturn:
    """Kill the whole process group; or Python alone, while Java cannot move."""
    if trigger.python_alone:
        for listing in Path("/proc/self/task").glob("*/children"):
            for child in listing.read_text().split():
                os.kill(int(child), signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)
    raise SystemExit


def _wrap_statements(is_it: Callable[[str], bool], trigger: Trigger) -> None:
    """Die around the first statement that `is_it` accepts; rows appended to a table count as an insert."""

    def wrapped(original: Callable[..., Any], text_of: Callable[..., str]) -> Callable[..., Any]:
        def call(self: Any, *words: Any, **options: Any) -> Any:
            is_chosen = is_it(text_of(*words))
            if is_chosen and trigger.moment == Moment.BEFORE:
                die(trigger)
            if is_chosen and trigger.moment == Moment.MEMORY:
                original(self, MORE_THAN_THE_HEAP).collect()
            if is_chosen and trigger.moment == Moment.RANDOM:
                threading.Timer(trigger.milliseconds / 1000, die, [trigger]).start()
            result = original(self, *words, **options)
            if is_chosen and trigger.moment == Moment.AFTER:
                die(trigger)
            return result

        return call

    SparkSession.sql = wrapped(SparkSession.sql, lambda statement, *_: str(statement))  # type: ignore[method-assign]
    # The one table that no statement writes.
    append = wrapped(DataFrameWriterV2.append, lambda: "insert into bronze.emissions")
    DataFrameWriterV2.append = append  # type: ignore[method-assign]


def _writes_to(table: str) -> Callable[[str], bool]:
    pattern = re.compile(WRITING.format(table=re.escape(table)), re.IGNORECASE | re.DOTALL)
    return lambda statement: pattern.search(COMMENT.sub("", statement).strip()) is not None


def _after(statements: int) -> Callable[[str], bool]:
    left = statements

    def is_it(_: str) -> bool:
        nonlocal left
        left -= 1
        return left == 0

    return is_it


def _wrap_placing(owner: object, name: str, trigger: Trigger) -> None:
    """Die where a file gets its name by this function: before it does, or after."""
    original = getattr(owner, name)

    def place(source: Path, target: Path) -> None:
        is_chosen = trigger.table in ("", target.parent.name)
        if is_chosen and trigger.moment in (Moment.PLACE, Moment.WRITTEN):
            die(trigger)
        original(source, target)
        if is_chosen:
            die(trigger)

    setattr(owner, name, place)


def _watch(folder: LakePath, name: re.Pattern[str], trigger: Trigger) -> None:
    """Die when a new file of such a name is there."""

    def names() -> set[str]:
        try:
            return {entry for entry in _listed(folder) if name.fullmatch(entry)}
        except FileNotFoundError:
            return set()

    before = names()

    def watch() -> None:
        while not names() - before:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        die(trigger)

    threading.Thread(target=watch, daemon=True).start()


def _listed(folder: LakePath) -> list[str]:
    if isinstance(folder, S3Path):
        return [entry.name for entry in folder.iterdir()]
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


if __name__ == "__main__":
    main()
