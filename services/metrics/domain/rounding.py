"""Rounding with halves away from zero, from exact fractions where they are exact."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import floor

import numpy as np
from numpy.typing import NDArray

# Scaled by 10 or by a million, sums and products of floats lie within 1e-8 of what they stand for; a half must not fall for that.
FLOAT_NOISE = 1e-7


def rounded(value: Fraction, places: int) -> float:
    """*value* with *places* decimals, halves away from zero."""
    scale: int = 10**places
    over = value.denominator
    units = (2 * abs(value.numerator) * scale + over) // (2 * over)
    return (units if value >= 0 else -units) / scale


def ratio(numerator: int, denominator: int, places: int) -> float:
    """*numerator* by *denominator* with *places* decimals, halves away from zero."""
    scale: int = 10**places
    units = (2 * abs(numerator) * scale + denominator) // (2 * denominator)
    return (units if numerator >= 0 else -units) / scale


def rounded_estimate(value: float, places: int) -> float:
    """A float estimate, never negative, with *places* decimals; what is a half but for the noise of floats counts as a half."""
    scale: int = 10**places
    return floor(value * scale + 0.5 + FLOAT_NOISE) / scale


def rounded_estimates(values: NDArray[np.float64], places: int) -> NDArray[np.float64]:
    """The same of many."""
    scale = 10**places
    rounded: NDArray[np.float64] = np.floor(values * scale + 0.5 + FLOAT_NOISE) / scale
    return rounded


def one_decimal(value: Fraction | None) -> float | None:
    """*value* with one decimal, or nothing where there is none."""
    return None if value is None else rounded(value, 1)


@lru_cache(maxsize=1 << 16)
def share(part: int, whole: int) -> float | None:
    """*part* of *whole* with four decimals; nothing when *whole* is 0."""
    return None if whole == 0 else rounded(Fraction(part, whole), 4)
