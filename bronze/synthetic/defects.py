"""Planted defects: what is done to a good synthetic row so that exactly one reason for quarantine applies."""

from collections import Counter
from collections.abc import Callable
from random import Random

from bronze.synthetic.pools import UNITS_PER_GRAM, grams_text

# Positions of the columns in a synthetic row.
DATE, DOMAIN, FORMAT, COUNTRY, AD_SIZE, DEVICE = range(6)
AD_SELECTION, CREATIVE_DISTRIBUTION, MEDIA_DISTRIBUTION, TOTAL = MEASURES = range(6, 10)
PARTS = (AD_SELECTION, CREATIVE_DISTRIBUTION, MEDIA_DISTRIBUTION)
COVERAGE = 10

DUPLICATE = "duplicate"

# How many earlier good rows a duplicate chooses from.
KEPT_ROWS = 256

# A stated total may differ by the larger of 0.000001 g and one millionth (the lake's rule total_mismatch); 0.001 g
# is well beyond both for sums under 100 g, to which each whole 100 g (of an outlier) adds 1 g.
MISMATCH_UNITS = range(UNITS_PER_GRAM // 1_000, UNITS_PER_GRAM // 10)
LARGE_SUM_GRAMS = 100

_BLANKS = ("", " ", "\t")
_REPLACEMENTS = {
    "invalid_date": (
        DATE,
        ("", "13/45/2025", "02/30/2025", "2025-7-1", "7/4/2025", "2025/07/01", "31.08.2025", "July 1"),
    ),
    "missing_domain": (DOMAIN, _BLANKS),
    "invalid_domain": (
        DOMAIN,
        (
            "localhost",
            "the post.example",
            "-post.example",
            "the_post.example",
            "post..example",
            "post.test/a",
        ),
    ),
    "missing_country": (COUNTRY, _BLANKS),
    "unknown_country": (COUNTRY, ("Atlantis", "XX", "ZZZ", "Europe", "Worldwide", "Untied States")),
    "unknown_format": (FORMAT, ("popup", "interstitial", "vidoe", "")),
    "unknown_device": (DEVICE, ("smart tv", "console", "watch", "")),
    "invalid_ad_size": (AD_SIZE, ("300", "300x", "300*250", "300 x 250", "300\u00d7250", "fluid", "")),
    "unknown_coverage": (COVERAGE, ("estimated", "unknown", "modelled", "")),
}
_INVALID_MEASURES = ("1_000", "nan", "1e12", "inf", "0x1f", "0.01 g", "--1", "1e", "5.", "100000000")


def _dated_2999(fields: list[str], rng: Random) -> None:
    # February 29th would be invalid in 2999.
    fields[DATE] = f"{rng.randint(1, 12):02d}/{rng.randint(1, 28):02d}/2999"


def _malformed(fields: list[str], rng: Random) -> None:
    if rng.random() < 0.5:  # noqa: PLR2004 - as often too few as too many
        del fields[-rng.randint(1, 3) :]
    else:
        fields.extend(["0.5"] * rng.randint(1, 2))


def _without_measure(fields: list[str], rng: Random) -> None:
    fields[rng.choice(MEASURES)] = rng.choice(_BLANKS)


def _with_invalid_measure(fields: list[str], rng: Random) -> None:
    fields[rng.choice(MEASURES)] = rng.choice(_INVALID_MEASURES)


def _with_negative_part(fields: list[str], rng: Random) -> None:
    part = rng.choice(PARTS)
    units = units_of(fields[part])
    fields[part] = grams_text(-units)
    # The stated total stays the sum, so that this is no total_mismatch too.
    fields[TOTAL] = grams_text(units_of(fields[TOTAL]) - 2 * units)


def _with_mismatched_total(fields: list[str], rng: Random) -> None:
    units = units_of(fields[TOTAL])
    large_units = units // (LARGE_SUM_GRAMS * UNITS_PER_GRAM) * UNITS_PER_GRAM
    fields[TOTAL] = grams_text(units + large_units + rng.choice(MISMATCH_UNITS))


def units_of(grams: str) -> int:
    """Units of 1e-8 g from the text of a measure, exact up to 10 million g."""
    # A double of 15 digits or fewer is nearest to one whole unit.
    return round(float(grams) * UNITS_PER_GRAM)


def _replaced(column: int, values: tuple[str, ...]) -> Callable[[list[str], Random], None]:
    def replace(fields: list[str], rng: Random) -> None:
        fields[column] = rng.choice(values)

    return replace


_DEFECTS: dict[str, Callable[[list[str], Random], None]] = {
    "malformed_line": _malformed,
    "future_date": _dated_2999,
    "missing_measure": _without_measure,
    "invalid_measure": _with_invalid_measure,
    "negative_measure": _with_negative_part,
    "total_mismatch": _with_mismatched_total,
    **{kind: _replaced(column, values) for kind, (column, values) in _REPLACEMENTS.items()},
}
REASONS = tuple(_DEFECTS)
KINDS = (*REASONS, DUPLICATE)


def planted(kind: str, line: str, rng: Random) -> str:
    """A good line (with its LF, without quotes) after planting a defect of that kind, one of `REASONS`.

    Exactly one reason for quarantine, the kind's own name, then applies to it.

    Raises:
        KeyError: no such reason.
    """
    fields = line.removesuffix("\n").split(",")
    _DEFECTS[kind](fields, rng)
    return ",".join(fields) + "\n"


class Planter:
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
