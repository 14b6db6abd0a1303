"""The framing of records, with expectations worked out by hand from the grammar."""

import gzip

import pytest

from .csv_records import SOURCE_COLUMNS, DeliveryContent, DeliveryRejectedError, read_delivery

NAMES = ("note", *SOURCE_COLUMNS)
HEADER = ",".join(NAMES)
TAIL = "," * len(SOURCE_COLUMNS)


def _read(body: str) -> DeliveryContent:
    return read_delivery("a.csv", f"{HEADER}\n{body}".encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("plain", "plain"),
        ('""', ""),
        ('"a,b"', "a,b"),
        ('"a""b"', 'a"b'),
        ('""""', '"'),
        ('"line\nbreak\r\nagain"', "line\nbreak\r\nagain"),
        ('a"b"c', 'a"b"c'),
        (' "a"', ' "a"'),
        ("lone\rreturn", "lone\rreturn"),
        ("two\r\rreturns", "two\r\rreturns"),
    ],
)
def test_a_field_is_read_as_the_grammar_says(field: str, value: str) -> None:
    (record,) = _read(f"{field}{TAIL}\n").records
    assert record.fields is not None
    assert record.fields[0] == value


def test_records_end_at_lf_and_crlf_and_empty_lines_do_not_count() -> None:
    records = _read(f"\n\r\n1{TAIL}\r\n\n2{TAIL}\n\r\n3{TAIL}").records
    assert [record.fields[0] for record in records if record.fields] == ["1", "2", "3"]
    assert len(records) == 3


def test_a_return_before_crlf_is_data() -> None:
    (record,) = _read(f"1{TAIL}\r\r\n").records
    assert record.fields is not None
    assert record.fields[-1] == "\r"


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("  \n", ["  "]),
        ('""\n', ['""']),
        ("a,b\r\n", ["a,b"]),
        ('"a"b,"c\n', ['"a"b,"c']),
        ('"a" ,b\r\n', ['"a" ,b']),
        ('"a"\rb\n', ['"a"\rb']),
        ('"a\nb"x "\nnext\n', ['"a\nb"x "', "next"]),
        ('"a\nb",c\n', ['"a\nb",c']),
        ("\r", ["\r"]),
        (f"1{TAIL},\n", [f"1{TAIL},"]),
    ],
)
def test_a_malformed_record_keeps_its_text_and_ends_with_its_line(body: str, texts: list[str]) -> None:
    records = _read(f"{body}last{TAIL}" if body.endswith("\n") else body).records
    assert [record.text for record in records if record.fields is None] == texts
    if body.endswith("\n"):
        assert records[-1].fields is not None


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"\xef\xbb\xbf"),
        ("a.csv", b"\n\r\n"),
        ("a.csv", HEADER.encode() + b"\n\xff" + TAIL.encode()),
        ("a.csv", HEADER.encode() + b'\n"open' + TAIL.encode() + b"\n"),
        ("a.csv", ",".join(SOURCE_COLUMNS[1:]).encode()),
        ("a.csv", HEADER.encode() + b", note\xc2\xa0\n"),
        ("a.csv", HEADER.encode().replace(b"note", b'"note"x')),
        ("a.csv", HEADER.encode().replace(b"domain,", b"Domain,")),
        ("a.csv", gzip.compress(HEADER.encode())),
        ("a.csv.gz", HEADER.encode()),
        ("a.csv.gz", gzip.compress(HEADER.encode())[:-1]),
        ("a.csv.gz", gzip.compress(HEADER.encode()) + b"junk"),
        ("a.csv.gz", b""),
    ],
)
def test_an_unreadable_delivery_is_rejected_whole(path: str, content: bytes) -> None:
    with pytest.raises(DeliveryRejectedError):
        read_delivery(path, content)


def test_header_names_are_trimmed_and_a_bom_and_gzip_are_taken_off() -> None:
    content = gzip.compress(b"\xef\xbb\xbf" + HEADER.replace(",", "\u3000, ").encode())
    assert read_delivery("a.csv.gz", content) == DeliveryContent(NAMES, ())


def test_a_second_bom_is_part_of_the_first_name() -> None:
    assert read_delivery("a.csv", b"\xef\xbb\xbf" * 2 + HEADER.encode()).header[0] == "\ufeffnote"
