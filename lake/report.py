"""What a report says of a run: the account, the total and its trend, what changed, outliers, gaps and refused rows.

Everything is read through the queries `lake/sql/report_*.sql`, one pass a table, and summed there; what is embedded for
the filters is bounded by `MOST_CELLS`, whatever the lake holds.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import Row, SparkSession

from lake.as_of import LeftBehind, open_as_of
from lake.diff import compared
from lake.errors import LakeError, UsageError
from lake.manifest import Manifest, find, manifests
from lake.queries import query, to_json
from lake.recording import WHOLE
from lake.report_periods import gaps, headline, silent_countries
from lake.settings import Settings
from lake.tables import RUNS, list_tables

# At most some 110 bytes a cell: with the plot library a file stays below 5 MB, whatever the figures.
MOST_CELLS = 25_000
# Tried in this order until the cells are few enough: how days are put together, and how many domains and countries
# keep their names. A century without names always fits: 100 of them in the calendar, 30 combinations in each.
GRAINS = (("day", 10), ("week", 10), ("month", 10), ("month", 5), ("year", 5), ("century", 0))
MOST_DOMAINS = 50
MOST_FLAGGED_DAYS = 200
MOST_CHANGES = 25
REFUSED_A_REASON = 3
MOST_LETTERS = 120
DAILY = "gold.daily_emissions"
BY_COUNTRY = "gold.daily_by_country_device"


@dataclass(frozen=True)
class Report:
    """What a report shows, as JSON has it: grams CO2e as decimal strings, days in ISO 8601."""

    run: dict[str, Any]
    made_at: str
    account: dict[str, Any]
    reasons: list[dict[str, Any]]
    releases: list[dict[str, Any]]
    headline: dict[str, Any]
    change: dict[str, Any]
    cells: list[dict[str, Any]]
    grain: str
    most_names: int
    countries: list[dict[str, Any]]
    silent_countries: list[dict[str, Any]]
    gaps: dict[str, Any]
    domains: list[dict[str, Any]]
    flagged_days: list[dict[str, Any]]
    refused: list[dict[str, Any]]


def open_run(settings: Settings, as_of: str | None) -> tuple[SparkSession, LeftBehind]:
    """The session with every table as a run left it, and that run: the last that made and tested all, or the one asked.

    Needs a process whose session has not registered the lake.

    Raises:
        UsageError: no run is meant by `as_of`, several are, or it did not make and test all of gold.
        LakeError: the lake is not there, has had no such run, or what it left is gone.
    """
    if RUNS not in list_tables(settings.lake_path):
        msg = f"{settings.lake_path} holds no run to report on: lake run makes one. Check LAKE_URI."
        raise LakeError(msg)
    # A release is reported on as its run left the whole lake, the days that were not released too.
    manifest = find(settings.lake_path, as_of) if as_of is not None else None
    given = manifest.run["run_id"] if manifest is not None else as_of
    spark, run = open_as_of(settings, given if given is not None else datetime.now(UTC).isoformat())
    if run.status != "succeeded" or run.steps not in WHOLE or DAILY not in run.table_versions:
        msg = (
            f"run {run.run_id} ({run.steps or 'of an older version'}, {run.status}) did not make and test all of gold, "
            "so there is nothing whole to report: lake runs lists others for --as-of"
        )
        raise UsageError(msg)
    return spark, run


def gather(
    spark: SparkSession,
    settings: Settings,
    run: LeftBehind,
    *,
    account: dict[str, Any] | None = None,
    reasons: list[dict[str, Any]] | None = None,
    with_causes: bool = True,
) -> Report:
    """What a report says of a run whose tables the session shows.

    A run that has just counted its `account` and the `reasons` of what is refused gives them.
    The causes of what changed need every record of two runs; without them the change is told from gold alone.

    Raises:
        LakeError: what the run left is gone.
    """
    account = account if account is not None else _account(spark, run)
    # Beside the other questions, for most of the time of each goes into one thread's thinking.
    with ThreadPoolExecutor(1) as beside:
        change = beside.submit(_change, spark, settings, run, with_causes=with_causes)
        flagged_days = beside.submit(_answer, spark, "report_flagged_days", row_limit=MOST_FLAGGED_DAYS)
        refused = beside.submit(
            _answer, spark, "report_refused", rows_a_reason=REFUSED_A_REASON, most_letters=MOST_LETTERS
        )
        days, countries = _overview(spark)
        domains = _answer(spark, "report_domains", row_limit=MOST_DOMAINS)
        named = [row["domain"] for row in domains], [row["country_code"] for row in countries]
        grain, most_names, cells = _cells(spark, account["silver_rows"], *named)
        reasons = reasons if reasons is not None else _answer(spark, "quarantined_by_reason")
    found = headline(days)
    return Report(
        run={"run_id": run.run_id, "finished_at": to_json(run.finished_at), "code_version": run.code_version},
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        account=account,
        reasons=reasons,
        releases=[_release(manifest, run) for manifest in manifests(settings.lake_path) if _is_of(manifest, run)],
        headline=found,
        change=change.result(),
        cells=cells,
        grain=grain,
        most_names=most_names,
        countries=countries,
        silent_countries=silent_countries(countries, found),
        gaps=gaps(days),
        domains=domains,
        flagged_days=flagged_days.result(),
        refused=refused.result(),
    )


def _account(spark: SparkSession, run: LeftBehind) -> dict[str, Any]:
    rows = _answer(spark, "report_account", run_id=run.run_id)
    if not rows:
        msg = f"run {run.run_id} kept no account: lake runs lists others"
        raise LakeError(msg)
    return rows[0]


def _answer(spark: SparkSession, name: str, **arguments: object) -> list[dict[str, Any]]:
    return [to_json(row) for row in query(spark, name, **arguments).collect()]


def _overview(spark: SparkSession) -> tuple[list[Row], list[dict[str, Any]]]:
    rows = query(spark, "report_overview").collect()
    countries = [to_json(row) for row in rows if row.country_code is not None]
    return [row for row in rows if row.country_code is None], countries


def _cells(
    spark: SparkSession, records: int, domains: Sequence[str], countries: Sequence[str]
) -> tuple[str, int, list[dict[str, Any]]]:
    """The finest cells that are few enough, how their days are put together and how many names they keep."""
    most_names = GRAINS[0][1]
    days = query(spark, "report_days", domains=[*domains[:most_names]], countries=[*countries[:most_names]])
    is_large = records > MOST_CELLS  # else the first grain fits: there are no more cells than records
    if is_large:
        days = days.cache()
    try:
        days.createOrReplaceTempView("report_days")
        for grain, most_names in GRAINS:
            names = {"domains": [*domains[:most_names]], "countries": [*countries[:most_names]]}
            found = query(spark, "report_cells", grain=grain, **names)
            # Counted first: that adds up no grams, which takes the most time.
            if not is_large or found.count() <= MOST_CELLS:
                break
        cells = found.collect()
    finally:
        if is_large:
            days.unpersist()
    rows = [to_json(row) for row in cells]
    return grain, most_names, sorted(rows, key=lambda row: tuple(str(row[name]) for name in row))


def _is_of(manifest: Manifest, run: LeftBehind) -> bool:
    """Whether a release gave out what the run left; a run without news left what the one before it did."""
    daily = next((table["delta_version"] for table in manifest.tables if table["table"] == DAILY), None)
    return manifest.run["run_id"] == run.run_id or daily == run.table_versions[DAILY]


def _release(manifest: Manifest, run: LeftBehind) -> dict[str, Any]:
    return {
        "release": manifest.release,
        "released_at": manifest.released_at,
        "run_id": manifest.run["run_id"],
        "is_this_run": manifest.run["run_id"] == run.run_id,
        **manifest.period,
    }


def _change(spark: SparkSession, settings: Settings, run: LeftBehind, *, with_causes: bool) -> dict[str, Any]:
    """What changed since the last release of other figures, or the last run; why it cannot be told where it cannot."""
    spark.read.format("delta").load(str(settings.lake_path / "audit" / "runs")).createOrReplaceTempView("all_runs")
    released = [
        manifest
        for manifest in manifests(settings.lake_path)
        if manifest.released_at < to_json(run.finished_at) and not _is_of(manifest, run)
    ]
    for manifest in (*reversed(released), None):
        named = manifest.run["run_id"] if manifest is not None else None
        asked = {"finished_at": run.finished_at.isoformat(), "version": run.table_versions[DAILY], "run_id": named}
        earlier = query(spark, "report_earlier_run", **asked).collect()
        if earlier:
            since = {"since": "release" if manifest else "run", "release": manifest.release if manifest else None}
            since |= {"run_before": earlier[0].run_id}
            try:
                before = LeftBehind(**earlier[0].asDict())
                found = compared(spark, settings, before, run, BY_COUNTRY, "country", with_causes=with_causes)
            except LakeError as error:
                if manifest is None:
                    return {**since, "missing": str(error)}
            else:
                return {**since, "missing": None, "with_causes": with_causes, **found.document(MOST_CHANGES)}
    return {"since": None, "missing": "there is no earlier run with other figures"}
