"""Waiting curves of many groups at once, from histograms of days: Kaplan-Meier with intervals, Aalen-Johansen by outcome. figures-1, section 4.

A histogram has one row a cell, an outcome (0 is open, the only censoring) and a day. Where nothing is observed on a day,
the curve is multiplied by exactly 1, so a curve over all days is the curve over the days observed, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.day_counts import DayCounts
from services.metrics.domain.elements import OUTCOMES
from services.metrics.domain.rounding import ratio, rounded_estimate
from services.metrics.domain.survival import ENOUGH, TOLERANCE, Wait

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Z_95 = 1.959963984540054
HORIZON = 365
OUTCOME_DAYS = (7, 30, 60, 90, 180, 365, 730)
NAMES_OF_CURVE = ("median", "p90", "median_low", "median_high", "p90_low", "p90_high", "restricted_mean_365", "follow_up_median")


class Histogram:
    """How many waits of each cell had each outcome after each number of days."""

    def __init__(self, cells: Counts, outcomes: Counts, days: Counts, size: int, names: Sequence[str] = OUTCOMES, times: Counts | None = None) -> None:
        """One place for each wait; or, with *times*, for as many waits as they say."""
        self.names = names
        self.low = min(0, int(days.min(initial=0)))
        width = int(days.max(initial=0)) - self.low + 1
        flat = (cells * len(names) + outcomes) * width + (days - self.low)
        counts = np.bincount(flat, times, minlength=size * len(names) * width).astype(np.int64)
        self.counts: Counts = counts.reshape(size, len(names), width)

    @classmethod
    def of(cls, day_counts: Sequence[DayCounts]) -> Histogram:
        """The waits of each cell, which were counted before."""
        cells = np.repeat(np.arange(len(day_counts)), [len(own.keys) for own in day_counts])
        days, outcomes = np.divmod(np.concatenate([own.keys for own in day_counts]), len(OUTCOMES))
        return cls(cells, outcomes, days, len(day_counts), times=np.concatenate([own.times for own in day_counts]))

    def finished(self, outcome: int) -> list[dict[str, Any]]:
        """Of each cell n, median, mean and 90th percentile of the waits that reached one outcome; from exact fractions."""
        counts = self.counts[:, outcome]
        reached = np.cumsum(counts, axis=1)
        n = reached[:, -1]
        sums = counts @ np.arange(counts.shape[1]) + self.low * n
        median, p90 = (_percentiles(reached, n, at, self.low) for at in (Fraction(1, 2), Fraction(9, 10)))
        return [
            {"n": own, "median": middle, "mean": ratio(total, own, 1), "p90": late} if own else {"n": 0, "median": None, "mean": None, "p90": None}
            for own, total, middle, late in zip(n.tolist(), sums.tolist(), median, p90, strict=True)
        ]


def finished_after(days: Sequence[int]) -> dict[str, Any]:
    """The same of waits that are listed."""
    listed = np.asarray(days, dtype=np.int64)
    nothing = np.zeros_like(listed)
    return Histogram(nothing, nothing, listed, 1, ("",)).finished(0)[0]


def _percentiles(reached: Counts, n: Counts, at: Fraction, low: int) -> list[float | None]:
    """Linear interpolation, type 7: what PostgreSQL calls percentile_cont. Of each row of counts that add up; nothing of none."""
    below, rest = np.divmod((n - 1) * at.numerator, at.denominator)
    first, second = ((reached <= np.minimum(place, n - 1)[:, np.newaxis]).sum(axis=1) + low for place in (below, below + 1))
    amounts = first * at.denominator + rest * (second - first)
    return [ratio(amount, at.denominator, 1) if own else None for amount, own in zip(amounts.tolist(), n.tolist(), strict=True)]


class Curves:
    """Kaplan-Meier and Aalen-Johansen of every cell of a histogram; each cell must have been observed at all."""

    def __init__(self, histogram: Histogram, cells: Sequence[int] | Counts) -> None:
        self.low, self.names = histogram.low, histogram.names
        self.counts: Counts = histogram.counts[np.asarray(cells, dtype=np.int64)]
        self.leaving: Counts = self.counts.sum(axis=1)
        self.n: Counts = self.leaving.sum(axis=1)
        self.at_risk: Floats = (self.n[:, np.newaxis] - np.cumsum(self.leaving, axis=1) + self.leaving).astype(np.float64)
        self.ended: Floats = (self.leaving - self.counts[:, 0]).astype(np.float64)
        self.survival = self._survival(self.ended)
        width = self.leaving.shape[1]
        self.last = width - 1 - np.argmax(self.leaving[:, ::-1] > 0, axis=1)
        self.exhausted: NDArray[np.bool_] = self.survival[:, -1] <= 0.0

    def _survival(self, ended: Floats) -> Floats:
        some = self.at_risk > 0
        kept = np.divide(self.at_risk - ended, self.at_risk, out=np.ones_like(self.at_risk), where=some)
        return np.cumprod(kept, axis=1, dtype=np.float64)

    @cached_property
    def bands(self) -> tuple[Floats, Floats]:
        """Lower and upper 95 % band by the log-log transform of Greenwood's variance; the upper is undefined where S = 0."""
        left = self.at_risk * (self.at_risk - self.ended)
        with np.errstate(divide="ignore"):
            variance = np.cumsum(np.divide(self.ended, left, out=np.zeros_like(left), where=self.ended > 0), axis=1)
        lower, upper = np.ones_like(left), np.ones_like(left)
        changed = (self.leaving > 0) & (self.survival < 1.0) & (self.survival > 0.0)
        own = self.survival[changed]
        spread = Z_95 * np.sqrt(variance[changed]) / np.log(own)
        lower[changed], upper[changed] = own ** np.exp(-spread), own ** np.exp(spread)
        lower[self.survival <= 0.0], upper[self.survival <= 0.0] = 0.0, np.nan
        # Between two days on which something was observed, the bands stay; so a first day is found among those days only.
        return lower, upper

    def first_days(self, curve: Floats, level: float) -> list[int | None]:
        """For each cell the first day observed on which *curve* is at or below *level*."""
        reached = (curve <= level + TOLERANCE) & (self.leaving > 0)
        places = np.argmax(reached, axis=1)
        found = reached[np.arange(len(places)), places]
        return [int(place) + self.low if there else None for place, there in zip(places, found, strict=True)]

    def waiting(self) -> list[dict[str, Any]]:
        """The numbers of the waiting curve of each cell."""
        lower, upper = self.bands
        turned = self._survival(self.counts[:, 0].astype(np.float64))
        columns: dict[str, list[Any]] = {
            "median": self.first_days(self.survival, 1.0 - 0.5),
            "p90": self.first_days(self.survival, 1.0 - 0.9),
            "median_low": self.first_days(lower, 0.5),
            "median_high": self.first_days(upper, 0.5),
            "p90_low": self.first_days(lower, 0.1),
            "p90_high": self.first_days(upper, 0.1),
            "restricted_mean_365": self._means(),
            "follow_up_median": self.first_days(turned, 1.0 - 0.5),
        }
        return [
            {"n": int(n), "reason": "not_reached" if columns["median"][cell] is None else None, **{name: column[cell] for name, column in columns.items()}}
            for cell, n in enumerate(self.n)
        ]

    @property
    def restricted(self) -> Floats:
        """The sum of S over the first 365 days of each cell; nan unless somebody was observed that long or all had ended."""
        first = -self.low
        known = self.exhausted | (self.last + self.low >= HORIZON)
        sums: Floats = np.where(known, self.survival[:, first : first + HORIZON].sum(axis=1), np.nan)
        return sums

    def _means(self) -> list[float | None]:
        return [None if np.isnan(total) else rounded_estimate(float(total), 1) for total in self.restricted]

    def points(self, cell: int) -> list[dict[str, Any]]:
        """The curve of one cell day by day, where something changes."""
        lower, upper = (band[cell] for band in self.bands)
        days = np.flatnonzero(self.leaving[cell])
        return [
            {
                "t": int(day) + self.low,
                "s": rounded_estimate(float(self.survival[cell, day]), 6),
                "low": rounded_estimate(float(lower[day]), 6),
                "high": None if np.isnan(upper[day]) else rounded_estimate(float(upper[day]), 6),
                "at_risk": int(self.at_risk[cell, day]),
                "censored": int(self.counts[cell, 0, day]),
            }
            for day in days
        ]

    def ways_out(self) -> list[dict[str, Any]]:
        """How it ends, of each cell: per outcome the share by certain days, the last, and the median."""
        answers: list[dict[str, Any]] = [{} for _ in self.n]
        for name, cells, shares in self.incidence():
            for cell, share in zip(cells.tolist(), shares, strict=True):
                answers[cell][name] = self._way_out(cell, share)
        return answers

    def incidence(self) -> Iterator[tuple[str, Counts, Floats]]:
        """Of each outcome that occurred the cells in which it did, and there the share that ended so by each day: all outcomes of a day share S(t-)."""
        before = np.concatenate((np.ones((len(self.n), 1)), self.survival[:, :-1]), axis=1)
        for outcome, name in enumerate(self.names):
            cells = np.flatnonzero(self.counts[:, outcome].any(axis=1)) if outcome else np.zeros(0, dtype=np.int64)
            if not len(cells):
                continue
            ends, at_risk = self.counts[cells, outcome], self.at_risk[cells]
            steps = np.divide(before[cells] * ends, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
            yield name, cells, np.cumsum(steps, axis=1)

    def _way_out(self, cell: int, share: Floats) -> dict[str, Any]:
        by_day: dict[str, float | None] = {}
        last = int(self.last[cell]) + self.low
        for day in OUTCOME_DAYS:
            unseen = day > last and not self.exhausted[cell]
            by_day[str(day)] = None if unseen else rounded_estimate(float(share[min(day - self.low, len(share) - 1)]), 6)
        reached = np.flatnonzero(share >= 0.5 - TOLERANCE)
        return {"at": by_day, "last": rounded_estimate(float(share[-1]), 6), "median": int(reached[0]) + self.low if len(reached) else None}


def drawn(waits: Sequence[Wait]) -> Curves | None:
    """The curve of listed waits, whatever their outcomes are called; nothing of fewer than ten."""
    if len(waits) < ENOUGH:
        return None
    names = ("", *sorted({outcome for _, outcome in waits if outcome is not None}))
    outcomes = np.asarray([0 if outcome is None else names.index(outcome) for _, outcome in waits], dtype=np.int64)
    days = np.asarray([day for day, _ in waits], dtype=np.int64)
    return Curves(Histogram(np.zeros_like(days), outcomes, days, 1, names), [0])


def too_few(n: int) -> dict[str, Any]:
    """The waiting curve of fewer than ten."""
    return {"n": n, "reason": "too_few", **dict.fromkeys(NAMES_OF_CURVE)}


def enough(counts: Histogram) -> Counts:
    """The cells of which a curve may be drawn."""
    return np.flatnonzero(counts.counts.sum(axis=(1, 2)) >= ENOUGH)
