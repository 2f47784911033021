"""Rounding with halves away from zero, from exact fractions where they are exact."""

from __future__ import annotations

from fractions import Fraction
from math import floor

# Sums and products of floats lie within 1e-13 of the fraction that they stand for; a half must not fall for that.
FLOAT_NOISE = Fraction(1, 10**7)


def rounded(value: Fraction, places: int) -> float:
    """*value* with *places* decimals, halves away from zero."""
    scale = 10**places
    units = floor(abs(value) * scale + Fraction(1, 2))
    return float(Fraction(units if value >= 0 else -units, scale))


def rounded_estimate(value: float, places: int) -> float:
    """A float estimate with *places* decimals; what is a half but for the noise of floats counts as a half."""
    scale = 10**places
    return float(Fraction(floor(Fraction(value) * scale + Fraction(1, 2) + FLOAT_NOISE), scale))


def one_decimal(value: Fraction | None) -> float | None:
    """*value* with one decimal, or nothing where there is none."""
    return None if value is None else rounded(value, 1)


def share(part: int, whole: int) -> float | None:
    """*part* of *whole* with four decimals; nothing when *whole* is 0."""
    return None if whole == 0 else rounded(Fraction(part, whole), 4)
