"""The real delivery, where it is present: its numbers, and what corrections and withdrawals make of them."""

import pytest

from bronze.ledger import undo_withdrawal, withdraw
from tests.conftest import SAMPLE, TestLake

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the real sample delivery is not on this machine")


def test_the_sample_gives_its_known_numbers(lake: TestLake) -> None:
    lake.put("sample.csv", SAMPLE.read_bytes())
    report = lake.run()

    assert lake.rows("select count(*) as n from bronze.emissions") == [{"n": 1210}]
    assert lake.rows("select count(*) as n, sum(total_gco2e) as g from silver.emissions") == [
        {"n": 1124, "g": "22.3807275300"}
    ]
    assert report.conservation["quarantined_rows"] == 77
    assert {reason["reason"]: reason["row_count"] for reason in report.reasons} == {
        "total_mismatch": 64,
        "missing_domain": 9,
        "missing_country": 5,
        "negative_measure": 3,
    }
    assert report.conservation["duplicate_rows"] == 9
    assert report.conservation["balanced"] is True
    sizes = {
        table: lake.rows(f"select count(*) as n from gold.{table}")[0]["n"]
        for table in ("daily_by_country_device", "daily_by_domain_format", "daily_country_trends")
    }
    assert sizes == {
        "daily_by_country_device": 656,
        "daily_by_domain_format": 896,
        "daily_country_trends": 301,
    }
    assert lake.rows("select domain, total_gco2e from gold.top_10_domains where rank = 1") == [
        {"domain": "espn.com", "total_gco2e": "1.7333061200"}
    ]
    assert lake.rows("select count(*) as n from gold.flagged_domains where is_outlier") == [{"n": 0}]
    versions = lake.versions()
    lake.run()
    assert lake.versions() == versions, "a run with nothing new commits nothing to bronze, silver or gold"


@pytest.mark.long
def test_every_change_of_the_sample_is_followed(lake: TestLake) -> None:
    content = SAMPLE.read_bytes()
    lake.put("sample.csv", content)
    lake.run()
    as_delivered = lake.content()

    corrected = b"".join(content.splitlines(keepends=True)[:-300])
    lake.put("sample.csv", corrected)
    report = lake.run()
    assert report.conservation["superseded_rows"] == 1210
    assert report.ceased_rows == 1210
    after_correction = lake.content()
    lake.run(full_refresh=True)
    assert lake.content() == after_correction

    assert withdraw(lake.spark, "sample.csv")
    lake.run()
    assert lake.rows("select count(*) as n from silver.emissions") == [{"n": 0}]
    assert lake.rows("select count(*) as n from gold.daily_emissions") == [{"n": 0}]

    assert undo_withdrawal(lake.spark, "sample.csv", "undo") == 3
    lake.put("sample.csv", content)
    lake.run()
    again = lake.content()
    for table, rows in as_delivered.items():
        if table.startswith("gold."):
            assert again[table] == rows, table
