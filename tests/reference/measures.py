"""Decimal measures in grams CO2e: reading them from text, and rounding half up to ten decimals."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

DECIMAL_PLACES = 10
ZERO = Decimal("0E-10")
LIMIT_GCO2E = Decimal(100_000_000)  # contract, section 3: this size and more is an invalid measure
_SYNTAX = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]+))?|\.([0-9]+))(?:[eE]([+-]?)([0-9]+))?")
_LONGEST_EXPONENT = 18  # digits; no file is long enough for a mantissa that would outweigh more


def parse_measure(text: str) -> Decimal | None:
    """Give the measure of a trimmed text, rounded once; None where the syntax or the size is invalid."""
    match = _SYNTAX.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction, bare_fraction, exponent_sign, exponent_digits = (part or "" for part in match.groups())
    decimals = fraction + bare_fraction
    digits = (whole + decimals).lstrip("0")
    if not digits:
        return ZERO
    exponent = _exponent(exponent_sign, exponent_digits) - len(decimals)
    leading_power = len(digits) - 1 + exponent
    if leading_power >= LIMIT_GCO2E.adjusted() + 1:
        return None
    if leading_power < -DECIMAL_PLACES - 1:
        return ZERO
    exact = Decimal(f"{sign}{digits}E{exponent}")
    rounded = exact.quantize(ZERO, rounding=ROUND_HALF_UP, context=Context(prec=60))
    if abs(rounded) >= LIMIT_GCO2E:
        return None
    return rounded if rounded else ZERO


def _exponent(sign: str, digits: str) -> int:
    """Give the power of ten, cut to a size that is beyond every limit anyway."""
    significant = digits.lstrip("0") or "0"
    size = 10**_LONGEST_EXPONENT if len(significant) > _LONGEST_EXPONENT else int(significant)
    return -size if sign == "-" else size


def round_half_up(value: Fraction) -> Decimal:
    """Give the value to ten decimals, halves away from zero; minus zero is zero."""
    units = int(abs(value) * 10**DECIMAL_PLACES + Fraction(1, 2))
    return Decimal((int(value < 0 and units > 0), tuple(map(int, str(units))), -DECIMAL_PLACES))


def share(part: Decimal | int, whole: Decimal | int) -> float | None:
    """Give part / whole as the nearest double; None where the whole is 0."""
    return float(Fraction(part) / Fraction(whole)) if whole else None
