"""Outliers that the generator planted are found by gold."""

import csv

from bronze.synthetic.deliveries import generate
from bronze.synthetic.recipe import Recipe
from tests.conftest import TestLake


def test_gold_flags_every_planted_outlier(lake: TestLake) -> None:
    recipe = Recipe(rows=5_000, days=40, seed=3, domains=12, outlier_domains=2, outlier_days=4)
    made = generate(lake.settings.landing_path / "made.csv", recipe)
    assert made.outliers is not None
    with made.outliers.open(newline="") as file:
        planted = list(csv.DictReader(file))
    lake.run()

    domains = {row["domain"] for row in lake.rows("select domain from gold.flagged_domains where is_outlier")}
    assert {row["domain"] for row in planted if row["kind"] == "outlier_domain"} <= domains
    days = lake.rows("select domain, activity_date, direction from gold.flagged_domain_days")
    found = {(row["domain"], row["activity_date"], row["direction"]) for row in days}
    wanted = {(row["domain"], row["date"], row["direction"]) for row in planted if row["kind"] == "outlier_day"}
    assert {direction for _, _, direction in wanted} == {"high", "low"}
    assert len(wanted) == 4
    assert wanted <= found
