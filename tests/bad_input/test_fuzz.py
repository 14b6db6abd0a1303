"""Random and mutated bytes: framing and a whole run against the reference, and nothing crashes or is lost."""

import gzip
import io
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bronze import records
from bronze.ingest import check_header
from bronze.records import HashingReader, RejectedError, frame
from tests.bad_input.case import record, text_of
from tests.bad_input.catalogue import CASES
from tests.conftest import TestLake
from tests.histories.comparing import assert_conserved, assert_equal_to_reference
from tests.histories.content import delivery
from tests.reference.csv_records import DeliveryRejectedError, read_delivery
from tests.reference.history import ReferenceLake
from tests.unit.test_records import expected, framed

FILES = 60
# What breaks readers: quotes, line ends, separators, marks of encodings and of staging.
HOSTILE = [
    b'"',
    b'""',
    b",",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\x1b",
    b"\x1f",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b" ",
]
SEEDS = [case.content for case in CASES if len(case.content) < 2_000]


def mutated(content: bytes, random: Random) -> bytes:
    """The content after one to four changes: bytes put in, taken out, flipped, doubled, cut off."""
    changed = bytearray(content)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(changed) + 1)
        end = min(len(changed), place + random.randint(1, 30))
        match random.randrange(5):
            case 0:
                changed[place:place] = random.choice(HOSTILE)
            case 1:
                del changed[place:end]
            case 2:
                changed[place : place + 1] = bytes([random.randrange(256)])
            case 3:
                changed[place:place] = changed[place:end]
            case _:
                del changed[max(place, len(changed) // 2) :]
    return bytes(changed)


def _fuzzed(content: bytes, random: Random) -> bytes:
    """A mutated delivery; mostly its header stays whole, so that its records come to be judged."""
    start = content.find(b"\n") + 1 if random.random() < 0.8 else 0
    return content[:start] + mutated(content[start:], random)


def outcome(content: bytes, *, gz: bool) -> int | None:
    """The number of records that the product frames, None where it rejects the delivery."""
    try:
        found = frame(HashingReader(io.BytesIO(content)), gz=gz, delivery_id=1, staged=io.BytesIO())
        check_header(list(found.header))
    except RejectedError:
        return None
    return found.record_count


def reference_outcome(path: str, content: bytes) -> int | None:
    """The same by the reference."""
    try:
        return len(read_delivery(path, content).records)
    except DeliveryRejectedError:
        return None


@settings(max_examples=1_500, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(4, 60))
def test_mutated_files_are_framed_as_the_reference_frames_them(seed: bytes, number: int, chunk_bytes: int) -> None:
    content = mutated(seed, Random(number))
    whole, records.CHUNK_BYTES = records.CHUNK_BYTES, chunk_bytes
    try:
        assert outcome(content, gz=False) == reference_outcome("a.csv", content)
        if outcome(content, gz=False) is not None:
            assert framed(content) == expected(content)
    finally:
        records.CHUNK_BYTES = whole


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**32))
def test_mutated_gz_is_read_or_rejected_as_the_reference_does(number: int) -> None:
    random = Random(number)
    content = mutated(gzip.compress(text_of(record("gz")), mtime=0), random)
    if random.random() < 0.3:
        content += gzip.compress(b"x\n", mtime=0)
    assert outcome(content, gz=True) == reference_outcome("a.csv.gz", content)


@settings(max_examples=600, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_random_bytes_never_crash_framing(content: bytes, gz: bool) -> None:
    path = "a.csv.gz" if gz else "a.csv"
    assert outcome(content, gz=gz) == reference_outcome(path, content)


@pytest.mark.long
def test_a_run_over_fuzzed_files_equals_the_reference_row_by_row(lake: TestLake) -> None:
    random = Random(20260101)
    reference = ReferenceLake()
    for number in range(FILES):
        gz = random.random() < 0.2
        content = random.randbytes(200) if number % 12 == 0 else _fuzzed(delivery(random, gz=False), random)
        packed = gzip.compress(content, mtime=0) if gz else content
        path = f"{number:02d}.csv{'.gz' if gz else ''}"
        lake.put(path, packed)
        reference.put(path, packed)
    report = lake.run()
    reference.ingest(datetime.now(UTC).date())
    assert_equal_to_reference(lake, reference)
    assert_conserved(report.conservation, reference)
    statuses = [entry.status for entry in report.ingested.deliveries]
    assert statuses.count("loaded") > FILES // 3
    assert statuses.count("rejected") > FILES // 10
