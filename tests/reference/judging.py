"""One bronze record: its cleaned values, what it weighs, and every reason to refuse it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .measures import LIMIT_GCO2E, ZERO, parse_measure
from .white_space import trim

FORMATS = frozenset({"audio", "banner", "display", "native", "video"})
DEVICES = frozenset({"desktop", "mobile", "tablet"})
DEVICE_SYNONYMS = {"phone": "mobile", "smartphone": "mobile", "pc": "desktop", "computer": "desktop"}
COVERAGES = frozenset({"measured", "modeled"})
PARTS = ("adSelectionEmissions", "creativeDistributionEmissions", "mediaDistributionEmissions")
STATED_TOTAL = "totalEmissions"
# Contract, section 3, `total_mismatch`: the larger of 0.000001 g and one millionth of the sum.
MISMATCH_GCO2E = Decimal("0.000001")
MISMATCH_SHARE = Decimal("0.000001")
_AMERICAN_DATE = re.compile(r"(?P<month>[0-9]{2})/(?P<day>[0-9]{2})/(?P<year>[0-9]{4})")
_ISO_DATE = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
_AD_SIZE = re.compile(r"[0-9]+x[0-9]+")


@dataclass(frozen=True)
class CleanedRow:
    """The cleaned values of one well-formed record; None where a value cannot be read or is not known.

    The measures are grams CO2e to ten decimals, in the order ad selection, creative distribution, media
    distribution; `missing_measure` tells whether one of the four texts is empty.
    """

    activity_date: date | None
    domain: str
    country: str
    country_code: str | None
    ad_format: str
    device: str
    ad_size: str
    domain_coverage: str
    parts: tuple[Decimal | None, ...]
    stated_total: Decimal | None
    missing_measure: bool
    invalid_measure: bool

    def weight(self) -> Decimal | None:
        """Give the sum of the three parts in grams CO2e, None where one is missing or invalid."""
        values = [part for part in self.parts if part is not None]
        return sum(values, start=ZERO) if len(values) == len(PARTS) else None


def clean(columns: Mapping[str, str], countries: Mapping[str, str]) -> CleanedRow:
    """Clean the source's columns; `countries` gives the alpha-2 code of a lower-cased name."""
    trimmed = {name: trim(value) for name, value in columns.items()}
    country = trimmed["country"].lower()
    device = trimmed["device"].lower()
    texts = [trimmed[name] for name in (*PARTS, STATED_TOTAL)]
    measures = tuple(parse_measure(text) for text in texts)
    return CleanedRow(
        activity_date=parse_date(trimmed["date"]),
        domain=trimmed["domain"].lower().removeprefix("www.").removesuffix("."),
        country=country,
        country_code=countries.get(country),
        ad_format=trimmed["format"].lower(),
        device=DEVICE_SYNONYMS.get(device, device),
        ad_size=trimmed["ad_size"].lower(),
        domain_coverage=trimmed["domainCoverage"].lower(),
        parts=measures[:-1],
        stated_total=measures[-1],
        missing_measure="" in texts,
        invalid_measure=any(text and value is None for text, value in zip(texts, measures, strict=True)),
    )


def reasons_against(row: CleanedRow, loaded_on: date) -> list[str]:
    """Give every reason to refuse a well-formed record, in the contract's order; none for a valid one."""
    weight = row.weight()
    measures = [value for value in (*row.parts, row.stated_total) if value is not None]
    judgements = {
        "invalid_date": row.activity_date is None,
        "future_date": row.activity_date is not None and row.activity_date > loaded_on,
        "missing_domain": not row.domain,
        "invalid_domain": bool(row.domain) and not is_domain(row.domain),
        "missing_country": not row.country,
        "unknown_country": bool(row.country) and row.country_code is None,
        "unknown_format": row.ad_format not in FORMATS,
        "unknown_device": row.device not in DEVICES,
        "invalid_ad_size": not _AD_SIZE.fullmatch(row.ad_size),
        "unknown_coverage": row.domain_coverage not in COVERAGES,
        "missing_measure": row.missing_measure,
        "invalid_measure": row.invalid_measure or (weight is not None and abs(weight) >= LIMIT_GCO2E),
        "negative_measure": any(value < 0 for value in measures),
        "total_mismatch": _is_mismatch(weight, row.stated_total),
    }
    return [reason for reason, applies in judgements.items() if applies]


def parse_date(text: str) -> date | None:
    """Read `MM/DD/YYYY` or `YYYY-MM-DD` in ASCII digits; None for anything else."""
    match = _AMERICAN_DATE.fullmatch(text) or _ISO_DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def is_domain(domain: str) -> bool:
    """Tell whether there is a dot and every label is of Unicode letters, digits and inner hyphens."""
    labels = domain.split(".")
    return len(labels) > 1 and all(_is_label(label) for label in labels)


def _is_label(label: str) -> bool:
    if not label or label.startswith("-") or label.endswith("-"):
        return False
    categories = [unicodedata.category(character) for character in label if character != "-"]
    return all(category.startswith("L") or category == "Nd" for category in categories)


def _is_mismatch(weight: Decimal | None, stated_total: Decimal | None) -> bool:
    if weight is None or stated_total is None:
        return False
    return abs(stated_total - weight) > max(MISMATCH_GCO2E, abs(weight) * MISMATCH_SHARE)
