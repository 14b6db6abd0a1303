"""The metric view: each mart's figures equal its measures, through dbt's statements and through a session's own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bronze.synthetic.deliveries import generate
from bronze.synthetic.recipe import Recipe
from lake.metrics import METRICS_MODEL
from lake.settings import REPOSITORY
from lake.tables import metrics_over
from tests.conftest import TestLake

DIMENSIONS = ("activity_date", "domain", "country_code", "ad_format", "device", "domain_coverage")
VIEW = "gold.emissions_metrics"
# What a mart says, and the same asked of the metric view.
MARTS = {
    "daily_emissions": "activity_date, domain, country_code, ad_format, device, domain_coverage, record_count, "
    "ad_selection_gco2e, creative_distribution_gco2e, media_distribution_gco2e, total_gco2e",
    "daily_by_country_device": "activity_date, country_code, device, record_count, total_gco2e, avg_gco2e",
    "daily_by_domain_format": "activity_date, domain, ad_format, record_count, total_gco2e, avg_gco2e",
    "daily_country_trends": "activity_date, country_code, total_gco2e",
    "emission_contributions": "activity_date, domain, ad_selection_share, creative_distribution_share, "
    "media_distribution_share, total_gco2e",
    "avg_domain_coverage": "ad_format, record_count, measured_record_share, measured_emission_share",
    "flagged_domains": "domain, total_gco2e",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLake]:
    """A lake after one run."""
    lake = TestLake(tmp_path_factory.mktemp("metrics"))
    generate(lake.settings.landing_path / "a.csv", Recipe(rows=300, days=40, seed=1, issue_rate=0.1))
    lake.run()
    yield lake
    lake.close()


@pytest.fixture(params=["made by dbt", "made by a session"])
def metrics(built: TestLake, request: pytest.FixtureRequest) -> list[tuple[str, str, str]]:
    """The lake's columns of the view: name, type, comment; the view as the run left it, or made without dbt."""
    if request.param == "made by a session":
        for statement in metrics_over("gold"):
            built.spark.sql(statement)
    return [(row.col_name, row.data_type, row.comment) for row in built.spark.sql(f"describe {VIEW}").collect()]


def test_the_page_of_metrics_is_up_to_date(tmp_path: Path) -> None:
    made = tmp_path / "made.md"
    subprocess.run([sys.executable, REPOSITORY / "scripts" / "make-metrics", made], check=True, capture_output=True)
    assert made.read_text() == (REPOSITORY / "docs" / "metrics.md").read_text(), "run scripts/make-metrics"


def test_names_types_and_comments_are_those_of_the_description(metrics: list[tuple[str, str, str]]) -> None:
    (described,) = yaml.safe_load(METRICS_MODEL.with_suffix(".yml").read_text())["models"]
    columns = [(column["name"], column["data_type"], column["description"]) for column in described["columns"]]
    assert metrics == columns


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_s_figures_are_the_measures(built: TestLake, mart: str) -> None:
    dimensions = [name for name in DIMENSIONS if name in MARTS[mart].split(", ")]
    measures = [name for name in MARTS[mart].split(", ") if name not in dimensions]
    asked = ", ".join([*dimensions, *(f"measure({name}) as {name}" for name in measures)])
    of_metrics = sorted(map(str, built.rows(f"select {asked} from {VIEW} group by all")))
    of_mart = sorted(map(str, built.rows(f"select {', '.join([*dimensions, *measures])} from gold.{mart}")))
    assert of_mart
    assert of_metrics == of_mart


def test_what_no_mart_has(built: TestLake) -> None:
    (of_metrics,) = built.rows(
        f"select measure(total_kgco2e) as kg, measure(measured_gco2e) as measured, measure(modeled_gco2e) as modeled, "
        f"measure(domain_count) as domains, measure(active_days) as days, measure(avg_daily_gco2e) as a_day from {VIEW}"
    )
    (of_silver,) = built.rows(
        "select cast(sum(total_gco2e) as decimal(28, 10)) * 0.001BD as kg, "
        "cast(sum(total_gco2e) filter (where domain_coverage = 'measured') as decimal(28, 10)) as measured, "
        "cast(sum(total_gco2e) filter (where domain_coverage = 'modeled') as decimal(28, 10)) as modeled, "
        "count(distinct domain) as domains, count(distinct activity_date) as days, "
        "cast(sum(total_gco2e) / count(distinct activity_date) as decimal(28, 10)) as a_day from silver.emissions"
    )
    assert of_metrics == of_silver
    months = built.rows(f"select activity_month, measure(total_gco2e) as g from {VIEW} group by all order by 1")
    assert months == built.rows(
        "select cast(trunc(activity_date, 'month') as date) as activity_month, "
        "cast(sum(total_gco2e) as decimal(28, 10)) as g from silver.emissions group by 1 order by 1"
    )


def test_a_slice_without_records_has_no_averages_and_no_shares(built: TestLake) -> None:
    (empty,) = built.rows(
        f"select measure(record_count) as n, measure(avg_gco2e) as mean, measure(ad_selection_share) as share, "
        f"measure(active_days) as days from {VIEW} where domain = 'nowhere.example'"
    )
    assert empty == {"n": None, "mean": None, "share": None, "days": 0}
