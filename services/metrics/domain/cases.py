"""How long cases that are like each other waited: the curve that a forecast is read from, and when they are enough to say something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from services.metrics.domain.day_counts import NOTHING, DayCounts
from services.metrics.domain.elements import OUTCOMES
from services.metrics.domain.scope import Mask, Numbers
from services.metrics.domain.survival import Curve, conditional_quantile

FEWEST_WAITS = 20
FEWEST_ENDS = 10
FEWEST_AT_RISK = 10
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

Quantiles = tuple[int | None, ...]
"""One number of days for each of QUANTILES; nothing where the curve does not reach it."""


@dataclass(frozen=True)
class Cases:
    """The waits that one forecast rests on."""

    curve: Curve
    closed: Numbers
    """The days of those that ended, in order."""
    _after: dict[int, Quantiles] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, day_counts: Sequence[DayCounts]) -> Cases:
        """All of these waits; the outcome is 1 where one ended, and 0 where not."""
        days, cases, ends = _summed(day_counts)
        return cls(Curve.of_counts(days, cases, ends), np.repeat(days, ends))

    @property
    def ends(self) -> int:
        """How many of them ended."""
        return len(self.closed)

    def at_risk(self, elapsed: int) -> int:
        """How many were still waiting on day *elapsed*."""
        return int(self.at_risk_each(np.asarray([elapsed]))[0])

    def at_risk_each(self, elapsed: Numbers) -> Numbers:
        """The same of many days."""
        at_risk = np.concatenate((self.curve.at_risk, [0.0])).astype(np.int64)
        return at_risk[np.searchsorted(self.curve.days, elapsed)]

    def enough(self, elapsed: Numbers) -> Mask:
        """Where they are enough to say something of waits that have lasted so many days."""
        enough: Mask = self.at_risk_each(elapsed) >= FEWEST_AT_RISK
        return enough & (self.curve.n >= FEWEST_WAITS and self.ends >= FEWEST_ENDS)

    def after(self, elapsed: int) -> Quantiles:
        """The conditional quantiles, given that nothing happened in *elapsed* days."""
        if elapsed not in self._after:
            self._after[elapsed] = tuple(conditional(self.curve, elapsed).values())
        return self._after[elapsed]

    @cached_property
    def unconditional(self) -> Quantiles:
        """The quantiles of the curve, whatever has passed already."""
        return tuple(self.curve.quantile(share) for share in QUANTILES)

    @cached_property
    def closed_only(self) -> tuple[float, ...]:
        """The quantiles of those that ended, as if nobody were waiting: linear between two of them (type 7). Only where some ended."""
        return tuple(float(value) for value in np.quantile(self.closed, QUANTILES))


def conditional(curve: Curve, elapsed: int) -> dict[str, int | None]:
    """The conditional quantiles after *elapsed* days, by their name."""
    return {str(share): conditional_quantile(curve, share, elapsed) for share in QUANTILES}


def _summed(day_counts: Sequence[DayCounts]) -> tuple[Numbers, Numbers, Numbers]:
    """All these cases: days in order, how many cases there are of each, and how many of these ended."""
    days, outcomes = np.divmod(np.concatenate([NOTHING.keys, *(counts.keys for counts in day_counts)]), len(OUTCOMES))
    times = np.concatenate([NOTHING.times, *(counts.times for counts in day_counts)])
    found, at = np.unique(days, return_inverse=True)
    cases, ends = (np.bincount(at, weights=weights, minlength=len(found)).astype(np.int64) for weights in (times, times * outcomes))
    return found, cases, ends
