"""The deliveries that all engines are given: a base of 100 days, then increments of a new day and late corrections.

`lake generate` makes one long delivery with a record_id, and its correction (`--restate`). Both are cut by day: the
first 100 days are the base; each day after them is an increment's new day, which arrives together with the corrections
of the day before it that stay there or move to the day before that. So an increment is about 1 % of the base, corrects
records that a table holds already (one in five of the restated moves to another day), and every byte depends on the
numbers of rows and increments alone.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TextIO

from bench.measuring import REPOSITORY, FailedError
from bronze.synthetic.recipe import DEFAULTS

BASE_DAYS = 100
SEED = 6
# Another form of the files than this is made anew.
FORM = 2
# Of a day's records: with the planted defects (DEFAULTS.issue_rate), which are corrected too, a tenth of a day.
RESTATE_RATE = 0.05
LAST_DAY = DEFAULTS.end_date
# A row of the long delivery, of its correction and of the base, all uncompressed: 3 x 110 bytes, rounded up.
DISK_BYTES_PER_ROW = 400


@dataclass(frozen=True)
class Deliveries:
    """The files of one data set, in the order in which they arrive.

    Attributes:
        base: the delivery that the full build reads.
        increments: for each increment its files, in ascending order of name.
        base_rows: records of the base.
        increment_rows: records of each increment.
    """

    base: Path
    increments: tuple[tuple[Path, ...], ...]
    base_rows: int
    increment_rows: tuple[int, ...]


def deliveries(cache: Path, rows: int, increments: int) -> Deliveries:
    """A base of about `rows` records and so many increments, from the cache folder or made now.

    Raises:
        FailedError: they cannot be made; the message says why.
    """
    folder = cache / f"form-{FORM}-rows-{rows}-increments-{increments}"
    facts = folder / "facts.json"
    if not facts.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        counts = _make(folder, rows, increments)
        # Written last: a set without it was cut off and is made anew.
        facts.write_text(json.dumps(counts), encoding="utf-8")
    counted = json.loads(facts.read_text(encoding="utf-8"))
    return Deliveries(
        base=folder / "base.csv",
        increments=tuple(tuple(sorted((folder / _name(number)).iterdir())) for number in range(1, increments + 1)),
        base_rows=counted[0],
        increment_rows=tuple(counted[1:]),
    )


def _name(increment: int) -> str:
    return f"increment-{increment:04}"


def _make(folder: Path, rows: int, increments: int) -> list[int]:
    """Write the files and return the numbers of records: of the base, then of each increment."""
    days = BASE_DAYS + increments
    long_rows = rows * days // BASE_DAYS
    _require_disk(folder, long_rows)
    original, corrected = folder / "long.csv", folder / "corrected.csv"
    recipe = ["--rows", str(long_rows), "--days", str(days), "--seed", str(SEED), "--record-ids"]
    _generate(*recipe, str(original))
    _generate("--restate", str(original), "--restate-rate", str(RESTATE_RATE), str(corrected))
    with original.open(encoding="utf-8", newline="") as first, corrected.open(encoding="utf-8", newline="") as second:
        counts = _cut(folder, first, second, increments)
    for intermediate in folder.glob("*"):
        if intermediate.is_file() and intermediate.name != "base.csv":
            intermediate.unlink()
    return counts


def _generate(*options: str) -> None:
    from bench.lakes import LAKE  # what drives the lake needs no deliveries

    ended = subprocess.run(
        [LAKE, "generate", "--json", *options], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        msg = f"lake generate {' '.join(options)} failed: {ended.stderr.strip()}"
        raise FailedError(msg)


def _require_disk(folder: Path, rows: int) -> None:
    free, needed = shutil.disk_usage(folder).free, rows * DISK_BYTES_PER_ROW
    if free < needed:
        msg = f"{needed / 1e9:.1f} GB are needed to make deliveries of {rows:,} rows; {folder} has {free / 1e9:.1f} GB"
        raise FailedError(msg)


def _cut(folder: Path, original: TextIO, corrected: TextIO, increments: int) -> list[int]:
    header = next(original)
    next(corrected)
    counts = [0] * (increments + 1)
    with ExitStack() as open_files:

        def create(name: str) -> TextIO:
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            file = open_files.enter_context(path.open("w", encoding="utf-8", newline=""))
            file.write(header)
            return file

        new_days = [create("base.csv")]
        new_days += [create(f"{_name(number)}/new-day.csv") for number in range(1, increments + 1)]
        corrections = [create(f"{_name(number)}/corrections.csv") for number in range(1, increments + 1)]
        for delivery, is_near, line, correction in _placed(original, corrected, increments):
            new_days[delivery].write(line)
            counts[delivery] += 1
            if line != correction and delivery < increments and is_near:
                corrections[delivery].write(correction)
                counts[delivery + 1] += 1
    return counts


def _placed(original: TextIO, corrected: TextIO, increments: int) -> Iterator[tuple[int, bool, str, str]]:
    """For each record: its delivery (0 is the base), whether the next brings its correction, its line, that corrected.

    A planted repeat stands for a record of any day: to correct it would touch that day too.
    """
    first_new = LAST_DAY - timedelta(days=increments - 1)
    delivery_of_day = {_text(first_new + timedelta(days=number)): number + 1 for number in range(increments)}
    first_day = first_new - timedelta(days=BASE_DAYS)
    base_days = {_text(first_day + timedelta(days=number)) for number in range(BASE_DAYS)}
    known = base_days | delivery_of_day.keys()
    # The last day of each delivery, and the days that its corrections may have.
    last_days = [first_new + timedelta(days=number - 1) for number in range(increments + 1)]
    near = {_text(day): {_text(day), _text(day - timedelta(days=1))} for day in last_days}
    for line, correction in zip(original, corrected, strict=True):
        day = line.partition(",")[0]
        if day not in known:  # a planted date: the correction has the true one
            day = correction.partition(",")[0]
        yield delivery_of_day.get(day, 0), correction.partition(",")[0] in near.get(day, ()), line, correction


def _text(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def arrived(data: Deliveries, increments: int) -> list[Path]:
    """The files of the base and of the first so many increments, in the order in which they arrive."""
    return [data.base, *(file for files in islice(data.increments, increments) for file in files)]
