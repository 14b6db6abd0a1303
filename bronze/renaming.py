"""Other names for columns: a `_columns.csv` in a landing folder says which name in its files stands for which column.

It holds for the deliveries of its folder and of the folders below, up to the next such file. Names are mapped and
nothing else: values are never converted. The delivery itself stays as it came, so its hash is the source's.
"""

import csv

from bronze.columns import KNOWN_COLUMNS
from bronze.records import WHITE_SPACE
from lake.storage import LakePath

COLUMNS_FILE = "_columns.csv"
COLUMNS_FILE_HEADER = ["name_in_file", "column"]
# Twelve columns under many names each need a thousandth of this.
MAX_COLUMNS_FILE_BYTES = 1 << 20


class RenamingError(Exception):
    """A `_columns.csv` cannot be used; the message says why."""


def read_renaming(file: LakePath) -> dict[str, str]:
    """The columns by the names that files give them.

    Raises:
        RenamingError: the file cannot be read, or says something that cannot be meant.
    """
    # A pipe would be waited for without end, a huge file would fill the memory.
    if not file.is_file() or file.stat().st_size > MAX_COLUMNS_FILE_BYTES:
        msg = f"{COLUMNS_FILE} is no regular file of at most {MAX_COLUMNS_FILE_BYTES >> 20} MiB"
        raise RenamingError(msg)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = [[cell.strip(WHITE_SPACE) for cell in row] for row in csv.reader(text, strict=True) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"{COLUMNS_FILE} cannot be read: {error}"
        raise RenamingError(msg) from error
    if not rows or rows[0] != COLUMNS_FILE_HEADER:
        msg = f"{COLUMNS_FILE} must begin with the line {','.join(COLUMNS_FILE_HEADER)}"
        raise RenamingError(msg)
    renaming: dict[str, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(COLUMNS_FILE_HEADER) or row[1] not in KNOWN_COLUMNS:
            msg = f"{COLUMNS_FILE} line {number}: expected a name and one of {', '.join(KNOWN_COLUMNS)}"
            raise RenamingError(msg)
        name, column = row
        if name in renaming:
            msg = f"{COLUMNS_FILE} line {number}: {name} stands twice"
            raise RenamingError(msg)
        renaming[name] = column
    return renaming


def applied(renaming: dict[str, str], header: list[str]) -> dict[str, str]:
    """The part of a renaming that a header makes use of."""
    return {name: renaming[name] for name in header if renaming.get(name, name) != name}
