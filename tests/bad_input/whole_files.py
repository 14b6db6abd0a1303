"""Bytes that are no text, no gz, too large, or nothing at all."""

import codecs
import gzip
import io

from tests.bad_input.case import HEADER, Case, Loaded, Rejected, record, text_of

EMPTY = Rejected("empty: no header line")
TRUNCATED = Rejected("gz is truncated")
UTF_16 = Rejected("invalid UTF-8 at byte 0 (it begins as UTF-16 does)")
ALL_COLUMNS = HEADER.replace(",", ", ")
GOOD = text_of(record("good"))


def zipped(content: bytes) -> bytes:
    """The content as one gz member, the same bytes each time."""
    return gzip.compress(content, mtime=0)


def good(path: str) -> bytes:
    """A delivery of one valid record."""
    return text_of(record(path))


def _with_bytes(path: str, value: bytes) -> bytes:
    return good(path).replace(b"a.example", value)


def _bomb() -> bytes:
    """A gz of 260 MiB of lines, made without holding them."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as sink:
        for _ in range(260):
            sink.write((b"x" * 1023 + b"\n") * 1024)
    return packed.getvalue()


def _damaged(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


CASES = [
    Case("empty.csv", "no bytes", b"", EMPTY),
    Case("empty-lines.csv", "nothing but empty lines", b"\n\r\n\n", EMPTY),
    Case("bom-only.csv", "nothing but a byte order mark", codecs.BOM_UTF8, EMPTY),
    Case("bom.csv", "a byte order mark", codecs.BOM_UTF8 + good("bom.csv"), Loaded()),
    Case(
        "bom-quoted.csv",
        "a byte order mark before a quoted header",
        codecs.BOM_UTF8 + good("bom-quoted.csv").replace(b"date,", b'"date",', 1),
        Loaded(),
    ),
    Case(
        "bom-double.csv",
        "two byte order marks; the second belongs to the first name",
        codecs.BOM_UTF8 * 2 + good("bom-double.csv"),
        Rejected("missing column: date"),
    ),
    Case(
        "utf16le.csv",
        "UTF-16, little end first, with its mark",
        codecs.BOM_UTF16_LE + GOOD.decode().encode("utf-16-le"),
        UTF_16,
    ),
    Case(
        "utf16be.csv",
        "UTF-16, big end first, with its mark",
        codecs.BOM_UTF16_BE + GOOD.decode().encode("utf-16-be"),
        UTF_16,
    ),
    Case(
        "utf16-bare.csv",
        "UTF-16 without a mark",
        GOOD.decode().encode("utf-16-le"),
        Rejected(f"missing column: {ALL_COLUMNS}"),
    ),
    Case("utf32.csv", "UTF-32 with its mark", GOOD.decode().encode("utf-32"), UTF_16),
    Case(
        "latin1.csv",
        "a value in Latin-1",
        _with_bytes("latin1.csv", b"caf\xe9.example"),
        Rejected("invalid UTF-8 at byte 164"),
    ),
    Case(
        "overlong.csv",
        "an overlong UTF-8 form of `/`",
        _with_bytes("overlong.csv", b"\xc0\xaf"),
        Rejected("invalid UTF-8 at byte 161"),
    ),
    Case(
        "surrogate.csv",
        "a surrogate in UTF-8",
        _with_bytes("surrogate.csv", b"\xed\xa0\x80"),
        Rejected("invalid UTF-8 at byte 161"),
    ),
    Case("cut-character.csv", "the end within a character", b"a\n\xe2\x82", Rejected("invalid UTF-8 at byte 2")),
    Case("nul.csv", "a NUL in a value", _with_bytes("nul.csv", b"a\0.example"), Loaded(1, {1: ("invalid_domain",)})),
    Case("nul-only.csv", "nothing but NUL", b"\0" * 1000, Rejected(f"missing column: {ALL_COLUMNS}")),
    Case("binary.csv", "an image named .csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Rejected("invalid UTF-8 at byte 0")),
    Case("good.csv.gz", "a whole gz", zipped(good("good.csv.gz")), Loaded()),
    Case(
        "members.csv.gz",
        "a gz of two members, cut within a record",
        zipped(good("members.csv.gz")[:200]) + zipped(good("members.csv.gz")[200:]),
        Loaded(),
    ),
    Case("padded.csv.gz", "a gz with zero bytes behind", zipped(good("padded.csv.gz")) + b"\0" * 512, Loaded()),
    Case("truncated.csv.gz", "a gz without its last four bytes", zipped(GOOD)[:-4], TRUNCATED),
    Case("half.csv.gz", "half a gz", zipped(GOOD)[:90], TRUNCATED),
    Case("head.csv.gz", "the first three bytes of a gz", zipped(GOOD)[:3], TRUNCATED),
    Case("empty.csv.gz", "a gz file without bytes", b"", EMPTY),
    Case("gz-of-nothing.csv.gz", "a gz of nothing", zipped(b""), EMPTY),
    Case(
        "garbage.csv.gz",
        "a gz with garbage behind",
        zipped(GOOD) + b"garbage",
        Rejected("gz is damaged: Not a gzipped file (b'ga')"),
    ),
    Case("plain.csv.gz", "plain CSV named .csv.gz", GOOD, Rejected("gz is damaged: Not a gzipped file (b'da')")),
    Case(
        "zip.csv.gz",
        "a zip archive named .csv.gz",
        b"PK\x03\x04",
        Rejected("gz is damaged: Not a gzipped file (b'PK')"),
    ),
    Case(
        "checksum.csv.gz",
        "a gz whose checksum is wrong",
        _damaged(zipped(GOOD), len(zipped(GOOD)) - 6),
        Rejected("gz is damaged: CRC check failed 0xf6245644 != 0xf6db5644"),
    ),
    Case("gz-of-latin1.csv.gz", "a gz of Latin-1", zipped(b"caf\xe9\n"), Rejected("invalid UTF-8 at byte 3")),
    Case(
        "gz-of-gz.csv.gz",
        "a gz of a gz",
        zipped(zipped(GOOD)),
        Rejected("invalid UTF-8 at byte 1 (it begins as gz does, which is named .csv.gz)"),
    ),
    Case(
        "gz-named.csv",
        "a gz named .csv",
        zipped(GOOD),
        Rejected("invalid UTF-8 at byte 1 (it begins as gz does, which is named .csv.gz)"),
    ),
    Case("bomb.csv.gz", "a gz bomb: 260 MiB in 260 KB", _bomb(), Rejected("gz expands more than 200 times")),
    Case(
        "field-10mb.csv",
        "a field of 10 MB",
        text_of(record("field-10mb.csv", domain="x" * 10_000_000)),
        Loaded(1, {1: ("invalid_domain",)}),
    ),
    Case(
        "field-10mb-quoted.csv",
        "a quoted field of 10 MB in an extra column",
        text_of(record("field-10mb-quoted.csv") + ',"' + "x,\n" * 3_333_333 + '"', header=f"{HEADER},note"),
        Loaded(),
    ),
    Case(
        "columns-10000.csv",
        "10,000 further columns",
        text_of(record("columns-10000.csv") + ",v" * 10_000, header=HEADER + "".join(f",c{n}" for n in range(10_000))),
        Loaded(),
    ),
    Case(
        "commas.csv",
        "a record of two million commas",
        text_of(record("commas.csv"), "," * 2_000_000),
        Loaded(2, {2: ("malformed_line",)}),
    ),
    Case(
        "header-2mb.csv",
        "a header of 2 MB",
        text_of(record("header-2mb.csv"), header=f"{HEADER},{'x' * 2_000_000}"),
        Rejected("unreadable header: longer than 1 MiB"),
    ),
]
