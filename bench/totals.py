"""What all engines must agree on: the winners' count and grams, and two daily tables row for row."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bench.lakes import Place

COUNTRY_DEVICE = "daily_by_country_device"
DOMAIN_FORMAT = "daily_by_domain_format"
Daily = Mapping[tuple[str, str, str], tuple[int, Decimal]]


class DifferentTotalsError(Exception):
    """Two engines do not agree; the message names the first difference."""


@dataclass(frozen=True)
class Totals:
    """The totals of one engine; grams CO2e.

    Attributes:
        silver: count and grams of the winning records.
        tables: records and grams by date and two dimensions, of each daily table.
    """

    silver: tuple[int, Decimal]
    tables: Mapping[str, Daily]


def our_totals(place: Place) -> Totals:
    """The totals of our lake, as `lake sql` answers."""
    silver, *tables = place.rows(
        "select count(*) as record_count, sum(total_gco2e) as total_gco2e from silver.emissions",
        "select activity_date, country_code, device, record_count, total_gco2e from gold.daily_by_country_device",
        "select activity_date, domain, ad_format, record_count, total_gco2e from gold.daily_by_domain_format",
    )
    return totals_of(
        {
            "silver": list(silver[0].values()),
            COUNTRY_DEVICE: [list(row.values()) for row in tables[0]],
            DOMAIN_FORMAT: [list(row.values()) for row in tables[1]],
        }
    )


def totals_of(document: Mapping[str, Any]) -> Totals:
    """The totals from the document that a peer prints: dates and decimals are strings, measures the last two."""
    return Totals(
        silver=_measures(document["silver"]),
        tables={
            table: {(row[0], row[1], row[2]): _measures(row[3:]) for row in document[table]}
            for table in (COUNTRY_DEVICE, DOMAIN_FORMAT)
        },
    )


def check_same(ours: Totals, theirs: Totals, engine: str) -> None:
    """Accept equal totals.

    Raises:
        DifferentTotalsError: they differ in a row, a count or a gram.
    """
    if ours.silver != theirs.silver:
        msg = f"{engine} has {_text(theirs.silver)} in silver, we have {_text(ours.silver)}"
        raise DifferentTotalsError(msg)
    for table, our_rows in ours.tables.items():
        their_rows = theirs.tables[table]
        for key in sorted(our_rows.keys() | their_rows.keys()):
            if our_rows.get(key) != their_rows.get(key):
                msg = (
                    f"{engine} has {_text(their_rows.get(key))} in {table} at {', '.join(key)}, "
                    f"we have {_text(our_rows.get(key))}"
                )
                raise DifferentTotalsError(msg)


def _measures(values: list[Any]) -> tuple[int, Decimal]:
    record_count, total_gco2e = values
    return int(record_count), Decimal(total_gco2e or 0)


def _text(measures: tuple[int, Decimal] | None) -> str:
    return "no row" if measures is None else f"{measures[0]:,} records of {measures[1]} g"
