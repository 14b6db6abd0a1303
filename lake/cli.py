"""The `lake` command: its verbs, options and exit codes."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from lake import ask_commands, jvm, watch_commands
from lake.bi_user_commands import bi_user
from lake.causes import explained
from lake.diff_command import diff
from lake.doctor_command import doctor
from lake.errors import LakeError, UsageError
from lake.generate_command import generate
from lake.metastore_command import metastore
from lake.output import Json, print_json, print_line, progress
from lake.publish_command import publish
from lake.quarantine_commands import quarantine
from lake.release_command import release
from lake.report_command import report
from lake.run_command import Asked, run_steps, take_in
from lake.sample_command import sample
from lake.settings import Settings
from lake.stopping import StoppedError, stop_on_signals
from lake.terminal import printable
from lake.verify_command import verify
from lake.why_command import why

app = typer.Typer(
    name="lake",
    help="Advertising emissions, from delivered CSV to audited gold tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Layer = Literal["silver", "gold"]
RunId = Annotated[
    str | None,
    typer.Option("--run-id", help="Identity of the run, which its parts share; one that is whole goes on as ID.2."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 4 when this run refused something or took rows back.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say each step with its time, on stderr; the run's log has it always.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Where another run holds the lake, wait for it to end.")]
FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", help="Rebuild silver and gold from bronze and the ledger.")
]


def _say_version(asked: bool) -> None:
    if asked:
        from lake.code import code_version

        print_line(f"lake {code_version()}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback with an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="The release and its code.")
    ] = False,
) -> None:
    """Advertising emissions, from delivered CSV to audited gold tables.

    Example: lake run

    Example: lake sql "select * from gold.top_10_domains"
    """


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


def run(
    full_refresh: FullRefresh = False,
    strict: Strict = False,
    run_id: RunId = None,
    wait: Wait = False,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Landing to bronze, silver and gold, with every test; records the run.

    Example: lake run --strict
    """
    asked = Asked("lake run", full_refresh=full_refresh, strict=strict, wait=wait, verbose=verbose, as_json=as_json)
    run_steps(run_id, asked)


def build(
    layer: Annotated[Layer | None, typer.Option(help="Only this layer.")] = None,
    full_refresh: FullRefresh = False,
    requalify: Annotated[
        bool,
        typer.Option("--requalify", help="Judge every record anew and say which moved in or out of quarantine."),
    ] = False,
    strict: Strict = False,
    run_id: RunId = None,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Bronze to silver and gold, with every test; records the run.

    Example: lake build --layer silver --run-id nightly-2026-11-30

    Example: lake build --requalify
    """
    if requalify and layer == "gold":
        msg = "--requalify judges records, which --layer gold leaves as they are: omit one of the two"
        raise UsageError(msg)
    asked = Asked(
        "lake build",
        ingest=False,
        layer=layer,
        full_refresh=full_refresh,
        requalify=requalify,
        strict=strict,
        verbose=verbose,
        as_json=as_json,
    )
    run_steps(run_id, asked)


def ingest(run_id: RunId = None, strict: Strict = False, verbose: Verbose = False, as_json: Json = False) -> None:
    """Landing to bronze and the delivery ledger.

    Example: lake ingest --run-id nightly-2026-11-30
    """
    take_in(run_id, Asked("lake ingest", strict=strict, verbose=verbose, as_json=as_json))


def withdraw(
    path: Annotated[str, typer.Argument(help="The landing path of the delivery.")],
    undo: Annotated[bool, typer.Option("--undo", help="Make the withdrawn version current again.")] = False,
    as_json: Json = False,
) -> None:
    """Take a delivery back; the next run or build takes its rows out.

    Example: lake withdraw cnn/july.csv
    """
    from bronze.ledger import recover, undo_withdrawal
    from bronze.ledger import withdraw as take_back
    from lake.format import prepare
    from lake.lock import writing
    from lake.runs import new_run_id
    from lake.session import open_session

    settings = Settings()
    with writing(settings.lake_path, "lake withdraw"), progress(as_json):
        spark = open_session(settings)
        prepare(spark, settings.lake_path)
        recover(spark, settings.lake_path)
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


def maintain(as_json: Json = False) -> None:
    """Merge small files and free what time travel no longer needs; readers may go on meanwhile.

    Example: lake maintain
    """
    from lake.lock import writing
    from lake.maintain import as_document
    from lake.maintain import maintain as tend
    from lake.session import open_session
    from lake.summary import print_maintenance

    settings = Settings()
    with writing(settings.lake_path, "lake maintain"), progress(as_json) as say:

        def on_table(table: str, done: int, total: int) -> None:
            say.count(done, total)
            say(table)

        say("starting Spark")
        done = tend(open_session(settings), settings, on_table)
    if as_json:
        print_json(as_document(done))
    else:
        print_maintenance(Console(soft_wrap=True), done)


# In the order in which they are met; help shows them under these headings.
PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "Every day": (run, land, ask_commands.sql, ask_commands.runs),
    "Parts of a run, for orchestrators": (ingest, build),
    "Look closer": (report, why, diff, verify),
    "Give out figures": (publish, release, sample, metastore),
    "Take back and look after": (withdraw, maintain, doctor),
    "Watch": (watch_commands.monitor, watch_commands.feeds, watch_commands.lineage),
    "Try it out": (generate,),
}
for _panel, _verbs in PANELS.items():
    for _verb in _verbs:
        app.command(rich_help_panel=_panel)(_verb)
app.add_typer(quarantine, name="quarantine", rich_help_panel="Look closer")
app.add_typer(bi_user, name="bi-user", rich_help_panel="Give out figures")


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


def _answer(as_json: bool, document: Any, text: str) -> None:  # noqa: ANN401 - JSON is what it is
    if as_json:
        print_json(document)
    else:
        Console().print(text, highlight=False, markup=False)
