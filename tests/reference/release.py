"""What a release of a period holds, what it leaves out, and which items a monetary-unit sample draws from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .history import LOADED, ReferenceLake
from .judging import clean, reasons_against
from .measures import ZERO
from .silver import SilverRecord, build_silver

Place = tuple[str, int, int]
Weighed = dict[Place, Decimal | None]


def included(lake: ReferenceLake, countries: Mapping[str, str], first: date, last: date) -> list[SilverRecord]:
    """Give the winners of the days from first to last."""
    return [row for row in build_silver(lake, countries).winners if first <= row.activity_date <= last]


def excluded(lake: ReferenceLake, countries: Mapping[str, str], first: date, last: date) -> Weighed:
    """Give the weight in grams CO2e of each record that the period leaves out, by place, delivery and record number.

    A refused record of which the day cannot be read may belong to any period: its place is `unplaced`.
    """
    silver = build_silver(lake, countries)
    found: Weighed = {
        ("duplicate", row.delivery_id, row.record_number): row.total_gco2e
        for row in silver.duplicates
        if first <= row.activity_date <= last
    }
    for version in lake.versions():
        for record in version.records:
            row = None if record.columns is None else clean(record.columns, countries)
            day = None if row is None else row.activity_date
            is_refused = row is None or bool(reasons_against(row, version.loaded_on))
            if version.status == LOADED and not is_refused:
                continue
            place = "quarantined" if version.status == LOADED else version.status
            if day is None and version.status == LOADED:
                place = "unplaced"
            elif day is None or not first <= day <= last:
                continue
            found[(place, record.delivery_id, record.record_number)] = None if row is None else row.weight()
    return found


def totals(weighed: Weighed) -> dict[str, tuple[int, Decimal, int]]:
    """Give rows, grams CO2e and rows without a weight, by place."""
    groups: dict[str, list[Decimal | None]] = defaultdict(list)
    for (place, _, _), weight in weighed.items():
        groups[place].append(weight)
    return {
        place: (len(weights), sum((weight for weight in weights if weight is not None), ZERO), weights.count(None))
        for place, weights in groups.items()
    }


def points_by_item(sizes: Sequence[int], n: int, first_point: Fraction) -> list[int]:
    """Give how many of n equally spaced points fall on each item.

    The items lie end to end from 0 on, each as long as its size, its end not included; the first point must be below the
    spacing, which is the sum of the sizes by n.
    """
    spacing = Fraction(sum(sizes), n)
    points: Iterable[Fraction] = (first_point + number * spacing for number in range(n))
    counts = [0] * len(sizes)
    item, end = 0, Fraction(sizes[0])
    for point in points:
        while point >= end:
            item += 1
            end += sizes[item]
        counts[item] += 1
    return counts
