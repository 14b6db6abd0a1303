"""The `lake` command: its verbs, options and exit codes."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from lake import jvm
from lake.causes import explained
from lake.errors import LakeError, UsageError
from lake.generate_command import generate
from lake.settings import Settings
from lake.stopping import StoppedError, stop_on_signals
from lake.terminal import printable, shortened

app = typer.Typer(
    name="lake",
    help="Advertising emissions, from delivered CSV to audited gold tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
STRICT_EXIT_CODE = 4

Layer = Literal["silver", "gold"]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
RunId = Annotated[str | None, typer.Option("--run-id", help="Identity of the run, for orchestrators.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 4 when this run refused something or took rows back.")]
FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", help="Rebuild silver and gold from bronze and the ledger.")
]

_errors = Console(stderr=True)


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback with an error.")] = False,
) -> None:
    """Advertising emissions, from delivered CSV to audited gold tables."""


app.command()(generate)


@app.command()
def land(
    files: Annotated[list[Path], typer.Argument(help="The files to deliver.")],
    as_path: Annotated[str | None, typer.Option("--as", help="The landing path, for one file.")] = None,
    as_json: Json = False,
) -> None:
    """Put files into the landing area, whole or not at all.

    Example: lake land july.csv --as cnn/july.csv
    """
    from bronze.landing import land as put

    paths = put(files, Settings().landing_path, as_path)
    _answer(as_json, [{"path": path} for path in paths], "\n".join(f"landed {printable(path)}" for path in paths))


@app.command()
def run(full_refresh: FullRefresh = False, strict: Strict = False, run_id: RunId = None, as_json: Json = False) -> None:
    """Landing to bronze, silver and gold, with every test; records the run."""
    _run(run_id, as_json=as_json, strict=strict, purpose="lake run", full_refresh=full_refresh)


@app.command()
def build(
    layer: Annotated[Layer | None, typer.Option(help="Only this layer.")] = None,
    full_refresh: FullRefresh = False,
    strict: Strict = False,
    run_id: RunId = None,
    as_json: Json = False,
) -> None:
    """Bronze to silver and gold, with every test; records the run."""
    _run(
        run_id,
        as_json=as_json,
        strict=strict,
        purpose="lake build",
        ingest=False,
        layer=layer,
        full_refresh=full_refresh,
    )


@app.command()
def ingest(run_id: RunId = None, strict: Strict = False, as_json: Json = False) -> None:
    """Landing to bronze and the delivery ledger."""
    from bronze.ingest import ingest as load
    from lake.format import prepare
    from lake.lock import writing
    from lake.runs import RunReport, new_run_id
    from lake.session import open_session
    from lake.summary import as_document, print_deliveries, something_refused

    settings = Settings()
    run_id = run_id or new_run_id()
    with writing(settings.lake_path, "lake ingest"), _progress(as_json) as say:
        from datetime import UTC, datetime

        report = RunReport(run_id, datetime.now(UTC))
        spark = open_session(settings)
        prepare(spark, settings.lake_path)
        report.ingested = load(spark, settings.landing_path, settings.lake_path, run_id, say)
    if as_json:
        document = as_document(report)
        of_runs = ("conservation", "quarantined_by_reason", "maintenance_due")
        _print_json({key: document[key] for key in document if key not in of_runs})
    else:
        print_deliveries(Console(soft_wrap=True), report)
    if strict and something_refused(report):
        raise typer.Exit(STRICT_EXIT_CODE)


@app.command()
def sql(
    queries: Annotated[list[str] | None, typer.Argument(help="SQL, one or several statements.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="A file of SQL statements.")] = None,
    as_json: Json = False,
) -> None:
    """Ask the lake.

    Example: lake sql "select * from gold.top_10_domains"
    """
    from lake.ask import answers, split_statements

    texts = list(queries or [])
    if file is not None:
        try:
            texts.append(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            msg = f"cannot read {file}: {error}"
            raise UsageError(msg) from error
    statements = [statement for text in texts for statement in split_statements(text)]
    if not statements:
        msg = "give a query or --file"
        raise UsageError(msg)
    results = answers(Settings(), statements)
    if as_json:
        documents = [result.rows for result in results]
        _print_json(documents[0] if len(documents) == 1 else documents)
        return
    for result in results:
        _print_rows(result.columns, result.rows)


@app.command()
def runs(as_json: Json = False) -> None:
    """The runs, newest first."""
    from lake.ask import run_list

    rows = run_list(Settings())
    if as_json:
        _print_json(rows)
        return
    shown = [
        {
            **{name: row[name] for name in ("run_id", "started_at", "finished_at", "status")},
            "deliveries": len(row["deliveries"] or []),
            "silver_rows": (row["counts"] or {}).get("silver_rows"),
            "reason": row["reason"] or "",
        }
        for row in rows
    ]
    columns = ["run_id", "started_at", "finished_at", "status", "deliveries", "silver_rows", "reason"]
    _print_rows(columns, shown)


quarantine = typer.Typer(help="What was refused and why.", no_args_is_help=True)
app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
def quarantine_list(
    reason: Annotated[str | None, typer.Option(help="Only rows refused for this reason.")] = None,
    delivery: Annotated[str | None, typer.Option(help="Only rows of this delivery path.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 1_000,
    as_json: Json = False,
) -> None:
    """The refused rows of current deliveries."""
    from lake.ask import quarantine_rows

    rows = quarantine_rows(Settings(), reason, delivery, limit)
    if as_json:
        _print_json(rows)
    else:
        columns = ["path", "record_number", "reasons", "date", "domain", "country", "totalEmissions"]
        _print_rows(columns, [{name: row[name] for name in columns} for row in rows])


@app.command()
def withdraw(
    path: Annotated[str, typer.Argument(help="The landing path of the delivery.")],
    undo: Annotated[bool, typer.Option("--undo", help="Make the withdrawn version current again.")] = False,
    as_json: Json = False,
) -> None:
    """Take a delivery back; the next run or build takes its rows out."""
    from bronze.ledger import recover, undo_withdrawal
    from bronze.ledger import withdraw as take_back
    from lake.format import prepare
    from lake.lock import writing
    from lake.runs import new_run_id
    from lake.session import open_session

    settings = Settings()
    with writing(settings.lake_path, "lake withdraw"), _progress(as_json):
        spark = open_session(settings)
        prepare(spark, settings.lake_path)
        recover(spark)
        try:
            if undo:
                delivery_id = undo_withdrawal(spark, path, new_run_id())
                changed = delivery_id is not None
            else:
                changed = take_back(spark, path)
        except KeyError:
            msg = f"the ledger holds no accepted delivery {path}. Paths are relative to the landing area."
            raise UsageError(msg) from None
    did = "is current again" if undo else "is withdrawn"
    hint = "; the next run takes it in" if changed else " already"
    _answer(as_json, {"path": path, "changed": changed}, f"{printable(path)} {did}{hint}")


@app.command()
def verify(as_json: Json = False) -> None:
    """Recompute everything from bronze and the ledger and compare; exit 1 when anything differs."""
    from lake.lock import writing
    from lake.verify import verify as recompute

    settings = Settings()
    with writing(settings.lake_path, "lake verify"), _progress(as_json) as say:
        say("recomputing the lake")
        compared = recompute(settings)
    if as_json:
        _print_json([{**asdict(item), "equal": item.is_equal} for item in compared])
    else:
        columns = ["table", "equal", "surplus_rows", "missing_rows", "a_surplus_row", "a_missing_row"]
        shown = [{**asdict(item), "table": item.name, "equal": "yes" if item.is_equal else "NO"} for item in compared]
        _print_rows(columns, shown)
    differing = [item.name for item in compared if not item.is_equal]
    if differing:
        names = ", ".join(differing)
        msg = f"not what bronze and the ledger give: {names}. lake run --full-refresh rebuilds all but bronze."
        raise LakeError(msg)


@app.command()
def maintain(as_json: Json = False) -> None:
    """Merge small files and free what time travel no longer needs; readers may go on meanwhile."""
    from lake.lock import writing
    from lake.maintain import as_document
    from lake.maintain import maintain as tend
    from lake.session import open_session
    from lake.summary import print_maintenance

    settings = Settings()
    with writing(settings.lake_path, "lake maintain"), _progress(as_json) as say:
        say("starting Spark")
        done = tend(open_session(settings), settings, say)
    if as_json:
        _print_json(as_document(done))
    else:
        print_maintenance(Console(soft_wrap=True), done)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check machine, settings and storage, and say what to fix; exit 1 when something must be."""
    from lake.doctor import examine

    findings = examine(Settings())
    if as_json:
        _print_json([{"check": item.check, "ok": item.ok, "message": item.message} for item in findings])
    else:
        for item in findings:
            Console().print(f"{'[green]ok  [/]' if item.ok else '[red]fix [/]'} {item.check}: {escape(item.message)}")
    if not all(item.ok for item in findings):
        raise typer.Exit(1)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error ends in one line on stderr and its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    # A log that cannot be written must not print pages; the command itself meets the cause.
    logging.raiseExceptions = debug
    stop_on_signals("lake")
    try:
        app(arguments)
    except StoppedError as error:
        jvm.end()  # it may just have been on its way
        code = _fail(str(error))
    except LakeError as error:
        if debug:
            raise
        code = _fail(str(error), error.exit_code)
    except Exception as error:
        if debug:
            raise
        code = _fail(f"{explained(error)} (lake --debug ... shows the traceback)")
    sys.exit(code)


def _fail(message: str, code: int = 1) -> int:
    shown = "\n".join(printable(line) for line in message.split("\n"))
    sys.stderr.write(f"lake: {shown}\n")
    return code


def _run(
    run_id: str | None,
    *,
    as_json: bool,
    strict: bool,
    purpose: str,
    ingest: bool = True,
    layer: str | None = None,
    full_refresh: bool = False,
) -> None:
    from lake.lock import writing
    from lake.runs import Steps, new_run_id
    from lake.runs import run as run_lake
    from lake.session import open_session
    from lake.summary import as_document, print_run, something_refused

    settings = Settings()
    with writing(settings.lake_path, purpose), _progress(as_json) as say:
        say("starting Spark")
        spark = open_session(settings)
        steps = Steps(ingest=ingest, layer=layer, full_refresh=full_refresh, on_step=say)
        report = run_lake(spark, settings, run_id or new_run_id(), steps)
    if as_json:
        _print_json(as_document(report))
    else:
        print_run(Console(soft_wrap=True), report)
    if strict and something_refused(report):
        raise typer.Exit(STRICT_EXIT_CODE)


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    hidden = as_json or not _errors.is_terminal
    with Progress(*columns, console=_errors, transient=True, disable=hidden) as progress:
        task = progress.add_task("working", total=None)
        yield lambda text: progress.update(task, description=text)


def _answer(as_json: bool, document: Any, text: str) -> None:  # noqa: ANN401 - JSON is what it is
    if as_json:
        _print_json(document)
    else:
        Console().print(text, highlight=False, markup=False)


def _print_json(document: Any) -> None:  # noqa: ANN401 - JSON is what it is
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def _print_rows(columns: list[str], rows: list[dict[str, Any]]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(Text(shortened(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[name] is None else _cell(row[name])) for name in columns))
    Console(width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "160"))).print(table)


def _cell(value: Any) -> str:  # noqa: ANN401 - JSON is what it is
    return shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
