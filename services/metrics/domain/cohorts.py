"""What forecasts and early warnings rest on, as it adds up over requests: how long cases waited, by what they have in common, and what is awaited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np

from services.metrics.domain.awaited import Awaited
from services.metrics.domain.cases import Cases
from services.metrics.domain.count import Count
from services.metrics.domain.day_counts import NOTHING, DayCounts
from services.metrics.domain.register import Register
from services.metrics.domain.scope import Numbers
from services.metrics.domain.stage_waits import KINDS_KNOWN, Known, known_to

REFERENCE_DAYS = 1095
"""Waits that began longer ago say nothing of today."""

Likeness = tuple[int, ...]
"""Direction, name of the wait, instrument and counterpart, each as a code; or only the first of them."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The cases of one authority as known on one local day."""

    today: int
    """That day, as days since 1970."""
    waits: Mapping[Likeness, DayCounts]
    """By days, and whether they ended (1) or not (0)."""
    awaited: Awaited
    _cases: dict[Likeness, Cases] = field(default_factory=dict, compare=False, repr=False)
    """What was made of them already."""

    @classmethod
    def of(cls, known: Known) -> Cohorts:
        """The cases of what is known."""
        waits = known.waits
        fresh = np.flatnonzero(known.today - waits.start <= REFERENCE_DAYS)
        likenesses, cells = numbered(waits.likeness[fresh])
        day_counts = DayCounts.by_cell(cells, waits.ended[fresh].astype(np.int64), waits.gross[fresh], len(likenesses))
        return cls(known.today, {likenesses[cell]: counts for cell, counts in day_counts.items()}, Awaited.of(known))

    def exchanged(self, gone: Cohorts, came: Cohorts) -> Cohorts:
        """The same with some requests exchanged."""
        touched = {*gone.waits, *came.waits}
        now = {like: self.waits.get(like, NOTHING).exchanged(gone.waits.get(like, NOTHING), came.waits.get(like, NOTHING)) for like in touched}
        moved = {like[:length] for like in touched for length in range(len(like) + 1)}
        cases = {like: own for like, own in self._cases.copy().items() if like not in moved}
        return Cohorts(self.today, {**self.waits, **now}, self.awaited.exchanged(gone.awaited, came.awaited), cases)

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return self.awaited.bytes + sum(counts.keys.nbytes + counts.times.nbytes for counts in self.waits.values())

    def like(self, likeness: Likeness) -> Cases:
        """All cases with this likeness, however much of one it is."""
        found = self._cases.get(likeness)
        if found is None:
            found = self._cases[likeness] = Cases.of([counts for place, counts in self.waits.items() if place[: len(likeness)] == likeness])
        return found


def numbered(columns: Numbers) -> tuple[list[Likeness], Numbers]:
    """The different rows, and the number of each row among them."""
    numbers, sizes = [], []
    for column in columns.T:
        found, number = np.unique(column, return_inverse=True)
        numbers.append(number)
        sizes.append(max(len(found), 1))
    flat = np.ravel_multi_index(tuple(numbers), tuple(sizes)) if len(columns) else np.zeros(0, dtype=np.int64)
    _, first, cells = np.unique(flat, return_index=True, return_inverse=True)
    return [tuple(row) for row in columns[first].tolist()], cells


def cohorts_of(register: Register, authority: str, known_at: datetime) -> Cohorts:
    """What forecasts of *authority* rest on at *known_at*, taken over from what was counted before on the same local day."""
    days = register.zone_of(authority, known_at)
    counting = partial(_counted, authority)
    count: Count[Any] = register.kept.count(("cohorts", authority, days.name, days.on(known_at)), lambda before: Count.of(register, known_at, counting, before))
    found: Cohorts = count.counted
    return found


def _counted(authority: str, register: Register, known_at: datetime, _: Cohorts | None) -> Cohorts:
    return Cohorts.of(known_to(register, authority, known_at))


def known_of(register: Register, requests: Iterable[str], authority: str, known_at: datetime) -> Known:
    """What *authority* knew of some *requests*; those that it does not know are not among them."""
    return known_to(register.over_panel(register.panel.only(register.panel.places(requests), KINDS_KNOWN)), authority, known_at)
