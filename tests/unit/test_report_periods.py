"""Which periods a report compares, and which days it misses; no Spark."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Row

from lake.report_periods import gaps, headline, silent_countries


def row(day: date, grams: str = "1") -> Row:
    return Row(activity_date=day, record_count=2, total_gco2e=Decimal(grams))


def every_day(first: str, last: str) -> list[Row]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [row(start + timedelta(days=number)) for number in range((end - start).days + 1)]


def days_of(period: dict[str, Any] | None) -> tuple[str, str] | None:
    return None if period is None else (period["first_day"], period["last_day"])


@pytest.mark.parametrize(
    ("first", "last", "kind", "period", "before"),
    [
        ("2025-06-01", "2025-07-31", "month", ("2025-07-01", "2025-07-31"), ("2025-06-01", "2025-06-30")),
        # a month that has begun is not full
        ("2025-05-20", "2025-08-30", "month", ("2025-07-01", "2025-07-31"), ("2025-06-01", "2025-06-30")),
        ("2024-01-01", "2024-02-29", "month", ("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31")),
        # nor is the month before where the data begins in it
        ("2025-06-02", "2025-07-31", "week", ("2025-07-25", "2025-07-31"), ("2025-07-18", "2025-07-24")),
        ("2025-07-01", "2025-07-14", "week", ("2025-07-08", "2025-07-14"), ("2025-07-01", "2025-07-07")),
        ("2025-07-01", "2025-07-13", "all", ("2025-07-01", "2025-07-13"), None),
        ("0001-01-01", "0001-01-20", "week", ("0001-01-14", "0001-01-20"), ("0001-01-07", "0001-01-13")),
        ("9999-11-01", "9999-12-31", "month", ("9999-12-01", "9999-12-31"), ("9999-11-01", "9999-11-30")),
    ],
)
def test_a_period_is_a_full_month_or_seven_days(
    first: str, last: str, kind: str, period: tuple[str, str], before: tuple[str, str] | None
) -> None:
    found = headline(every_day(first, last))
    assert (found["kind"], days_of(found["period"]), days_of(found["before"])) == (kind, period, before)


def test_the_change_is_exact_and_has_no_percentage_of_nothing() -> None:
    week: Iterable[date] = (date(2025, 7, 8), date(2025, 7, 14))
    found = headline([row(date(2025, 7, 1), "0.0000000003"), *(row(day, "0.0000000001") for day in week)])
    assert (found["change_gco2e"], found["change_percent"]) == ("-0.0000000001", "-33.33")
    assert found["largest_day"] == "2025-07-01"
    assert found["period"]["largest_day"] == "2025-07-14"
    assert headline([row(date(2025, 7, 1), "0"), row(date(2025, 7, 14))])["change_percent"] is None


def test_days_without_records_are_put_together() -> None:
    found = gaps([row(date(2025, 7, day)) for day in (1, 2, 4, 9)])
    assert (found["day_count"], found["calendar_days"], found["gap_count"]) == (5, 9, 2)
    assert [days_of(gap) for gap in found["gaps"]] == [("2025-07-03", "2025-07-03"), ("2025-07-05", "2025-07-08")]


def test_no_day_at_all() -> None:
    found = headline([])
    assert (found["record_count"], found["total_gco2e"], found["period"]) == (0, "0.0000000000", None)
    assert gaps([])["calendar_days"] == 0
    assert silent_countries([], found) == []


def test_a_country_is_silent_that_had_records_before_the_period_alone() -> None:
    found = headline(every_day("2025-06-01", "2025-07-31"))
    countries = [{"country_code": code, "last_day": day} for code, day in (("DE", "2025-06-30"), ("FR", "2025-07-01"))]
    assert [country["country_code"] for country in silent_countries(countries, found)] == ["DE"]
