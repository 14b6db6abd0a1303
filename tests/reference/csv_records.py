"""From the bytes of a delivery to its header and records, one character at a time.

The grammar: a record ends at LF or CRLF outside quotes, a lone CR is data; a quote opens a quoted field only
as the field's first character; in a quoted field two quotes are one; after the closing quote only a comma or
the record's end may follow, or else the record is malformed and runs to the end of that physical line, quotes
in it being literal. Lines of no characters are skipped and not counted.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from .white_space import trim

SOURCE_COLUMNS = (
    "date",
    "domain",
    "format",
    "country",
    "ad_size",
    "device",
    "adSelectionEmissions",
    "creativeDistributionEmissions",
    "mediaDistributionEmissions",
    "totalEmissions",
    "domainCoverage",
)


# Bounds of memory and disk (docs/methodology.md, "Deliveries and records").
MAX_HEADER_LENGTH = 1 << 20
MAX_GZIP_RATIO, RATIO_APPLIES_FROM_BYTES = 200, 256 << 20


class DeliveryRejectedError(Exception):
    """The whole delivery is refused; the message is the reason."""


@dataclass(frozen=True)
class RawRecord:
    """One record: its fields, None where it is malformed, and its text without the line end."""

    fields: tuple[str, ...] | None
    text: str


@dataclass(frozen=True)
class DeliveryContent:
    """The trimmed header names in the file's order, and the records after the header, malformed ones too."""

    header: tuple[str, ...]
    records: tuple[RawRecord, ...]


class _State(Enum):
    FIELD_START = auto()
    UNQUOTED = auto()
    QUOTED = auto()
    QUOTE_CLOSED = auto()
    MALFORMED = auto()


def read_delivery(path: str, content: bytes) -> DeliveryContent:
    """Read a `.csv` or `.csv.gz` delivery whole.

    Raises:
        DeliveryRejectedError: the file cannot be unpacked, decoded or framed, or its header is not usable.
    """
    raw_records = list(_framed_records(_decoded(path, content)))
    if not raw_records:
        reason = "empty file: no header line"
        raise DeliveryRejectedError(reason)
    header = _checked_header(raw_records[0])
    return DeliveryContent(header, tuple(_of_width(record, len(header)) for record in raw_records[1:]))


def _decoded(path: str, content: bytes) -> str:
    """Unpack and decode the bytes; one BOM at the start is dropped."""
    try:
        plain = gzip.decompress(content) if path.endswith(".gz") else content
    except (OSError, EOFError, zlib.error) as error:
        reason = f"not a whole gzip file: {error}"
        raise DeliveryRejectedError(reason) from error
    if path.endswith(".gz") and len(plain) > max(RATIO_APPLIES_FROM_BYTES, MAX_GZIP_RATIO * len(content)):
        reason = "expands too much"
        raise DeliveryRejectedError(reason)
    try:
        return plain.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        reason = f"invalid UTF-8 at byte {error.start}"
        raise DeliveryRejectedError(reason) from error


def _framed_records(text: str) -> Iterator[RawRecord]:
    """Cut the text into records, the header being the first; empty lines are left out."""
    position = 0
    while position < len(text):
        record, position = _record_at(text, position)
        if record.text:
            yield record


def _record_at(text: str, start: int) -> tuple[RawRecord, int]:
    """Give the record that starts at `start`, and the position after its line end."""
    state = _State.FIELD_START
    fields: list[str] = []
    field = ""
    position = start
    while position < len(text) and (state is _State.QUOTED or not _line_end_at(text, position)):
        character = text[position]
        position += 1
        if state is _State.MALFORMED:
            continue
        previous, state = state, _next_state(state, character)
        if state is _State.FIELD_START:
            fields.append(field)
            field = ""
        elif state is _State.UNQUOTED or (state is previous is _State.QUOTED):
            field += character
        elif state is _State.QUOTED and previous is _State.QUOTE_CLOSED:
            field += '"'
    if state is _State.QUOTED:
        reason = "a quote is still open at the end of the file"
        raise DeliveryRejectedError(reason)
    raw_text = text[start:position]
    complete = None if state is _State.MALFORMED else (*fields, field)
    return RawRecord(complete, raw_text), position + _line_end_at(text, position)


def _next_state(state: _State, character: str) -> _State:
    """Give the state after one character that is no line end; a doubled quote passes through QUOTE_CLOSED."""
    if state is _State.QUOTED:
        return _State.QUOTE_CLOSED if character == '"' else _State.QUOTED
    if character == ",":
        return _State.FIELD_START
    if state is _State.QUOTE_CLOSED:
        return _State.QUOTED if character == '"' else _State.MALFORMED
    if state is _State.FIELD_START and character == '"':
        return _State.QUOTED
    return _State.UNQUOTED


def _line_end_at(text: str, position: int) -> int:
    """Give the length of the line end at this position: 1 for LF, 2 for CRLF, 0 for none."""
    if text.startswith("\n", position):
        return 1
    return 2 if text.startswith("\r\n", position) else 0


def _checked_header(record: RawRecord) -> tuple[str, ...]:
    """Give the trimmed names, or reject a header that is malformed, repeats a name or lacks a column."""
    if record.fields is None or len(record.text) > MAX_HEADER_LENGTH:
        reason = "unreadable header"
        raise DeliveryRejectedError(reason)
    names = tuple(trim(name) for name in record.fields)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        reason = f"repeated column: {', '.join(repeated)}"
        raise DeliveryRejectedError(reason)
    missing = [name for name in SOURCE_COLUMNS if name not in names]
    if missing:
        reason = f"missing column: {', '.join(missing)}"
        raise DeliveryRejectedError(reason)
    return names


def _of_width(record: RawRecord, width: int) -> RawRecord:
    """Give the record, malformed where it has another number of fields than the header."""
    if record.fields is not None and len(record.fields) != width:
        return RawRecord(None, record.text)
    return record
