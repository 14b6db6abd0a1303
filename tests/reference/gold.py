"""The gold tables, each computed whole from the winning records and sorted by its grain.

Every function gives rows under the contract's column names: measures in grams CO2e as Decimal, averages
rounded half up to ten decimals, shares and scores as float, None for NULL.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter

from .measures import ZERO, round_half_up, share
from .outliers import flagged_domain_days, flagged_domains
from .silver import SilverRecord

__all__ = [
    "GOLD_TABLES",
    "avg_domain_coverage",
    "daily_by_country_device",
    "daily_by_domain_format",
    "daily_country_trends",
    "daily_emissions",
    "emission_contributions",
    "flagged_domain_days",
    "flagged_domains",
    "top_10_domains",
]

TOP_DOMAINS = 10  # contract, section 3, `gold.top_10_domains`
TRAILING_DAYS = 7  # contract, section 3, `gold.daily_country_trends`: D-6 to D
MEASURES = ("ad_selection_gco2e", "creative_distribution_gco2e", "media_distribution_gco2e", "total_gco2e")

Records = Sequence[SilverRecord]
Rows = list[dict[str, object]]


def daily_emissions(records: Records) -> Rows:
    """One row a date, domain, country, format, device and coverage: record count and the four measures."""
    dimensions = ("activity_date", "domain", "country_code", "ad_format", "device", "domain_coverage")
    return [
        {
            **dict(zip(dimensions, key, strict=True)),
            "record_count": len(group),
            **{measure: _sum(group, measure) for measure in MEASURES},
        }
        for key, group in _groups(records, *dimensions).items()
    ]


def daily_by_country_device(records: Records) -> Rows:
    """One row a date, country and device: record count, total and average of a record."""
    return _daily_by(records, "country_code", "device")


def daily_by_domain_format(records: Records) -> Rows:
    """One row a date, domain and format: record count, total and average of a record."""
    return _daily_by(records, "domain", "ad_format")


def daily_country_trends(records: Records) -> Rows:
    """One row a date and country with records: its total, the day before's, and the mean of up to 7 days."""
    totals: dict[tuple[str, int], Decimal] = defaultdict(lambda: ZERO)
    for record in records:
        totals[record.country_code, record.activity_date.toordinal()] += record.total_gco2e
    rows: Rows = []
    for country, day in sorted(totals, key=lambda key: (key[1], key[0])):
        window = [
            totals[country, earlier]
            for earlier in range(day - TRAILING_DAYS + 1, day + 1)
            if (country, earlier) in totals
        ]
        rows.append(
            {
                "activity_date": date.fromordinal(day),
                "country_code": country,
                "total_gco2e": totals[country, day],
                "previous_day_gco2e": totals.get((country, day - 1)),
                "trailing_7_day_avg_gco2e": _average(sum(window, start=Decimal(0)), len(window)),
                "days_in_average": len(window),
            }
        )
    return rows


def emission_contributions(records: Records) -> Rows:
    """One row a date and domain: the share of each of the three parts in the total."""
    rows: Rows = []
    for (day, domain), group in _groups(records, "activity_date", "domain").items():
        total = _sum(group, "total_gco2e")
        rows.append(
            {
                "activity_date": day,
                "domain": domain,
                "ad_selection_share": share(_sum(group, "ad_selection_gco2e"), total),
                "creative_distribution_share": share(_sum(group, "creative_distribution_gco2e"), total),
                "media_distribution_share": share(_sum(group, "media_distribution_gco2e"), total),
                "total_gco2e": total,
            }
        )
    return rows


def top_10_domains(records: Records) -> Rows:
    """One row a rank, at most ten: the domains of the largest totals and their share of all domains."""
    totals = {str(domain): _sum(group, "total_gco2e") for (domain,), group in _groups(records, "domain").items()}
    whole = _sum(records, "total_gco2e")
    ranked = sorted(totals, key=lambda domain: (-totals[domain], domain))[:TOP_DOMAINS]
    return [
        {"rank": rank, "domain": domain, "total_gco2e": totals[domain], "share": share(totals[domain], whole)}
        for rank, domain in enumerate(ranked, start=1)
    ]


def avg_domain_coverage(records: Records) -> Rows:
    """One row a format: record count, and the measured share of its records and of its emissions."""
    rows: Rows = []
    for (ad_format,), group in _groups(records, "ad_format").items():
        measured = [record for record in group if record.domain_coverage == "measured"]
        rows.append(
            {
                "ad_format": ad_format,
                "record_count": len(group),
                "measured_record_share": share(len(measured), len(group)),
                "measured_emission_share": share(_sum(measured, "total_gco2e"), _sum(group, "total_gco2e")),
            }
        )
    return rows


GOLD_TABLES: Mapping[str, Callable[[Records], Rows]] = {
    "daily_emissions": daily_emissions,
    "daily_by_country_device": daily_by_country_device,
    "daily_by_domain_format": daily_by_domain_format,
    "daily_country_trends": daily_country_trends,
    "emission_contributions": emission_contributions,
    "top_10_domains": top_10_domains,
    "avg_domain_coverage": avg_domain_coverage,
    "flagged_domains": flagged_domains,
    "flagged_domain_days": flagged_domain_days,
}


def _daily_by(records: Records, *dimensions: str) -> Rows:
    rows: Rows = []
    for key, group in _groups(records, "activity_date", *dimensions).items():
        total = _sum(group, "total_gco2e")
        rows.append(
            {
                **dict(zip(("activity_date", *dimensions), key, strict=True)),
                "record_count": len(group),
                "total_gco2e": total,
                "avg_gco2e": _average(total, len(group)),
            }
        )
    return rows


def _groups(records: Records, *columns: str) -> dict[tuple[object, ...], list[SilverRecord]]:
    """Give the records by their values of these columns, in ascending order of those values."""
    groups: dict[tuple[object, ...], list[SilverRecord]] = defaultdict(list)
    for record in sorted(records, key=attrgetter(*columns)):
        groups[tuple(getattr(record, column) for column in columns)].append(record)
    return groups


def _sum(records: Records, measure: str) -> Decimal:
    return sum((getattr(record, measure) for record in records), start=ZERO)


def _average(total: Decimal, count: int) -> Decimal:
    return round_half_up(Fraction(total) / count)
