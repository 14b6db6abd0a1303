"""Framing against the reference's slow state machine, on texts full of quotes, commas and line ends."""

import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bronze import records
from bronze.records import HashingReader, RejectedError, frame
from tests.reference.csv_records import DeliveryRejectedError, read_delivery

HEADER = (
    "date,domain,format,country,ad_size,device,adSelectionEmissions,creativeDistributionEmissions,"
    "mediaDistributionEmissions,totalEmissions,domainCoverage"
)
PIECES = st.sampled_from(['"', ",", "\n", "\r\n", "\r", "a", " ", "\x1b", "\x1f", "é", '""', '","', ',"', '",', "\x00"])


def framed(content: bytes, *, gz: bool = False) -> list[list[str] | str] | None:
    """The records as fields, or as raw text where malformed; None for a rejected delivery."""
    staged = io.BytesIO()
    try:
        result = frame(HashingReader(io.BytesIO(content)), gz=gz, delivery_id=3, staged=staged)
    except RejectedError:
        return None
    found: list[list[str] | str] = []
    for number, line in enumerate(staged.getvalue().decode().split("\n")[:-1], start=1):
        delivery_id, record_number, kind, payload = line.split("\x1f", 3)
        assert (delivery_id, record_number) == ("3", str(number))
        if kind == "p":
            fields = payload.split(",")
            found.append(fields if len(fields) == len(result.header) else payload)
        elif kind == "q":
            found.append([plain(field) for field in payload.split("\x1f")])
        else:
            found.append(plain(payload))
    assert result.record_count == len(found)
    return found


def plain(text: str) -> str:
    """A staged text as it was delivered."""
    for letter, character in (("n", "\n"), ("r", "\r"), ("u", "\x1f"), ("e", "\x1b")):
        text = text.replace(f"\x1b{letter}", character)
    return text


def expected(content: bytes) -> list[list[str] | str] | None:
    """What the reference makes of the same bytes."""
    try:
        delivery = read_delivery("a.csv", content)
    except DeliveryRejectedError:
        return None
    return [list(record.fields) if record.fields is not None else record.text for record in delivery.records]


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=40), st.integers(min_value=4, max_value=40))
def test_framing_equals_the_reference(pieces: list[str], chunk_bytes: int) -> None:
    content = f"{HEADER}\n{'1,2,3,4,5,6,7,8,9,10,'}{''.join(pieces)}".encode()
    whole, records.CHUNK_BYTES = records.CHUNK_BYTES, chunk_bytes
    try:
        got = framed(content)
    finally:
        records.CHUNK_BYTES = whole
    assert got == expected(content)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_never_crash(noise: bytes) -> None:
    content = HEADER.encode() + b"\n" + noise
    assert framed(content) == expected(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty: no header line"),
        (b"\n\r\n", "empty: no header line"),
        (b'a,"b', "a quote is still open at the end of the file"),
        (b'a,b\n1,"2\n', "a quote is still open at the end of the file"),
        (b'"a"x,b\n', "unreadable header: its quoting is broken"),
        (b"a\n\xff\n", "invalid UTF-8 at byte 2"),
    ],
)
def test_a_delivery_that_cannot_be_read_names_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        frame(HashingReader(io.BytesIO(content)), gz=False, delivery_id=1, staged=io.BytesIO())


def test_damaged_gz_is_rejected_and_good_gz_is_read() -> None:
    good = gzip.compress(b"a,b\n1,2\n", mtime=0)
    assert framed(good, gz=True) == [["1", "2"]]
    assert framed(good[:-4], gz=True) is None
    assert framed(good + b"x", gz=True) is None
    assert framed(b"a,b\n1,2\n", gz=True) is None


@pytest.mark.parametrize("cut_bytes", [4, 9, 2_000])
def test_a_truncated_gz_is_rejected_wherever_it_was_cut(monkeypatch: pytest.MonkeyPatch, cut_bytes: int) -> None:
    monkeypatch.setattr(records, "CHUNK_BYTES", 1_000)
    lines = "".join(f"{number},{number * 7919}\n" for number in range(2_000))
    cut = gzip.compress(f"a,b\n{lines}".encode(), mtime=0)[:-cut_bytes]
    with pytest.raises(RejectedError, match="gz is truncated"):
        frame(HashingReader(io.BytesIO(cut)), gz=True, delivery_id=1, staged=io.BytesIO())
