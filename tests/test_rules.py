"""Each rule of judging, on one delivery: every record with exactly the reasons it should have."""

import json
import sys
from unicodedata import ucd_3_2_0

import pytest
from pyspark.sql import SparkSession

from bronze import ingest, ledger
from bronze.synthetic.deliveries import generate
from bronze.synthetic.recipe import Recipe
from lake import transforms
from tests.conftest import TestLake, delivery

GOOD = ["2025-07-01", "a.example", "video", "DE", "300x600", "mobile", "0.1", "0.2", "0.3", "0.6", "measured"]
CASES: list[tuple[dict[int, str], list[str]]] = [
    ({}, []),
    ({0: "02/29/2024"}, []),
    ({0: "02/29/2025"}, ["invalid_date"]),
    ({0: "2025-7-1"}, ["invalid_date"]),
    ({0: "0000-01-01"}, ["invalid_date"]),
    ({0: "0001-01-01"}, []),
    ({0: "２025-07-01"}, ["invalid_date"]),
    ({0: ""}, ["invalid_date"]),
    ({0: "9999-12-31"}, ["future_date"]),
    ({1: "\u00a0"}, ["missing_domain"]),
    ({1: "www."}, ["missing_domain"]),
    ({1: "WWW.Ä-1.example."}, []),
    ({1: "nodot"}, ["invalid_domain"]),
    ({1: "a..b"}, ["invalid_domain"]),
    ({1: "-a.b"}, ["invalid_domain"]),
    ({1: "a-.b"}, ["invalid_domain"]),
    ({1: "a_b.c"}, ["invalid_domain"]),
    ({1: '"a.example\n."'}, ["invalid_domain"]),
    ({1: '"a\nb.example"'}, ["invalid_domain"]),
    ({1: '"\na.example\n"'}, []),
    ({2: ""}, ["unknown_format"]),
    ({3: " "}, ["missing_country"]),
    ({3: "na"}, []),
    ({3: "Uk"}, []),
    ({3: "Plurinational State of Bolivia"}, []),
    ({3: "Atlantis"}, ["unknown_country"]),
    ({4: "300 x 600"}, ["invalid_ad_size"]),
    ({4: "300X600"}, []),
    ({5: "SmartPhone"}, []),
    ({5: "tv"}, ["unknown_device"]),
    ({6: ""}, ["missing_measure"]),
    ({6: "1_0"}, ["invalid_measure"]),
    ({6: "1e8", 9: "1e8"}, ["invalid_measure"]),
    ({6: "99999999.99999999995"}, ["invalid_measure"]),
    ({6: "60000000", 7: "60000000", 9: "0.6"}, ["invalid_measure", "total_mismatch"]),
    ({6: "-0.1", 9: "0.4"}, ["negative_measure"]),
    ({6: "-1e-12", 9: "0.5"}, []),
    ({9: "0.600001"}, []),
    ({9: "0.6000010001"}, ["total_mismatch"]),
    ({9: "-0.6"}, ["negative_measure", "total_mismatch"]),
    ({10: "MODELED"}, []),
    ({10: "guess"}, ["unknown_coverage"]),
    ({1: "", 3: "", 9: "7"}, ["missing_domain", "missing_country", "total_mismatch"]),
]


def test_every_rule_gives_its_reasons_and_no_others(lake: TestLake) -> None:
    lines = []
    for number, (changes, _) in enumerate(CASES):
        fields = list(GOOD)
        fields[4] = f"{number}x1"
        for place, value in changes.items():
            fields[place] = value
        lines.append(",".join(fields))
    malformed = ["   ", "too,few", ",".join([*GOOD, "one too many"])]
    lake.put("rules.csv", delivery(*lines, *malformed))
    report = lake.run()

    quarantine = lake.rows("select record_number, reasons, malformed_line from silver.quarantine")
    got = {row["record_number"]: row["reasons"] for row in quarantine}
    expected = {number: reasons for number, (_, reasons) in enumerate(CASES, start=1) if reasons}
    expected |= {number: ["malformed_line"] for number, _ in enumerate(malformed, start=len(CASES) + 1)}
    assert got == expected
    assert [row["malformed_line"] for row in quarantine if row["malformed_line"]] == malformed
    assert report.conservation["balanced"] is True


def test_a_domain_is_lower_cased_as_unicode_has_it_for_all_languages(lake: TestLake) -> None:
    """Each capital letter, and a sigma, whose form depends on what follows it: Java's own tables know other ends of a word."""
    capitals = [letter for letter in map(chr, range(sys.maxunicode)) if ucd_3_2_0.category(letter) in ("Lu", "Lt")]
    assert {"A", "Ä", "Σ", "Ж", "İ"} <= {*capitals}
    domains = [f"{letter}ΑΣ.ΟΔΟΣ-Β{number}.GR" for number, letter in enumerate(capitals)]
    lake.put("capitals.csv", delivery(*(",".join([GOOD[0], domain, *GOOD[2:]]) for domain in domains)))
    lake.run()

    found = lake.rows("select record_number, domain from silver.emissions")
    expected = {number: domain.lower() for number, domain in enumerate(domains, start=1)}
    # A dot on its own is no letter, so a capital I with a dot is in no domain.
    assert expected.pop(capitals.index("İ") + 1).startswith("i\u0307")
    assert {row["record_number"]: row["domain"] for row in found} == expected
    assert lake.spark._jvm.java.util.Locale.getDefault().getLanguage() == "en"


def test_bronze_keeps_what_was_delivered_whatever_its_form(lake: TestLake) -> None:
    columns = [
        "extra",
        *["totalEmissions", "domainCoverage", "date", "domain", "format", "country", "ad_size", "device"],
    ]
    columns += [
        "adSelectionEmissions",
        "creativeDistributionEmissions",
        "mediaDistributionEmissions",
        " record_id ",
    ]
    odd = '"x, ""y""\r\nz",0.6,measured,2025-07-01,a.example,video,DE,1x1,pc,0.1,0.2,0.3,r1'
    plain = "plain,0.6,measured,2025-07-01,b.example,video,DE,1x1,pc,0.1,0.2,0.3,"
    lake.put("odd.csv", ("\ufeff" + ",".join(columns) + "\r\n" + odd + "\n\r\n" + plain).encode())
    lake.put("_hidden.csv", b"ignored")
    lake.put("note.txt", b"ignored")
    lake.put("bad.csv", b"date,domain\n")
    report = lake.run()

    rows = lake.rows("select * from bronze.emissions order by record_number")
    assert [row["extra_columns"] for row in rows] == [{"extra": 'x, "y"\r\nz'}, {"extra": "plain"}]
    assert [row["domain"] for row in rows] == ["a.example", "b.example"]
    assert lake.rows("select record_key from silver.emissions where domain = 'a.example'") == [{"record_key": "id:r1"}]
    entries = lake.rows("select path, status, row_count, reason from bronze.deliveries order by delivery_id")
    assert [row["status"] for row in entries] == ["rejected", "loaded"]
    assert entries[0]["reason"].startswith("missing column: format, country")
    assert {item.path for item in report.ingested.ignored} == {"_hidden.csv", "note.txt"}


def test_the_generator_s_planted_defects_are_found_record_by_record(lake: TestLake) -> None:
    made = generate(lake.settings.landing_path / "made.csv", Recipe(rows=3_000, seed=7, issue_rate=0.2))
    report = lake.run()

    manifest = made.manifest.read_text().splitlines()[1:]
    planted = {int(number): kind for number, kind in (line.split(",") for line in manifest)}
    refused = {number: kind for number, kind in planted.items() if kind != "duplicate"}
    rows = lake.rows("select record_number, reasons from silver.quarantine")
    assert {row["record_number"]: row["reasons"] for row in rows} == {n: [kind] for n, kind in refused.items()}
    lost = lake.rows("select record_number from silver.duplicates")
    assert {row["record_number"] for row in lost} == {n for n, kind in planted.items() if kind == "duplicate"}
    assert report.conservation["balanced"] is True


@pytest.mark.long
def test_a_change_in_one_day_leaves_the_other_days_files_alone(lake: TestLake) -> None:
    days = [f"2025-07-{day:02d}" for day in range(1, 29)]
    lake.put("first.csv", delivery(*(",".join([day, *GOOD[1:]]) for day in days)))
    lake.run()
    before = lake.versions()
    lake.put("second.csv", delivery(",".join(["2025-07-14", "b.example", *GOOD[2:]])))
    lake.run()

    metrics = lake.spark.sql("describe history gold.daily_emissions limit 1").collect()[0].userMetadata
    assert json.loads(metrics)["dates"] == ["2025-07-14"]
    touched = lake.spark.sql("describe history gold.daily_country_trends limit 1").collect()[0].userMetadata
    assert json.loads(touched)["dates"] == [f"2025-07-{day}" for day in range(14, 21)]
    looked_back = lake.spark.sql("describe history gold.flagged_domain_days limit 1").collect()[0].userMetadata
    looking_back = json.loads(looked_back)["dates"]
    assert (looking_back[0], looking_back[-1], len(looking_back)) == ("2025-07-14", "2025-08-11", 29)
    after = lake.versions()
    assert all(after[table] <= version + 1 for table, version in before.items() if table.startswith(("silver", "gold")))


@pytest.mark.long
def test_tables_restored_by_hand_are_healed_by_the_next_run(lake: TestLake) -> None:
    lake.put("a.csv", delivery(",".join(GOOD), ",".join([*GOOD[:2], "radio", *GOOD[3:]])))
    lake.run()
    lake.put("b.csv", delivery(",".join(["2025-07-02", *GOOD[1:]]), "x"))
    lake.run()
    expected = lake.content()
    for table in ("silver.emissions", "silver.quarantine", "gold.daily_emissions"):
        lake.spark.sql(f"restore table {table} to version as of 0")
        assert lake.content() != expected
        lake.run()
        assert lake.content() == expected, table


@pytest.mark.parametrize(
    "healing", [pytest.param({}, id="run", marks=pytest.mark.long), pytest.param({"ingest": False}, id="build")]
)
def test_a_crash_between_bronze_and_ledger_is_finished_not_repeated(
    lake: TestLake, monkeypatch: pytest.MonkeyPatch, healing: dict[str, bool]
) -> None:
    lake.put("a.csv", delivery(",".join(GOOD)))
    with monkeypatch.context() as crash:
        crash.setattr(ledger, "_enter", _die)
        with pytest.raises(KeyboardInterrupt):
            lake.run()
    assert lake.rows("select count(*) as n from bronze.emissions") == [{"n": 1}]
    assert lake.rows("select count(*) as n from bronze.deliveries") == [{"n": 0}]

    report = lake.run(**healing)
    assert [entry.path for entry in report.ingested.recovered] == ["a.csv"]
    assert lake.rows("select count(*) as n from bronze.emissions") == [{"n": 1}]
    assert lake.rows("select record_number from silver.emissions") == [{"record_number": 1}]
    assert ledger.recover(lake.spark, lake.settings.lake_path) == [], "what is finished is not finished once more"


@pytest.mark.long
def test_a_second_batch_cut_off_is_taken_in_although_silver_went_on(
    lake: TestLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put("a.csv", delivery(",".join(GOOD)))
    lake.put("b.csv", delivery(",".join(["2025-07-02", *GOOD[1:]])))
    enter = ledger._enter
    entered: list[str] = []

    def die_at_the_second(spark: SparkSession, deliveries: list[ledger.Delivery]) -> None:
        if entered:
            raise KeyboardInterrupt
        entered.extend(entry.path for entry in deliveries)
        enter(spark, deliveries)

    with monkeypatch.context() as crash:
        crash.setattr(ingest, "BATCH_DELIVERIES", 1)
        crash.setattr(ledger, "_enter", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            lake.run()
    assert entered == ["a.csv"]
    # dbt alone finishes no load, so silver's place comes to stand at the first batch's event.
    transforms.build(lake.spark, lake.settings)
    report = lake.run()
    assert [entry.path for entry in report.ingested.recovered] == ["b.csv"]
    assert lake.rows("select count(*) as n from silver.emissions") == [{"n": 2}]


def _die(*_: object) -> None:
    raise KeyboardInterrupt
