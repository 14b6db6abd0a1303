"""`lake diff`: what changed in gold between two runs, and why."""

from typing import Annotated, Any, Literal

import typer

from lake.errors import LakeError
from lake.output import Json, print_json, print_line, print_rows, progress
from lake.settings import Settings

By = Literal["date", "domain", "country", "format", "device"]
RunOrMoment = "A run's id or its beginning, or a moment for the last run that had succeeded by then."


def diff(
    run_a: Annotated[str, typer.Argument(metavar="RUN_A", help=RunOrMoment)],
    run_b: Annotated[str, typer.Argument(metavar="RUN_B", help="The later one.")],
    table: Annotated[str, typer.Option(help="A table of gold that counts every record.")] = "gold.daily_emissions",
    by: Annotated[By, typer.Option(help="What the change is told by.")] = "date",
    limit: Annotated[int, typer.Option(min=0, help="Groups shown, the largest change first; sums are of all.")] = 20,
    as_json: Json = False,
) -> None:
    """What changed in gold between two runs, and which deliveries caused it.

    Each change is split into volume (more or fewer records) and intensity (other grams per record), and explained by
    causes that add up to it exactly; exit 1 when they do not.

    Example: lake diff 2026-10-31 2026-11-30 --by country
    """
    from lake.diff import difference

    with progress(as_json) as say:
        say("comparing the runs")
        found = difference(Settings(), run_a, run_b, table, by)
    if as_json:
        print_json(found.document(limit))
    else:
        _print(found.document(limit))
        more = len(found.groups) - limit
        if more > 0:
            print_line(f"and {more:,} more groups: --limit shows them")
    if not found.is_whole:
        msg = (
            f"the causes do not add up to the change of {table}: gold and silver stand apart in one of the runs "
            "(lake runs says which failed or built one layer alone). Compare others."
        )
        raise LakeError(msg)


def _print(found: dict[str, Any]) -> None:
    columns = {
        "records_before": "records",
        "records_after": "after",
        "gco2e_before": "gCO2e",
        "gco2e_after": "gCO2e after",
        "change_gco2e": "change",
        "change_percent": "%",
        "volume_gco2e": "of it volume",
        "intensity_gco2e": "intensity",
    }
    rows = [
        {
            found["by"]: "all" if row is found["total"] else row["grain"],
            **{label: row[name] for name, label in columns.items()},
            "%": None if row["change_percent"] is None else f"{row['change_percent']:+.2f}",
        }
        for row in (found["total"], *found["groups"])
    ]
    print_rows([found["by"], *columns.values()], rows)
    causes = [
        {
            "cause": row["cause"],
            "delivery": row["path"],
            "records": row["record_change"],
            "gCO2e": row["change_gco2e"],
        }
        for row in found["causes"]
    ]
    print_rows(["cause", "delivery", "records", "gCO2e"], causes)
    if found["code_before"] != found["code_after"]:
        print_line(f"the code changed: {found['code_before']}, then {found['code_after']}")
