"""The refused rows of current deliveries: why, how many, and as a file that people can look at and correct."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bronze.columns import KNOWN_COLUMNS
from lake.queries import query, to_json
from lake.session import open_session
from lake.settings import Settings
from lake.spreadsheet import write_csv
from lake.tables import list_tables

DELIVERY, RECORD = "quarantine_delivery_id", "quarantine_record_number"
# What an exported file has behind a delivery's columns.
NAMING_COLUMNS = (DELIVERY, RECORD, "reasons", "malformed_line")


def quarantine_rows(settings: Settings, reason: str | None, path: str | None, limit: int) -> list[dict[str, Any]]:
    """Refused rows with their reasons and delivered values, at most `limit`; none before the first run."""
    return _asked(settings, "quarantine", reason=reason, path=path, row_limit=limit)


def quarantine_reasons(settings: Settings, reason: str | None, path: str | None) -> list[dict[str, Any]]:
    """One row a reason and delivery version: `row_count`, `weight_gco2e`, `unweighable_rows`, the most rows first."""
    return _asked(settings, "quarantine_reasons", reason=reason, path=path)


def export(settings: Settings, file: Path, reason: str | None, path: str | None) -> int:
    """Write refused rows as a CSV file in the delivery format, whole or not at all; returns how many.

    After the columns of a delivery come those that say which row it was and why it was refused. Text that a spreadsheet
    would take for a formula has a quote before it.

    Raises:
        UsageError: the file's name is not that of a plain CSV file.
        LakeError: it cannot be written.
    """
    return write_csv(file, [*KNOWN_COLUMNS, *NAMING_COLUMNS], _exported(settings, reason, path))


def _exported(settings: Settings, reason: str | None, path: str | None) -> Iterator[list[object]]:
    if "silver.quarantine" in list_tables(settings.lake_path):
        rows = query(open_session(settings), "quarantine_export", reason=reason, path=path)
        for row in rows.toLocalIterator():
            *cells, malformed_line = row.cells
            yield [*cells, row.quarantine_delivery_id, row.quarantine_record_number, row.reasons, malformed_line]


def _asked(settings: Settings, name: str, **arguments: object) -> list[dict[str, Any]]:
    if "silver.quarantine" not in list_tables(settings.lake_path):
        return []
    return [to_json(row) for row in query(open_session(settings), name, **arguments).collect()]
