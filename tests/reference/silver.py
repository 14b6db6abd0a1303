"""The silver tables, built whole from the ledger: winners, quarantine, and what lost or was superseded."""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from .csv_records import SOURCE_COLUMNS
from .history import LOADED, BronzeRecord, ReferenceLake
from .judging import CleanedRow, clean, reasons_against
from .measures import share
from .white_space import trim


@dataclass(frozen=True)
class SilverRecord:
    """One valid record under the column names of `silver.emissions`; measures in grams CO2e, ten decimals."""

    record_key: str
    activity_date: date
    domain: str
    ad_format: str
    country_code: str
    ad_size: str
    device: str
    ad_selection_gco2e: Decimal
    creative_distribution_gco2e: Decimal
    media_distribution_gco2e: Decimal
    total_gco2e: Decimal
    domain_coverage: str
    delivery_id: int
    record_number: int


@dataclass(frozen=True)
class RefusedRecord:
    """One refused row of a current delivery, its reasons in the contract's order."""

    record: BronzeRecord
    reasons: tuple[str, ...]
    weight_gco2e: Decimal | None


@dataclass(frozen=True)
class Silver:
    """Every row of the current deliveries: it won, it lost to a winner, or it was refused."""

    winners: tuple[SilverRecord, ...]
    duplicates: tuple[SilverRecord, ...]
    refused: tuple[RefusedRecord, ...]


def read_countries(path: Path) -> dict[str, str]:
    """Give alpha-2 codes by lower-cased name, from a CSV file with `country_name` and `country_code`."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["country_name"]: row["country_code"] for row in csv.DictReader(file)}


def build_silver(lake: ReferenceLake, countries: Mapping[str, str]) -> Silver:
    """Judge every row of the current (loaded) deliveries and choose one winner of each record key."""
    candidates: dict[str, list[SilverRecord]] = defaultdict(list)
    refused: list[RefusedRecord] = []
    for version in lake.versions():
        if version.status != LOADED:
            continue
        for record in version.records:
            judged = judge(record, version.loaded_on, countries)
            if isinstance(judged, RefusedRecord):
                refused.append(judged)
            else:
                candidates[judged.record_key].append(judged)
    winners = {key: _winner(key, records) for key, records in candidates.items()}
    losers = [row for key, rows in candidates.items() for row in rows if row is not winners[key]]
    return Silver(
        winners=tuple(sorted(winners.values(), key=_place)),
        duplicates=tuple(sorted(losers, key=_place)),
        refused=tuple(refused),
    )


def judge(record: BronzeRecord, loaded_on: date, countries: Mapping[str, str]) -> SilverRecord | RefusedRecord:
    """Give the silver form of a valid record, or the record with the reasons against it."""
    if record.columns is None:
        return RefusedRecord(record, ("malformed_line",), weight_gco2e=None)
    row = clean(record.columns, countries)
    reasons = reasons_against(row, loaded_on)
    if reasons:
        return RefusedRecord(record, tuple(reasons), row.weight())
    return _silver_record(record, row)


def silver_rows(silver: Silver) -> list[dict[str, object]]:
    """Give `silver.emissions`: one row a winner, by delivery id and record number."""
    return [asdict(winner) for winner in silver.winners]


def quarantine_rows(silver: Silver) -> list[dict[str, object]]:
    """Give `silver.quarantine`: one row a refused record, by delivery id and record number.

    Its source columns are as delivered, None for a malformed record.
    """
    return [
        {
            "delivery_id": row.record.delivery_id,
            "record_number": row.record.record_number,
            "reasons": list(row.reasons),
            **{name: row.record.columns[name] if row.record.columns else None for name in SOURCE_COLUMNS},
        }
        for row in silver.refused
    ]


def record_contribution_rows(silver: Silver) -> list[dict[str, object]]:
    """Give `silver.record_contributions`: each winner's three shares of its total, None where that is 0."""
    return [
        {
            "record_key": winner.record_key,
            "ad_selection_share": share(winner.ad_selection_gco2e, winner.total_gco2e),
            "creative_distribution_share": share(winner.creative_distribution_gco2e, winner.total_gco2e),
            "media_distribution_share": share(winner.media_distribution_gco2e, winner.total_gco2e),
        }
        for winner in silver.winners
    ]


def _silver_record(record: BronzeRecord, row: CleanedRow) -> SilverRecord:
    ad_selection, creative_distribution, media_distribution = row.parts
    total = row.weight()
    if (
        row.activity_date is None
        or row.country_code is None
        or ad_selection is None
        or creative_distribution is None
        or media_distribution is None
        or total is None
    ):
        reason = f"not a valid row: {record}"
        raise ValueError(reason)
    return SilverRecord(
        record_key=record_key(record, row),
        activity_date=row.activity_date,
        domain=row.domain,
        ad_format=row.ad_format,
        country_code=row.country_code,
        ad_size=row.ad_size,
        device=row.device,
        ad_selection_gco2e=ad_selection,
        creative_distribution_gco2e=creative_distribution,
        media_distribution_gco2e=media_distribution,
        total_gco2e=total,
        domain_coverage=row.domain_coverage,
        delivery_id=record.delivery_id,
        record_number=record.record_number,
    )


def record_key(record: BronzeRecord, row: CleanedRow) -> str:
    """Give `id:` and the trimmed record_id, or `h:` and a digest of the eleven cleaned values."""
    record_id = trim(record.record_id or "")
    if record_id:
        return f"id:{record_id}"
    texts = [row.domain, row.ad_format, row.country_code, row.ad_size, row.device, row.domain_coverage]
    measures = [f"{value:f}" for value in (*row.parts, row.stated_total) if value is not None]
    values = json.dumps([str(row.activity_date), *texts, *measures])
    return f"h:{hashlib.sha256(values.encode()).hexdigest()}"


def _winner(key: str, candidates: list[SilverRecord]) -> SilverRecord:
    """Give the latest delivered of an identity the source gave, the first delivered of equal rows."""
    return max(candidates, key=_place) if key.startswith("id:") else min(candidates, key=_place)


def _place(row: SilverRecord) -> tuple[int, int]:
    return row.delivery_id, row.record_number
