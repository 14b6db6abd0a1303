"""Frame a delivery: cut its bytes into records, one per line, each under its delivery and record number.

Spark's own CSV reader is not exact enough for this: it fuses lines of mixed endings, lets an open quote swallow the
rest of a file, turns invalid UTF-8 into U+FFFD and skips files by name. So the records are framed here, in one pass
that also hashes the bytes, and the fields are cut in SQL (bronze/sql/append_records.sql).

The grammar is RFC 4180 with these points fixed: records end at LF or CRLF outside quotes, a lone CR is data, a quote
opens a field only as its first character, after a closing quote only a comma or the end may follow.
"""

import codecs
import csv
import gzip
import hashlib
import io
import itertools
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

CHUNK_BYTES = 4 << 20
BYTE_ORDER_MARK = codecs.BOM_UTF8
# What a file that is no UTF-8 most likely is, by its first two bytes.
NOT_UTF_8 = {
    codecs.BOM_UTF16_LE: " (it begins as UTF-16 does)",
    codecs.BOM_UTF16_BE: " (it begins as UTF-16 does)",
    b"\x1f\x8b": " (it begins as gz does, which is named .csv.gz)",
}
# Unicode's White_Space property; str.strip() alone would also take U+001C to U+001F.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# A field of 10 MB is legal; a record beyond this is a bomb or a broken file, and would not fit a task's memory.
MAX_RECORD_BYTES = 64 << 20
# The ledger keeps the header and each run reads it; 10,000 columns of 100 characters fit.
MAX_HEADER_BYTES = 1 << 20
# DEFLATE reaches 1032:1 only on constant bytes; real CSV stays under 30:1.
MAX_GZIP_RATIO = 200
GZIP_RATIO_APPLIES_FROM_BYTES = 256 << 20

PLAIN, QUOTED, MALFORMED = "p", "q", "m"
FIELD_SEPARATOR = "\x1f"
_LONE_CR = re.compile(r"\r(?!\n)")

# Staging writes some characters as two, so a field may be twice as long as its record before that.
csv.field_size_limit(2 * MAX_RECORD_BYTES + 1)


class RejectedError(Exception):
    """The delivery as a whole cannot be read; the message is the reason that the ledger keeps."""


class ChangingError(Exception):
    """The file grew while it was read, so its bytes are no version of a delivery yet."""


class UnreadableError(Exception):
    """The disk or the system refused to give the file's bytes; the message is its reason."""


@dataclass(frozen=True)
class Framed:
    """What framing found out about one delivery."""

    content_sha256: str
    size_bytes: int
    header: tuple[str, ...]
    record_count: int


class HashingReader:
    """Reads a file once, hashing and counting what passes, whatever happens to the file meanwhile.

    With `limit_bytes` reading ends with an error behind so many bytes: a file may grow as fast as it is read.
    `on_bytes` is told how many have passed.
    """

    def __init__(
        self, raw: BinaryIO, limit_bytes: int | None = None, on_bytes: Callable[[int], None] = lambda _: None
    ) -> None:
        self._raw = raw
        self._on_bytes = on_bytes
        self._limit_bytes = limit_bytes
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def read(self, size: int | None = None) -> bytes:
        """The next bytes of the file, empty at its end.

        Raises:
            ChangingError: the file has more bytes than it may have.
            UnreadableError: the bytes cannot be had.
        """
        try:
            block = self._raw.read(size or CHUNK_BYTES)
        except OSError as error:
            raise UnreadableError(error.strerror or str(error)) from error
        self._digest.update(block)
        self.size_bytes += len(block)
        if self._limit_bytes is not None and self.size_bytes > self._limit_bytes:
            raise ChangingError
        self._on_bytes(self.size_bytes)
        return block

    def drain(self) -> str:
        """The SHA-256 of the whole file as hex digits, after reading whatever was left of it."""
        while self.read():
            pass
        return self._digest.hexdigest()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes as hex digits."""
    with path.open("rb") as raw:
        return HashingReader(raw).drain()


def frame(source: HashingReader, *, gz: bool, delivery_id: int, staged: BinaryIO) -> Framed:
    """Write every record of a delivery to `staged` and return what was found.

    A staged line is `delivery_id US record_number US kind US payload`: kind `p` is the record as delivered (fields
    between commas), `q` the unquoted fields between US, `m` a record whose quoting or field count is broken, as
    delivered. In `q` and `m`, ESC and a letter stand for ESC (e), US (u), LF (n) and a lone CR (r).

    Raises:
        RejectedError: the delivery is unreadable as a whole. `staged` then holds lines to be thrown away.
        ChangingError, UnreadableError: as for `HashingReader.read`.
    """
    lines = _Lines(_text_chunks(_unzipped(source) if gz else iter(source.read, b"")))
    header = _header(lines)
    record_count = 0
    while rest := lines.rest_of_chunk():
        if '"' in rest:
            block, record_count = _mixed_block(lines, len(header), delivery_id, record_count)
        else:
            block, record_count = _plain_block(rest, delivery_id, record_count)
            lines.skip_chunk()
        staged.write(block.encode())
    return Framed(source.drain(), source.size_bytes, header, record_count)


class _Lines:
    """Physical lines, ends included, of chunks that end at a line's end."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._chunk = ""
        self._position = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if not self.buffered() and not self.rest_of_chunk():
            raise StopIteration
        end = self._chunk.find("\n", self._position) + 1 or len(self._chunk)
        line = self._chunk[self._position : end]
        self._position = end
        return line

    def buffered(self) -> bool:
        """Whether the chunk at hand has more lines."""
        return self._position < len(self._chunk)

    def rest_of_chunk(self) -> str:
        """What is left of the chunk at hand, else the next chunk; empty at the end."""
        if not self.buffered():
            self._chunk, self._position = next(self._chunks, ""), 0
        return self._chunk[self._position :] if self._position else self._chunk

    def skip_chunk(self) -> None:
        """Leave the chunk at hand."""
        self._position = len(self._chunk)


def _plain_block(text: str, delivery_id: int, record_count: int) -> tuple[str, int]:
    records = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    block = "".join(
        [
            f"{delivery_id}\x1f{number}\x1fp\x1f{record}\n"
            for number, record in enumerate(records, start=record_count + 1)
        ]
    )
    return block, record_count + len(records)


def _mixed_block(lines: _Lines, field_count: int, delivery_id: int, record_count: int) -> tuple[str, int]:
    staged = []
    while lines.buffered():
        line = next(lines)
        if '"' in line:
            kind, payload = _quoted_record(line, lines, field_count)
        else:
            kind, payload = PLAIN, _without_end(line)
            if not payload:
                continue
        record_count += 1
        staged.append(f"{delivery_id}\x1f{record_count}\x1f{kind}\x1f{payload}\n")
    return "".join(staged), record_count


def _quoted_record(line: str, following: Iterator[str], field_count: int) -> tuple[str, str]:
    fields, raw = _cut(line, following)
    if fields is None or len(fields) != field_count:
        return MALFORMED, raw.replace("\x1b", "\x1be").replace("\n", "\x1bn")
    return QUOTED, FIELD_SEPARATOR.join(fields).replace("\n", "\x1bn")


def _cut(line: str, following: Iterator[str]) -> tuple[list[str] | None, str]:
    """The escaped fields of the record that begins with `line` (None where its quoting is broken), and its text."""
    # A buffer, since a list of millions of short lines takes many times their size.
    taken = io.StringIO()
    ended = False

    def physical_lines() -> Iterator[str]:
        nonlocal ended
        for taken_line in itertools.chain((line,), following):
            taken.write(taken_line)
            _check_length(taken.tell())
            # The csv module takes a lone CR for a record's end; here it is data.
            escaped = taken_line.replace("\x1b", "\x1be").replace(FIELD_SEPARATOR, "\x1bu")
            yield _LONE_CR.sub("\x1br", escaped)
        ended = True

    try:
        fields = next(csv.reader(physical_lines(), strict=True))
    except csv.Error:
        if ended:
            msg = "a quote is still open at the end of the file"
            raise RejectedError(msg) from None
        fields = None
    return fields, _without_end(taken.getvalue())


def _without_end(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r") if line.endswith("\n") else line


def _header(lines: _Lines) -> tuple[str, ...]:
    for line in lines:
        if not _without_end(line):
            continue
        _check_header_length(line)
        fields, text = _cut(line, lines)
        if fields is None:
            msg = "unreadable header: its quoting is broken"
            raise RejectedError(msg)
        _check_header_length(text)
        return tuple(_unescaped(field).strip(WHITE_SPACE) for field in fields)
    msg = "empty: no header line"
    raise RejectedError(msg)


def _unescaped(field: str) -> str:
    """A field as it was delivered: names of columns are not staged, so nothing takes the escapes out later."""
    return field.replace("\x1br", "\r").replace("\x1bu", FIELD_SEPARATOR).replace("\x1be", "\x1b")


def _unzipped(source: HashingReader) -> Iterator[bytes]:
    plain_bytes = 0
    try:
        # GzipFile asks for read() alone when it only reads forward.
        with gzip.GzipFile(fileobj=cast("BinaryIO", source)) as plain:
            while chunk := plain.read(CHUNK_BYTES):
                plain_bytes += len(chunk)
                if plain_bytes > max(GZIP_RATIO_APPLIES_FROM_BYTES, MAX_GZIP_RATIO * source.size_bytes):
                    msg = f"gz expands more than {MAX_GZIP_RATIO} times"
                    raise RejectedError(msg)
                yield chunk
    except EOFError:
        msg = "gz is truncated"
        raise RejectedError(msg) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        msg = f"gz is damaged: {error}"
        raise RejectedError(msg) from None


def _text_chunks(chunks: Iterator[bytes]) -> Iterator[str]:
    """Decoded chunks that end at a LF each, but for the last; the byte order mark is dropped."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest, beginning = "", b""
    decoded_bytes = pending_bytes = 0
    try:
        for chunk in chunks:
            beginning = beginning or chunk[:2]
            pending_bytes = len(decoder.getstate()[0])
            text = rest + decoder.decode(chunk)
            if decoded_bytes < len(BYTE_ORDER_MARK):
                text = text.removeprefix("\ufeff")
            decoded_bytes += len(chunk)
            end = text.rfind("\n") + 1
            rest = text[end:]
            _check_length(len(rest))
            if end:
                yield text[:end]
        pending_bytes = len(decoder.getstate()[0])
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        hint = NOT_UTF_8.get(beginning, "")
        msg = f"invalid UTF-8 at byte {decoded_bytes - pending_bytes + error.start}{hint}"
        raise RejectedError(msg) from None
    if rest:
        yield rest


def _check_length(length: int) -> None:
    if length > MAX_RECORD_BYTES:
        msg = f"a record is longer than {MAX_RECORD_BYTES >> 20} MiB; a quote that is left open makes such a record"
        raise RejectedError(msg)


def _check_header_length(text: str) -> None:
    if len(text) > MAX_HEADER_BYTES:
        msg = f"unreadable header: longer than {MAX_HEADER_BYTES >> 20} MiB"
        raise RejectedError(msg)
