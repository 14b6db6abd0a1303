"""The periods of a report: which one the headline compares with which, and where records are missing."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pyspark.sql import Row

from lake.manifest import Period
from lake.queries import to_json

WEEK = timedelta(days=7)
ONE_DAY = timedelta(days=1)
MOST_GAPS = 100


def headline(days: Sequence[Row]) -> dict[str, Any]:
    """Records and grams of all days and of the last period, and how it compares with the one before.

    The period is the last calendar month of which the data reaches both ends, where the month before is such a one too;
    else the last seven days of the data and the seven before them. `change_percent` is NULL where the period before has
    no grams. `days` has one row a day with records: day, record count, grams.
    """
    whole = {**_sum(days), "largest_day": _largest_day(days)}
    if not days:
        return {**whole, "first_day": None, "last_day": None, "kind": None, "period": None, "before": None}
    first, last = days[0].activity_date, days[-1].activity_date
    kind, period, before = _periods(first, last)
    chosen = {"first_day": to_json(first), "last_day": to_json(last), "kind": kind}
    now = _of(days, period)
    if before is None:
        return {**whole, **chosen, "period": now, "before": None, "change_gco2e": None, "change_percent": None}
    then = _of(days, before)
    change = Decimal(now["total_gco2e"]) - Decimal(then["total_gco2e"])
    percent = f"{100 * change / Decimal(then['total_gco2e']):+.2f}" if Decimal(then["total_gco2e"]) else None
    return {
        **whole,
        **chosen,
        "period": now,
        "before": then,
        "change_gco2e": format(change, "f"),
        "change_percent": percent,
    }


def gaps(days: Sequence[Row]) -> dict[str, Any]:
    """The days without any record between the first and the last, put together; the first `MOST_GAPS` of them."""
    found = [
        {"first_day": to_json(earlier.activity_date + ONE_DAY), "last_day": to_json(later.activity_date - ONE_DAY)}
        | {"day_count": (later.activity_date - earlier.activity_date).days - 1}
        for earlier, later in pairwise(days)
        if later.activity_date - earlier.activity_date > ONE_DAY
    ]
    return {
        "day_count": sum(gap["day_count"] for gap in found),
        "calendar_days": (days[-1].activity_date - days[0].activity_date).days + 1 if days else 0,
        "gap_count": len(found),
        "gaps": found[:MOST_GAPS],
    }


def silent_countries(countries: Sequence[dict[str, Any]], found: dict[str, Any]) -> list[dict[str, Any]]:
    """The countries with records before the headline's period and none since it began."""
    if found["period"] is None:
        return []
    return [country for country in countries if country["last_day"] < found["period"]["first_day"]]


def _periods(first: date, last: date) -> tuple[str, Period, Period | None]:
    month = _month(last)
    if month.last != last:
        month = _month(month.first - ONE_DAY) if month.first > date(1, 1, 1) else month
    before = _month(month.first - ONE_DAY) if month.first > date(1, 1, 1) else month
    if first <= before.first < month.first and month.last <= last:
        return "month", month, before
    if last - first < 2 * WEEK - ONE_DAY:
        return "all", Period(first, last), None
    week = Period(last - WEEK + ONE_DAY, last)
    return "week", week, Period(week.first - WEEK, week.first - ONE_DAY)


def _month(day: date) -> Period:
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def _of(days: Sequence[Row], period: Period) -> dict[str, Any]:
    rows = [row for row in days if period.first <= row.activity_date <= period.last]
    return {**period.arguments, **_sum(rows), "largest_day": _largest_day(rows), "active_days": len(rows)}


def _sum(days: Sequence[Row]) -> dict[str, Any]:
    grams = sum((row.total_gco2e for row in days), Decimal("0.0000000000"))
    return {"record_count": sum(row.record_count for row in days), "total_gco2e": format(grams, "f")}


def _largest_day(days: Sequence[Row]) -> str | None:
    largest = max(days, key=lambda row: (row.total_gco2e, row.activity_date), default=None)
    return None if largest is None else to_json(largest.activity_date)
