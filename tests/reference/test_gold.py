"""The gold tables, with expectations worked out by hand."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest

from . import gold
from .sample_deliveries import delivery, grams, silver_of
from .silver import SilverRecord

FIRST_DAY = date(2025, 3, 1)


def _winners(*rows: dict[str, str]) -> Sequence[SilverRecord]:
    return silver_of(delivery(*rows)).winners


def _days(totals: Sequence[str], *, last: str, gap: int = 1) -> Sequence[SilverRecord]:
    """Give a record a day of these totals, and one of `last` so many days after the latest of them."""
    offsets = [*range(len(totals)), len(totals) - 1 + gap]
    return _winners(
        *(
            {"date": str(FIRST_DAY + timedelta(offset)), **grams(total)}
            for offset, total in zip(offsets, [*totals, last], strict=True)
        )
    )


def test_daily_emissions_sums_the_measures_of_its_six_dimensions() -> None:
    rows = gold.daily_emissions(_winners({}, {"ad_size": "1x1"}, {"domainCoverage": "modeled"}, {"date": "06/30/2025"}))
    assert [row["record_count"] for row in rows] == [1, 2, 1]
    assert rows[1] == {
        "activity_date": date(2025, 7, 1),
        "domain": "cnn.com",
        "country_code": "FR",
        "ad_format": "video",
        "device": "mobile",
        "domain_coverage": "measured",
        "record_count": 2,
        "ad_selection_gco2e": Decimal("0.2"),
        "creative_distribution_gco2e": Decimal("0.04"),
        "media_distribution_gco2e": Decimal("0.006"),
        "total_gco2e": Decimal("0.246"),
    }


def test_averages_are_of_records_and_rounded_half_up() -> None:
    records = _winners(grams("1"), grams("0.5"), grams("0.5000000001") | {"domain": "a.de", "device": "pc"})
    assert [tuple(row.values()) for row in gold.daily_by_country_device(records)] == [
        (date(2025, 7, 1), "FR", "desktop", 1, Decimal("0.5000000001"), Decimal("0.5000000001")),
        (date(2025, 7, 1), "FR", "mobile", 2, Decimal("1.5"), Decimal("0.75")),
    ]
    by_format = gold.daily_by_domain_format(_winners(grams("1"), grams("0.5000000001")))
    assert by_format == [
        {
            "activity_date": date(2025, 7, 1),
            "domain": "cnn.com",
            "ad_format": "video",
            "record_count": 2,
            "total_gco2e": Decimal("1.5000000001"),
            "avg_gco2e": Decimal("0.7500000001"),
        }
    ]


def test_trends_look_back_by_the_calendar() -> None:
    days = {"0001-01-01": "1", "0001-01-02": "2", "0001-01-07": "4", "0001-01-09": "1"}
    rows = gold.daily_country_trends(_winners(*({"date": day, **grams(total)} for day, total in days.items())))
    assert [tuple(row.values())[2:] for row in rows] == [
        (Decimal(1), None, Decimal(1), 1),
        (Decimal(2), Decimal(1), Decimal("1.5"), 2),
        (Decimal(4), None, Decimal("2.3333333333"), 3),
        (Decimal(1), None, Decimal("2.5"), 2),
    ]


def test_contributions_coverage_and_ranks_are_shares() -> None:
    records = _winners(grams("3"), grams("1") | {"domainCoverage": "modeled"}, grams("4") | {"domain": "a.de"})
    assert [tuple(row.values()) for row in gold.emission_contributions(records)] == [
        (date(2025, 7, 1), "a.de", 1.0, 0.0, 0.0, Decimal(4)),
        (date(2025, 7, 1), "cnn.com", 1.0, 0.0, 0.0, Decimal(4)),
    ]
    assert [tuple(row.values()) for row in gold.top_10_domains(records)] == [
        (1, "a.de", Decimal(4), 0.5),
        (2, "cnn.com", Decimal(4), 0.5),
    ]
    assert [tuple(row.values()) for row in gold.avg_domain_coverage(records)] == [("video", 3, 2 / 3, 0.875)]


def test_a_share_of_nothing_is_null() -> None:
    records = _winners(grams("0"))
    assert gold.top_10_domains(records)[0]["share"] is None
    assert gold.emission_contributions(records)[0]["ad_selection_share"] is None
    assert gold.avg_domain_coverage(records)[0]["measured_emission_share"] is None


def test_every_table_of_an_empty_lake_is_empty() -> None:
    assert all(table([]) == [] for table in gold.GOLD_TABLES.values())


def test_scores_of_domains_by_hand() -> None:
    totals = [*range(1, 10), 100]
    rows = gold.flagged_domains(_winners(*({"domain": f"d{total:03}.com", **grams(str(total))} for total in totals)))
    # Mean 14.5, sum of squared deviations 8182.5; median 5.5, MAD 2.5.
    assert rows[-1]["z_score"] == pytest.approx(85.5 / math.sqrt(8182.5 / 9))
    assert rows[-1]["modified_z_score"] == pytest.approx(0.6745 * 94.5 / 2.5)
    assert [row["is_outlier"] for row in rows] == [False] * 9 + [True]


def test_scores_without_a_mad_and_under_ten_domains() -> None:
    nine = [{"domain": f"d{number}.com", **grams("1" if number < 8 else "2")} for number in range(9)]
    row = gold.flagged_domains(_winners(*nine))[-1]
    assert row["modified_z_score"] == pytest.approx(1 / (1.253314 * (1 / 9)))
    assert row["is_outlier"] is False
    ten = gold.flagged_domains(_winners(*nine, {"domain": "a.de", **grams("1")}))
    assert [each["is_outlier"] for each in ten] == [False] * 9 + [True]


def test_scores_are_null_for_one_domain_and_for_equal_ones() -> None:
    for records in (_winners({}), _winners({}, {"domain": "a.de"})):
        for row in gold.flagged_domains(records):
            assert (row["z_score"], row["modified_z_score"], row["is_outlier"]) == (None, None, False)


@pytest.mark.parametrize(("last", "direction", "z_of"), [("100", "high", 100.0), ("0.01", "low", 0.01)])
def test_a_day_far_from_its_history_is_flagged(last: str, direction: str, z_of: float) -> None:
    (row,) = gold.flagged_domain_days(_days(["1", "2"] * 7, last=last))
    # Logarithms 0 and ln 2, seven each: their median and their MAD are both ln 2 / 2.
    score = 0.6745 * (math.log(z_of) - math.log(2) / 2) / (math.log(2) / 2)
    assert row.pop("modified_z_score") == pytest.approx(score)
    assert row == {
        "activity_date": FIRST_DAY + timedelta(14),
        "domain": "cnn.com",
        "total_gco2e": Decimal(last),
        "median_gco2e": Decimal("1.5"),
        "direction": direction,
        "history_days": 14,
        "record_count": 1,
        "median_record_count": 1.0,
    }


@pytest.mark.parametrize(
    ("totals", "last", "gap", "flagged"),
    [
        (["1", "2"] * 6 + ["1"], "100", 1, False),
        (["1", "2"] * 7, "100", 15, True),
        (["1", "2"] * 7, "100", 16, False),
        (["1", "2"] * 7, "0", 1, False),
        (["1", "2"] * 6 + ["0", "1"], "100", 1, False),
        (["1", "2"] * 7 + ["0"], "100", 1, True),
        (["1", "1.01"] * 7, "1.2", 1, False),
        (["1", "1.02"] * 7, "1.515", 1, True),
        (["1", "1.02"] * 7, "1.5149999999", 1, False),
        (["1", "1.02"] * 7, "0.505", 1, True),
        (["1"] * 14, "100", 1, False),
        (["1"] * 13 + ["2"], "100", 1, True),
    ],
)
def test_the_rules_of_flagged_days(totals: list[str], last: str, gap: int, *, flagged: bool) -> None:
    days = [row["activity_date"] for row in gold.flagged_domain_days(_days(totals, last=last, gap=gap))]
    assert days == ([FIRST_DAY + timedelta(len(totals) - 1 + gap)] if flagged else [])
