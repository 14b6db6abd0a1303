"""How commands answer: rows as a table for people, one JSON document for programs, progress on stderr."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from lake.terminal import shortened

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]

_errors = Console(stderr=True)


@contextmanager
def progress(as_json: bool) -> Iterator[Callable[[str], None]]:
    """While the block runs, people see what is being done; the function given tells them."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    hidden = as_json or not _errors.is_terminal
    with Progress(*columns, console=_errors, transient=True, disable=hidden) as shown:
        task = shown.add_task("working", total=None)
        yield lambda text: shown.update(task, description=text)


def print_json(document: Any) -> None:  # noqa: ANN401 - JSON is what it is
    """One JSON document on a line of stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def print_rows(columns: list[str], rows: list[dict[str, Any]]) -> None:
    """Rows under their column names; NULL is empty, arrays and maps are JSON."""
    table = Table(show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(Text(shortened(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[name] is None else _cell(row[name])) for name in columns))
    Console(width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "160"))).print(table)


def print_line(text: str) -> None:
    """A line of stdout as it is, whatever it holds."""
    Console(soft_wrap=True).print(text, highlight=False, markup=False)


def _cell(value: Any) -> str:  # noqa: ANN401 - JSON is what it is
    return shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
