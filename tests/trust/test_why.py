"""`lake why`: the parts of a slice are those of the reference, and add up to the figure exactly."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from lake.as_of import open_as_of
from lake.cli import app
from lake.errors import LakeError, UsageError
from lake.tables import by_path
from lake.why import Slice, explanation
from tests.conftest import TestLake
from tests.histories.comparing import COUNTRIES
from tests.reference.history import LOADED, REJECTED, ReferenceLake
from tests.reference.judging import CleanedRow, clean, reasons_against
from tests.reference.silver import build_silver
from tests.trust.conftest import Remembered

Parts = dict[str, tuple[int, Decimal]]


def expected_parts(reference: ReferenceLake, wanted: Slice) -> Parts:
    """Rows and grams of each place of a slice, by the reference."""
    silver = build_silver(reference, COUNTRIES)
    weights: dict[str, list[Decimal]] = defaultdict(list)
    for place, rows in (("silver", silver.winners), ("duplicate", silver.duplicates)):
        for kept in rows:
            if wanted in (
                Slice(kept.activity_date),
                Slice(kept.activity_date, domain=kept.domain),
                Slice(kept.activity_date, country=kept.country_code, device=kept.device),
                Slice(kept.activity_date, ad_format=kept.ad_format),
            ):
                weights[place].append(kept.total_gco2e)
    for version in reference.versions():
        if version.status == REJECTED:
            continue
        for record in version.records:
            row = None if record.columns is None else clean(record.columns, COUNTRIES)
            reasons = ["malformed_line"] if row is None else reasons_against(row, version.loaded_on)
            weight = (row.weight() if row else None) or Decimal(0)
            if version.status != LOADED:
                if row is not None and fits(row, reasons, wanted, perhaps=False):
                    weights[version.status].append(weight)
            elif reasons and fits(row, reasons, wanted, perhaps=True):
                exact = row is not None and fits(row, reasons, wanted, perhaps=False)
                weights["quarantined" if exact else "unplaced"].append(weight)
    return {place: (len(grams), sum(grams, Decimal(0))) for place, grams in weights.items()}


def fits(row: CleanedRow | None, reasons: list[str], wanted: Slice, *, perhaps: bool) -> bool:
    """Whether a record's cleaned values are the slice's, or with `perhaps` cannot be read."""
    if row is None:
        return perhaps
    pairs = [
        (row.activity_date, wanted.activity_date, row.activity_date is None),
        (row.domain, wanted.domain, {"missing_domain", "invalid_domain"} & {*reasons}),
        (row.country_code, wanted.country, row.country_code is None),
        (row.ad_format, wanted.ad_format, "unknown_format" in reasons),
        (row.device, wanted.device, "unknown_device" in reasons),
    ]
    return all(asked is None or value == asked or (perhaps and bool(unread)) for value, asked, unread in pairs)


def slices(reference: ReferenceLake) -> Iterator[Slice]:
    """A day with a duplicate, whole and cut each way, one with a refused record, one with a superseded, an empty one."""
    silver = build_silver(reference, COUNTRIES)
    for row in [*silver.duplicates, *silver.winners][:1]:
        yield Slice(row.activity_date)
        yield Slice(row.activity_date, domain=row.domain)
        yield Slice(row.activity_date, country=row.country_code, device=row.device)
        yield Slice(row.activity_date, ad_format=row.ad_format)
    days = [
        clean(refused.record.columns, COUNTRIES).activity_date for refused in silver.refused if refused.record.columns
    ]
    gone = [
        clean(record.columns, COUNTRIES).activity_date
        for version in reference.versions()
        if version.status != LOADED
        for record in version.records
        if record.columns
    ]
    for found in ([day for day in days if day], [day for day in gone if day], [date(1999, 1, 1)]):
        yield from map(Slice, found[:1])


def test_the_parts_are_the_references_and_add_up_as_of_each_run(
    remembered: Remembered, kept: TestLake, pytestconfig: pytest.Config
) -> None:
    seen: set[str] = set()
    for run_id, reference in [*remembered.references.items()][1 : 3 if pytestconfig.getoption("--whole") else 2]:
        seen |= assert_is_explained(kept, run_id, reference)
    assert seen >= {"silver", "quarantined", "unplaced", "duplicate", "superseded"}, seen


def assert_is_explained(lake: TestLake, run_id: str, reference: ReferenceLake) -> set[str]:
    """The parts of some slices as of a run are the reference's and add up to the figures; the places they have."""
    seen = set()
    lake.spark, _ = open_as_of(lake.settings, run_id)
    for wanted in slices(reference):
        found = explanation(lake.spark, wanted, 3, run_id)
        assert found.is_whole
        expected = expected_parts(reference, wanted)
        parts = {part["place"]: (part["row_count"], Decimal(part["weight_gco2e"])) for part in found.parts}
        assert parts == expected, wanted
        assert Decimal(found.figures[0]["total_gco2e"]) == expected.get("silver", (0, Decimal(0)))[1]
        by_delivery: dict[str, Decimal] = defaultdict(Decimal)
        for row in found.deliveries:
            by_delivery[row["place"]] += Decimal(row["weight_gco2e"])
        assert by_delivery == {place: grams for place, (_, grams) in expected.items()}
        seen |= {*parts}
        for record in found.records:
            assert_shows(record, reference)
    return seen


def assert_shows(shown: dict[str, object], reference: ReferenceLake) -> None:
    """A shown record is the one that was delivered, with what cleaning made of it."""
    version = next(each for each in reference.versions() if each.delivery_id == shown["delivery_id"])
    record = next(each for each in version.records if each.record_number == shown["record_number"])
    assert (shown["path"], shown["content_sha256"]) == (version.path, version.content_sha256)
    assert shown["malformed_line"] == record.malformed_line
    if record.columns is None:
        assert (shown["delivered"], shown["reasons"], shown["changed"]) == (None, ["malformed_line"], [])
        return
    delivered = shown["delivered"]
    assert isinstance(delivered, dict)
    assert {name: delivered[name] for name in record.columns} == {**record.columns}
    row = clean(record.columns, COUNTRIES)
    cleaned = {
        "date": None if row.activity_date is None else row.activity_date.isoformat(),
        "domain": row.domain,
        "format": row.ad_format,
        "country": row.country_code,
        "ad_size": row.ad_size,
        "device": row.device,
        "domainCoverage": row.domain_coverage,
    }
    changed = shown["changed"]
    assert isinstance(changed, list)
    texts = [item for item in changed if item["column"] in cleaned]
    assert texts == [
        {"column": name, "delivered": record.columns[name], "cleaned": value}
        for name, value in cleaned.items()
        if record.columns[name] != value
    ]
    refused = shown["place"] in ("quarantined", "unplaced")
    assert bool(shown["reasons"]) is refused or shown["place"] in ("superseded", "withdrawn")
    winner = shown["winner"]
    assert (winner is not None) is (shown["place"] == "duplicate")
    if isinstance(winner, dict):
        silver = build_silver(reference, COUNTRIES)
        places = {(row.delivery_id, row.record_number): row for row in silver.winners}
        assert (winner["delivery_id"], winner["record_number"]) in places


def test_the_command_checks_itself(remembered: Remembered, kept: TestLake) -> None:
    environment = {"LAKE_URI": kept.settings.lake_uri, "COLUMNS": "200"}
    last = [*remembered.references][-1]
    winner = build_silver(remembered.references[last], COUNTRIES).winners[0]
    words = ["why", "--date", winner.activity_date.isoformat(), "--domain", f"{winner.domain.upper()}", "--as-of", last]
    asked = CliRunner().invoke(app, [*words, "--json", "--limit", "1"], env=environment)
    assert asked.exit_code == 0, asked.exception
    document = json.loads(asked.stdout)
    assert (document["explained"], document["as_of"]) == (True, last)
    assert {figure["table_name"] for figure in document["figures"]} == {
        "gold.daily_emissions",
        "gold.daily_by_domain_format",
        "gold.emission_contributions",
    }
    shown = CliRunner().invoke(app, words, env=environment).stdout
    assert "silver records behind the figure" in shown
    assert f"{Decimal(document['figures'][0]['total_gco2e']):f}" in shown

    # Behind the lake's back.
    table = by_path(kept.settings.lake_path, "gold.daily_emissions")
    kept.spark = open_as_of(kept.settings, last)[0]
    kept.spark.sql(f"update {table} set record_count = record_count + 1 where domain = '{winner.domain}'")
    version = kept.rows(f"describe history {table} limit 1")[0]["version"]
    kept.spark.sql(f"create or replace view gold.daily_emissions as select * from {table} version as of {version}")
    found = explanation(kept.spark, Slice(winner.activity_date, domain=winner.domain), 0, None)
    assert [figure["table_name"] for figure in found.figures if not figure["explained"]] == ["gold.daily_emissions"]
    assert not found.is_whole
    assert not found.records

    wrong = CliRunner().invoke(app, ["why", "--date", "07/01/2025"], env=environment)
    assert isinstance(wrong.exception, UsageError)
    empty = CliRunner().invoke(app, ["why", "--date", "2025-07-01"], env={"LAKE_URI": f"{kept.settings.lake_uri}-none"})
    assert isinstance(empty.exception, LakeError)
    assert "lake run" in str(empty.exception)
