"""The quarantine on the terminal and as a file."""

import csv
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bronze.columns import KNOWN_COLUMNS
from lake.cli import app
from lake.errors import LakeError, UsageError
from tests.conftest import HEADER, TestLake, delivery
from tests.histories.comparing import COUNTRIES
from tests.reference.silver import RefusedRecord, build_silver
from tests.trust.conftest import Remembered

HOSTILE = [
    "=1+1",
    "+a",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "'quoted",
    "\uff1dx",
    '=HYPERLINK("http://x", "y")',
    "plain",
    "-0.5",
]


def call(lake: TestLake, *words: str) -> str:
    """What the command prints; its error is raised."""
    ended = CliRunner().invoke(
        app, ["quarantine", *words], env={"LAKE_URI": lake.settings.lake_uri, "COLUMNS": "200"}, catch_exceptions=False
    )
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.fixture
def registered(kept: TestLake) -> TestLake:
    """A copy of the remembered lake, as a command sees it."""
    return TestLake(kept.settings.lake_path.parent)


def test_list_and_reasons_are_the_references(remembered: Remembered, registered: TestLake) -> None:
    refused = build_silver([*remembered.references.values()][-1], COUNTRIES).refused
    listed = json.loads(call(registered, "list", "--json"))
    assert [(row["delivery_id"], row["record_number"]) for row in listed] != []
    assert {(row["delivery_id"], row["record_number"], tuple(row["reasons"])) for row in listed} == {
        (row.record.delivery_id, row.record.record_number, row.reasons) for row in refused
    }
    assert json.loads(call(registered, "--json")) == listed, "alone it lists"

    wanted = Counter[str](reason for row in refused for reason in row.reasons)
    counted: Counter[str] = Counter()
    grams: dict[str, Decimal] = {}
    for row in json.loads(call(registered, "reasons", "--json")):
        counted[row["reason"]] += row["row_count"]
        grams[row["reason"]] = grams.get(row["reason"], Decimal(0)) + Decimal(row["weight_gco2e"])
    assert counted == wanted
    assert grams == {reason: grams_of(refused, reason) for reason in wanted}

    reason, path = next(iter(wanted)), listed[0]["path"]
    one = json.loads(call(registered, "list", "--json", "--reason", reason, "--limit", "1"))
    assert (len(one), reason in one[0]["reasons"]) == (1, True)
    of_path = json.loads(call(registered, "list", "--json", "--delivery", path))
    assert of_path == [row for row in listed if row["path"] == path]
    assert reason in call(registered, "list")


def grams_of(refused: tuple[RefusedRecord, ...], reason: str) -> Decimal:
    return sum((row.weight_gco2e or Decimal(0) for row in refused if reason in row.reasons), Decimal(0))


def test_an_export_is_a_delivery_that_a_spreadsheet_may_open(registered: TestLake, tmp_path: Path) -> None:
    columns = HEADER.split(",")
    values = dict(
        zip(columns, ["2025-07-01", "a.example", "video", "DE", "1x1", "mobile", "1", "0", "0", "1", "x"], strict=True)
    )
    rows = [list((values | {"country": text}).values()) for text in HOSTILE]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    registered.put("hostile.csv", delivery(*lines, "one field"))
    registered.ingest()
    registered.run(ingest=False, layer="silver")

    file = tmp_path / "out" / "refused.csv"
    with pytest.raises(LakeError, match="cannot write") as missing:
        call(registered, "export", str(file))
    assert "\n" not in str(missing.value)
    file.parent.mkdir()
    ended = call(registered, "export", str(file), "--delivery", "hostile.csv", "--json")
    assert json.loads(ended) == {"file": str(file), "row_count": len(HOSTILE) + 1}
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    with file.open(encoding="utf-8", newline="") as text:
        exported = list(csv.DictReader(text))
    assert [*exported[0]][: len(KNOWN_COLUMNS)] == [*KNOWN_COLUMNS]
    for number, (row, delivered) in enumerate(zip(exported, HOSTILE, strict=False), start=1):
        assert row["country"][0] not in "=+@\t\uff1d"
        assert row["country"].removeprefix("'") == delivered, "taking one quote away gives it back"
        assert (row["quarantine_record_number"], "unknown_country" in row["reasons"]) == (str(number), True)
    assert exported[-2]["country"] == "-0.5"
    assert (exported[-1]["malformed_line"], exported[-1]["date"]) == ("one field", "")

    with pytest.raises(UsageError, match="ends with"):
        call(registered, "export", str(tmp_path / "refused.xlsx"))
    nothing = CliRunner().invoke(
        app, ["quarantine", "export", str(file)], env={"LAKE_URI": f"{registered.settings.lake_uri}-none"}
    )
    assert nothing.stdout.endswith("0 refused rows\n")
    registered.put("landed-again.csv", file.read_bytes())
    ingested = registered.ingest()
    assert [item.status for item in ingested.deliveries] == ["loaded"], "the file is a delivery"


def test_every_kind_of_door_is_closed_without_a_lake(tmp_path: Path) -> None:
    for words in (["list", "--json"], ["reasons", "--json"]):
        asked = CliRunner().invoke(app, ["quarantine", *words], env={"LAKE_URI": str(tmp_path / "none")})
        assert asked.stdout == "[]\n"
