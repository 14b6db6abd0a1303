"""Corrected re-deliveries: what a source sends after it found the defects of a synthetic delivery.

The truth of a planted row is the good row of the same recipe, so the recipe is followed again beside the file.
"""

import csv
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice, repeat
from pathlib import Path
from random import Random
from typing import BinaryIO

from bronze.columns import KNOWN_COLUMNS, REQUIRED_COLUMNS
from bronze.synthetic.defects import DATE, KINDS, PARTS, TOTAL, units_of
from bronze.synthetic.files import manifest_path, outliers_path, reading, recipe_path, require_file, writing
from bronze.synthetic.outliers import with_outliers
from bronze.synthetic.pools import SCALE_BITS, day_text, grams_text, pools_for
from bronze.synthetic.recipe import read_recipe
from bronze.synthetic.rows import BLOCK_ROWS, good_blocks

DEFECTS = frozenset(KINDS)
CORRECTED, RESTATED = "corrected", "restated"
# A part changes by 1 to 25 %, up or down, in 1/1024; invented.
PART_SCALES = (*range(819, 1_014), *range(1_035, 1_281))
# One restated record in five had the day after its own, as from a clock in another time zone; invented.
RESTATED_PER_MOVED = 5


@dataclass(frozen=True)
class RestatedDelivery:
    """A re-delivery that was written.

    `changes` counts the changed rows by kind (`corrected`, `restated`; only those that occur); `manifest` is a
    CSV file of `record_number,kind` that names each of them.
    """

    path: Path
    row_count: int
    changes: dict[str, int]
    manifest: Path


def restate(
    original: Path, out: Path, *, rate: float, seed: int, on_progress: Callable[[int], None] | None = None
) -> RestatedDelivery:
    """Write to `out` what the source of a generated delivery sends as its correction; return what was written.

    It has the header and the records of `original`, in their order. Each planted row, a repeat too, gives way to
    the good row that it displaced (`corrected`). Each good row gets, with the probability `rate`, other emissions,
    their sum still exact, and where records have ids every fifth of these the day before (`restated`): an id keeps
    its record through every change. Nothing is defective then, so a re-delivery can be restated again.

    With ids it corrects record by record and may be landed under any path. Without them it must supersede the
    original, so it is meant for the original's landing path.

    Args:
        original: a delivery of `generate` or `restate` with its lists beside it.
        out: the file to write, another than the original.
        rate: probability that a good row is restated, 0 to 1.
        seed: another seed, other restated rows.
        on_progress: called with the rows written so far after each block.

    Raises:
        ValueError: an argument is out of range, the original or its manifest is missing, or they are not what
            the recipe beside them makes.
        OSError: a file cannot be read or written.
    """
    _check(original, out, rate)
    outliers = outliers_path(original)
    sidecars = {outliers_path(out): outliers.read_bytes() if outliers.exists() else None, recipe_path(out): None}
    counts: Counter[str] = Counter()
    written = 0
    with reading(original) as source, closing(_kinds(original)) as kinds, writing(out, sidecars) as (delivery, listing):
        header = _header(source, original)
        rows = _restated_rows(source, kinds, original, _Restater(rate, seed, with_ids=header == KNOWN_COLUMNS))
        listing.write(b"record_number,kind\n")
        delivery.write((",".join(header) + "\n").encode())
        while block := list(islice(rows, BLOCK_ROWS)):
            changed = [(number, kind) for number, (_, kind) in enumerate(block, start=written + 1) if kind]
            listing.writelines(f"{number},{kind}\n".encode() for number, kind in changed)
            delivery.write("".join(line for line, _ in block).encode())
            counts.update(kind for _, kind in changed)
            written += len(block)
            if on_progress:
                on_progress(written)
    changes = {kind: counts[kind] for kind in (CORRECTED, RESTATED) if counts[kind]}
    return RestatedDelivery(out, written, changes, manifest_path(out))


def _check(original: Path, out: Path, rate: float) -> None:
    if not 0 <= rate <= 1:
        msg = f"restate rate must be from 0 to 1, not {rate}"
        raise ValueError(msg)
    for needed in (original, manifest_path(original)):
        if not needed.is_file():
            msg = f"{needed} is missing: only a generated delivery with its manifest beside it can be restated"
            raise ValueError(msg)
    if manifest_path(out).resolve() == manifest_path(original).resolve():
        msg = f"{out} must have another stem than {original}, whose lists say what was corrected"
        raise ValueError(msg)
    require_file(out)


def _header(source: BinaryIO, original: Path) -> tuple[str, ...]:
    for header in (REQUIRED_COLUMNS, KNOWN_COLUMNS):
        if source.readline() == (",".join(header) + "\n").encode():
            return header
        source.seek(0)
    msg = f"{original} has not the header of a generated delivery"
    raise ValueError(msg)


def _kinds(original: Path) -> Generator[str | None]:
    """What the manifest says of each record from the first one on, None where it says nothing, without end."""
    following = 1
    with manifest_path(original).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = int(row["record_number"])
            yield from repeat(None, number - following)
            yield row["kind"]
            following = number + 1
    yield from repeat(None)


def _truth(original: Path) -> Iterator[str] | None:
    """The good rows of the delivery's recipe; None where its manifest lists no defect, so that none is needed."""
    with manifest_path(original).open(encoding="utf-8", newline="") as file:
        if not any(row["kind"] in DEFECTS for row in csv.DictReader(file)):
            return None
    recipe = read_recipe(recipe_path(original))
    pools, _ = with_outliers(pools_for(recipe), recipe)
    return chain.from_iterable(good_blocks(recipe, pools))


def _restated_rows(
    source: BinaryIO, kinds: Iterator[str | None], original: Path, restater: "_Restater"
) -> Iterator[tuple[str, str | None]]:
    """Each record's line as it is now, and what was done to it."""
    truth = _truth(original)
    for number, (raw, kind) in enumerate(zip(source, kinds, strict=False), start=1):
        line = raw.decode()
        good = line if truth is None else next(truth, "")
        if kind in DEFECTS:
            yield good, CORRECTED
            continue
        if line != good:
            msg = f"record {number} of {original} is not what its recipe makes; generate it anew to restate it"
            raise ValueError(msg)
        yield restater.restated(line)
    if truth is not None and next(truth, None) is not None:
        msg = f"{original} ends before its recipe does; generate it anew to restate it"
        raise ValueError(msg)


class _Restater:
    """Chooses good rows and changes them."""

    def __init__(self, rate: float, seed: int, *, with_ids: bool) -> None:
        self._rng = Random(f"restatement {seed}")
        self._rate = rate
        self._with_ids = with_ids

    def restated(self, line: str) -> tuple[str, str | None]:
        """The line, changed where it was chosen, and then its kind."""
        if self._rng.random() >= self._rate:
            return line, None
        fields = line.split(",")
        units = [max(1, units_of(fields[part]) * self._rng.choice(PART_SCALES) >> SCALE_BITS) for part in PARTS]
        for part, part_units in zip(PARTS, units, strict=True):
            fields[part] = grams_text(part_units)
        fields[TOTAL] = grams_text(sum(units))
        if self._with_ids and self._rng.randrange(RESTATED_PER_MOVED) == 0:
            fields[DATE] = _day_before(fields[DATE])
        return ",".join(fields), RESTATED


def _day_before(text: str) -> str:
    month, day, year = map(int, text.split("/"))
    # Nothing is before the first day that a date can be.
    return day_text(date.fromordinal(max(1, date(year, month, day).toordinal() - 1)))
