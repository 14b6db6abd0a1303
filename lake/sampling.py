"""The rule of the sample in whole numbers; lake/sql/sample_draw.sql draws by it, docs/methodology.md has the source."""

import hashlib
from fractions import Fraction

UNITS_A_GRAM = 10**10


def start_of(seed: int, population: str, all_units: int) -> int:
    """The random start: SHA-512 of the text `SEED/POPULATION` as a number, modulo the units of the population.

    Anyone can compute it, with whatever language. The remainder is uniform to within 2^-400.
    """
    digest = hashlib.sha512(f"{seed}/{population}".encode()).digest()
    return int.from_bytes(digest, "big") % all_units


def probability(units: int, all_units: int, n: int) -> Fraction:
    """How likely an item is to be drawn by n points: n times its part of all units, at most 1."""
    return min(Fraction(1), Fraction(n * units, all_units)) if all_units else Fraction(0)
