"""What a case of bad input is: a file of the landing area, and what becomes of it."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from bronze.columns import REQUIRED_COLUMNS

HEADER = ",".join(REQUIRED_COLUMNS)


@dataclass(frozen=True)
class Rejected:
    """Nothing of the file is loaded; the ledger has this reason."""

    reason: str

    def __str__(self) -> str:
        return f"rejected: {self.reason}"


@dataclass(frozen=True)
class Loaded:
    """The file is loaded with so many records; by number, the reasons of those that are refused."""

    records: int = 1
    refused: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.records:
            return "loaded: no records"
        good = self.records - len(self.refused)
        kept = f"{good} in silver" if good else ""
        by_reasons: dict[tuple[str, ...], list[int]] = {}
        for number, reasons in self.refused.items():
            by_reasons.setdefault(reasons, []).append(number)
        refused = [f"{len(numbers)} refused as {', '.join(reasons)}" for reasons, numbers in by_reasons.items()]
        return f"loaded: {'; '.join(filter(None, [kept, *refused]))}"


@dataclass(frozen=True)
class Case:
    """Bytes under a landing path, what they are in words, and their outcome."""

    path: str
    what: str
    content: bytes
    outcome: Rejected | Loaded


def record(path: str, number: int = 1, **changes: str) -> str:
    """A valid record that no other case delivers, with these values changed."""
    values = {
        "date": "2025-07-01",
        "domain": "a.example",
        "format": "video",
        "country": "DE",
        # The hash of the path keeps the records of two cases from being duplicates.
        "ad_size": f"{zlib.crc32(path.encode())}x{number}",
        "device": "mobile",
        "adSelectionEmissions": "0.1",
        "creativeDistributionEmissions": "0.2",
        "mediaDistributionEmissions": "0.3",
        "totalEmissions": "0.6",
        "domainCoverage": "measured",
    }
    return ",".join((values | changes).values())


def text_of(*lines: str, header: str = HEADER) -> bytes:
    """A header and lines, each ended by LF."""
    return "".join(f"{line}\n" for line in (header, *lines)).encode()


def refused(*reasons: str, records: int = 1) -> Loaded:
    """The outcome of a file whose records are all refused for the same reasons."""
    return Loaded(records, dict.fromkeys(range(1, records + 1), reasons))
