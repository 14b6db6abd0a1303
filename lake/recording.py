"""What a run leaves in the audit tables: its row, its account of rows and grams, and a note for the run after it."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lake.code import code_version
from lake.format import FORMAT
from lake.queries import to_json
from lake.settings import Settings
from lake.tables import RESTATEMENTS, RUNS, commits_digest, list_tables, table_versions

if TYPE_CHECKING:
    from lake.runs import RunReport, Steps

CONSERVED = ("delivered", "silver", "quarantined", "duplicate", "superseded")
RUN_SCHEMA = (
    "run_id string, started_at timestamp, finished_at timestamp, status string, deliveries array<bigint>, "
    "table_versions map<string,bigint>, counts map<string,bigint>, reason string, code_version string, steps string"
)
CONSERVATION_SCHEMA = "run_id string, " + ", ".join(
    [f"{place}_rows bigint, {place}_gco2e decimal(28,10)" for place in CONSERVED]
    + ["unweighable_rows bigint", "balanced boolean"]
)
# Written after a run has noted which commits it left, so they say nothing about whether there is something to do.
WRITTEN_LATER = {RUNS, RESTATEMENTS}
# What is asked of a run that makes and tests all of silver and gold, so that readers may see it.
WHOLE = ("run", "build")


def run_row(
    settings: Settings,
    report: "RunReport",
    steps: "Steps",
    *,
    deliveries: Sequence[int],
    last_event: int,
    marks: Mapping[str, int],
    failure: str | None = None,
) -> dict[str, Any]:
    """The row of audit.runs for a run that ends now, as JSON holds it; `marks` are for the runs after it."""
    counts = {name: count for name, count in report.conservation.items() if name.endswith("_rows")}
    return {
        "run_id": report.run_id,
        "started_at": report.started_at.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        "status": "succeeded" if failure is None else "failed",
        "deliveries": [*deliveries],
        "table_versions": table_versions(settings.lake_path),
        "counts": {**counts, **marks, "ledger_event": last_event, "commits_digest": _commits_left(settings)},
        "reason": failure,
        "code_version": code_version(),
        "steps": str(steps),
    }


def note_for_next(row: Mapping[str, Any], report: "RunReport") -> str:
    """What a run tells the one after it, so that this need not ask Spark where nothing is new (lake/unchanged.py)."""
    account = {"conservation": to_json(report.conservation), "reasons": to_json(report.reasons)}
    return json.dumps({"form": FORMAT, "listing_digest": report.ingested.listing_digest, "run": row, **account})


def is_as_left(settings: Settings, run: Mapping[str, Any]) -> bool:
    """Whether all is as a run left it: its row says that it tested everything, by this code, on these commits."""
    if run["status"] != "succeeded" or run["code_version"] != code_version():
        return False
    counts = run["counts"] or {}
    # A part that found nothing to do left all of it tested, too.
    if run["steps"] not in WHOLE and not counts.get("is_whole"):
        return False
    return bool(counts.get("commits_digest") == _commits_left(settings))


def _commits_left(settings: Settings) -> int:
    return commits_digest(settings.lake_path, {*list_tables(settings.lake_path)} - WRITTEN_LATER)
