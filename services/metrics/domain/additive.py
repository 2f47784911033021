"""Counts that add up over requests: where some requests are exchanged, what these counted is taken away and added, and nothing is counted anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import numpy as np

from services.metrics.domain.panel import Places
from services.metrics.domain.scope import DIRECTIONS, Breakdown, Numbers

CHANGED_BYTES = 300
"""About what a code that changed takes."""


class NotCounted(ArithmeticError):
    """What is taken away was not there: the sums would be wrong from now on."""


class Additive(Protocol):
    """What was counted of some requests."""

    def exchanged(self, gone: Self, came: Self) -> Self:
        """The same as if counted without the requests of *gone*, which are among its own, and with those of *came*, which are not."""


def tables_exchanged(own: Mapping[str, Numbers], gone: Mapping[str, Numbers], came: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Tables of one shape under the same names, exchanged."""
    return {name: table - gone[name] + came[name] for name, table in own.items()}


@dataclass(frozen=True, slots=True)
class Named:
    """Counts by direction, part and some name, such as a text or a day; a name may have none."""

    names: tuple[Any, ...]
    """In order."""
    counts: Numbers
    """The names are its third axis."""

    def under(self, names: tuple[Any, ...]) -> Numbers:
        """The counts under more *names*, which are in order."""
        if names == self.names:
            return self.counts
        place = {name: at for at, name in enumerate(names)}
        moved = np.zeros((*self.counts.shape[:2], len(names), *self.counts.shape[3:]), dtype=np.int64)
        moved[:, :, [place[name] for name in self.names]] = self.counts
        return moved

    def exchanged(self, gone: Named, came: Named) -> Named:
        """The same with some requests exchanged."""
        names = tuple(sorted({*self.names, *gone.names, *came.names}))
        return Named(names, self.under(names) - gone.under(names) + came.under(names))


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different codes each part and each direction has, though a code may stand in several requests."""

    counts: Numbers
    """One row a direction: the total, then the parts."""
    codes: Numbers
    """In order; with *cells* and *times*: how often a part had a code when all were counted."""
    cells: Numbers
    """The part, those of the second direction numbered after those of the first."""
    times: Numbers
    since: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    """The codes of requests that were exchanged since: how often each part has them now."""

    @classmethod
    def of(cls, groups: Breakdown, places: Places, codes: Numbers, numbers: Numbers) -> Distinct:
        """The codes at *places*, given as *numbers* among the *codes*."""
        parts, size = groups.parts.of[places], max(groups.parts.size, 1)
        own = parts >= 0
        pairs = np.sort(numbers[own] * size + parts[own])
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        number, cell = np.divmod(pairs[first], size)
        side = cell // max(groups.width, 1)
        of_side = side[np.flatnonzero(np.diff(number * len(DIRECTIONS) + side, prepend=-1))]
        whole = np.bincount(of_side, minlength=len(DIRECTIONS))[:, np.newaxis]
        counts = np.bincount(cell, minlength=groups.parts.size).reshape(len(DIRECTIONS), groups.width)
        return cls(np.concatenate((whole, counts), axis=1), codes[number], cell, np.diff(first, append=len(pairs)))

    def exchanged(self, gone: Distinct, came: Distinct) -> Distinct:
        """The same with some requests exchanged.

        Raises:
            NotCounted.
        """
        counts, since = self.counts.copy(), dict(self.since)
        for code in np.union1d(gone.codes, came.codes).tolist():
            before = self.times_of(code)
            after = Counter(before)
            after.subtract(gone.times_of(code))
            after.update(came.times_of(code))
            if min(after.values(), default=0) < 0:
                raise NotCounted(f"code {code}")
            since[code] = +after
            self._move(counts, before, -1)
            self._move(counts, since[code], 1)
        return Distinct(counts, self.codes, self.cells, self.times, since)

    def times_of(self, code: int) -> Mapping[int, int]:
        """How often each part has *code*."""
        found = self.since.get(code)
        if found is None:
            first, last = np.searchsorted(self.codes, code, side="left"), np.searchsorted(self.codes, code, side="right")
            found = dict(zip(self.cells[first:last].tolist(), self.times[first:last].tolist(), strict=True))
        return found

    def _move(self, counts: Numbers, cells: Mapping[int, int], by: int) -> None:
        """Count one code of some parts, or count it no more."""
        places = [divmod(cell, self.counts.shape[1] - 1) for cell in cells]
        for side, part in places:
            counts[side, part + 1] += by
        for side in {side for side, _ in places}:
            counts[side, 0] += by

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return self.counts.nbytes + self.codes.nbytes + self.cells.nbytes + self.times.nbytes + CHANGED_BYTES * len(self.since)
