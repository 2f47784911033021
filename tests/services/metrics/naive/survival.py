"""One curve at a time, from listed waits: what the service draws for many groups at once from histograms, worked out once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from services.metrics.domain.rounding import rounded_estimate
from services.metrics.domain.survival import ENOUGH, TOLERANCE, Curve, Floats, Wait, curve_of, first_day

Z_95 = 1.959963984540054
HORIZON = 365
OUTCOME_DAYS = (7, 30, 60, 90, 180, 365, 730)


def before(curve: Curve) -> Floats:
    """S(t-) for each day observed."""
    return np.concatenate(([1.0], curve.survival[:-1]))


def bands(curve: Curve) -> tuple[Floats, Floats]:
    """Lower and upper 95 % band by the log-log transform of Greenwood's variance; the upper is undefined where S = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(curve.ended > 0, curve.ended / (curve.at_risk * (curve.at_risk - curve.ended)), 0.0)
        spread = Z_95 * np.sqrt(np.cumsum(steps)) / np.log(curve.survival)
        lower, upper = curve.survival ** np.exp(-spread), curve.survival ** np.exp(spread)
    whole, none = curve.survival >= 1.0, curve.survival <= 0.0
    lower = np.where(whole, 1.0, np.where(none, 0.0, lower))
    upper = np.where(whole, 1.0, np.where(none, np.nan, upper))
    return lower, upper


def mean_within(curve: Curve, horizon: int) -> float | None:
    """The sum of S over the first *horizon* days; nothing unless somebody was observed that long or all had ended."""
    if not curve.exhausted and curve.last_day < horizon:
        return None
    edges = np.concatenate(([0], np.minimum(curve.days, horizon), [horizon]))
    heights = np.concatenate(([1.0], curve.survival))
    return float(np.sum(np.diff(edges) * heights))


def waiting(waits: Sequence[Wait]) -> dict[str, Any]:
    """The numbers of the waiting curve; all null where fewer than ten were observed."""
    if len(waits) < ENOUGH:
        names = ("median", "p90", "median_low", "median_high", "p90_low", "p90_high", "restricted_mean_365", "follow_up_median")
        return {"n": len(waits), "reason": "too_few", **dict.fromkeys(names)}
    curve = curve_of(waits)
    lower, upper = bands(curve)
    mean = mean_within(curve, HORIZON)
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
    lower, upper = bands(curve)
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
        shares[outcome] = np.cumsum(before(curve) * ends / curve.at_risk)
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
