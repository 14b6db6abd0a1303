"""`lake report`: the figures of a run on one page."""

from pathlib import Path
from typing import Annotated

import typer

from lake.ask_commands import AsOf
from lake.output import Json, print_json, print_line, progress
from lake.settings import Settings


def report(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder to write to; by default _reports in the lake.")
    ] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """One HTML file with plots that opens from disk and needs nothing else: the last run, or the one of --as-of.

    It is report.html, with --as-of report-RUN.html; a file of that name is replaced. A run on a small lake writes
    report.html by itself, on a larger one with LAKE_REPORT=on.

    Example: lake report --out .

    Example: lake report --as-of 2026-11-30
    """
    from lake.report import gather, open_run
    from lake.report_page import render, status, write

    settings = Settings()
    with progress(as_json) as say:
        say("reading the figures")
        spark, run = open_run(settings, as_of)
        found = gather(spark, settings, run)
        say("writing the page")
        name = settings.report_page.name if as_of is None else f"report-{run.run_id}.html"
        file = write(out if out is not None else settings.report_folder, name, render(found)).absolute()
    if as_json:
        size = file.stat().st_size
        print_json({"report": str(file), "size_bytes": size, "run_id": run.run_id, "status": status(found)[0]})
    else:
        print_line(f"{file}: run {run.run_id}, {status(found)[0].lower()}")
