"""`lake quarantine`: what was refused and why, on the terminal and as a file."""

from pathlib import Path
from typing import Annotated

import typer

from lake.errors import UsageError
from lake.output import Json, print_json, print_line, print_rows, progress
from lake.settings import Settings
from lake.terminal import printable

Reason = Annotated[str | None, typer.Option(help="Only rows refused for this reason.")]
DeliveryPath = Annotated[str | None, typer.Option(help="Only rows of this delivery path.")]
DEFAULT_LIMIT = 1_000
Limit = Annotated[int, typer.Option(min=0, help="At most so many rows; counts and grams are always of all.")]

quarantine = typer.Typer(invoke_without_command=True)


@quarantine.callback()
def alone(context: typer.Context, as_json: Json = False) -> None:
    """What was refused and why; alone it lists.

    Example: lake quarantine
    """
    if context.invoked_subcommand is None:
        quarantine_list(as_json=as_json)


@quarantine.command("list")
def quarantine_list(
    reason: Reason = None, delivery: DeliveryPath = None, limit: Limit = DEFAULT_LIMIT, as_json: Json = False
) -> None:
    """Counts and grams by reason and delivery, and refused rows of current deliveries; --json gives the rows.

    Example: lake quarantine list --reason unknown_country --limit 20
    """
    from lake.quarantine import quarantine_reasons, quarantine_rows

    settings = Settings()
    rows = quarantine_rows(settings, reason, delivery, limit)
    if as_json:
        print_json(rows)
        return
    print_rows(["reason", "path", "row_count", "weight_gco2e"], quarantine_reasons(settings, reason, delivery))
    columns = ["path", "record_number", "reasons", "date", "domain", "country", "totalEmissions"]
    print_rows(columns, [{name: row[name] for name in columns} for row in rows])


@quarantine.command("reasons")
def reasons(reason: Reason = None, delivery: DeliveryPath = None, as_json: Json = False) -> None:
    """Counts and grams by reason and delivery, over all refused rows.

    Example: lake quarantine reasons --delivery cnn/july.csv
    """
    from lake.quarantine import quarantine_reasons

    rows = quarantine_reasons(Settings(), reason, delivery)
    if as_json:
        print_json(rows)
    else:
        print_rows(["reason", "path", "delivery_id", "row_count", "weight_gco2e", "unweighable_rows"], rows)


@quarantine.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The .csv to write.")],
    reason: Reason = None,
    delivery: DeliveryPath = None,
    as_json: Json = False,
) -> None:
    """Write refused rows as a CSV in the delivery format, with their reasons and the record that each was.

    Text that a spreadsheet would take for a formula has a quote (') before it, and so has text that begins with one.

    Example: lake quarantine export refused.csv --reason unknown_country
    """
    from lake.quarantine import export as write

    row_count = write(Settings(), file, reason, delivery)
    if as_json:
        print_json({"file": str(file), "row_count": row_count})
    else:
        print_line(f"{file}: {row_count:,} refused rows")


@quarantine.command("replay")
def replay(
    file: Annotated[Path, typer.Argument(help="An exported .csv, its rows corrected; leave out those that are not.")],
    as_json: Json = False,
) -> None:
    """Land the deliveries that corrected rows were refused from once more, with these in their places.

    The next run takes them in: the rows leave the quarantine, all others stay what they were.

    Example: lake quarantine replay refused.csv
    """
    from dataclasses import asdict

    from lake.lock import writing
    from lake.replay import replay as land_again
    from lake.session import open_session

    settings = Settings()
    with writing(settings.lake_path, "lake quarantine replay"), progress(as_json) as say:
        say("landing corrected rows")
        _require_quarantine(settings)
        landed = land_again(open_session(settings), settings, file)
    if as_json:
        print_json([asdict(item) for item in landed])
        return
    for item in landed:
        print_line(f"landed {printable(item.path)} again, {item.corrected_rows:,} records corrected")
    print_line("lake run takes them in")


def _require_quarantine(settings: Settings) -> None:
    from lake.tables import list_tables

    if "silver.quarantine" not in list_tables(settings.lake_path):
        msg = "the lake has no quarantine yet: lake run makes it"
        raise UsageError(msg)
