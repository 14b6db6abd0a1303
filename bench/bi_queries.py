"""Twenty typical queries of `published` (bench/bi_queries.sql), with other values for each client and time.

Seven have no values and are the same for all; of the others hardly two clients ask the same, so that kept answers gain
little there.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bench.lakes import Place

# Periods that dashboards offer, in days; all shorter than the base delivery's 100.
PERIODS = (28, 30, 42, 56, 60, 90)
FORMATS = ("audio", "banner", "display", "native", "video")
# Those of which even a small lake has records in each period.
MOST_VALUES = 8
# Their answers are the totals of a publication, and of no other.
CONTROLS = ("totals of everything", "totals by two tables")
_NAME = "-- "


@dataclass(frozen=True)
class Slicers:
    """The values by which a lake can be sliced: its first and last day, and its largest domains and countries."""

    first_day: date
    last_day: date
    domains: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """One question: its name, its text and the values that PyHive binds to it."""

    name: str
    text: str
    values: dict[str, Any]


@cache
def texts() -> dict[str, str]:
    """The texts of all queries by their names."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n")
    found = {}
    for statement in statements:
        lines = statement.strip().splitlines()
        # The last comment before a statement is its name.
        name = next(line for line in reversed(lines) if line.startswith(_NAME))
        found[name.removeprefix(_NAME)] = "\n".join(lines[lines.index(name) + 1 :])
    return found


def slicers(place: Place) -> Slicers:
    """What a built lake can be sliced by.

    Raises:
        FailedError: it cannot be read.
    """
    days, domains, countries = place.rows(
        "select min(activity_date) as first_day, max(activity_date) as last_day from gold.daily_by_country_device",
        "select domain from gold.top_10_domains order by rank",
        "select country_code from gold.daily_by_country_device group by country_code "
        "order by sum(record_count) desc, country_code",
    )
    return Slicers(
        date.fromisoformat(days[0]["first_day"]),
        date.fromisoformat(days[0]["last_day"]),
        tuple(row["domain"] for row in domains[:MOST_VALUES]),
        tuple(row["country_code"] for row in countries[:MOST_VALUES]),
    )


def drawn(known: Slicers, client: int) -> list[Query]:
    """The queries of one client, in an order and with values of its own; the same ones each time."""
    draw = random.Random(client)  # noqa: S311 - the same values each time, no secrets
    asked = []
    for name, text in texts().items():
        length = draw.choice(PERIODS)
        spare = max(0, (known.last_day - known.first_day).days + 1 - length)
        last_day = known.last_day - timedelta(days=draw.randint(0, spare))
        values = {
            "first_day": last_day - timedelta(days=length - 1),
            "last_day": last_day,
            "domain": draw.choice(known.domains),
            "country_code": draw.choice(known.countries),
            "ad_format": draw.choice(FORMATS),
            "most_ranks": draw.randint(2, MOST_VALUES),
        }
        asked.append(Query(name, text, values))
    draw.shuffle(asked)
    return asked
