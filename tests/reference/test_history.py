"""The ledger: versions, superseding, rejection, withdrawal, all worked out by hand."""

import hashlib
from datetime import date

import pytest

from .history import ReferenceLake
from .sample_deliveries import LOADED_ON, delivery

FIRST = delivery({})
SECOND = delivery({}, {"domain": "espn.com"})
BROKEN = b"no,header\n"
ALSO_BROKEN = b"nothing,either\n"


def _ingested(*contents: bytes) -> ReferenceLake:
    """Give a lake in which `a.csv` had each of these contents at one run."""
    lake = ReferenceLake()
    for content in contents:
        lake.put("a.csv", content)
        lake.ingest(LOADED_ON)
    return lake


def _ledger(lake: ReferenceLake) -> list[tuple[object, object]]:
    return [(row["status"], row["superseded_by"]) for row in lake.deliveries()]


def test_ids_rise_in_byte_order_of_path_and_hidden_names_are_ignored() -> None:
    lake = ReferenceLake()
    for path in ("é.csv", "b.csv", "Z.csv", "b/c.csv", ".a.csv", "_x/a.csv", "x/.y/a.csv", "a.txt", "a.CSV"):
        lake.put(path, FIRST)
    lake.put("y.csv", BROKEN)
    assert lake.ingest(LOADED_ON) == [1, 2, 3, 4, 5]
    assert [row["path"] for row in lake.deliveries()] == ["Z.csv", "b.csv", "b/c.csv", "y.csv", "é.csv"]
    assert lake.ingest(LOADED_ON) == []


def test_a_ledger_row_describes_its_version() -> None:
    assert _ingested(SECOND).deliveries() == [
        {
            "delivery_id": 1,
            "path": "a.csv",
            "content_sha256": hashlib.sha256(SECOND).hexdigest(),
            "size_bytes": len(SECOND),
            "row_count": 2,
            "status": "loaded",
            "superseded_by": None,
        }
    ]


def test_other_bytes_supersede_and_older_bytes_that_return_are_new() -> None:
    lake = _ingested(FIRST, SECOND, FIRST)
    assert _ledger(lake) == [("superseded", 2), ("superseded", 3), ("loaded", None)]
    lake.remove("a.csv")
    assert lake.ingest(LOADED_ON) == []
    assert _ledger(lake)[-1] == ("loaded", None)


def test_a_rejected_version_takes_an_id_and_supersedes_nothing() -> None:
    lake = _ingested(FIRST, BROKEN, BROKEN, FIRST, BROKEN)
    assert _ledger(lake) == [("loaded", None), ("rejected", None)]
    assert lake.deliveries()[1]["row_count"] == 0
    assert _ledger(_ingested(BROKEN, ALSO_BROKEN, BROKEN)) == [("rejected", None)] * 3


def test_a_withdrawn_version_stays_so_under_the_same_bytes_and_under_later_ones() -> None:
    lake = _ingested(FIRST)
    lake.withdraw("a.csv")
    lake.withdraw("a.csv")
    assert lake.ingest(LOADED_ON) == []
    assert _ledger(lake) == [("withdrawn", None)]
    lake.put("a.csv", SECOND)
    assert lake.ingest(LOADED_ON) == [2]
    assert _ledger(lake) == [("withdrawn", None), ("loaded", None)]


def test_withdrawing_the_newer_version_does_not_revive_the_older() -> None:
    lake = _ingested(FIRST, SECOND)
    lake.withdraw("a.csv")
    assert _ledger(lake) == [("superseded", 2), ("withdrawn", None)]


def test_undo_appends_a_version_and_needs_no_landing_file() -> None:
    lake = _ingested(SECOND)
    lake.undo("a.csv", LOADED_ON)
    assert len(lake.deliveries()) == 1
    lake.withdraw("a.csv")
    lake.remove("a.csv")
    lake.undo("a.csv", date(2026, 2, 2))
    assert _ledger(lake) == [("withdrawn", None), ("loaded", None)]
    first, second = lake.deliveries()
    assert {name for name in first if first[name] != second[name]} == {"delivery_id", "status"}
    assert [(row["delivery_id"], row["record_number"]) for row in lake.bronze_rows()] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]
    assert lake.versions()[1].loaded_on == date(2026, 2, 2)


@pytest.mark.parametrize("contents", [(), (BROKEN,)])
def test_withdraw_and_undo_need_a_version_that_was_not_rejected(contents: tuple[bytes, ...]) -> None:
    lake = _ingested(*contents)
    with pytest.raises(KeyError):
        lake.withdraw("a.csv")
    with pytest.raises(KeyError):
        lake.undo("a.csv", LOADED_ON)


def test_bronze_keeps_values_as_delivered() -> None:
    content = delivery({"domain": " WWW.cnn.com", "record_id": "7", "note": "n"}, columns=(*_columns(), "note"))
    good, bad = _ingested(content + b'"x"y\n').bronze_rows()
    assert good["domain"] == " WWW.cnn.com"
    assert good["record_id"] == "7"
    assert good["extra_columns"] == {"note": "n"}
    assert good["malformed_line"] is None
    assert (bad["domain"], bad["record_id"], bad["extra_columns"]) == (None, None, {})
    assert (bad["malformed_line"], bad["record_number"]) == ('"x"y', 2)


def _columns() -> tuple[str, ...]:
    """Give the source's columns in another order, with the optional one among them."""
    header = FIRST.decode().splitlines()[0].split(",")
    return ("record_id", *reversed(header))
