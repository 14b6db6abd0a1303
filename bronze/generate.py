"""Synthetic deliveries: plausible records of invented publishers with planted, listed defects.

They stand in for real input wherever none may be shipped: the example, the tests, the measurements of
speed. The same arguments give the same bytes on any machine: nothing comes from the clock, the locale or
hash order.
"""

import gzip
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import BinaryIO, cast

from bronze.columns import KNOWN_COLUMNS, REQUIRED_COLUMNS
from bronze.generate_defects import DUPLICATE, KINDS, REASONS, planted
from bronze.generate_pools import SCALE_BITS, Pools, grams_text, pools_for

DEFAULT_END_DATE = date(2025, 8, 31)
BLOCK_ROWS = 16_384
# How many earlier good rows a duplicate chooses from.
KEPT_ROWS = 256
# For a million rows level 6 takes 1.3 s more and saves 4 MB of 29 (measured).
GZIP_LEVEL = 3


@dataclass(frozen=True)
class GeneratedDelivery:
    """A delivery that was written.

    `planted` counts the planted rows by kind (only kinds that occur); `manifest` is a CSV file of
    `record_number,kind` that names each of them.
    """

    path: Path
    row_count: int
    planted: dict[str, int]
    manifest: Path


def generate(
    out: Path,
    *,
    rows: int,
    days: int,
    seed: int,
    issue_rate: float,
    end_date: date | None = None,
    record_ids: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> GeneratedDelivery:
    """Write a synthetic delivery to `out` and, beside it, the list of its defects; return what was written.

    One row is one record: emissions in grams CO2e to 8 decimals, the stated total the exact sum of the
    printed parts, days spread over the `days` days that end with `end_date` in a weekly rhythm. Medians and
    spreads are those of the real input (bronze/generate_pools.py). Each row is planted with probability
    `issue_rate` with one of `KINDS`, evenly: one reason for quarantine, or an exact repeat of an earlier
    good row (another kind while there is none). The unplanted rows do not depend on `issue_rate`.

    A name that ends in `.csv.gz` is compressed: its records are the same everywhere, its bytes wherever the
    same zlib is (forks of it pack otherwise). The list is `_<stem>.manifest.csv`, which the lake ignores.
    Each file appears whole or not at all, the list first.

    Args:
        out: the file to write; its folder is made, an older file is replaced.
        rows: records to write, header not counted.
        days: how many days they spread over.
        seed: any integer; another seed, other publishers and records.
        issue_rate: probability of a planted defect, 0 to 1.
        end_date: the last day, 2025-08-31 by default; records later than their load are refused as future.
        record_ids: add the column `record_id`, `<seed>-<record number>`; a repeat repeats it.
        on_progress: called with the rows written so far after each block.

    Raises:
        ValueError: an argument is out of range, or `out` is something other than a file.
        OSError: the files cannot be written.
    """
    last_day = end_date or DEFAULT_END_DATE
    _check(out, rows, days, issue_rate, last_day)
    manifest = manifest_path(out)
    header = KNOWN_COLUMNS if record_ids else REQUIRED_COLUMNS
    planter = _Planter(seed, issue_rate)
    out.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(out) as raw, _replacing(manifest) as listing, _compressing(raw, out) as delivery:
        listing.write(b"record_number,kind\n")
        delivery.write((",".join(header) + "\n").encode())
        written = 0
        for lines in _blocks(seed, rows, pools_for(seed, last_day, days), record_ids=record_ids):
            listing.writelines(f"{written + 1 + index},{kind}\n".encode() for index, kind in planter.plant(lines))
            delivery.write("".join(lines).encode())
            written += len(lines)
            if on_progress:
                on_progress(written)
    counts = {kind: planter.counts[kind] for kind in KINDS if planter.counts[kind]}
    return GeneratedDelivery(out, rows, counts, manifest)


def manifest_path(out: Path) -> Path:
    """Where the list of a delivery's planted defects lies: `_<stem>.manifest.csv` beside it."""
    stem = out.name.removesuffix(".gz").removesuffix(".csv")
    return out.with_name(f"_{stem}.manifest.csv")


def _check(out: Path, rows: int, days: int, issue_rate: float, last_day: date) -> None:
    if rows < 0:
        msg = f"rows must be 0 or more, not {rows}"
        raise ValueError(msg)
    if not 1 <= days <= last_day.toordinal():
        msg = f"days must be 1 or more and the first day not before year 1, not {days}"
        raise ValueError(msg)
    if not 0 <= issue_rate <= 1:
        msg = f"issue rate must be from 0 to 1, not {issue_rate}"
        raise ValueError(msg)
    if out.is_symlink() or (out.exists() and not out.is_file()):
        msg = f"{out} is no regular file and would be replaced by one"
        raise ValueError(msg)


def _blocks(seed: int, rows: int, pools: Pools, *, record_ids: bool) -> Iterator[list[str]]:
    """Good rows as lines with their LF, up to BLOCK_ROWS at a time."""
    rng = Random(f"rows {seed}")
    for first in range(1, rows + 1, BLOCK_ROWS):
        count = min(BLOCK_ROWS, rows + 1 - first)
        lines = _block(rng, pools, count)
        if record_ids:
            lines = [f"{line[:-1]},{seed}-{number}\n" for number, line in enumerate(lines, start=first)]
        yield lines


def _block(rng: Random, pools: Pools, count: int) -> list[str]:
    draws = zip(
        rng.choices(pools.days, cum_weights=pools.cumulative_day_weights, k=count),
        rng.choices(pools.placements, k=count),
        rng.choices(pools.ad_selection_units, k=count),
        rng.choices(pools.creative_distribution_units, k=count),
        rng.choices(pools.media_distribution_units, k=count),
        strict=True,
    )
    lines = []
    for day, placement, selection, (creative_units, creative_text), media in draws:
        head, coverage, selection_scale, media_scale = placement
        selection_units = selection * selection_scale >> SCALE_BITS
        media_units = media * media_scale >> SCALE_BITS
        total_units = selection_units + creative_units + media_units
        lines.append(
            f"{day},{head},{grams_text(selection_units)},{creative_text},{grams_text(media_units)},"
            f"{grams_text(total_units)},{coverage}\n"
        )
    return lines


class _Planter:
    """Plants defects in blocks of good rows, keeping some good rows of the past for duplicates."""

    def __init__(self, seed: int, issue_rate: float) -> None:
        # Apart from the rows' own generator, so that these do not change with the rate.
        self._rng = Random(f"defects {seed}")
        self._issue_rate = issue_rate
        self._kept: list[str] = []
        self.counts: Counter[str] = Counter()

    def plant(self, lines: list[str]) -> list[tuple[int, str]]:
        """Replace some of the lines and return their indexes and kinds, ascending."""
        random, issue_rate = self._rng.random, self._issue_rate
        chosen = [index for index in range(len(lines)) if random() < issue_rate]
        listed = []
        good_from = 0
        for index in chosen:
            self._keep_one_of(lines, good_from, index)
            good_from = index + 1
            kind = self._rng.choice(KINDS if self._kept else REASONS)
            if kind == DUPLICATE:
                lines[index] = self._rng.choice(self._kept)
            else:
                lines[index] = planted(kind, lines[index], self._rng)
            listed.append((index, kind))
        self._keep_one_of(lines, good_from, len(lines))
        self.counts.update(kind for _, kind in listed)
        return listed

    def _keep_one_of(self, lines: list[str], start: int, stop: int) -> None:
        if start == stop:
            return
        line = lines[self._rng.randrange(start, stop)]
        if len(self._kept) < KEPT_ROWS:
            self._kept.append(line)
        else:
            self._kept[self._rng.randrange(KEPT_ROWS)] = line


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    """A new file that takes the target's place once it is whole and on disk, and is gone after an error."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _compressing(raw: BinaryIO, out: Path) -> Iterator[BinaryIO]:
    """The file itself, or its gz where the name says so: without name and time, so that bytes repeat."""
    if not out.name.endswith(".csv.gz"):
        yield raw
        return
    with gzip.GzipFile(filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=raw, mtime=0) as plain:
        yield cast("BinaryIO", plain)
