"""One waiting curve and its conditional quantiles, for forecasts and what the exporter says; curves.py draws those of many groups.

figures-1, section 4. A wait is (days, outcome); without an outcome it is open, the only censoring there is.
Refused, withdrawn and closed are outcomes. On one day, endings come before censorings. Nothing is extrapolated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Wait = tuple[int, str | None]
Floats = NDArray[np.float64]
Days = NDArray[np.int64]

# Products of fractions that should give one half come out just above it; without this they would move a median by days.
TOLERANCE = 1e-9
ENOUGH = 10


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function over the days on which anything was observed."""

    n: int
    days: Days
    at_risk: Floats
    ended: Floats
    survival: Floats

    @classmethod
    def of(cls, days: Sequence[int] | Days, ended: Sequence[bool] | NDArray[np.bool_]) -> Curve:
        """The Kaplan-Meier curve of *days*, where *ended* says which waits were seen to end."""
        observed, place = np.unique(np.asarray(days, dtype=np.int64), return_inverse=True)
        leaving = np.bincount(place, minlength=len(observed))
        return cls.of_counts(observed, leaving, np.bincount(place, weights=np.asarray(ended, dtype=np.float64), minlength=len(observed)))

    @classmethod
    def of_counts(cls, days: Days, leaving: NDArray[Any], ends: NDArray[Any]) -> Curve:
        """The same of *days* in order, each once: so many waits were observed so long, and so many of these ended then."""
        gone, ended = leaving.astype(np.float64), ends.astype(np.float64)
        at_risk: Floats = gone.sum() - np.cumsum(gone) + gone
        survival: Floats = np.cumprod((at_risk - ended) / at_risk, dtype=np.float64)
        return cls(int(leaving.sum()), days, at_risk, ended, survival)

    @property
    def last_day(self) -> int:
        """The last day on which anybody was observed."""
        return int(self.days[-1])

    @property
    def exhausted(self) -> bool:
        """The curve reached 0."""
        return bool(self.survival[-1] <= 0.0)

    def at(self, day: int) -> float:
        """S(day); 1 before the first day observed."""
        return float(self.at_each(np.asarray([day]))[0])

    def at_each(self, days: Days) -> Floats:
        """The same of many days."""
        return np.concatenate(([1.0], self.survival))[np.searchsorted(self.days, days, side="right")]

    def quantile(self, share: float) -> int | None:
        """The first day on which the curve has fallen to 1 - *share*."""
        return first_day(self.days, self.survival, 1.0 - share)


def first_day(days: Days, curve: Floats, level: float) -> int | None:
    """The first day on which *curve* is at or below *level*."""
    reached = np.nonzero(curve <= level + TOLERANCE)[0]
    return int(days[reached[0]]) if len(reached) else None


def curve_of(waits: Iterable[Wait]) -> Curve:
    """The curve of the time until nothing is awaited any more."""
    observed = list(waits)
    return Curve.of([days for days, _ in observed], [outcome is not None for _, outcome in observed])


def conditional_quantile(curve: Curve, share: float, elapsed: int) -> int | None:
    """The first day t >= *elapsed* with S(t) <= (1 - share) S(elapsed - 1): given that nothing happened before today."""
    level = (1.0 - share) * curve.at(elapsed - 1)
    if curve.at(elapsed) <= level + TOLERANCE:
        return elapsed
    later = curve.days > elapsed
    return first_day(curve.days[later], curve.survival[later], level)
