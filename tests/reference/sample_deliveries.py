"""Small deliveries for the reference's own tests: one plausible row, and whatever a test changes in it."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date

from .csv_records import SOURCE_COLUMNS
from .history import ReferenceLake
from .silver import Silver, build_silver

COUNTRIES = {"france": "FR", "fr": "FR", "japan": "JP", "na": "NA", "côte d'ivoire": "CI"}
LOADED_ON = date(2026, 1, 1)
# Its parts sum to its stated total: 0.1 + 0.02 + 0.003 = 0.123 g.
PLAUSIBLE_ROW = {
    "date": "07/01/2025",
    "domain": "cnn.com",
    "format": "video",
    "country": "France",
    "ad_size": "300x250",
    "device": "mobile",
    "adSelectionEmissions": "0.1",
    "creativeDistributionEmissions": "0.02",
    "mediaDistributionEmissions": "0.003",
    "totalEmissions": "0.123",
    "domainCoverage": "measured",
}


def delivery(*rows: Mapping[str, str], columns: Sequence[str] = SOURCE_COLUMNS) -> bytes:
    """Give a CSV delivery of the plausible row, once for each mapping, with the mapping's values in it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([(PLAUSIBLE_ROW | dict(row)).get(name, "") for name in columns] for row in rows)
    return text.getvalue().encode()


def grams(total: str) -> dict[str, str]:
    """Give the values of a row that emits this total, all of it by ad selection."""
    parts = {"creativeDistributionEmissions": "0", "mediaDistributionEmissions": "0"}
    return {"adSelectionEmissions": total, "totalEmissions": total, **parts}


def lake_of(*deliveries: bytes) -> ReferenceLake:
    """Give a lake that ingested these deliveries in one run, under the paths `1.csv`, `2.csv` and so on."""
    lake = ReferenceLake()
    for number, content in enumerate(deliveries, start=1):
        lake.put(f"{number}.csv", content)
    lake.ingest(LOADED_ON)
    return lake


def silver_of(*deliveries: bytes) -> Silver:
    """Give the silver tables of such a lake."""
    return build_silver(lake_of(*deliveries), COUNTRIES)
