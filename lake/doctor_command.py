"""`lake doctor`: what stands in the way of the other commands."""

import typer
from rich.console import Console
from rich.text import Text

from lake.output import Json, print_json
from lake.settings import Settings
from lake.terminal import printable

MARKS = {"ok": ("ok  ", "green"), "warning": ("warn", "yellow"), "failure": ("fix ", "red")}


def doctor(as_json: Json = False) -> None:
    """Check machine, settings and storage, and say what to fix; exit 1 when something must be.

    A warning says what may go wrong later; exit 0.

    Example: lake doctor
    """
    from lake.doctor import examine

    findings = examine(Settings())
    if as_json:
        print_json(
            [{"check": item.check, "ok": item.ok, "status": item.status, "message": item.message} for item in findings]
        )
    else:
        for item in findings:
            mark, colour = MARKS[item.status]
            Console(soft_wrap=True).print(Text.assemble((mark, colour), f" {item.check}: {printable(item.message)}"))
    if not all(item.ok for item in findings):
        raise typer.Exit(1)
