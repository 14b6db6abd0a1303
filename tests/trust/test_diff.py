"""`lake diff`: the change is the reference's, its causes add up to it, and each is the one that was played."""

import json
from collections import defaultdict
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from bronze.ledger import undo_withdrawal, withdraw
from lake.cli import app
from lake.diff import TABLES, Difference, difference
from lake.errors import UsageError
from lake.queries import query
from lake.session import bare_session
from lake.tables import by_path
from lake.why import Slice, explanation
from tests.conftest import HEADER, TestLake, delivery
from tests.histories.comparing import COUNTRIES
from tests.histories.content import zipped
from tests.reference.history import LOADED, ReferenceLake
from tests.reference.silver import SilverRecord, build_silver
from tests.trust.conftest import Remembered
from tests.trust.test_why import expected_parts

Totals = dict[str, tuple[int, Decimal]]
FIELDS = {
    "date": lambda row: row.activity_date.isoformat(),
    "domain": lambda row: row.domain,
    "country": lambda row: row.country_code,
    "format": lambda row: row.ad_format,
    "device": lambda row: row.device,
}


def totals(reference: ReferenceLake, by: str) -> Totals:
    """Records and grams by group."""
    groups: dict[str, list[SilverRecord]] = defaultdict(list)
    for row in build_silver(reference, COUNTRIES).winners:
        groups[FIELDS[by](row)].append(row)
    return {key: (len(rows), sum((row.total_gco2e for row in rows), Decimal(0))) for key, rows in groups.items()}


def assert_is_the_change(found: Difference, before: Totals, after: Totals) -> None:
    """Groups, total and causes say what the reference says, exactly."""
    nothing = (0, Decimal(0))
    changes = {}
    for key in {*before, *after}:
        (records, grams), (later_records, later_grams) = before.get(key, nothing), after.get(key, nothing)
        if (records, grams) != (later_records, later_grams):
            changes[key] = (later_records - records, later_grams - grams)
    said = {row["grain"]: (row["record_change"], Decimal(row["change_gco2e"])) for row in found.groups}
    assert said == changes
    assert found.is_whole
    sizes = [abs(Decimal(row["change_gco2e"])) for row in found.groups]
    assert sizes == sorted(sizes, reverse=True)
    whole = (sum(count for count, _ in changes.values()), sum((grams for _, grams in changes.values()), Decimal(0)))
    assert (found.total["record_change"], Decimal(found.total["change_gco2e"])) == whole
    causes = (
        sum(row["record_change"] for row in found.causes),
        sum((Decimal(row["change_gco2e"]) for row in found.causes), Decimal(0)),
    )
    assert causes == whole
    for row in (found.total, *found.groups):
        volume, intensity = Decimal(row["volume_gco2e"]), Decimal(row["intensity_gco2e"])
        assert volume + intensity == Decimal(row["change_gco2e"])
        if row["records_before"] and row["records_after"]:
            per_record = Decimal(row["gco2e_before"]) / row["records_before"]
            assert abs(volume - row["record_change"] * per_record) <= Decimal("1e-10")


def test_the_change_between_any_two_runs_is_the_references(remembered: Remembered, kept: TestLake) -> None:
    kept.spark = bare_session(kept.settings)
    cuts = [(table, by) for table, columns in TABLES.items() for by in columns]
    references = [*remembered.references.items()]
    for number, (first, second) in enumerate(((0, 1), (1, 2), (0, 3))):
        (run_a, before), (run_b, after) = references[first], references[second]
        table, by = cuts[4 * number]
        found = difference(kept.settings, run_a, run_b, table, by)
        assert_is_the_change(found, totals(before, by), totals(after, by))


def test_between_runs_without_a_record_nothing_has_changed(kept: TestLake) -> None:
    spark = kept.spark = bare_session(kept.settings)
    for view in ("gold_before", "gold_after", "lines"):
        spark.sql(
            f"create or replace temporary view {view} as select '' as grain, 1L as record_count, "
            "cast(1 as decimal(28, 10)) as total_gco2e where false"
        )
    (total,) = query(spark, "diff_groups").collect()
    assert (total["is_total"], total["explained"], total["record_change"]) == (True, True, 0)
    assert (total["change_gco2e"], total["gco2e_after"]) == (0, 0)


@pytest.mark.long
def test_each_cause_is_named(remembered: Remembered, kept: TestLake) -> None:
    last, reference = [*remembered.references.items()][-1]
    reference = deepcopy(reference)
    lake = TestLake(kept.settings.lake_path.parent)
    moments = [(last, deepcopy(reference))]

    def run() -> None:
        account = lake.run().conservation
        reference.ingest(datetime.now(UTC).date())
        moments.append((str(account["run_id"]), deepcopy(reference)))

    def put(path: str, *rows: str) -> None:
        content = zipped(delivery(*rows, header=f"{HEADER},record_id"), gz=path.endswith(".gz"))
        lake.put(path, content)
        reference.put(path, content)

    winners = build_silver(reference, COUNTRIES).winners
    known = next(row.record_key.removeprefix("id:") for row in winners if row.record_key.startswith("id:"))
    versions = {
        version.path: version for version in reference.versions() if version.status == LOADED and version.records
    }
    large = max(versions.values(), key=lambda version: len(version.records)).path
    put(large, record("2025-07-05", "0.5"))
    put(
        "later.csv",
        record("2025-07-06", "0.75", known),
        record("2025-07-07", "0.125"),
        record("2025-12-31", "0.25"),
        record("2025-07-07", "-1"),
    )
    run()
    others = [path for path in versions if path != large]
    for path in others:
        withdraw(lake.spark, path)
        reference.withdraw(path)
    run()
    day = winners[0].activity_date
    parts = explanation(lake.spark, Slice(day), 1, None).parts
    assert {part["place"]: (part["row_count"], Decimal(part["weight_gco2e"])) for part in parts} == expected_parts(
        reference, Slice(day)
    )
    assert "withdrawn" in {part["place"] for part in parts}
    undo_withdrawal(lake.spark, others[-1], "undo")
    reference.undo(others[-1], datetime.now(UTC).date())
    run()

    expected: list[set[str]] = [
        {"new_version", "source_correction", "late_delivery", "new_delivery"},
        {"withdrawn"},
        {"undone"},
    ]
    for number, causes in enumerate(expected):
        (run_a, before), (run_b, after) = moments[number : number + 2]
        found = difference(lake.settings, run_a, run_b, "gold.daily_emissions", "domain")
        assert_is_the_change(found, totals(before, "domain"), totals(after, "domain"))
        assert {row["cause"] for row in found.causes} == causes
        if number == 0:
            by_cause = {row["cause"]: row for row in found.causes}
            assert by_cause["late_delivery"]["path"] == by_cause["source_correction"]["path"] == "later.csv"
            assert by_cause["new_version"]["path"] == large
            assert Decimal(by_cause["late_delivery"]["change_gco2e"]) == Decimal("0.125")
            assert Decimal(by_cause["new_delivery"]["change_gco2e"]) == Decimal("0.25")
    (_, before), (run_b, after) = moments[0], moments[-1]
    found = difference(lake.settings, last, run_b, "gold.daily_by_country_device", "device")
    assert_is_the_change(found, totals(before, "device"), totals(after, "device"))


def record(day: str, grams: str, record_id: str = "") -> str:
    """A record of one country and device, all its grams in the selection of ads."""
    return f"{day},story.example,video,DE,300x600,mobile,{grams},0,0,{grams},measured,{record_id}"


def test_the_command_says_whose_fault_it_is_and_checks_itself(remembered: Remembered, kept: TestLake) -> None:
    first, second, *_ = remembered.references
    environment = {"LAKE_URI": kept.settings.lake_uri, "COLUMNS": "220"}

    def call(*words: str) -> object:
        return CliRunner().invoke(app, ["diff", *words], env=environment)

    document = json.loads(call(first, second, "--by", "country", "--limit", "1", "--json").stdout)  # type: ignore[attr-defined]
    assert (document["run_before"], document["run_after"], document["explained"]) == (first, second, True)
    assert len(document["groups"]) == 1
    shown = call(first, second).stdout  # type: ignore[attr-defined]
    assert "new_version" in shown
    assert document["total"]["change_gco2e"] in shown
    for words, message in (
        ((second, first), "older run first"),
        ((first, "never"), "no run is"),
        ((first, second, "--table", "gold.top_10_domains"), "--table takes"),
        ((first, second, "--table", "gold.daily_by_domain_format", "--by", "country"), "--by takes"),
    ):
        error = call(*words).exception  # type: ignore[attr-defined]
        assert isinstance(error, UsageError)
        assert message in str(error)

    # A rule that changed, as a run of other code would leave it: the same record with other grams.
    spark = kept.spark = bare_session(kept.settings)
    runs, silver, gold = (
        by_path(kept.settings.lake_path, table) for table in ("audit.runs", "silver.emissions", "gold.daily_emissions")
    )
    last = [*remembered.references][-1]
    winner = build_silver(remembered.references[last], COUNTRIES).winners[0]
    for grams in ("ad_selection_gco2e", "total_gco2e"):
        spark.sql(f"alter table {silver} unset tblproperties if exists ('delta.constraints.total_is_sum')")
        spark.sql(f"alter table {gold} unset tblproperties if exists ('delta.constraints.total_is_sum')")
        place = f"delivery_id = {winner.delivery_id} and record_number = {winner.record_number}"
        spark.sql(f"update {silver} set {grams} = {grams} + 1 where {place}")
        spark.sql(
            f"update {gold} set {grams} = {grams} + 1 where activity_date = date'{winner.activity_date}' and domain = "
            f"'{winner.domain}' and country_code = '{winner.country_code}' and ad_format = '{winner.ad_format}' and "
            f"device = '{winner.device}' and domain_coverage = '{winner.domain_coverage}'"
        )
    versions = {
        table: spark.sql(f"describe history {name} limit 1").collect()[0].version
        for table, name in (("silver.emissions", silver), ("gold.daily_emissions", gold))
    }
    entries = ", ".join(f"'{table}', {version}L" for table, version in versions.items())
    spark.sql(
        f"insert into {runs} by name select * except (run_id, finished_at, table_versions, code_version), 'other' as run_id, "
        f"finished_at + interval 1 second as finished_at, 'other code' as code_version, map_from_entries(map_entries("
        f"map_concat(map_filter(table_versions, (k, v) -> k not in ('silver.emissions', 'gold.daily_emissions')), "
        f"map({entries})))) as table_versions from {runs} where run_id = '{last}'"
    )
    found = difference(kept.settings, last, "other", "gold.daily_emissions", "date")
    assert [(row["cause"], row["change_gco2e"]) for row in found.causes] == [("changed_rule", "1.0000000000")]
    assert found.is_whole
    # Of a run that built silver alone the causes cannot add up, and it is said.
    spark.sql(
        f"update {runs} set table_versions = map_concat(map_filter(table_versions, (k, v) -> k <> 'gold.daily_emissions'), "
        f"map('gold.daily_emissions', {versions['gold.daily_emissions'] - 4}L)) where run_id = 'other'"
    )
    with pytest.raises(Exception, match="do not add up"):
        raise call(last, "other").exception or AssertionError  # type: ignore[attr-defined]
