"""CSV files for people who open them in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from lake.errors import LakeError, UsageError
from lake.replacing import replacing

PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# The last four are what some spreadsheets take for the first four.
FORMULA = "=+@-'\t\r\n\uff1d\uff0b\uff0d\uff20"


def guarded(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula: where one would, a quote stands before it (OWASP, CSV Injection).

    Text that begins with a quote gets one too, so that taking one away gives every value back. Plain numbers stay.
    """
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(tuple(FORMULA)) and not PLAIN_NUMBER.fullmatch(text) else text


def write_csv(file: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> int:
    """Write rows as a CSV file, guarded, whole or not at all; returns how many.

    Raises:
        UsageError: the file's name is not that of a plain CSV file.
        LakeError: it cannot be written.
    """
    if file.suffix != ".csv":
        msg = f"{file}: name a file that ends with .csv"
        raise UsageError(msg)
    row_count = 0
    try:
        with replacing(file) as out:
            text = io.TextIOWrapper(out, encoding="utf-8", newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                writer.writerow(map(guarded, row))
                row_count += 1
            text.detach()
    except OSError as error:
        msg = f"cannot write {file}: {error.strerror}"
        raise LakeError(msg) from error
    return row_count
