"""What a run says to people and to programs."""

from decimal import Decimal
from functools import partial
from typing import Any

from rich.console import Console
from rich.filesize import decimal as in_bytes
from rich.markup import escape as without_markup
from rich.table import Table

from bronze.columns import KNOWN_COLUMNS
from lake.maintain import Maintenance
from lake.queries import to_json
from lake.runs import RunReport
from lake.terminal import listed, printable

PLACES = ("silver", "quarantined", "duplicate", "superseded")
LABELS = {
    "delivered": "delivered",
    "silver": "= silver (reported)",
    "quarantined": "+ quarantined",
    "duplicate": "+ duplicates",
    "superseded": "+ superseded, withdrawn",
}


def as_document(report: RunReport) -> dict[str, Any]:
    """The run as one JSON object."""
    return {
        "run_id": report.run_id,
        "deliveries": [
            {
                "delivery_id": delivery.delivery_id,
                "path": delivery.path,
                "status": delivery.status,
                "row_count": delivery.row_count,
                "reason": delivery.reason,
            }
            for delivery in report.ingested.deliveries
        ],
        "recovered_deliveries": [delivery.delivery_id for delivery in report.ingested.recovered],
        "unchanged_deliveries": report.ingested.unchanged_count,
        "ignored": [{"path": item.path, "reason": item.reason} for item in report.ingested.ignored],
        "conservation": to_json(report.conservation),
        "quarantined_by_reason": to_json(report.reasons),
        "requalified": to_json(report.requalified),
        "ceased": {
            "deliveries": report.ceased_deliveries,
            "rows": report.ceased_rows,
            "gco2e": to_json(report.ceased_gco2e),
        },
        "published_run": report.published.run_id if report.published is not None else None,
        "maintenance_due": report.maintenance_due,
        "report": str(report.report_file) if report.report_file is not None else None,
    }


def print_deliveries(console: Console, report: RunReport) -> None:
    """What was found in the landing area."""
    ingested = report.ingested
    say = partial(console.print, highlight=False)
    for delivery in ingested.recovered:
        say(f"finished the interrupted load of {_safe(delivery.path)} (delivery {delivery.delivery_id})")
    for delivery in ingested.deliveries:
        if delivery.status == "rejected":
            say(f"[red]rejected[/] {_safe(delivery.path)}: {_safe(delivery.reason or '')}")
            if str(delivery.reason).startswith("missing column"):
                say(f"  its columns: {without_markup(listed(delivery.header))}")
                say("  other names for the same columns: see docs/column-names.md")
            continue
        say(f"loaded {_safe(delivery.path)} as delivery {delivery.delivery_id}: {delivery.row_count:,} records")
        if delivery.renamed_columns:
            say(f"  columns renamed: {without_markup(listed(list(delivery.renamed_columns)))}")
        extra = [name for name in delivery.header if name not in {*KNOWN_COLUMNS, *delivery.renamed_columns}]
        if extra:
            say(f"  extra columns kept in bronze: {without_markup(listed(extra))}")
    for item in ingested.ignored:
        say(f"[yellow]ignored[/] {_safe(item.path)}: {_safe(item.reason)}")
    if not ingested.deliveries:
        say(f"nothing new in landing ({ingested.unchanged_count} deliveries unchanged)")


def print_run(console: Console, report: RunReport) -> None:
    """The account of a run: where every delivered row and gram is."""
    print_deliveries(console, report)
    kept = report.conservation
    table = Table(show_edge=False, pad_edge=False)
    for column in ("", "rows", "gCO2e", "% of rows", "% of grams"):
        table.add_column(column, justify="left" if not column else "right", no_wrap=True)
    for place in ("delivered", *PLACES):
        rows, grams = kept[f"{place}_rows"], kept[f"{place}_gco2e"]
        table.add_row(
            LABELS[place],
            f"{rows:,}",
            f"{grams:,.10f}",
            _percent(rows, kept["delivered_rows"]),
            _percent(grams, kept["delivered_gco2e"]),
        )
        if place == "quarantined":
            for reason in report.reasons:
                table.add_row(
                    f"    {reason['reason']}",
                    f"{reason['row_count']:,}",
                    f"{reason['weight_gco2e']:,.10f}",
                    "",
                    "",
                )
    console.print(f"run {report.run_id}", highlight=False)
    console.print(table)
    if sum(reason["row_count"] for reason in report.reasons) > kept["quarantined_rows"]:
        console.print("a row can be refused for several reasons, so the reasons may add up to more than the rows")
    excluded_rows = kept["delivered_rows"] - kept["silver_rows"]
    console.print(
        f"the total leaves out {_percent(excluded_rows, kept['delivered_rows'])} of the delivered rows and "
        f"{_percent(kept['delivered_gco2e'] - kept['silver_gco2e'], kept['delivered_gco2e'])} of their grams",
        highlight=False,
    )
    if kept["unweighable_rows"]:
        console.print(f"{kept['unweighable_rows']:,} rows lack a valid part and weigh nothing", highlight=False)
    console.print(
        f"superseding and withdrawing took back {report.ceased_rows:,} rows, {report.ceased_gco2e:,.10f} gCO2e, of "
        f"{report.ceased_deliveries} deliveries in this run",
        highlight=False,
    )
    if report.requalified is not None:
        _print_requalified(console, report.requalified)
    console.print("balanced: every row and gram is accounted for" if kept["balanced"] else "[red]NOT balanced[/]")
    console.print(_published(report), highlight=False)
    if report.report_file is not None:
        console.print(f"report: {_safe(str(report.report_file))}", highlight=False)
    if report.report_failure is not None:
        console.print(f"no report was written: {_safe(report.report_failure)}", highlight=False)
    if report.maintenance_due:
        console.print(f"lake maintain is due: many small files in {', '.join(report.maintenance_due)}", highlight=False)


def print_maintenance(console: Console, done: Maintenance) -> None:
    """What was compacted and freed, one row a table for which something was done."""
    table = Table(show_edge=False, pad_edge=False)
    for column in ("", "files", "after", "size", "after", "freed files", "of the log", "freed"):
        table.add_column(column, justify="left" if not column else "right", no_wrap=True)
    for item in done.tables:
        freed = item.data + item.log
        if item in done.compacted or freed.files:
            table.add_row(
                item.table,
                f"{item.files_before:,}",
                f"{item.files_after:,}",
                in_bytes(item.bytes_before),
                in_bytes(item.bytes_after),
                f"{item.data.files:,}",
                f"{item.log.files:,}",
                in_bytes(freed.bytes),
            )
    if table.row_count:
        console.print(table)
    merged = sum(item.files_before - item.files_after for item in done.compacted)
    console.print(
        f"{merged:,} fewer files to read in {len(done.compacted)} of {len(done.tables)} tables; "
        f"{done.freed.files:,} files freed, {in_bytes(done.freed.bytes)}",
        highlight=False,
    )
    console.print(f"every version of the last {done.retention_days} days stays readable", highlight=False)


def something_refused(report: RunReport) -> bool:
    """Whether this run refused a row or a delivery, or took rows back."""
    rejected = any(delivery.status == "rejected" for delivery in report.ingested.deliveries)
    return rejected or report.refused_rows > 0 or report.ceased_rows > 0


def _print_requalified(console: Console, moved: list[dict[str, Any]]) -> None:
    """Which rows were judged otherwise than before."""
    for group in moved:
        which = f"{group['row_count']:,} rows, {group['weight_gco2e']:,.10f} gCO2e"
        console.print(f"judged anew: {group['direction']} {which}, for {group['reasons']}", highlight=False)
    if not moved:
        console.print("judged anew: no row moved in or out of quarantine")


def _published(report: RunReport) -> str:
    if report.published is None:
        return "readers see nothing yet: no run of all layers has passed its tests"
    if report.published.run_id == report.run_id:
        return "published: readers see this run"
    return f"readers go on seeing run {report.published.run_id}"


def _percent(part: int | Decimal, whole: int | Decimal) -> str:
    return f"{100 * Decimal(part) / Decimal(whole):.2f} %" if whole else "-"


def _safe(text: str) -> str:
    return without_markup(printable(text))
