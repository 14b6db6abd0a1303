"""`lake release`: a run's figures of a period, given out and kept."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from lake.errors import UsageError
from lake.manifest import FOLDER, Manifest, Period
from lake.output import Json, print_json, print_line, print_rows, progress
from lake.settings import Settings

PLACES = {
    "quarantined": "quarantined",
    "unplaced": "quarantined, of no readable day",
    "duplicate": "duplicates",
    "superseded": "superseded versions",
    "withdrawn": "withdrawn",
}


def release(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of its own, such as 2026-q3.")],
    period: Annotated[
        tuple[str, str], typer.Option("--period", metavar="FROM TO", help="The first and the last day, YYYY-MM-DD.")
    ],
    run: Annotated[
        str | None, typer.Option(help="The run to release, or a moment; the last that succeeded where not given.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why figures that were released change.")] = None,
    approved_by: Annotated[str | None, typer.Option("--approved-by", help="Who approved the change.")] = None,
    threshold: Annotated[
        str, typer.Option(metavar="PERCENT", help="Above it a change of what was released needs the two.")
    ] = "5",
    as_json: Json = False,
) -> None:
    """Give out what a run says of a period: copies that outlive the retention, and a manifest with their digests.

    Where a period that was released before now has other figures, the manifest and audit.restatements say which and
    why; above the threshold (5 % is our convention) only with --reason and --approved-by.

    Example: lake release 2026-q3 --period 2026-07-01 2026-09-30
    """
    from lake.lock import writing
    from lake.release import Wanted
    from lake.release import release as give_out
    from lake.session import open_session

    days = _period(*period)
    wanted = Wanted(name, days, run, _said(reason), _said(approved_by), _percent(threshold))
    settings = Settings()
    with writing(settings.lake_path, "lake release"), progress(as_json) as say:
        say("releasing")
        manifest, digest = give_out(open_session(settings), settings, wanted)
    place = str(settings.lake_path / FOLDER / f"{manifest.release}.json")
    if as_json:
        print_json({"manifest": place, "sha256": digest, **_document(manifest)})
    else:
        _print(manifest, place, digest)


def _document(manifest: Manifest) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(manifest)


def _print(manifest: Manifest, place: str, digest: str) -> None:
    print_line(
        f"released {manifest.release}: {manifest.days}, {manifest.row_count:,} records, {manifest.total_gco2e} g CO2e, "
        f"run {manifest.run['run_id']}"
    )
    rows = [
        {"left out": PLACES[row["place"]], "rows": row["row_count"], "gCO2e": row["weight_gco2e"]}
        for row in manifest.excluded
    ]
    if rows:
        print_rows(["left out", "rows", "gCO2e"], rows)
    changes = [
        {
            "released before": f"{row['period_first_day']} to {row['period_last_day']}",
            "in": row["previous_release"],
            "gCO2e": row["gco2e_before"],
            "now": row["gco2e_after"],
            "%": None if row["change_percent"] is None else f"{row['change_percent']:+.2f}",
            "cause": cause.get("cause"),
            "delivery": cause.get("path"),
            "by it": cause.get("change_gco2e"),
        }
        for row in manifest.restatements
        for cause in row["causes"] or [{}]
    ]
    if changes:
        print_rows([*changes[0]], changes)
    print_line(f"manifest {place}")
    print_line(f"its SHA-256 is {digest}: keep it elsewhere, and no one can change the release unseen")


def _period(first: str, last: str) -> Period:
    try:
        days = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        msg = f"--period {first} {last}: give two days as YYYY-MM-DD"
        raise UsageError(msg) from error
    if days.first > days.last:
        msg = f"--period {first} {last}: give the earlier day first"
        raise UsageError(msg)
    return days


def _said(text: str | None) -> str | None:
    return text.strip() or None if text is not None else None


def _percent(text: str) -> Decimal:
    try:
        percent = Decimal(text)
    except InvalidOperation:
        percent = Decimal(-1)
    if not percent.is_finite() or not 0 <= percent < 100_000 or percent != round(percent, 4):  # noqa: PLR2004
        msg = f"--threshold {text}: give a percentage such as 5 or 2.5, with at most four decimals"
        raise UsageError(msg)
    return percent
