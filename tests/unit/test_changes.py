"""What of a landing area is news, told from the ledger alone; no Spark."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bronze.columns import REQUIRED_COLUMNS
from bronze.ingest import _is_known, _settled_fingerprint, check_header
from bronze.landing import Found, fingerprint_of
from bronze.ledger import Known, Ledger
from bronze.records import RejectedError


def known(delivery_id: int, content: bytes, status: str = "loaded") -> Known:
    """A version of a.csv in the ledger."""
    return Known(delivery_id, "a.csv", hashlib.sha256(content).hexdigest(), len(content), 1, status, "", delivery_id)


@pytest.mark.parametrize(
    ("versions", "is_known"),
    [
        ([], False),
        ([(b"one", "loaded")], True),
        ([(b"two", "loaded")], False),
        ([(b"one", "rejected")], True),
        ([(b"one", "withdrawn"), (b"bad", "rejected")], True),
        ([(b"bad", "rejected"), (b"one", "loaded")], True),
        ([(b"one", "superseded"), (b"two", "loaded")], False),
        ([(b"one", "superseded"), (b"two", "superseded"), (b"six", "rejected")], False),
    ],
)
def test_what_is_news(tmp_path: Path, versions: list[tuple[bytes, str]], is_known: bool) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"one")
    ledger = Ledger(known(number, content, status) for number, (content, status) in enumerate(versions, start=1))
    item = Found("a.csv", file, fingerprint_of(file))
    assert _is_known(item, ledger) is is_known
    now = datetime.now(UTC)
    assert _settled_fingerprint(item, now) == "", "a file changed just now may change once more unseen"
    assert _settled_fingerprint(item, now + timedelta(seconds=3)) == item.fingerprint


def test_a_header_with_a_missing_or_a_repeated_column_is_refused() -> None:
    check_header([*REQUIRED_COLUMNS, "extra"])
    with pytest.raises(RejectedError, match="missing column: date"):
        check_header(list(REQUIRED_COLUMNS[1:]))
    with pytest.raises(RejectedError, match="repeated column: date"):
        check_header([*REQUIRED_COLUMNS, "date"])
