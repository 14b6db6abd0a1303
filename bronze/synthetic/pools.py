"""What synthetic records are drawn from: publishers, placements, days and emissions, made once per delivery.

Integers, decimals and nothing of libm, so that one seed gives the same pools on any machine.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import accumulate
from random import Random

from faker import Faker

from bronze.synthetic.recipe import Recipe

# Emissions are whole units of 1e-8 g, the fineness of the real input, so that a sum of parts is exact.
UNITS_PER_GRAM = 100_000_000

# Placements at least, and more for many domains, so that rare ones have some.
PLACEMENT_COUNT = 16_384
PLACEMENTS_PER_DOMAIN = 16
EMISSION_COUNT = 32_768
# A placement's scales are in 1/1024, applied by a shift.
SCALE_BITS = 10

# Medians and the standard deviation of the logarithm, rounded from the project's real input (1,210 rows,
# measured 2026-11-23): medians 0.0166, 0.000087 and 0.000135 g, deviations 0.78 to 0.82.
AD_SELECTION_MEDIAN_UNITS = 2_000_000
CREATIVE_DISTRIBUTION_MEDIAN_UNITS = 10_000
MEDIA_DISTRIBUTION_MEDIAN_UNITS = 20_000
LOG_SPREAD = Decimal("0.8")

# Share of records in parts of 100, and what the format's payload does to media distribution in 1/1024;
# invented (the real input has a fifth of each and no such effect), so that formats can be told apart in reports.
FORMATS = {
    "audio": (10, 1_536),
    "banner": (30, 768),
    "display": (30, 1_024),
    "native": (15, 896),
    "video": (15, 4_096),
}
# Parts of 100; invented (the real input has about a third of each).
DEVICES = {"mobile": 50, "desktop": 38, "tablet": 12}
# Parts of 100, as in the real input (578 of 1,210 records are measured).
COVERAGES = {"measured": 48, "modeled": 52}
# The real input's six and three more common banner sizes; drawn about as evenly as there.
AD_SIZES = ("300x250", "728x90", "160x600", "300x600", "320x50", "970x250", "320x100", "970x90", "300x50")
# As sources write them: mostly names (the real input has ten, all in this list), some codes; parts of 108,
# invented. None holds a comma or a quote.
COUNTRIES = {
    "United States": 22,
    "US": 4,
    "United Kingdom": 10,
    "GB": 2,
    "Germany": 9,
    "DE": 2,
    "France": 8,
    "FR": 2,
    "India": 7,
    "Brazil": 6,
    "Japan": 6,
    "Canada": 5,
    "CA": 1,
    "Australia": 4,
    "Spain": 3,
    "Italy": 3,
    "Netherlands": 2,
    "NL": 1,
    "Mexico": 2,
    "South Korea": 2,
    "China": 2,
    "Poland": 1,
    "Sweden": 1,
    "South Africa": 1,
    "Namibia": 1,
    "NA": 1,
}
# Monday to Sunday; invented: less is read on weekends (the real input's one month shows no rhythm).
WEEKDAY_WEIGHTS = (100, 104, 106, 104, 98, 76, 80)
_NEWSPAPER_WORDS = ("herald", "times", "tribune", "journal", "observer", "wire", "daily", "review")
_RESERVED_TLDS = ("example", "test")


# `domain,format,country,ad_size,device`, coverage, scales of ad selection and media distribution in 1/1024.
Placement = tuple[str, str, int, int]


@dataclass(frozen=True)
class Pools:
    """The pools of a delivery: days (MM/DD/YYYY), cumulative weights, placements, emissions in 1e-8 g.

    `day_scales` says what emissions of a day and domain are scaled by, in 1/1024, where they are outliers.
    """

    days: list[str]
    cumulative_day_weights: list[int]
    placements: list[Placement]
    ad_selection_units: list[int]
    creative_distribution_units: list[tuple[int, str]]
    media_distribution_units: list[int]
    day_scales: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def grams_text(units: int) -> str:
    """Grams as the real input prints them, from units of 1e-8 g: `0.0241221`, `7.472e-05`.

    Exact up to 10 million g: the shortest text that reads back to the same double has the digits of `units`
    itself as long as those are 15 or fewer.
    """
    return repr(units / UNITS_PER_GRAM)


def day_text(day: date) -> str:
    """The day as the real input writes it, `MM/DD/YYYY`."""
    # strftime does not pad years below 1000 on every platform.
    return f"{day.month:02d}/{day.day:02d}/{day.year:04d}"


def pools_for(recipe: Recipe) -> Pools:
    """The pools of a recipe, without its outliers."""
    rng = Random(f"pools {recipe.seed}")
    dates = [recipe.end_date - timedelta(days=back) for back in reversed(range(recipe.days))]
    placements = _placements(rng, _publishers(recipe.seed, recipe.domains), recipe.skew)
    # One pool serves all three: what a record draws from it is independent.
    draws = _log_normal(rng)
    creative_distribution = _scaled(draws, CREATIVE_DISTRIBUTION_MEDIAN_UNITS)
    return Pools(
        days=[day_text(day) for day in dates],
        cumulative_day_weights=list(accumulate(WEEKDAY_WEIGHTS[day.weekday()] for day in dates)),
        placements=placements,
        ad_selection_units=_scaled(draws, AD_SELECTION_MEDIAN_UNITS),
        creative_distribution_units=[(units, grams_text(units)) for units in creative_distribution],
        media_distribution_units=_scaled(draws, MEDIA_DISTRIBUTION_MEDIAN_UNITS),
    )


def _publishers(seed: int, count: int) -> list[str]:
    """Invented domains under the reserved names of RFC 2606, the most popular first."""
    fake = Faker("en_US")
    fake.seed_instance(f"publishers {seed}")
    domains: dict[str, None] = {}
    while len(domains) < count:
        town = re.sub("[^a-z]", "", f"{fake.last_name()}{fake.city_suffix()}".lower())
        word = fake.random_element(_NEWSPAPER_WORDS)
        domains[f"{town}-{word}.{fake.random_element(_RESERVED_TLDS)}"] = None
    return list(domains)


def _placements(rng: Random, publishers: list[str], skew: float) -> list[Placement]:
    popularity = _popularities(len(publishers), skew)
    count = max(PLACEMENT_COUNT, PLACEMENTS_PER_DOMAIN * len(publishers))
    level = {domain: rng.randrange(700, 1_400) for domain in publishers}
    placements = []
    for domain, country, size in zip(
        rng.choices(publishers, popularity, k=count),
        rng.choices(list(COUNTRIES), list(COUNTRIES.values()), k=count),
        rng.choices(AD_SIZES, k=count),
        strict=True,
    ):
        ad_format = rng.choices(list(FORMATS), [weight for weight, _ in FORMATS.values()])[0]
        device = rng.choices(list(DEVICES), list(DEVICES.values()))[0]
        coverage = rng.choices(list(COVERAGES), list(COVERAGES.values()))[0]
        head = f"{domain},{ad_format},{country},{size},{device}"
        media_scale = FORMATS[ad_format][1] * level[domain] >> SCALE_BITS
        placements.append((head, coverage, level[domain], media_scale))
    return placements


def _popularities(count: int, skew: float) -> list[int]:
    """Zipf's law in parts of a million: the n-th is 1/n^skew as popular as the first."""
    exponent = Decimal(str(skew))
    with localcontext() as context:
        # As below: ln() and exp() of decimals are correctly rounded everywhere, pow() is not.
        context.prec = 28
        popularities = [1_000_000 * (-exponent * Decimal(rank).ln()).exp() for rank in range(1, count + 1)]
        # Rounded before it is cut, so that 1/2 is 500,000 and no part less.
        return [max(1, int(round(popularity, 9))) for popularity in popularities]


def _log_normal(rng: Random) -> list[Decimal]:
    """Log-normal draws of median 1; the normal is the sum of twelve uniforms less six (Irwin-Hall)."""
    with localcontext() as context:
        # Decimal.exp() is correctly rounded everywhere, math.exp() is not; sum() of floats changed in 3.12.
        context.prec = 12
        return [
            (LOG_SPREAD * (Decimal(sum(rng.getrandbits(32) for _ in range(12))) / (1 << 32) - 6)).exp()
            for _ in range(EMISSION_COUNT)
        ]


def _scaled(draws: list[Decimal], median: int) -> list[int]:
    return [max(1, int(median * draw)) for draw in draws]
