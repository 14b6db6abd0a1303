"""Corrected rows come back: a new version of each delivery that they were refused from, with them in their places.

So the lake's one way of correcting does the rest: the new version supersedes the old one, its good rows are the winners
that they were, the corrected ones leave the quarantine, and the account balances as for any other version. Records that
were corrected say so in an extra column, which bronze keeps.
"""

import csv
import gzip
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import Row, SparkSession

from bronze.columns import KNOWN_COLUMNS, OPTIONAL_COLUMN, REQUIRED_COLUMNS
from bronze.ingest import landed_sha256
from bronze.landing import land, list_landing
from bronze.ledger import read_ledger
from bronze.records import WHITE_SPACE
from lake.errors import LakeError, UsageError
from lake.quarantine import DELIVERY, RECORD
from lake.queries import query, view_of_rows
from lake.settings import Settings

# `DELIVERY/RECORD` of the refused record that a record corrects, empty for all others.
CORRECTS = "corrects_refused"
_SCHEMA = "delivery_id bigint, record_number bigint, cells array<string>"


@dataclass(frozen=True)
class Replayed:
    """A delivery that was landed again: its path, the version that it corrects, and how many records."""

    path: str
    delivery_id: int
    corrected_rows: int


def replay(spark: SparkSession, settings: Settings, file: Path) -> list[Replayed]:
    """Land each delivery of which an exported file corrects records once more, with these in their places.

    Rows that were left out of the file stay as they are. The caller holds the lake's lock; the next run takes the new
    versions in.

    Raises:
        UsageError: the file is no export, names a record twice, or one that is not refused any more.
        LakeError: another version of a delivery lies in landing, or it cannot be written.
    """
    corrections = _read(file)
    view_of_rows(spark, "corrections", corrections, _SCHEMA)
    stale = query(spark, "replay_not_refused").collect()
    if stale:
        msg = (
            f"{file} corrects record {stale[0].record_number} of delivery {stale[0].delivery_id}, which is not in the "
            "quarantine (any more). Nothing was landed; export again."
        )
        raise UsageError(msg)
    deliveries = query(spark, "replay_deliveries").collect()
    _check_landing(spark, settings, deliveries)
    with tempfile.TemporaryDirectory() as folder:
        for delivery in deliveries:
            made = Path(folder) / "corrected"
            _write(spark, delivery, made)
            land([made], settings.landing_path, delivery.path)
    return [Replayed(each.path, each.delivery_id, each.corrected_rows) for each in deliveries]


def _read(file: Path) -> list[dict[str, object]]:
    """The rows of an exported file, by the record that they correct."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            table = csv.DictReader(text, strict=True)
            names = [name.strip(WHITE_SPACE) for name in table.fieldnames or []]
            table.fieldnames = names
            missing = [name for name in (*REQUIRED_COLUMNS, DELIVERY, RECORD) if name not in names]
            if missing:
                msg = f"{file} lacks the columns {', '.join(missing)}: correct what lake quarantine export wrote"
                raise UsageError(msg)
            rows = [_correction(file, number, row) for number, row in enumerate(table, start=1)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"cannot read {file}: {error}"
        raise UsageError(msg) from error
    if not rows:
        msg = f"{file} has no rows: there is nothing to correct"
        raise UsageError(msg)
    named = {(row["delivery_id"], row["record_number"]) for row in rows}
    if len(named) < len(rows):
        msg = f"{file} names a record twice: keep one row for each {DELIVERY} and {RECORD}"
        raise UsageError(msg)
    return rows


def _correction(file: Path, number: int, row: dict[str, str | None]) -> dict[str, object]:
    numbers = [(row[name] or "").strip(WHITE_SPACE) for name in (DELIVERY, RECORD)]
    if None in row or not all(text.isascii() and text.isdigit() for text in numbers):
        msg = f"{file}, row {number}: {DELIVERY} and {RECORD} must be the numbers that were exported, in their columns"
        raise UsageError(msg)
    return {
        "delivery_id": int(numbers[0]),
        "record_number": int(numbers[1]),
        # What export put before a cell so that no spreadsheet runs it.
        "cells": [(row.get(name) or "").removeprefix("'") for name in KNOWN_COLUMNS],
    }


def _check_landing(spark: SparkSession, settings: Settings, deliveries: list[Row]) -> None:
    """What lies there must be what an ingest has seen: a newer version would be lost."""
    ledger = read_ledger(spark)
    landed = {item.path: item for item in list_landing(settings.landing_path)[0]}
    for delivery in deliveries:
        item = landed.get(delivery.path)
        seen = {version.content_sha256 for version in ledger.compared_with(delivery.path)}
        if item is not None and landed_sha256(item) not in seen:
            msg = (
                f"another version of {delivery.path} lies in landing. Nothing was landed; lake run first, then export."
            )
            raise LakeError(msg)


def _write(spark: SparkSession, delivery: Row, target: Path) -> None:
    """A delivery's records as they came, under its own header, the corrected ones in their places."""
    header = list(delivery.header)
    if delivery.has_record_ids and OPTIONAL_COLUMN not in {delivery.renamed_columns.get(name, name) for name in header}:
        header.append(OPTIONAL_COLUMN)
    if CORRECTS not in header:
        header.append(CORRECTS)
    columns = [delivery.renamed_columns.get(name, name) for name in header]
    with (
        gzip.open(target, "wb") if delivery.path.endswith(".gz") else target.open("wb") as raw,
        io.TextIOWrapper(raw, encoding="utf-8", newline="") as text,
    ):
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        for row in query(spark, "replay_records", delivery_id=delivery.delivery_id).toLocalIterator():
            if row.malformed_line is not None:
                text.write(f"{row.malformed_line}\n")
                continue
            values = dict(row.extra_columns) | dict(zip(KNOWN_COLUMNS, row.cells, strict=True))
            if row.is_corrected:
                values[CORRECTS] = f"{delivery.delivery_id}/{row.record_number}"
            writer.writerow([values.get(column) or "" for column in columns])
