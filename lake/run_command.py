"""What `lake run` and `lake build` do around a run: the lock, the log, the progress, the account."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from lake.output import print_json, progress

if TYPE_CHECKING:
    from lake.nodes import Node
    from lake.runs import RunReport

STRICT_EXIT_CODE = 4
LOG_WIDTH = 120


@dataclass(frozen=True)
class Asked:
    """What the user asked of a run, and how to answer."""

    purpose: str
    ingest: bool = True
    layer: str | None = None
    full_refresh: bool = False
    strict: bool = False
    wait: bool = False
    verbose: bool = False
    as_json: bool = False

    def __str__(self) -> str:
        refresh = "--full-refresh" if self.full_refresh else ""
        return " ".join(filter(None, (self.purpose, self.layer, refresh)))


def run_steps(run_id: str | None, asked: Asked) -> None:
    """Run the steps that are wanted, say what became of it, and keep the log.

    Raises:
        LakeError: a step failed; the log has the traceback.
        typer.Exit: with `strict`, something was refused or taken back.
    """
    from lake.code import code_version
    from lake.lock import writing
    from lake.run_log import RunLog
    from lake.runs import Steps, new_run_id
    from lake.runs import run as run_lake
    from lake.session import open_session
    from lake.settings import Settings
    from lake.summary import as_document, print_run, something_refused

    settings = Settings()
    run_id = run_id or new_run_id()
    with writing(settings.lake_path, asked.purpose, wait=asked.wait), progress(asked.as_json) as say:
        log = RunLog(settings.log_folder, run_id, say.above if asked.verbose else lambda _: None)
        log.head(run=run_id, asked=asked, code=code_version(), lake=settings.lake_path, landing=settings.landing_path)
        try:
            say("starting Spark")
            spark = open_session(settings)
            log.say(f"Spark {spark.version} runs at {settings.spark_master}")

            def on_delivery(path: str) -> None:
                say(path)
                log.say(f"reading {path}")

            def on_node(node: "Node") -> None:
                say.count(node.number, node.total)
                say(node.name)
                log.say(node.line)

            steps = Steps(asked.ingest, asked.layer, asked.full_refresh, on_delivery, on_node)
            report = run_lake(spark, settings, run_id, steps)
        except BaseException as error:
            log.failed(error)
            log.close()
            raise
        log.tail(_account(report))
        log.say("succeeded")
        log.close()
    if asked.as_json:
        print_json({**as_document(report), "log": str(log.file)})
    else:
        print_run(Console(soft_wrap=True), report)
    if asked.verbose:
        Console(stderr=True).print(f"log {log.file}", highlight=False, markup=False, soft_wrap=True)
    if asked.strict and something_refused(report):
        raise typer.Exit(STRICT_EXIT_CODE)


def _account(report: "RunReport") -> str:
    """The account of a run as plain text."""
    from lake.summary import print_run

    text = io.StringIO()
    print_run(Console(file=text, width=LOG_WIDTH, no_color=True), report)
    return text.getvalue()
