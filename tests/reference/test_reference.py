"""The reference as a whole: what the real file gives, and where every row and gram goes."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from . import gold
from .audit import conservation
from .history import ReferenceLake
from .sample_deliveries import COUNTRIES, LOADED_ON, delivery, grams
from .silver import Silver, build_silver, read_countries

REPOSITORY = Path(__file__).resolve().parents[2]
REAL_FILE = REPOSITORY.parent / "shared" / "data" / "advertising_emissions.csv"
SEED = REPOSITORY / "dbt" / "seeds" / "country_names.csv"
REAL_COUNTRIES = {
    "australia": "AU",
    "brazil": "BR",
    "canada": "CA",
    "china": "CN",
    "france": "FR",
    "germany": "DE",
    "india": "IN",
    "japan": "JP",
    "united kingdom": "GB",
    "united states": "US",
}


@pytest.fixture(scope="module")
def real_lake() -> ReferenceLake:
    """Give a lake that ingested the real file, which carries no licence and is not in the repository."""
    if not REAL_FILE.exists():
        pytest.skip(f"the real file is not here: {REAL_FILE}")
    lake = ReferenceLake()
    lake.put(REAL_FILE.name, REAL_FILE.read_bytes())
    lake.ingest(date(2026, 1, 1))
    return lake


@pytest.fixture(scope="module")
def countries() -> dict[str, str]:
    """Give the project's country names, or the ten of the real file."""
    return read_countries(SEED) if SEED.exists() else REAL_COUNTRIES


@pytest.fixture(scope="module")
def real_silver(real_lake: ReferenceLake, countries: dict[str, str]) -> Silver:
    """Give the real file's silver tables."""
    return build_silver(real_lake, countries)


def test_the_real_file_is_cut_into_rows(real_lake: ReferenceLake) -> None:
    assert len(real_lake.bronze_rows()) == 1210


def test_the_real_file_is_judged(real_silver: Silver) -> None:
    assert len(real_silver.winners) == 1124
    assert sum(row.total_gco2e for row in real_silver.winners) == Decimal("22.3807275300")
    assert len(real_silver.duplicates) == 9
    assert len(real_silver.refused) == 77
    assert Counter(reason for row in real_silver.refused for reason in row.reasons) == {
        "total_mismatch": 64,
        "missing_domain": 9,
        "missing_country": 5,
        "negative_measure": 3,
    }


def test_the_real_file_in_gold(real_silver: Silver) -> None:
    assert len(gold.daily_by_country_device(real_silver.winners)) == 656
    assert len(gold.daily_by_domain_format(real_silver.winners)) == 896
    assert len(gold.daily_country_trends(real_silver.winners)) == 301
    top = gold.top_10_domains(real_silver.winners)[0]
    assert (top["domain"], top["total_gco2e"]) == ("espn.com", Decimal("1.7333061200"))
    assert not any(row["is_outlier"] for row in gold.flagged_domains(real_silver.winners))


def test_the_real_file_is_conserved(real_lake: ReferenceLake, countries: dict[str, str]) -> None:
    (row,) = conservation(real_lake, countries)
    assert row["balanced"] is True
    assert (row["delivered_rows"], row["superseded_rows"]) == (1210, 0)


def test_every_row_and_gram_of_a_history_is_accounted_for() -> None:
    lake = ReferenceLake()
    lake.put("a.csv", delivery(grams("1"), grams("2"), grams("?")))
    lake.put("b.csv", delivery(grams("4"), grams("4"), grams("-8"), grams("16") | {"format": "?"}) + b" \n")
    lake.put("c.csv", delivery(grams("32")))
    lake.put("d.csv", b"broken")
    lake.ingest(LOADED_ON)
    lake.put("a.csv", delivery(grams("1")))
    lake.ingest(LOADED_ON)
    lake.withdraw("c.csv")
    assert conservation(lake, COUNTRIES) == [
        {
            "delivered_rows": 10,
            "silver_rows": 2,
            "quarantined_rows": 3,
            "duplicate_rows": 1,
            "superseded_rows": 4,
            "delivered_gco2e": Decimal(52),
            "silver_gco2e": Decimal(5),
            "quarantined_gco2e": Decimal(8),
            "duplicate_gco2e": Decimal(4),
            "superseded_gco2e": Decimal(35),
            "unweighable_rows": 2,
            "balanced": True,
        }
    ]


def test_an_undone_withdrawal_is_judged_by_the_day_of_the_undo() -> None:
    lake = ReferenceLake()
    lake.put("a.csv", delivery({"date": "2026-01-02"}))
    lake.ingest(LOADED_ON)
    assert build_silver(lake, COUNTRIES).winners == ()
    lake.withdraw("a.csv")
    lake.undo("a.csv", date(2026, 1, 2))
    (winner,) = build_silver(lake, COUNTRIES).winners
    assert winner.delivery_id == 2
