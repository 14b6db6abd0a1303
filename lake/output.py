"""How commands answer: rows as a table for people, one JSON document for programs, progress on stderr."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from lake.terminal import shortened

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]

# A run's identity has 22 characters.
READABLE_WIDTH = 24
SEPARATOR_WIDTH = 3

_errors = Console(stderr=True)


class Saying:
    """Tells people what is being done, and how far it is."""

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def __call__(self, text: str) -> None:
        """What is being done now."""
        self._shown.update(self._task, description=text)

    def count(self, done: int, total: int | None, unit: str = "") -> None:
        """How many of how many things are done; the first call, and a new unit, start the clock of the rate."""
        task = self._shown.tasks[0]
        if task.total is None or task.fields["unit"] != unit:
            self._shown.reset(self._task, total=total, unit=unit)
        self._shown.update(self._task, completed=done, total=total)

    def above(self, text: str) -> None:
        """A line that stays, on stderr."""
        self._shown.console.print(text, highlight=False, markup=False, soft_wrap=True)


class _Pace(ProgressColumn):
    """How many of how many, how fast, and how long it will take from here; nothing where that is not known."""

    def render(self, task: Task) -> Text:
        if not task.total:
            return Text()
        parts = [f"{int(task.completed):,} of {int(task.total):,}{task.fields['unit']}"]
        if task.speed:
            parts.append(f"{task.speed:,.1f}/s")
        if task.time_remaining:
            parts.append(f"{timedelta(seconds=int(task.time_remaining))} left")
        return Text(", ".join(parts))


@contextmanager
def progress(as_json: bool, doing: str = "working") -> Iterator[Saying]:
    """While the block runs, people see what is being done; what is given tells them."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), _Pace(), TimeElapsedColumn())
    hidden = as_json or not _errors.is_terminal
    with Progress(*columns, console=_errors, transient=True, disable=hidden) as shown:
        yield Saying(shown, shown.add_task(doing, total=None, unit=""))


def print_json(document: Any) -> None:  # noqa: ANN401 - JSON is what it is
    """One JSON document on a line of stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def print_rows(columns: list[str], rows: list[dict[str, Any]]) -> None:
    """Rows under their column names, or each row by itself where a terminal is too narrow for its columns.

    NULL is empty, arrays and maps are JSON.
    """
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else int(os.environ.get("COLUMNS", "160")))
    names = [shortened(column) for column in columns]
    cells = [["" if row[name] is None else _cell(row[name]) for name in columns] for row in rows]
    if is_terminal and _least_width(names, cells) > console.width:
        _print_each(console, names, cells)
        return
    table = Table(show_edge=False, pad_edge=False)
    for name in names:
        table.add_column(Text(name), overflow="fold")
    for row_cells in cells:
        table.add_row(*map(Text, row_cells))
    console.print(table)


def _least_width(names: list[str], cells: list[list[str]]) -> int:
    """The width below which columns would be folded in the middle of a word that people copy, such as a run's id."""
    widest = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    return sum(min(width, READABLE_WIDTH) for width in widest) + SEPARATOR_WIDTH * (len(names) - 1)


def _print_each(console: Console, names: list[str], cells: list[list[str]]) -> None:
    for number, row_cells in enumerate(cells, 1):
        console.print(Rule(Text(f"{number} of {len(cells)}"), align="left"))
        block = Table(show_header=False, show_edge=False, pad_edge=False, box=None)
        block.add_column(style="bold", overflow="fold")
        block.add_column(overflow="fold")
        for name, cell in zip(names, row_cells, strict=True):
            block.add_row(Text(name), Text(cell))
        console.print(block)


def print_line(text: str) -> None:
    """A line of stdout as it is, whatever it holds."""
    Console(soft_wrap=True).print(text, highlight=False, markup=False)


def _cell(value: Any) -> str:  # noqa: ANN401 - JSON is what it is
    return shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
