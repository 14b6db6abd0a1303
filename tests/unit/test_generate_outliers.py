"""Planted outliers: listed, far away by the contract's rules, and nothing else of the delivery changes."""

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from bronze.synthetic.deliveries import GeneratedDelivery, generate
from bronze.synthetic.recipe import Recipe
from tests.reference.history import ReferenceLake
from tests.reference.outliers import flagged_domain_days, flagged_domains
from tests.reference.silver import build_silver, read_countries

COUNTRIES = Path(__file__).parents[2] / "dbt" / "seeds" / "country_names.csv"
RECIPE = Recipe(rows=5_000, days=40, seed=3, domains=10, outlier_domains=2, outlier_days=5)


def listed(delivery: GeneratedDelivery) -> list[dict[str, str]]:
    assert delivery.outliers is not None
    with delivery.outliers.open(newline="") as file:
        return list(csv.DictReader(file))


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


@pytest.mark.parametrize("change", [{}, {"skew": 0}, {"domains": 40, "skew": 1.5, "seed": 4}])
def test_the_reference_flags_every_planted_outlier(tmp_path: Path, change: dict[str, float]) -> None:
    recipe = replace(RECIPE, **{"outlier_days": 2, **change})
    delivery = generate(tmp_path / "a.csv", recipe)
    lake = ReferenceLake()
    lake.put("a.csv", delivery.path.read_bytes())
    lake.ingest(date(2026, 1, 1))
    winners = build_silver(lake, read_countries(COUNTRIES)).winners
    domains = {row["domain"] for row in flagged_domains(winners) if row["is_outlier"]}
    days = {(row["domain"], str(row["activity_date"]), row["direction"]) for row in flagged_domain_days(winners)}
    planted = listed(delivery)
    assert [row["kind"] for row in planted] == ["outlier_domain"] * 2 + ["outlier_day"] * 2
    assert {row["domain"] for row in planted if row["kind"] == "outlier_domain"} <= domains
    assert {(row["domain"], row["date"], row["direction"]) for row in planted if row["kind"] == "outlier_day"} <= days


def test_only_measures_of_planted_outliers_change(tmp_path: Path) -> None:
    plain = generate(tmp_path / "plain.csv", Recipe(rows=5_000, days=40, seed=3, domains=10, issue_rate=0))
    recipe = replace(RECIPE, issue_rate=0)
    planted = generate(tmp_path / "planted.csv", recipe)
    assert plain.outliers is None
    domains, days = set(), set()
    for row in listed(planted):
        if row["date"]:
            days.add((row["domain"], row["date"]))
        else:
            domains.add(row["domain"])
    assert len(domains) == 2
    assert len(days) == 5
    changed: dict[bool, int] = defaultdict(int)
    for before, after in zip(lines(plain.path)[1:], lines(planted.path)[1:], strict=True):
        old, new = before.split(","), after.split(",")
        assert old[:6] == new[:6]
        is_planted = new[1] in domains or (new[1], str(datetime.strptime(new[0], "%m/%d/%Y").date())) in days
        assert (old != new) == is_planted
        changed[is_planted] += 1
    assert changed[True] > 0


def test_a_low_day_is_a_128th_and_a_high_day_128_times(tmp_path: Path) -> None:
    recipe = replace(RECIPE, issue_rate=0, outlier_domains=0)
    planted = generate(tmp_path / "planted.csv", recipe)
    plain = generate(tmp_path / "plain.csv", replace(recipe, outlier_days=0))
    totals = total_by_day(plain.path), total_by_day(planted.path)
    directions = set()
    for row in listed(planted):
        key = (row["domain"], row["date"])
        factor = totals[1][key] / totals[0][key]
        assert factor == pytest.approx({"high": 128, "low": 1 / 128}[row["direction"]], rel=1e-3)
        directions.add(row["direction"])
    assert directions == {"high", "low"}


def total_by_day(path: Path) -> dict[tuple[str, str], float]:
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for line in lines(path)[1:]:
        fields = line.split(",")
        totals[fields[1], str(datetime.strptime(fields[0], "%m/%d/%Y").date())] += float(fields[9])
    return totals


def test_lists_of_an_earlier_delivery_do_not_stay(tmp_path: Path) -> None:
    def names() -> list[str]:
        return sorted(file.name for file in tmp_path.iterdir())

    generate(tmp_path / "a.csv", RECIPE)
    assert names() == ["_a.manifest.csv", "_a.outliers.csv", "_a.recipe.json", "a.csv"]
    generate(tmp_path / "a.csv", Recipe())
    assert names() == ["_a.manifest.csv", "a.csv"]
