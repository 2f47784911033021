"""Waiting curves: Kaplan-Meier with intervals, Aalen-Johansen by outcome, conditional quantiles.

figures-1, section 4. A wait is (days, outcome); without an outcome it is open, the only censoring there is.
Refused, withdrawn and closed are outcomes. On one day, endings come before censorings. Nothing is extrapolated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.rounding import rounded_estimate

Wait = tuple[int, str | None]
Floats = NDArray[np.float64]
Days = NDArray[np.int64]

# Products of fractions that should give one half come out just above it; without this they would move a median by days.
TOLERANCE = 1e-9
Z_95 = 1.959963984540054
ENOUGH = 10
HORIZON = 365
OUTCOME_DAYS = (7, 30, 60, 90, 180, 365, 730)


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
        leaving: Floats = np.bincount(place, minlength=len(observed)).astype(np.float64)
        ends: Floats = np.bincount(place, weights=np.asarray(ended, dtype=np.float64), minlength=len(observed)).astype(np.float64)
        at_risk: Floats = len(days) - np.cumsum(leaving) + leaving
        survival: Floats = np.cumprod((at_risk - ends) / at_risk, dtype=np.float64)
        return cls(len(days), observed, at_risk, ends, survival)

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
        place = int(np.searchsorted(self.days, day, side="right"))
        return 1.0 if place == 0 else float(self.survival[place - 1])

    def before(self) -> Floats:
        """S(t-) for each day observed."""
        return np.concatenate(([1.0], self.survival[:-1]))

    def quantile(self, share: float) -> int | None:
        """The first day on which the curve has fallen to 1 - *share*."""
        return first_day(self.days, self.survival, 1.0 - share)

    def bands(self) -> tuple[Floats, Floats]:
        """Lower and upper 95 % band by the log-log transform of Greenwood's variance; the upper is undefined where S = 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.where(self.ended > 0, self.ended / (self.at_risk * (self.at_risk - self.ended)), 0.0)
            spread = Z_95 * np.sqrt(np.cumsum(steps)) / np.log(self.survival)
            lower, upper = self.survival ** np.exp(-spread), self.survival ** np.exp(spread)
        whole, none = self.survival >= 1.0, self.survival <= 0.0
        lower = np.where(whole, 1.0, np.where(none, 0.0, lower))
        upper = np.where(whole, 1.0, np.where(none, np.nan, upper))
        return lower, upper

    def mean_within(self, horizon: int) -> float | None:
        """The sum of S over the first *horizon* days; nothing unless somebody was observed that long or all had ended."""
        if not self.exhausted and self.last_day < horizon:
            return None
        edges = np.concatenate(([0], np.minimum(self.days, horizon), [horizon]))
        heights = np.concatenate(([1.0], self.survival))
        return float(np.sum(np.diff(edges) * heights))


def first_day(days: Days, curve: Floats, level: float) -> int | None:
    """The first day on which *curve* is at or below *level*."""
    reached = np.nonzero(curve <= level + TOLERANCE)[0]
    return int(days[reached[0]]) if len(reached) else None


def curve_of(waits: Iterable[Wait]) -> Curve:
    """The curve of the time until nothing is awaited any more."""
    observed = list(waits)
    return Curve.of([days for days, _ in observed], [outcome is not None for _, outcome in observed])


def waiting(waits: Sequence[Wait]) -> dict[str, Any]:
    """The numbers of the waiting curve; all null where fewer than ten were observed."""
    if len(waits) < ENOUGH:
        names = ("median", "p90", "median_low", "median_high", "p90_low", "p90_high", "restricted_mean_365", "follow_up_median")
        return {"n": len(waits), "reason": "too_few", **dict.fromkeys(names)}
    curve = curve_of(waits)
    lower, upper = curve.bands()
    mean = curve.mean_within(HORIZON)
    turned = Curve.of([days for days, _ in waits], [outcome is None for _, outcome in waits])
    median = curve.quantile(0.5)
    return {
        "n": len(waits),
        "reason": "not_reached" if median is None else None,
        "median": median,
        "p90": curve.quantile(0.9),
        "median_low": first_day(curve.days, lower, 0.5),
        "median_high": first_day(curve.days, upper, 0.5),
        "p90_low": first_day(curve.days, lower, 0.1),
        "p90_high": first_day(curve.days, upper, 0.1),
        "restricted_mean_365": None if mean is None else rounded_estimate(mean, 1),
        "follow_up_median": turned.quantile(0.5),
    }


def points(waits: Sequence[Wait]) -> list[dict[str, Any]]:
    """The curve day by day, where something changes: S with its band, how many were still waiting, how many were only observed so long."""
    if len(waits) < ENOUGH:
        return []
    curve = curve_of(waits)
    lower, upper = curve.bands()
    leaving = -np.diff(np.concatenate((curve.at_risk, [0.0])))
    return [
        {
            "t": int(day),
            "s": rounded_estimate(float(curve.survival[place]), 6),
            "low": rounded_estimate(float(lower[place]), 6),
            "high": None if np.isnan(upper[place]) else rounded_estimate(float(upper[place]), 6),
            "at_risk": int(curve.at_risk[place]),
            "censored": int(leaving[place] - curve.ended[place]),
        }
        for place, day in enumerate(curve.days)
    ]


def cumulative_incidence(waits: Sequence[Wait]) -> tuple[Curve, dict[str, Floats]]:
    """The curve and, per outcome, the share that ended so by each day: Aalen-Johansen, all outcomes of a day share S(t-)."""
    curve = curve_of(waits)
    days = np.asarray([day for day, _ in waits], dtype=np.int64)
    place = np.searchsorted(curve.days, days)
    shares: dict[str, Floats] = {}
    for outcome in sorted({outcome for _, outcome in waits if outcome is not None}):
        ended_so = np.asarray([found == outcome for _, found in waits], dtype=np.float64)
        ends = np.bincount(place, weights=ended_so, minlength=len(curve.days))
        shares[outcome] = np.cumsum(curve.before() * ends / curve.at_risk)
    return curve, shares


def ways_out(waits: Sequence[Wait]) -> dict[str, Any] | None:
    """How it ends: per outcome the share by certain days, the last, and the median; nothing below ten."""
    if len(waits) < ENOUGH:
        return None
    curve, shares = cumulative_incidence(waits)
    return {outcome: _way_out(curve, share) for outcome, share in shares.items()}


def _way_out(curve: Curve, share: Floats) -> dict[str, Any]:
    by_day: dict[str, float | None] = {}
    for day in OUTCOME_DAYS:
        if day > curve.last_day and not curve.exhausted:
            by_day[str(day)] = None
            continue
        place = int(np.searchsorted(curve.days, day, side="right"))
        by_day[str(day)] = 0.0 if place == 0 else rounded_estimate(float(share[place - 1]), 6)
    reached = np.nonzero(share >= 0.5 - TOLERANCE)[0]
    return {"at": by_day, "last": rounded_estimate(float(share[-1]), 6), "median": int(curve.days[reached[0]]) if len(reached) else None}


def conditional_quantile(curve: Curve, share: float, elapsed: int) -> int | None:
    """The first day t >= *elapsed* with S(t) <= (1 - share) S(elapsed - 1): given that nothing happened before today."""
    level = (1.0 - share) * curve.at(elapsed - 1)
    if curve.at(elapsed) <= level + TOLERANCE:
        return elapsed
    later = curve.days > elapsed
    return first_day(curve.days[later], curve.survival[later], level)
