"""What `lake run`, `lake ingest` and `lake build` do around work: the lock, the log, the progress, the account."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from lake.output import Saying, print_json, progress

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lake.nodes import Node
    from lake.run_log import RunLog
    from lake.runs import RunReport
    from lake.settings import Settings

    Shown = Callable[[Console, RunReport], None]

STRICT_EXIT_CODE = 4
LOG_WIDTH = 120
BYTES_A_MEGABYTE = 1_000_000
# What taking in deliveries has no part in.
OF_WHOLE_RUNS = ("conservation", "quarantined_by_reason", "requalified", "maintenance_due", "published_run", "report")


@dataclass(frozen=True)
class Asked:
    """What the user asked of a run, and how to answer."""

    purpose: str
    ingest: bool = True
    layer: str | None = None
    full_refresh: bool = False
    requalify: bool = False
    strict: bool = False
    wait: bool = False
    verbose: bool = False
    as_json: bool = False

    @property
    def follows_news(self) -> bool:
        """Whether there is as much to do as was landed, and not as much as the lake holds."""
        return self.ingest and not (self.full_refresh or self.requalify)

    def __str__(self) -> str:
        refresh = "--full-refresh" if self.full_refresh else ""
        requalify = "--requalify" if self.requalify else ""
        return " ".join(filter(None, (self.purpose, self.layer, refresh, requalify)))


@dataclass(frozen=True)
class Work:
    """What a command works with while it holds the lake."""

    settings: "Settings"
    run_id: str
    asked: Asked
    log: "RunLog"
    say: Saying

    def started_spark(self) -> "SparkSession":
        """The session to work with, which is started now."""
        from lake import jvm
        from lake.session import open_session

        self.say("starting Spark")
        # dbt makes the views of what it builds; a metastore shows the others, too.
        with_views = bool(self.settings.metastore_url)
        spark = open_session(self.settings, follows_news=self.asked.follows_news, with_views=with_views)
        self.log.say(f"Spark {spark.version} runs at {self.settings.spark_master}")
        if jvm.gives_way():
            way = f"it has the CPU first (LAKE_GIVES_WAY={self.settings.lake_gives_way})"
            self.log.say(f"The BI endpoint serves this lake on this machine: {way}")
        return spark

    def begun(self, step: str) -> None:
        """Say what is done now."""
        self.say(step)
        self.log.say(step)

    def read(self, done_bytes: int, total_bytes: int) -> None:
        """Say how much of landing is behind."""
        self.say.count(done_bytes // BYTES_A_MEGABYTE, total_bytes // BYTES_A_MEGABYTE, " MB")

    def node_ended(self, node: "Node") -> None:
        """Say that a model, a seed or a test has ended."""
        self.say.count(node.number, node.total, " models and tests")
        self.say(node.name)
        self.log.say(node.line)


def run_steps(run_id: str | None, asked: Asked) -> None:
    """Run the steps that are wanted, say what became of it, and keep the log.

    Raises:
        LakeError: a step failed; the log has the traceback.
        typer.Exit: with `strict`, something was refused or taken back.
    """
    from lake import dbt_ahead
    from lake.runs import Steps
    from lake.runs import run as run_lake
    from lake.summary import as_document, print_run
    from lake.unchanged import record_unchanged

    with _logged(run_id, asked) as work:
        steps = Steps(
            ingest=asked.ingest,
            layer=asked.layer,
            full_refresh=asked.full_refresh,
            requalify=asked.requalify,
            on_step=work.begun,
            on_bytes=work.read,
            on_node=work.node_ended,
        )
        # An identity that was given may be taken, which Spark tells.
        may_be_unchanged = asked.follows_news and run_id is None
        report = record_unchanged(work.settings, work.run_id, steps) if may_be_unchanged else None
        if report is None:
            steps = replace(steps, before_build=dbt_ahead.begin(work.settings).join)
            report = run_lake(work.started_spark(), work.settings, work.run_id, steps)
        work.log.tail(_printed(print_run, report))
    _answer(asked, report, print_run, {**as_document(report), "log": str(work.log.file)})


def take_in(run_id: str | None, asked: Asked) -> None:
    """Bring landing into bronze and the ledger, say what became of it, and keep the log, which a run of parts shares.

    Raises:
        LakeError: landing cannot be read or the lake not written; the log has the traceback.
        typer.Exit: with `strict`, something was refused or taken back.
    """
    from bronze.ingest import ingest
    from lake.format import prepare
    from lake.runs import RunReport, part_id
    from lake.summary import as_document, print_deliveries

    started_at = datetime.now(UTC)
    with _logged(run_id, asked) as work:
        spark, lake_path = work.started_spark(), work.settings.lake_path
        prepare(spark, lake_path)
        report = RunReport(part_id(spark, work.run_id), started_at)
        landing = work.settings.landing_path
        report.ingested = ingest(spark, landing, lake_path, report.run_id, work.begun, work.read)
        work.log.tail(_printed(print_deliveries, report))
    document = {key: value for key, value in as_document(report).items() if key not in OF_WHOLE_RUNS}
    _answer(asked, report, print_deliveries, {**document, "log": str(work.log.file)})


@contextmanager
def _logged(run_id: str | None, asked: Asked) -> "Iterator[Work]":
    """Hold the lake while the block works, show its progress, and log how it ended."""
    from lake.code import code_version
    from lake.lock import writing
    from lake.run_log import RunLog
    from lake.runs import new_run_id
    from lake.settings import Settings

    settings = Settings()
    run_id = run_id or new_run_id()
    with writing(settings.lake_path, asked.purpose, wait=asked.wait), progress(asked.as_json) as say:
        log = RunLog(settings.log_folder, run_id, say.above if asked.verbose else lambda _: None)
        log.head(run=run_id, asked=asked, code=code_version(), lake=settings.lake_path, landing=settings.landing_path)
        try:
            yield Work(settings, run_id, asked, log, say)
        except BaseException as error:
            log.failed(error)
            log.close()
            raise
        log.say("succeeded")
        log.close()
    if asked.verbose:
        Console(stderr=True).print(f"log {log.file}", highlight=False, markup=False, soft_wrap=True)


def _answer(asked: Asked, report: "RunReport", shown: "Shown", document: dict[str, Any]) -> None:
    """What became of it, for people or as JSON; exit code 4 where that was asked for."""
    from lake.summary import something_refused

    if asked.as_json:
        print_json(document)
    else:
        shown(Console(soft_wrap=True), report)
    if asked.strict and something_refused(report):
        raise typer.Exit(STRICT_EXIT_CODE)


def _printed(shown: "Shown", report: "RunReport") -> str:
    """An account as plain text."""
    text = io.StringIO()
    shown(Console(file=text, width=LOG_WIDTH, no_color=True), report)
    return text.getvalue()
