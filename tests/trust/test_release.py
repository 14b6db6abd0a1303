"""Releases: what was given out stays readable and provable, restatements add up, and a change by hand is found."""

import csv
import json
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from lake.as_of import open_as_of
from lake.cli import app
from lake.digests import contents, contents_by
from lake.errors import LakeBusyError, LakeError, UsageError
from lake.lock import writing
from lake.manifest import FOLDER, Manifest, Period, copy_of, find, manifests
from lake.release import Wanted, release
from lake.restatements import is_above
from lake.sample import draw, sample
from lake.settings import Settings
from lake.tables import by_path
from lake.verify_release import COPY, DELIVERED, MANIFEST, NOW, RECOMPUTED
from tests.conftest import HEADER, TestLake, delivery, forget_snapshots, unregistered
from tests.histories.comparing import COUNTRIES
from tests.reference.gold import GOLD_TABLES
from tests.reference.history import ReferenceLake
from tests.reference.release import excluded, included, points_by_item, totals
from tests.reference.silver import SilverRecord, build_silver
from tests.trust.conftest import Remembered

UNIT = Decimal("1e-10")


@dataclass
class Released:
    """A lake at rest with releases, the reference at each, and where manifests were kept elsewhere."""

    folder: Path
    first: Period
    references: dict[str, ReferenceLake]
    digests: dict[str, str]
    expected_causes: dict[str, Decimal]


@pytest.fixture(scope="module")
def released(remembered: Remembered, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The remembered history, released as of its first run and its last, then restated by one run more."""
    folder = tmp_path_factory.mktemp("released")
    shutil.copytree(remembered.folder, folder / "made")
    (run_a, before), *_, (run_b, after) = remembered.references.items()
    days = sorted(row.activity_date for row in build_silver(before, COUNTRIES).winners)
    first = Period(days[0], days[len(days) // 2])
    lake = TestLake(folder / "made")
    digests = {}
    _, digests["a"] = give_out(lake, "a", first, run=run_a)

    with pytest.raises(UsageError, match=r"changes by more than 5 %: .* since release a.*--reason"):
        give_out(lake, "b", first, run=run_b)
    assert find(lake.settings.lake_path, "b") is None
    assert lake.rows("select * from audit.restatements") == []
    _, digests["b"] = give_out(lake, "b", first, run=run_b, reason="new versions", approved_by="A. Controller")

    # What comes to a closed period now, each by a cause of its own.
    reference = deepcopy(after)
    moved = next(row for row in included(after, COUNTRIES, first.first, first.last) if row.record_key.startswith("id:"))
    content = delivery(
        record(first.first, "0.125"),
        record(first.last, "0.5"),
        record(date(2025, 12, 31), "0.25"),
        record(date(2025, 12, 31), "0.75", moved.record_key.removeprefix("id:")),
        header=f"{HEADER},record_id",
    )
    lake.put("late.csv", content)
    reference.put("late.csv", content)
    lake.run()
    reference.ingest(datetime.now(UTC).date())
    _, digests["c"] = give_out(lake, "c", Period(first.first, date(2025, 12, 31)), reason="late", approved_by="A. C.")
    # Closing a lake takes the folders of its tables away.
    shutil.copytree(folder / "made", folder / "kept")
    assert nothing_is_cached(lake.spark)
    lake.close()
    causes = {"late_delivery": Decimal("0.625"), "source_correction": -moved.total_gco2e}
    return Released(folder / "kept", first, {"a": before, "b": after, "c": reference}, digests, causes)


@pytest.fixture
def lake(released: Released, tmp_path: Path) -> Iterator[TestLake]:
    """A copy of the lake with its releases, of which nothing is registered."""
    shutil.copytree(released.folder, tmp_path / "copy")
    with unregistered(tmp_path / "copy") as made:
        forget_snapshots(made.spark)
        yield made
        assert nothing_is_cached(made.spark)


def nothing_is_cached(spark: SparkSession) -> bool:
    """Whether no rows are kept that were read from folders which may go."""
    return bool(spark._jsparkSession.sharedState().cacheManager().isEmpty())


def give_out(lake: TestLake, name: str, period: Period, **wanted: Any) -> tuple[Manifest, str]:
    return release(lake.spark, lake.settings, Wanted(name, period, **wanted))


def record(day: date, grams: str, record_id: str = "") -> str:
    return f"{day},story.example,video,DE,300x600,mobile,{grams},0,0,{grams},measured,{record_id}"


def grams(rows: list[SilverRecord]) -> Decimal:
    return sum((row.total_gco2e for row in rows), Decimal(0))


def required(settings: Settings, name: str) -> Manifest:
    found = find(settings.lake_path, name)
    assert found is not None
    return found


def test_a_manifest_says_what_the_reference_says(released: Released, lake: TestLake) -> None:
    made = manifests(lake.settings.lake_path)
    assert [manifest.release for manifest in made] == ["a", "b", "c"]
    for manifest in made:
        reference, days = released.references[manifest.release], manifest.days
        rows = included(reference, COUNTRIES, days.first, days.last)
        assert (manifest.row_count, Decimal(manifest.total_gco2e)) == (len(rows), grams(rows))
        left_out = {
            row["place"]: (row["row_count"], Decimal(row["weight_gco2e"]), row["unweighable_rows"])
            for row in manifest.excluded
        }
        weighed = excluded(reference, COUNTRIES, days.first, days.last)
        assert left_out == totals(weighed)
        behind = {row.delivery_id for row in rows} | {delivery_id for _, delivery_id, _ in weighed}
        versions = {version.delivery_id: version for version in reference.versions()}
        assert {
            each["delivery_id"]: (each["path"], each["content_sha256"], each["status"]) for each in manifest.deliveries
        } == {
            number: (versions[number].path, versions[number].content_sha256, versions[number].status)
            for number in behind
        }
    assert made[-1].earlier_releases == {name: released.digests[name] for name in ("a", "b")}
    assert {"duplicate", "quarantined", "superseded"} <= {row["place"] for each in made for row in each.excluded}


def test_restatements_add_up_by_cause(released: Released, lake: TestLake) -> None:
    table = by_path(lake.settings.lake_path, "audit.restatements")
    rows = lake.rows(f"select * from {table} order by released_at, period_first_day")
    first = released.first
    assert [(row["release_name"], row["previous_release"]) for row in rows] == [("b", "a"), ("c", "b")]
    for row in rows:
        assert (row["period_first_day"], row["period_last_day"]) == (first.first.isoformat(), first.last.isoformat())
        then, now = (
            included(released.references[row[name]], COUNTRIES, first.first, first.last)
            for name in ("previous_release", "release_name")
        )
        assert (row["records_before"], Decimal(row["gco2e_before"])) == (len(then), grams(then))
        assert (row["records_after"], Decimal(row["gco2e_after"])) == (len(now), grams(now))
        change = grams(now) - grams(then)
        assert Decimal(row["change_gco2e"]) == change
        assert sum(cause["record_change"] for cause in row["causes"]) == len(now) - len(then)
        assert sum((Decimal(cause["change_gco2e"]) for cause in row["causes"]), Decimal(0)) == change
        assert row["is_above_threshold"] is (100 * abs(change) > 5 * grams(then))
    assert (rows[0]["reason"], rows[0]["approved_by"]) == ("new versions", "A. Controller")
    caused = {cause["cause"]: Decimal(cause["change_gco2e"]) for cause in rows[1]["causes"]}
    assert caused == released.expected_causes
    assert {cause["path"] for cause in rows[1]["causes"]} == {"late.csv"}


def test_the_threshold_is_exact() -> None:
    assert not is_above(Decimal("1.0000000000"), Decimal("0.05"), Decimal(5))
    assert is_above(Decimal("1.0000000000"), Decimal("-0.0500000001"), Decimal(5))
    assert is_above(Decimal(0), UNIT, Decimal(5))
    assert not is_above(Decimal(0), Decimal(0), Decimal(0))


def test_what_was_released_is_read_when_old_versions_are_gone(
    released: Released, lake: TestLake, tmp_path: Path
) -> None:
    for table in (
        "silver.emissions",
        "gold.daily_emissions",
        "silver.quarantine",
        "silver.duplicates",
        "bronze.deliveries",
    ):
        # As after the retention, for every version but the newest.
        name = by_path(lake.settings.lake_path, table)
        lake.spark.sql(
            f"alter table {name} set tblproperties ('delta.deletedFileRetentionDuration' = 'interval 0 seconds')"
        )
        lake.spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
        lake.spark.sql(f"vacuum {name}")
    forget_snapshots(lake.spark)
    first, reference = released.first, released.references["a"]
    lake.spark, run = open_as_of(lake.settings, "a")
    rows = included(reference, COUNTRIES, first.first, first.last)
    assert run.run_id == required(lake.settings, "a").run["run_id"]
    for table in ("gold.daily_emissions", "gold.daily_by_domain_format", "silver.emissions"):
        total = lake.rows(f"select sum(total_gco2e) as total_gco2e from {table}")[0]["total_gco2e"]
        assert Decimal(total) == grams(rows)
    environment = {"LAKE_URI": lake.settings.lake_uri}
    why = CliRunner().invoke(app, ["why", "--as-of", "a", "--date", f"{first.first}", "--json"], env=environment)
    of_day = [row for row in rows if row.activity_date == first.first]
    figures = json.loads(why.stdout)["figures"]
    assert {figure["total_gco2e"] for figure in figures} == {f"{grams(of_day):f}"}
    other_day = CliRunner().invoke(app, ["why", "--as-of", "a", "--date", "2001-01-01"], env=environment)
    assert isinstance(other_day.exception, UsageError)

    made = sample(lake.settings, "a", 12, 5, tmp_path)
    again = tmp_path / "again"
    again.mkdir()
    assert [one.sha256 for one in sample(lake.settings, "a", 12, 5, again)] == [one.sha256 for one in made], (
        "same bytes"
    )
    for one, expected in zip(
        made, (rows_of(rows), excluded(reference, COUNTRIES, first.first, first.last)), strict=True
    ):
        with Path(one.file).open(encoding="utf-8", newline="") as text:
            items = list(csv.DictReader(text))
        assert len(items) == one.items > 0
        assert sum(int(item["points"]) for item in items) == 12
        versions = {version.delivery_id: version for version in reference.versions()}
        for item in items:
            place = (item["place"], int(item["delivery_id"]), int(item["record_number"]))
            weight = expected[place]
            version = versions[place[1]]
            delivered = version.records[place[2] - 1]
            assert (item["path"], item["content_sha256"]) == (version.path, version.content_sha256)
            assert item["released_gco2e"] == item["recomputed_gco2e"] == ("" if weight is None else f"{weight:f}")
            if delivered.columns is not None:
                assert {name: item[f"delivered_{name}"].removeprefix("'") for name in delivered.columns} == {
                    name: value.removeprefix("'") for name, value in delivered.columns.items()
                }
            assert {item[name] for name in ("audited_gco2e", "finding", "evidence", "auditor", "audited_on")} == {""}
            chance = min(Fraction(1), 12 * Fraction(item["size_gco2e"]) / Fraction(one.all_units, 10**10))
            assert abs(Fraction(item["selection_probability"]) - chance) <= Fraction(1, 2 * 10**12)
            assert (item["is_certain"] == "yes") == (chance == 1)


def rows_of(rows: list[SilverRecord]) -> dict[tuple[str, int, int], Decimal | None]:
    return {("silver", row.delivery_id, row.record_number): row.total_gco2e for row in rows}


def test_a_change_by_hand_is_found(released: Released, lake: TestLake) -> None:
    root, spark = lake.settings.lake_path, lake.spark
    day = released.first.first
    spark.sql(f"delete from {by_path(root, 'gold.daily_country_trends')} where activity_date = '{day}'")
    copy = by_path(copy_of(root, "b", "silver.emissions").parent.parent, "silver.emissions")
    spark.sql(f"update {copy} set domain = 'other.example' where activity_date = '{day}'")
    earlier = root / FOLDER / "a.json"
    earlier.write_bytes(earlier.read_bytes().replace(b'"reason": null', b'"reason": "x"'))
    bronze = by_path(root, "bronze.emissions")
    winner = included(released.references["b"], COUNTRIES, day, day)[0]
    spark.sql(f"alter table {bronze} set tblproperties ('delta.appendOnly' = 'false')")
    spark.sql(
        f"update {bronze} set extra_columns = map('by', 'hand') where delivery_id = {winner.delivery_id} "
        f"and record_number = {winner.record_number}"
    )
    asked = CliRunner().invoke(app, ["verify", "b", "--json"], env={"LAKE_URI": lake.settings.lake_uri})
    assert isinstance(asked.exception, LakeError)
    assert "gold.daily_country_trends (now)" in str(asked.exception)
    document = json.loads(asked.stdout)
    checked = {(item["name"], item["against"]): item["status"] for item in document["checked"]}
    delivery = next(one for one in required(lake.settings, "b").deliveries if one["delivery_id"] == winner.delivery_id)
    assert {name for name, status in checked.items() if status == "differs"} == {
        ("gold.daily_country_trends", NOW),
        ("silver.emissions", COPY),
        ("a", MANIFEST),
        (f"{delivery['path']} (delivery {winner.delivery_id})", DELIVERED),
    }
    # The run after the release restated the rest, and says so.
    assert checked[("gold.daily_emissions", NOW)] == checked[("silver.emissions", NOW)] == "restated"
    assert {name for name, against in checked if against == RECOMPUTED} >= {
        *(f"gold.{table}" for table in GOLD_TABLES),
        "silver.emissions",
        "silver.excluded",
    }
    assert not (root / "_verify").exists()


@pytest.mark.long
def test_a_release_half_made_does_not_count_and_the_next_heals(released: Released, tmp_path: Path) -> None:
    shutil.copytree(released.folder, tmp_path / "copy")
    lake = TestLake(tmp_path / "copy")
    folder = lake.settings.lake_path / FOLDER
    # Cut off before its manifest, while a manifest was written, and before the table followed one.
    shutil.copytree(folder / "a", folder / "half")
    (folder / ".half.json.1.part").write_text("{")
    lake.spark.sql("delete from audit.restatements where release_name = 'c'")
    assert [manifest.release for manifest in manifests(lake.settings.lake_path)] == ["a", "b", "c"]
    before = (folder / "a.json").read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        give_out(lake, "a", released.first)
    assert (folder / "a.json").read_bytes() == before
    assert sorted(entry.name for entry in folder.iterdir()) == ["a", "a.json", "b", "b.json", "c", "c.json"]
    names = lake.rows("select release_name from audit.restatements order by release_name")
    assert [row["release_name"] for row in names] == ["b", "c"]

    run = required(lake.settings, "a").run["run_id"]
    with pytest.raises(UsageError, match="is older than"):
        give_out(lake, "d", released.first, run=run)
    lake.spark.sql(f"update audit.runs set status = 'failed' where run_id = '{run}'")
    with pytest.raises(UsageError, match="did not succeed"):
        give_out(lake, "d", released.first, run=run)

    environment = {"LAKE_URI": lake.settings.lake_uri}
    period = ["--period", "2025-07-01", "2025-07-31"]
    with writing(lake.settings.lake_path, "another run"):
        held = CliRunner().invoke(app, ["release", "d", *period], env=environment)
    assert isinstance(held.exception, LakeBusyError)
    for words, message in (
        (["release", "../d", *period], "cannot name a release"),
        (["release", "2025-07-31", *period], "cannot name a release"),
        (["release", "d", "--period", "2025-07-31", "2025-07-01"], "earlier day first"),
        (["release", "d", "--period", "July", "August"], "YYYY-MM-DD"),
        (["release", "d", *period, "--threshold", "nan"], "percentage"),
        (["sample", "--release", "d", "--n", "5", "--seed", "1"], "there is no release d: a, b, c"),
        (["verify", "d"], "there is no release d"),
        (["verify", str(tmp_path / "none.json")], "cannot read"),
    ):
        error = CliRunner().invoke(app, words, env=environment).exception
        assert isinstance(error, UsageError)
        assert message in str(error)
        assert "\n" not in str(error)
    for words in (["release", "d"], ["sample", "--release", "a", "--n", "0", "--seed", "1"]):
        assert CliRunner().invoke(app, words, env=environment).exit_code == 2
    lake.close()


def test_spark_draws_what_the_rule_draws(lake: TestLake) -> None:
    sizes = [0, 3, 17, 0, 250, 1, 1, 2, 90, 5, 0, 41, 10**18 - 1, 7, 0]
    values = ", ".join(f"('k{number:02d}', {size}BD)" for number, size in enumerate(sizes))
    lake.spark.sql(
        "select 'silver' as place, 1L as delivery_id, 1L as record_number, item_key as record_key, left(item_key, 2) as "
        "bucket, item_key, cast(units / 10000000000BD as decimal(28, 10)) as weight_gco2e, "
        "cast(units / 10000000000BD as decimal(28, 10)) as size_gco2e, cast(array() as array<string>) as reasons "
        f"from values {values} as sizes (item_key, units)"
    ).createOrReplaceTempView("population")
    for n, whole in ((5, sum(sizes)),):
        for start in (0, 1, whole // 3, whole - 1):
            drawn = {row.record_key: row.points for row in draw(lake.spark, n, start, whole)}
            counts = points_by_item(sizes, n, Fraction(start, n))
            assert drawn == {f"k{number:02d}": count for number, count in enumerate(counts) if count}


def test_a_digest_is_of_rows_and_of_nothing_else(lake: TestLake) -> None:
    spark = lake.spark
    rows = "(1, 'a', 0.1D, null), (2, 'b', null, array('x')), (2, 'b', null, array('x'))"
    names = "as t (number, text, share, list)"
    one = spark.sql(f"select * from values {rows} {names}")
    frames = {
        "one": one,
        "other order": one.select("list", "share", "text", "number").orderBy("number", ascending=False).repartition(7),
        "once less": one.distinct(),
        "null is not empty": spark.sql(
            f"select number, text, share, coalesce(list, array()) as list from ({'select * from values ' + rows + ' ' + names})"
        ),
        "next double": spark.sql(f"select number, text, share + 1.4e-17D as share, list from values {rows} {names}"),
        "moved border": spark.sql(
            f"select number, concat(text, '') as text, share, list from values {rows.replace(chr(39) + 'a' + chr(39), chr(39) + 'a-' + chr(39))} {names}"
        ),
        "nothing": one.where("false"),
    }
    found = contents(spark, frames)
    assert found["one"] == found["other order"]
    assert len({content.digest for content in found.values()}) == len(found) - 1
    assert [content.row_count for content in found.values()] == [3, 3, 2, 3, 3, 3, 0]
    parts = contents_by(spark, one, "number")
    assert {part: content.row_count for part, content in parts.items()} == {"1": 1, "2": 2}
    assert parts["1"].digest == contents(spark, {"": one.where("number = 1")})[""].digest
