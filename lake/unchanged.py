"""A run that finds everything as the last one left it: recorded in a second, without Java.

What such a run has to know are names, times and newest commits, which the last run noted, so that Python can compare
them; what it has to write are two rows. Whatever speaks against it is left to the usual way (lake/runs.py), which asks
Spark, and so is whatever fails here: the usual way puts its row in place of one that this has written.
docs/decisions/0035-runs-without-news.md has the reasons.
"""

import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bronze.ingest import Ingested
from bronze.landing import list_landing, listing_digest
from lake import published
from lake.causes import explained
from lake.format import FORMAT
from lake.maintain import tables_due
from lake.recording import WRITTEN_LATER, is_as_left, note_for_next, run_row
from lake.runs import RunReport, Steps, standing_page, wants_page
from lake.settings import Settings
from lake.storage import remove_tree, sync
from lake.tables import CONSERVATION, RUNS, STAGING, clear_unborn, list_tables, rows_note, table_version

# delta-rs makes an address of a path: it would take `%20` in one for a space, and gives up on others.
PLAIN_PATH = re.compile(r"[\w ./+,=@-]*")


def record_unchanged(settings: Settings, run_id: str, steps: Steps) -> RunReport | None:
    """Record a run without news and report it; None where there may be news, or anything else for the usual way.

    The caller holds the lake's lock, and nobody has used the `run_id` yet.
    """
    # Read here, since a wrong word is refused whether it matters or not.
    _ = settings.retention_days, settings.niceness
    lake = settings.lake_path
    if not isinstance(lake, Path) or settings.metastore_url or not PLAIN_PATH.fullmatch(str(lake.resolve())):
        return None
    try:
        return _recorded(settings, lake, run_id, steps)
    except BaseException as error:
        # A panic of delta-rs is no Exception to Python.
        if not (isinstance(error, Exception) or type(error).__module__ == "pyo3_runtime"):
            raise
        steps.on_step(f"asking Spark: {explained(error)}")
        return None


def _recorded(settings: Settings, lake: Path, run_id: str, steps: Steps) -> RunReport | None:
    clear_unborn(lake)
    remove_tree(lake / STAGING)
    report = RunReport(run_id, datetime.now(UTC))
    # Whether the other tables are as they were, their commits say.
    if not {*list_tables(lake)} >= WRITTEN_LATER:
        return None
    told = json.loads(rows_note(lake, RUNS) or "{}")
    found, ignored = list_landing(settings.landing_path)
    if told.get("form") != FORMAT or told["listing_digest"] != listing_digest(found):
        return None
    last = told["run"]
    report.published = published.current(lake)
    publication = published.number_of(report.published)
    # The last run may have been cut off before it let readers see what it made, or wrote its page.
    if not is_as_left(settings, last) or last["counts"]["publication"] > publication:
        return None
    if wants_page(settings):
        report.report_file = standing_page(settings, report.published)
        if report.report_file is None:
            return None
    steps.on_step(f"nothing is new since run {last['run_id']}")
    report.ingested = Ingested(unchanged_count=len(found), ignored=ignored, listing_digest=told["listing_digest"])
    account = told["conservation"] | {"run_id": run_id}
    report.conservation = _with_decimals(account)
    report.reasons = [_with_decimals(reason) for reason in told["reasons"]]
    _append(lake, CONSERVATION, account)
    marks = {"publication": publication, "is_whole": 1}
    row = run_row(settings, report, steps, deliveries=[], last_event=last["counts"]["ledger_event"], marks=marks)
    _append(lake, RUNS, row, note_for_next(row, report))
    report.maintenance_due = tables_due(lake)
    return report


def _with_decimals(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row that JSON holds, with its grams as decimals, as Spark gives them."""
    return {name: Decimal(value) if name.endswith("_gco2e") else value for name, value in row.items()}


def _append(lake: Path, table: str, row: Mapping[str, Any], note: str | None = None) -> None:
    """Commit one row, which JSON holds, to a table of the oldest protocol, with a note for who reads its log.

    Raises:
        ValueError: something of the commit's name is there already.
        deltalake.exceptions.DeltaError: the table cannot be written.
    """
    from arro3.core import Schema
    from arro3.io import read_json
    from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, WriterProperties, write_deltalake

    folder = lake.joinpath(*table.split("."))
    log = folder / "_delta_log"
    version = table_version(lake, table) + 1
    # Left by another life of the table, such as a summary that Delta would believe.
    if any(log.glob(f"*{version:020}*")):
        msg = f"{log} has something of version {version} already"
        raise ValueError(msg)
    with _nothing_on_stderr():
        appended_to = DeltaTable(folder)
        rows = read_json(io.BytesIO(json.dumps(row).encode()), Schema.from_arrow(appended_to.schema()))
        write_deltalake(
            appended_to,
            rows,
            mode="append",
            writer_properties=WriterProperties(compression="ZSTD"),
            commit_properties=CommitProperties(custom_metadata={"userMetadata": note} if note is not None else None),
            # Logs are cleared by `lake maintain` alone.
            post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
        )
    _sync(folder, log / f"{version:020}.json")


def _sync(folder: Path, commit: Path) -> None:
    """See to it that a commit and its data are on the disk: delta-rs leaves that to the system."""
    actions = [json.loads(line) for line in commit.read_text(encoding="utf-8").splitlines()]
    data = [folder / action["add"]["path"] for action in actions if "add" in action]
    for path in (*data, commit, folder, commit.parent):
        sync(path)


@contextmanager
def _nothing_on_stderr() -> Iterator[None]:
    """Within, what comes on stderr is lost: on a full disk threads of delta-rs panic, and print pages of their own."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
