"""Where every delivered row and gram went, over the whole lake."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from .history import LOADED, ReferenceLake
from .judging import clean
from .measures import ZERO
from .silver import build_silver

FATES = ("silver", "quarantined", "duplicate", "superseded")


def conservation(lake: ReferenceLake, countries: Mapping[str, str]) -> list[dict[str, object]]:
    """Give the one row of `audit.conservation` for the lake as it is, without its run.

    Each of delivered, silver, quarantined, duplicate and superseded as `_rows` and as `_gco2e` in grams CO2e.
    Delivered is weighed from bronze, apart from what silver holds; an unweighable row adds no grams.
    """
    weights = {
        (record.delivery_id, record.record_number): (
            None if record.columns is None else clean(record.columns, countries).weight()
        )
        for version in lake.versions()
        for record in version.records
    }
    current = {version.delivery_id for version in lake.versions() if version.status == LOADED}
    silver = build_silver(lake, countries)
    amounts: dict[str, list[Decimal | None]] = {
        "delivered": list(weights.values()),
        "silver": [row.total_gco2e for row in silver.winners],
        "quarantined": [row.weight_gco2e for row in silver.refused],
        "duplicate": [row.total_gco2e for row in silver.duplicates],
        "superseded": [weight for (delivery_id, _), weight in weights.items() if delivery_id not in current],
    }
    rows = {name: len(weighed) for name, weighed in amounts.items()}
    grams = {name: _total(weighed) for name, weighed in amounts.items()}
    balanced = rows["delivered"] == sum(rows[fate] for fate in FATES) and grams["delivered"] == sum(
        grams[fate] for fate in FATES
    )
    return [
        {
            **{f"{name}_rows": count for name, count in rows.items()},
            **{f"{name}_gco2e": weight for name, weight in grams.items()},
            "unweighable_rows": sum(weight is None for weight in weights.values()),
            "balanced": balanced,
        }
    ]


def _total(weights: Iterable[Decimal | None]) -> Decimal:
    return sum((weight for weight in weights if weight is not None), start=ZERO)
