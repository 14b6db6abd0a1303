"""`lake why`: what a gold figure is made of."""

from datetime import date
from typing import Annotated, Any

import typer

from lake.ask_commands import AsOf
from lake.errors import LakeError, UsageError
from lake.output import Json, print_json, print_line, print_rows, progress
from lake.settings import Settings

PLACES = {
    "silver": "= silver records behind the figure",
    "quarantined": "left out: quarantined",
    "unplaced": "perhaps left out: quarantined, of no readable slice",
    "duplicate": "left out: duplicates",
    "superseded": "left out: superseded versions",
    "withdrawn": "left out: withdrawn",
}


def why(
    day: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day of the figure.")],
    domain: Annotated[str | None, typer.Option(help="Only this publisher site.")] = None,
    country: Annotated[str | None, typer.Option(help="Only this country: a name or a code.")] = None,
    ad_format: Annotated[str | None, typer.Option("--format", help="Only this ad format.")] = None,
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Records shown of each place; sums are always of all.")] = 20,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """From a gold figure down to delivery files and record numbers, and what was left out of the same slice.

    Exit 1 when the records do not add up to the figure exactly.

    Example: lake why --date 2025-07-01 --domain a.example --country DE
    """
    from lake.why import Slice, explain

    try:
        activity_date = date.fromisoformat(day)
    except ValueError as error:
        msg = f"--date {day}: give a day as YYYY-MM-DD"
        raise UsageError(msg) from error
    with progress(as_json) as say:
        say("asking the lake")
        found = explain(Settings(), Slice(activity_date, domain, country, ad_format, device), limit, as_of)
    if as_json:
        print_json(found.document())
    else:
        _print(found.document())
    if not found.is_whole:
        names = ", ".join(figure["table_name"] for figure in found.figures if not figure["explained"])
        msg = f"the silver records do not add up to {names}: lake verify says more, lake run --full-refresh rebuilds"
        raise LakeError(msg)


def _print(found: dict[str, Any]) -> None:
    figures = ["table_name", "record_count", "total_gco2e", "explained"]
    print_rows(figures, [{**row, "explained": "yes" if row["explained"] else "NO"} for row in found["figures"]])
    shown = [
        {
            "": PLACES[row["place"]],
            "reason": row.get("reason"),
            "delivery": row.get("path"),
            "rows": row["row_count"],
            "gCO2e": row["weight_gco2e"],
        }
        for place in PLACES
        for kind in ("parts", "reasons", "deliveries")
        for row in found[kind]
        if row["place"] == place
    ]
    print_rows(["", "reason", "delivery", "rows", "gCO2e"], shown)
    records = [
        {
            "place": row["place"],
            "delivery": row["path"],
            "record": row["record_number"],
            "gCO2e": row["weight_gco2e"],
            "why": _why(row),
            "cleaning": "; ".join(
                f"{item['column']} {item['delivered']!r}: {item['cleaned']}" for item in row["changed"]
            ),
        }
        for row in found["records"]
    ]
    if records:
        print_rows(["place", "delivery", "record", "gCO2e", "why", "cleaning"], records)
    print_line("--json shows each record as it was delivered, and the SHA-256 of its file")


def _why(row: dict[str, Any]) -> str:
    if row["winner"]:
        return f"lost to {row['winner']['path']} record {row['winner']['record_number']}"
    if row["superseded_by"]:
        return f"superseded by delivery {row['superseded_by']}"
    return ", ".join(row["reasons"])
