"""Corrected rows come back: they leave the quarantine, nothing else changes, the account balances."""

import csv
import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lake.cli import app
from lake.diff import difference
from lake.errors import LakeError, UsageError
from tests.conftest import TestLake
from tests.histories.comparing import COUNTRIES, assert_conserved, assert_equal_to_reference
from tests.reference.silver import build_silver
from tests.trust.conftest import Remembered

GOOD = {
    "date": "2025-07-03",
    "domain": "corrected.example",
    "format": "video",
    "country": "DE",
    "ad_size": "300x600",
    "device": "mobile",
    "adSelectionEmissions": "0.25",
    "creativeDistributionEmissions": "0",
    "mediaDistributionEmissions": "0",
    "totalEmissions": "0.25",
    "domainCoverage": "measured",
    "record_id": "",
}


def call(lake: TestLake, *words: str) -> str:
    """What the command prints; its error is raised."""
    environment = {"LAKE_URI": lake.settings.lake_uri, "LANDING_URI": lake.settings.landing_uri}
    ended = CliRunner().invoke(app, ["quarantine", *words], env=environment, catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def written(file: Path, rows: list[dict[str, str]]) -> str:
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.DictWriter(text, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    return str(file)


def refusal(lake: TestLake, file: str) -> LakeError:
    """The one line that says why nothing was landed."""
    with pytest.raises(LakeError) as raised:
        call(lake, "replay", file)
    assert "\n" not in str(raised.value)
    return raised.value


def test_corrected_rows_leave_the_quarantine_and_all_else_stays(
    remembered: Remembered, kept: TestLake, tmp_path: Path
) -> None:
    last, reference = [*remembered.references.items()][-1]
    reference = deepcopy(reference)
    lake = TestLake(kept.settings.lake_path.parent)
    file = tmp_path / "refused.csv"
    call(lake, "export", str(file))
    exported = rows_of(file)
    refused = len(build_silver(reference, COUNTRIES).refused)
    assert len(exported) == refused

    # One of each delivery cannot be corrected and is left out, one is corrected badly, all others well.
    deliveries = sorted({row["quarantine_delivery_id"] for row in exported})
    chosen = [
        row for each in deliveries for row in [row for row in exported if row["quarantine_delivery_id"] == each][1:]
    ]
    corrected = [
        row | GOOD | {"adSelectionEmissions": f"0.{place + 25}", "totalEmissions": f"0.{place + 25}"}
        for place, row in enumerate(chosen)
    ]
    corrected[0]["country"] = "'=Atlantis()"
    landed = json.loads(call(lake, "replay", written(file, corrected), "--json"))
    assert sum(item["corrected_rows"] for item in landed) == len(corrected)
    for item in landed:
        reference.put(item["path"], (lake.settings.landing_path / item["path"]).read_bytes())

    before = {row.delivery_id: row for row in reference.versions()}
    reference.ingest(datetime.now(UTC).date())
    account = lake.run().conservation
    assert_conserved(account, reference)
    assert_equal_to_reference(lake, reference)
    newest = {version.path: version for version in reference.versions()}
    for item in landed:
        earlier, later = before[item["delivery_id"]].records, newest[item["path"]].records
        changed = [
            number
            for number, (one, other) in enumerate(zip(earlier, later, strict=True), start=1)
            if one.columns != other.columns
        ]
        named = [
            int(row["quarantine_record_number"])
            for row in corrected
            if int(row["quarantine_delivery_id"]) == item["delivery_id"]
        ]
        assert {*changed} == {*named}, "the others are as they were delivered"
        for number in named:
            assert later[number - 1].extra_columns["corrects_refused"] == f"{item['delivery_id']}/{number}"
        for one, other in zip(earlier, later, strict=True):
            if one.record_number not in named:
                assert (one.malformed_line, one.record_id or "") == (other.malformed_line, other.record_id or "")
                assert {**one.extra_columns}.items() <= {**other.extra_columns}.items()
    assert account["quarantined_rows"] == refused - len(corrected) + 1
    atlantis = lake.rows("select reasons from silver.quarantine where country = '=Atlantis()'")
    assert atlantis == [{"reasons": ["unknown_country"]}], "the quote is taken away again"

    found = difference(lake.settings, last, str(account["run_id"]), "gold.daily_emissions", "domain")
    assert found.is_whole
    assert {row["cause"] for row in found.causes} == {"quarantine_correction"}
    assert "not in the quarantine" in str(refusal(lake, str(file))), "what was corrected is refused no more"


def test_what_cannot_be_replayed_is_named_and_lands_nothing(kept: TestLake, tmp_path: Path) -> None:
    lake = TestLake(kept.settings.lake_path.parent)
    file = tmp_path / "refused.csv"
    call(lake, "export", str(file))
    exported = rows_of(file)
    one = exported[0] | GOOD
    standing = {path: path.read_bytes() for path in lake.settings.landing_path.rglob("*") if path.is_file()}
    for rows, message in (
        ([one, one], "names a record twice"),
        ([one | {"quarantine_record_number": "999"}], "not in the quarantine"),
        ([one | {"quarantine_delivery_id": "x"}], "must be the numbers"),
        ([{"date": "2025-07-01"}], "lacks the columns domain"),
    ):
        error = refusal(lake, written(file, rows))
        assert message in str(error)
        assert isinstance(error, UsageError)
    file.write_text(",".join(exported[0]) + "\n")
    assert "nothing to correct" in str(refusal(lake, str(file)))
    assert "cannot read" in str(refusal(lake, str(tmp_path / "none.csv")))
    path = lake.rows(f"select path from bronze.deliveries where delivery_id = {one['quarantine_delivery_id']}")[0][
        "path"
    ]
    assert standing == {each: each.read_bytes() for each in lake.settings.landing_path.rglob("*") if each.is_file()}
    lake.put(path, b"other bytes")
    assert "another version" in str(refusal(lake, written(file, [one])))
    assert (lake.settings.landing_path / path).read_bytes() == b"other bytes"


def test_without_a_quarantine_there_is_nothing_to_replay(tmp_path: Path) -> None:
    asked = CliRunner().invoke(app, ["quarantine", "replay", "x.csv"], env={"LAKE_URI": str(tmp_path / "none")})
    with pytest.raises(UsageError, match="no quarantine yet"):
        raise asked.exception or AssertionError
