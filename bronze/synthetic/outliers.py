"""Planted outliers: domains, and days of domains, that gold.flagged_domains and gold.flagged_domain_days must find."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from bronze.synthetic.pools import (
    AD_SELECTION_MEDIAN_UNITS,
    CREATIVE_DISTRIBUTION_MEDIAN_UNITS,
    MEDIA_DISTRIBUTION_MEDIAN_UNITS,
    SCALE_BITS,
    Placement,
    Pools,
    day_text,
)
from bronze.synthetic.recipe import DOMAINS_PER_OUTLIER, Recipe

# An outlier domain's expected total, as a multiple of the largest other one. Median and MAD are at most that one,
# so its modified z is 0.6745 * 7 = 4.7 at the least; in 480 trial deliveries of 5,000 rows it was 10 or more.
DOMAIN_FACTOR = 8
# With fewer records, chance alone moves a total by tenths.
FEWEST_DOMAIN_RECORDS = 100
SMALLEST_DOMAIN_SHARE = 0.01
# ln 128 is 4.9, and a score of 3.5 is 5.2 times the MAD of a domain's logarithms, some 0.3 at 10 records a day; of
# 1,680 such days in trial deliveries of 5,000 rows none scored under 6.
DAY_SCALES = {"high": 128 << SCALE_BITS, "low": (1 << SCALE_BITS) // 128}
FEWEST_DAILY_RECORDS = 10
# The lake judges a day by the 28 days before it (contract, gold.flagged_domain_days).
HISTORY_DAYS = 28
# So that at most five days of any 28 are planted ones, which a median of deviations bears.
DAYS_PER_OUTLIER = 7
MOST_DAY_DOMAINS = 3


@dataclass(frozen=True)
class Outlier:
    """A planted outlier: of a whole domain (no date), or of one of its days."""

    domain: str
    date: date | None
    direction: str


def with_outliers(pools: Pools, recipe: Recipe) -> tuple[Pools, list[Outlier]]:
    """The pools with the recipe's outliers planted in them, and what was planted; without any, the pools as they are.

    Outlier days are days of up to three of the most popular domains after the first 28 days, at most one a week
    and domain, in turn 128 times and a 128th of what they would emit. Outlier domains are others, with middling
    numbers of records, and emissions a record that lift their expected total to eight times the largest other.

    Raises:
        ValueError: there are too few days, records or domains for so many.
    """
    shares = _record_shares(pools)
    if recipe.outlier_domains * DOMAINS_PER_OUTLIER > len(shares):
        msg = f"outlier domains must be a fifth at most of the {len(shares)} that occur, not {recipe.outlier_domains}"
        raise ValueError(msg)
    days = _outlier_days(recipe, shares) if recipe.outlier_days else []
    scales = _scales(days)
    taken = {day.domain for day in days}
    domains = _outlier_domains(recipe, {domain: share for domain, share in shares.items() if domain not in taken})
    placements = _lifted(pools.placements, domains, _totals(pools, scales)) if domains else pools.placements
    outliers = [*(Outlier(domain, None, "high") for domain in domains), *days]
    return replace(pools, placements=placements, day_scales=scales), outliers


def outliers_text(outliers: list[Outlier]) -> str:
    """The outliers as a CSV file: kind, domain, date, direction."""
    lines = [
        f"outlier_{'day' if outlier.date else 'domain'},{outlier.domain},{outlier.date or ''},{outlier.direction}\n"
        for outlier in outliers
    ]
    return "".join(["kind,domain,date,direction\n", *lines])


def _domain(placement: Placement) -> str:
    return placement[0].partition(",")[0]


def _record_shares(pools: Pools) -> dict[str, float]:
    """Each domain's share of the records, the largest first."""
    counts = Counter(map(_domain, pools.placements))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {domain: count / len(pools.placements) for domain, count in ranked}


def _good_rows(recipe: Recipe) -> float:
    return recipe.rows * (1 - recipe.issue_rate)


def _outlier_days(recipe: Recipe, shares: dict[str, float]) -> list[Outlier]:
    """So many days of the domains with the most records a day, by day and domain, high and low in turn."""
    daily_rows = _good_rows(recipe) / recipe.days
    domains = [domain for domain, share in shares.items() if share * daily_rows >= FEWEST_DAILY_RECORDS]
    weeks = range(HISTORY_DAYS, recipe.days, DAYS_PER_OUTLIER)
    places = [(week, domain) for week in weeks for domain in domains[:MOST_DAY_DOMAINS]]
    if recipe.outlier_days > len(places):
        msg = (
            f"outlier days must be 0 to {len(places)} here: one a week after the first {HISTORY_DAYS} days, for each "
            f"of up to {MOST_DAY_DOMAINS} domains with {FEWEST_DAILY_RECORDS} good records a day, "
            f"not {recipe.outlier_days}"
        )
        raise ValueError(msg)
    rng = Random(f"outliers {recipe.seed}")
    first_day = recipe.end_date - timedelta(days=recipe.days - 1)
    chosen = sorted(
        (week + rng.randrange(min(DAYS_PER_OUTLIER, recipe.days - week)), domain)
        for week, domain in rng.sample(places, recipe.outlier_days)
    )
    directions = tuple(DAY_SCALES)
    return [
        Outlier(domain, first_day + timedelta(days=offset), directions[index % len(directions)])
        for index, (offset, domain) in enumerate(chosen)
    ]


def _scales(days: list[Outlier]) -> dict[str, dict[str, int]]:
    scales: dict[str, dict[str, int]] = defaultdict(dict)
    for outlier in days:
        if outlier.date:
            scales[day_text(outlier.date)][outlier.domain] = DAY_SCALES[outlier.direction]
    return dict(scales)


def _outlier_domains(recipe: Recipe, shares: dict[str, float]) -> list[str]:
    """The least popular of the upper half that still have records enough, or else the most popular."""
    smallest_share = max(SMALLEST_DOMAIN_SHARE, FEWEST_DOMAIN_RECORDS / max(1, _good_rows(recipe)))
    domains = list(shares)
    reached = sum(shares[domain] >= smallest_share for domain in domains[: len(domains) // 2])
    end = max(reached, recipe.outlier_domains)
    return domains[end - recipe.outlier_domains : end]


def _totals(pools: Pools, scales: dict[str, dict[str, int]]) -> dict[str, int]:
    """Each domain's expected total in some unit, its outlier days included."""
    totals: dict[str, int] = defaultdict(int)
    for placement in pools.placements:
        _, _, selection_scale, media_scale = placement
        totals[_domain(placement)] += (
            AD_SELECTION_MEDIAN_UNITS * selection_scale
            + MEDIA_DISTRIBUTION_MEDIAN_UNITS * media_scale
            + (CREATIVE_DISTRIBUTION_MEDIAN_UNITS << SCALE_BITS)
        )
    for by_domain in scales.values():
        for domain, scale in by_domain.items():
            totals[domain] += totals[domain] * scale // (len(pools.days) << SCALE_BITS)
    return totals


def _lifted(placements: list[Placement], domains: list[str], totals: dict[str, int]) -> list[Placement]:
    """The placements, those of the domains scaled up in ad selection and media distribution."""
    largest = max(total for domain, total in totals.items() if domain not in domains)
    factors = {domain: DOMAIN_FACTOR * largest // totals[domain] + 1 for domain in domains}
    return [
        (head, coverage, selection_scale * factor, media_scale * factor)
        for (head, coverage, selection_scale, media_scale), factor in (
            (placement, factors.get(_domain(placement), 1)) for placement in placements
        )
    ]
