"""Scores of how far a value lies from the others, and the two gold tables that flag by them."""

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .measures import ZERO, round_half_up
from .silver import SilverRecord

# All numbers below: contract, section 3, `gold.flagged_domains` and `gold.flagged_domain_days`.
MAD_FACTOR = Fraction("0.6745")
MEAN_DEVIATION_FACTOR = Fraction("1.253314")
Z_LIMIT = 2.0
MODIFIED_Z_LIMIT = 3.5
FEWEST_DOMAINS = 10
FEWEST_SCORED = 2
HISTORY_DAYS = 28
FEWEST_HISTORY_DAYS = 14
FEWEST_DISTANCE = Fraction("0.5")


def flagged_domains(records: Sequence[SilverRecord]) -> list[dict[str, object]]:
    """Give one row a domain, by domain: its total in grams CO2e, its two scores among all, its flag."""
    totals: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for record in records:
        totals[record.domain] += record.total_gco2e
    values = [Fraction(total) for total in totals.values()]
    rows: list[dict[str, object]] = []
    for domain, total in sorted(totals.items()):
        z_score = _z_score(Fraction(total), values)
        modified = modified_z_score(Fraction(total), values) if len(values) >= FEWEST_SCORED else None
        is_far = _exceeds(z_score, Z_LIMIT) or _exceeds(modified, MODIFIED_Z_LIMIT)
        rows.append(
            {
                "domain": domain,
                "total_gco2e": total,
                "z_score": z_score,
                "modified_z_score": modified,
                "is_outlier": is_far and len(totals) >= FEWEST_DOMAINS,
            }
        )
    return rows


def flagged_domain_days(records: Sequence[SilverRecord]) -> list[dict[str, object]]:
    """Give one row a flagged date and domain, by both, with the history it was judged against.

    The history is the domain's days with a positive total in the 28 days before, `history_days` of them.
    """
    by_domain: dict[str, dict[date, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        by_domain[record.domain][record.activity_date].append(record.total_gco2e)
    rows = [_flagged_day(domain, day, days) for domain, days in sorted(by_domain.items()) for day in sorted(days)]
    return sorted((row for row in rows if row is not None), key=lambda row: str(row["activity_date"]))


def _flagged_day(domain: str, day: date, days: dict[date, list[Decimal]]) -> dict[str, object] | None:
    """Give the row of one day of a domain, None where it is not flagged; `days` holds each day's totals."""
    total = sum(days[day], start=ZERO)
    history = [
        amounts
        for other, amounts in days.items()
        if 1 <= day.toordinal() - other.toordinal() <= HISTORY_DAYS and sum(amounts) > 0
    ]
    if total <= 0 or len(history) < FEWEST_HISTORY_DAYS:
        return None
    totals = [Fraction(sum(amounts, start=Decimal(0))) for amounts in history]
    score = modified_z_score(_logarithm(Fraction(total)), [_logarithm(other) for other in totals])
    middle = median(totals)
    if not _exceeds(score, MODIFIED_Z_LIMIT) or abs(Fraction(total) - middle) < FEWEST_DISTANCE * middle:
        return None
    return {
        "activity_date": day,
        "domain": domain,
        "total_gco2e": total,
        "median_gco2e": round_half_up(middle),
        "modified_z_score": score,
        "direction": "high" if Fraction(total) > middle else "low",
        "history_days": len(history),
        "record_count": len(days[day]),
        "median_record_count": float(median([Fraction(len(amounts)) for amounts in history])),
    }


def median(values: Sequence[Fraction]) -> Fraction:
    """Give the middle value, of an even number the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def mean(values: Sequence[Fraction]) -> Fraction:
    """Give the sum divided by the number of values."""
    return sum(values, start=Fraction(0)) / len(values)


def modified_z_score(value: Fraction, values: Sequence[Fraction]) -> float | None:
    """Score a value by median and MAD (Iglewicz and Hoaglin 1993); where MAD is 0, by the mean deviation.

    None where every deviation is 0.
    """
    middle = median(values)
    deviations = [abs(other - middle) for other in values]
    median_deviation, mean_deviation = median(deviations), mean(deviations)
    if median_deviation:
        return float(MAD_FACTOR * (value - middle) / median_deviation)
    if mean_deviation:
        return float((value - middle) / (MEAN_DEVIATION_FACTOR * mean_deviation))
    return None


def _z_score(value: Fraction, values: Sequence[Fraction]) -> float | None:
    """Score a value by mean and sample standard deviation; None under two values or for no deviation."""
    if len(values) < FEWEST_SCORED:
        return None
    centre = mean(values)
    variance = sum(((other - centre) ** 2 for other in values), start=Fraction(0)) / (len(values) - 1)
    return float(value - centre) / math.sqrt(variance) if variance else None


def _logarithm(value: Fraction) -> Fraction:
    """Give the natural logarithm, to a double's precision, as the exact number that double is."""
    return Fraction(math.log(value))


def _exceeds(score: float | None, limit: float) -> bool:
    return score is not None and abs(score) > limit
