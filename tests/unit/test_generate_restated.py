"""Corrected re-deliveries: defects give way to the truth, good rows change where listed, identities stay."""

import csv
import gzip
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bronze.columns import KNOWN_COLUMNS
from bronze.synthetic.deliveries import generate
from bronze.synthetic.recipe import Recipe
from bronze.synthetic.restated import RestatedDelivery, restate
from tests.reference.history import ReferenceLake
from tests.reference.silver import build_silver, read_countries

COUNTRIES = Path(__file__).parents[2] / "dbt" / "seeds" / "country_names.csv"
RECIPE = Recipe(rows=4_000, days=31, seed=7, issue_rate=0.1)


def records(path: Path) -> list[list[str]]:
    content = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
    return list(csv.reader(content.decode().splitlines()))[1:]


def kinds(manifest: Path) -> Mapping[int, str]:
    with manifest.open(newline="") as file:
        return {int(row["record_number"]): row["kind"] for row in csv.DictReader(file)}


def restated(folder: Path, recipe: Recipe, *, rate: float = 0.05, out: str = "b.csv") -> RestatedDelivery:
    generate(folder / "a.csv", recipe)
    return restate(folder / "a.csv", folder / out, rate=rate, seed=1)


def test_without_restating_the_correction_is_the_truth(tmp_path: Path) -> None:
    truth = generate(tmp_path / "truth.csv", replace(RECIPE, issue_rate=0))
    delivery = restated(tmp_path, RECIPE, rate=0)
    assert delivery.path.read_bytes() == truth.path.read_bytes()
    planted = kinds(tmp_path / "_a.manifest.csv")
    assert kinds(delivery.manifest) == dict.fromkeys(planted, "corrected")
    assert delivery.changes == {"corrected": len(planted)}
    assert delivery.row_count == RECIPE.rows


@pytest.mark.parametrize("recipe", [RECIPE, replace(RECIPE, record_ids=True), Recipe()])
def test_only_listed_rows_change_and_only_in_what_a_source_corrects(tmp_path: Path, recipe: Recipe) -> None:
    truth = records(generate(tmp_path / "truth.csv", replace(recipe, issue_rate=0)).path)
    delivery = restated(tmp_path, recipe, rate=0.2)
    changes = kinds(delivery.manifest)
    moved = 0
    for number, (good, now) in enumerate(zip(truth, records(delivery.path), strict=True), start=1):
        if changes.get(number) != "restated":
            assert now == good
            continue
        assert [now[1:6], now[10:]] == [good[1:6], good[10:]], "dimensions, coverage and identity stay"
        assert now[9] != good[9]
        assert sum(map(Decimal, now[6:9])) == Decimal(now[9])
        day, former = (datetime.strptime(fields[0], "%m/%d/%Y") for fields in (now, good))
        assert former - day in {timedelta(0), timedelta(days=1)}
        moved += day != former
    assert (moved > 0) == recipe.record_ids
    planted = len(kinds(tmp_path / "_a.manifest.csv"))
    assert delivery.changes["corrected"] == planted
    # Four standard deviations of a binomial of 4,000 trials at 0.2 are 101.
    assert abs(delivery.changes["restated"] - 0.2 * (recipe.rows - planted)) < 101


def test_same_arguments_give_same_bytes_and_another_seed_other_rows(tmp_path: Path) -> None:
    first = restated(tmp_path, RECIPE).path.read_bytes()
    assert restated(tmp_path, RECIPE, out="c.csv").path.read_bytes() == first
    assert gzip.decompress(restated(tmp_path, RECIPE, out="d.csv.gz").path.read_bytes()) == first
    assert restate(tmp_path / "a.csv", tmp_path / "e.csv", rate=0.05, seed=2).path.read_bytes() != first


def test_a_packed_delivery_with_outliers_keeps_their_list(tmp_path: Path) -> None:
    recipe = Recipe(rows=5_000, days=40, seed=3, domains=10, outlier_domains=2, outlier_days=2, record_ids=True)
    original = generate(tmp_path / "a.csv.gz", recipe)
    assert original.outliers
    delivery = restate(original.path, tmp_path / "b.csv.gz", rate=0, seed=1)
    assert (tmp_path / "_b.outliers.csv").read_bytes() == original.outliers.read_bytes()
    ids = [fields[len(KNOWN_COLUMNS) - 1] for fields in records(delivery.path)]
    assert ids == [f"3-{number}" for number in range(1, 5_001)]


def test_a_correction_can_be_corrected_again(tmp_path: Path) -> None:
    first = restated(tmp_path, RECIPE)
    second = restate(first.path, tmp_path / "c.csv", rate=0.05, seed=2)
    assert set(second.changes) == {"restated"}
    changes = kinds(second.manifest)
    for number, (before, after) in enumerate(zip(records(first.path), records(second.path), strict=True), start=1):
        assert (before != after) == (number in changes)


def test_what_cannot_be_corrected_is_refused_and_nothing_written(tmp_path: Path) -> None:
    original = generate(tmp_path / "a.csv", RECIPE).path
    edited = tmp_path / "edited.csv"
    for name in ("manifest.csv", "recipe.json"):
        shutil.copy(tmp_path / f"_a.{name}", tmp_path / f"_edited.{name}")
    before = sorted(tmp_path.iterdir())

    def refused(source: Path, message: str, *, out: str = "b.csv", rate: float = 0.01) -> None:
        with pytest.raises(ValueError, match=message):
            restate(source, tmp_path / out, rate=rate, seed=1)
        assert sorted(tmp_path.iterdir()) == before

    refused(tmp_path / "none.csv", "is missing")
    refused(original, "restate rate", rate=1.1)
    refused(original, "another stem", out="a.csv.gz")
    lines = original.read_bytes().splitlines(keepends=True)
    before = sorted([*before, edited])
    for content, message in (
        (b"".join(lines[1:]), "header"),
        (b"".join([*lines[:-5]]), "ends before"),
        (b"".join([*lines, lines[-1]]), "record 4001"),
        (b"".join(lines).replace(b"2025", b"2024"), "record 1 "),
    ):
        edited.write_bytes(content)
        refused(edited, message)
    edited.write_bytes(b"".join(lines))
    (tmp_path / "_edited.recipe.json").write_text("[]")
    refused(edited, "no recipe")
    (tmp_path / "_edited.recipe.json").unlink()
    before = sorted(tmp_path.iterdir())
    refused(edited, "record 1 ")


@pytest.mark.parametrize(("record_ids", "path"), [(True, "corrections/b.csv"), (False, "a.csv")])
def test_landed_as_the_help_says_the_correction_alone_counts(tmp_path: Path, record_ids: bool, path: str) -> None:
    delivery = restated(tmp_path, replace(RECIPE, rows=500, record_ids=record_ids))
    lake = ReferenceLake()
    for landing_path, file in (("a.csv", tmp_path / "a.csv"), (path, delivery.path)):
        lake.put(landing_path, file.read_bytes())
        lake.ingest(date(2026, 1, 1))
    winners = build_silver(lake, read_countries(COUNTRIES)).winners
    assert sorted((record.delivery_id, record.record_number) for record in winners) == [(2, n) for n in range(1, 501)]
