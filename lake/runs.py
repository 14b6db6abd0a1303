"""One run from landing to the audit row, and the audit tables it writes."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.sql import Row, SparkSession

from bronze.ingest import Ingested, ingest
from bronze.ledger import recover
from lake import published, requalifying
from lake.causes import explained
from lake.code import code_version
from lake.errors import LakeError, UnbalancedError
from lake.format import prepare
from lake.maintain import tables_due
from lake.metastore import show_after_run
from lake.nodes import Node
from lake.published import Publication
from lake.queries import query, to_json, view_of_rows
from lake.recording import (
    CONSERVATION_SCHEMA,
    RUN_SCHEMA,
    WHOLE,
    is_as_left,
    note_for_next,
    run_row,
)
from lake.settings import Settings
from lake.sizing import is_small
from lake.tables import CONSERVATION, RUNS

# Delta puts it into the commit that a statement makes.
NOTE = "spark.databricks.delta.commitInfo.userMetadata"


@dataclass(frozen=True)
class Steps:
    """What of a run is wanted, and who is told how it goes: what begins, how much of landing is read, what ended.

    What has to be done before dbt builds is called then (lake/dbt_ahead.py).
    """

    ingest: bool = True
    layer: str | None = None
    full_refresh: bool = False
    # A full refresh that says which rows it judged otherwise than before.
    requalify: bool = False
    on_step: Callable[[str], None] = lambda _: None
    on_bytes: Callable[[int, int], None] = lambda _, __: None
    on_node: Callable[[Node], None] | None = None
    before_build: Callable[[], None] = lambda: None

    def __str__(self) -> str:
        return " ".join(filter(None, ("run" if self.ingest else "build", self.layer)))

    @property
    def rebuilds(self) -> bool:
        """Whether silver and gold are made anew from bronze and the ledger."""
        return self.full_refresh or self.requalify

    @property
    def command(self) -> str:
        """The command that asks for these."""
        return "lake run" if self.ingest else "lake build"


@dataclass
class RunReport:
    """What a run did and how the lake stands after it; grams CO2e throughout."""

    run_id: str
    started_at: datetime
    ingested: Ingested = field(default_factory=Ingested)
    conservation: dict[str, Any] = field(default_factory=dict)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    ceased_deliveries: int = 0
    ceased_rows: int = 0
    ceased_gco2e: Decimal = Decimal(0)
    refused_rows: int = 0
    unbalanced_deliveries: list[str] = field(default_factory=list)
    # What judging anew moved (lake/requalifying.py); None where it was not asked for.
    requalified: list[dict[str, Any]] | None = None
    maintenance_due: list[str] = field(default_factory=list)
    # What readers see after the run.
    published: Publication | None = None
    # The page of the run, or why there is none; both None where none was wanted.
    report_file: Path | None = None
    report_failure: str | None = None


def new_run_id() -> str:
    """An identity that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


def part_id(spark: SparkSession, run_id: str) -> str:
    """The identity under which a part of a run goes: the run's own, or where that is whole, `ID.2`, `ID.3`, ...

    So the parts that an orchestrator calls share a row of audit.runs, and no part that it calls again takes the row of
    a run that readers may see.
    """
    return _free(run_id, _previous_run(spark, run_id))


def _free(run_id: str, previous: Row | None) -> str:
    taken = previous.taken if previous is not None else []
    free = run_id
    for number in range(2, len(taken) + 2):
        if free not in taken:
            break
        free = f"{run_id}.{number}"
    return free


def run(spark: SparkSession, settings: Settings, run_id: str, steps: Steps) -> RunReport:
    """Take the lake from landing to tested gold, record the run, let readers see it. The caller holds the lake's lock.

    The report names the run as it is recorded (see `part_id`).

    Raises:
        UnbalancedError: rows or grams are unaccounted for; the run is recorded as failed.
        LakeError: a step failed; the run is recorded as failed and the next one heals.
    """
    prepare(spark, settings.lake_path)
    started_at = datetime.now(UTC)
    previous = _previous_run(spark, run_id)
    run_id = _free(run_id, previous)
    report = RunReport(run_id, started_at)
    report.published = published.current(settings.lake_path)
    is_new = True
    is_page_wanted = wants_page(settings)

    try:
        if steps.ingest:
            landing, lake = settings.landing_path, settings.lake_path
            report.ingested = ingest(spark, landing, lake, run_id, steps.on_step, steps.on_bytes)
        else:
            report.ingested.recovered = recover(spark, settings.lake_path)
        if previous is not None and not steps.rebuilds and is_as_left(settings, previous.asDict()):
            is_new = False
            report.conservation = _account_of(spark, previous.run_id) | {"run_id": run_id}
            report.reasons = [row.asDict() for row in query(spark, "quarantined_by_reason").collect()]
            # Nothing for readers to see either, unless the last run was cut off before it let them.
            publication = max(previous.counts.get("publication", 1), published.number_of(report.published))
        else:
            was_judged = steps.requalify and requalifying.remember(spark, settings.lake_path)
            _transform(spark, settings, steps)
            if steps.requalify:
                report.requalified = requalifying.moved(spark) if was_judged else []
            publication = published.number_of(report.published) + (str(steps) in WHOLE)
            _account(spark, report, previous.last_event or 0 if previous is not None else 0)
        view_of_rows(spark, "this_account", [to_json(report.conservation)], CONSERVATION_SCHEMA)
        _note(spark, CONSERVATION, "this_account", run_id)
        _check_balance(report)
    except Exception as error:
        # Where not even this can be written, the error at hand is the one to tell.
        with suppress(Exception):
            kept = {"publication": published.number_of(report.published)}
            _record(spark, settings, report, steps, kept, explained(error))
        if isinstance(error, LakeError) and report.published is not None:
            error.args = (f"{error} Readers go on seeing run {report.published.run_id}.",)
        raise
    marks = {"publication": publication, "is_whole": int(str(steps) in WHOLE or not is_new)}
    versions = _record(spark, settings, report, steps, marks)
    if publication > published.number_of(report.published):
        places = published.places(settings.lake_path, versions)
        report.published = published.publish(settings.lake_path, publication, run_id, steps.command, places)
    show_after_run(spark, settings, steps.on_step)
    report.maintenance_due = tables_due(settings.lake_path)
    if is_page_wanted and str(steps) in WHOLE:
        _write_page(spark, settings, report, steps, versions, is_new=is_new)
    return report


def wants_page(settings: Settings) -> bool:
    """Whether a run writes its page, which reads all of gold: of a large lake its cost would not follow the change."""
    return is_small(settings) if settings.run_reports is None else settings.run_reports


def standing_page(settings: Settings, seen: Publication | None) -> Path | None:
    """The page that lies there, where it is of what readers see.

    One from before the publication in force is an earlier run's: the last one's could not be written, or was cut off.
    """
    file = settings.report_page
    since = published.since(seen)
    is_of_now = since is not None and file.is_file() and file.stat().st_mtime >= since.timestamp()
    return file if is_of_now else None


def _write_page(
    spark: SparkSession,
    settings: Settings,
    report: RunReport,
    steps: Steps,
    versions: dict[str, int],
    *,
    is_new: bool,
) -> None:
    """Write the run's page, which a run without news leaves where it is of now; whatever fails there fails no run."""
    from lake.as_of import LeftBehind  # a run that wants no report loads none of it
    from lake.report_writing import write_page

    report.report_file = None if is_new else standing_page(settings, report.published)
    if report.report_file is not None:
        return
    steps.on_step("writing the report")
    try:
        now = datetime.now(UTC).replace(tzinfo=None)
        left = LeftBehind(report.run_id, now, versions, code_version(), "succeeded", str(steps))
        report.report_file = write_page(spark, settings, left, to_json(report.conservation), to_json(report.reasons))
    except Exception as error:
        report.report_failure = explained(error)


def _transform(spark: SparkSession, settings: Settings, steps: Steps) -> None:
    from lake import transforms

    steps.before_build()
    on_node = steps.on_node or (lambda node: steps.on_step(node.name))
    transforms.build(spark, settings, layer=steps.layer, full_refresh=steps.rebuilds, on_node=on_node)


def _previous_run(spark: SparkSession, run_id: str) -> Row | None:
    rows = query(spark, "last_run", run_id=run_id).collect()
    return rows[0] if rows else None


def _account_of(spark: SparkSession, run_id: str) -> dict[str, Any]:
    rows = spark.sql("select * from audit.conservation where run_id = :run_id", args={"run_id": run_id})
    return rows.collect()[0].asDict()


def _account(spark: SparkSession, report: RunReport, event_before: int) -> None:
    query(spark, "conservation_by_delivery").createOrReplaceTempView("accounts")
    account = query(spark, "conservation", run_id=report.run_id, event_number=event_before).collect()[0].asDict()
    for name in ("unbalanced_deliveries", "refused_rows", "ceased_deliveries", "ceased_rows", "ceased_gco2e"):
        setattr(report, name, account.pop(name))
    report.conservation = account
    report.reasons = [row.asDict() for row in query(spark, "quarantined_by_reason").collect()]


def _check_balance(report: RunReport) -> None:
    if not report.conservation["balanced"]:
        names = ", ".join(report.unbalanced_deliveries)
        msg = f"rows or grams are unaccounted for in {names}. See audit.conservation; rebuild with --full-refresh."
        raise UnbalancedError(msg)


def _record(
    spark: SparkSession,
    settings: Settings,
    report: RunReport,
    steps: Steps,
    marks: dict[str, int],
    failure: str | None = None,
) -> dict[str, int]:
    """Write the run's row, with marks for the runs after it; returns the table versions that it notes."""
    ledger = query(spark, "ledger_of_run", run_id=report.run_id).collect()[0]
    found = {"deliveries": ledger.deliveries, "last_event": ledger.last_event}
    row = run_row(settings, report, steps, **found, marks=marks, failure=failure)
    view_of_rows(spark, "this_run", [row], RUN_SCHEMA)
    if failure is None:
        spark.conf.set(NOTE, note_for_next(row, report))
    try:
        _note(spark, RUNS, "this_run", report.run_id)
    finally:
        spark.conf.unset(NOTE)
    versions: dict[str, int] = row["table_versions"]
    return versions


def _note(spark: SparkSession, table: str, view: str, run_id: str) -> None:
    """Write the one row of a run into a table that has one a run, in place of the one that it may have there."""
    own = {"run_id": run_id}
    noted = spark.sql(f"select count(*) as rows from {table} where run_id = :run_id", args=own)  # noqa: S608 - our name
    # A replacement costs a second more than an append, and few runs go by an identity that another had.
    replaced = "replace where run_id = :run_id" if noted.collect()[0].rows else ""
    spark.sql(f"insert into {table} by name {replaced} select * from {view}", args=own)  # noqa: S608 - our names
