"""Waits that are alike in outcome and days, and how many there are: what a duration of one group is told from. They add up over requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from services.metrics.domain.additive import NotCounted
from services.metrics.domain.elements import OUTCOMES
from services.metrics.domain.scope import Numbers

LARGEST_TABLE = 4_000_000
"""How many counts are laid out at once; what would need more is sorted."""


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Waits by outcome and days."""

    keys: Numbers
    """days * len(OUTCOMES) + outcome, each once, in order; where only the end matters (cohorts.py), the outcome is 1 if the wait ended and 0 if not."""
    times: Numbers

    @classmethod
    def by_cell(cls, cells: Numbers, outcomes: Numbers, days: Numbers, size: int) -> dict[int, DayCounts]:
        """The waits of each of *size* cells that has any; *cells*, *outcomes* and *days* have one place for each wait."""
        low = int(days.min(initial=0))
        width = (int(days.max(initial=0)) - low + 1) * len(OUTCOMES)
        flat = cells * width + (days - low) * len(OUTCOMES) + outcomes
        if size * width > LARGEST_TABLE:
            found, times = np.unique(flat, return_counts=True)
        else:
            counts = np.bincount(flat, minlength=size * width)
            found = np.flatnonzero(counts)
            times = counts[found]
        own, keys = np.divmod(found, width)
        keys += low * len(OUTCOMES)
        first = np.flatnonzero(np.diff(own, prepend=-1))
        edges = pairwise([*first.tolist(), len(own)])
        return {cell: cls(keys[begin:end], times[begin:end]) for cell, (begin, end) in zip(own[first].tolist(), edges, strict=True)}

    def exchanged(self, gone: DayCounts, came: DayCounts) -> DayCounts:
        """The same with some waits exchanged.

        Raises:
            NotCounted.
        """
        if not len(gone.keys) and not len(came.keys):
            return self
        keys, place = np.unique(np.concatenate((self.keys, gone.keys, came.keys)), return_inverse=True)
        times = np.bincount(place, weights=np.concatenate((self.times, -gone.times, came.times))).astype(np.int64)
        if times.min(initial=0) < 0:
            raise NotCounted("waits")
        some = np.flatnonzero(times)
        return DayCounts(keys[some], times[some])


NOTHING = DayCounts(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


class Waited(NamedTuple):
    """The waits of one name in one group: those that began in the period, and those that were over in it."""

    begun_gross: DayCounts = NOTHING
    begun_net: DayCounts = NOTHING
    over_gross: DayCounts = NOTHING
    over_net: DayCounts = NOTHING
    over_with_consent: DayCounts = NOTHING
    over_without_consent: DayCounts = NOTHING

    def exchanged(self, gone: Waited, came: Waited) -> Waited:
        """The same with some requests exchanged."""
        return Waited(*(own.exchanged(less, more) for own, less, more in zip(self, gone, came, strict=True)))

    @property
    def is_empty(self) -> bool:
        """No wait is left."""
        return not len(self.begun_gross.keys) and not len(self.over_gross.keys)

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return sum(own.keys.nbytes + own.times.nbytes for own in self)


def widest(day_counts: Sequence[DayCounts]) -> int:
    """From the lowest to the highest number of days of all, the day 0 among them."""
    lows = min((int(own.keys.min(initial=0)) // len(OUTCOMES) for own in day_counts), default=0)
    highs = max((int(own.keys.max(initial=0)) // len(OUTCOMES) for own in day_counts), default=0)
    return highs - lows + 1
