"""What a question counts: the rows known at its moment, its period in microseconds, and the groups of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.elements import NEVER, micros
from services.metrics.domain.localdays import Days, Moments
from services.metrics.domain.panel import Columns, Places, View
from services.metrics.domain.period import Period

DIRECTIONS = ("incoming", "outgoing")

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Scope:
    """A view through one period."""

    def __init__(self, view: View, period: Period) -> None:
        self.view, self.period = view, period
        self.begins, self.ends = micros(period.begins_at), micros(period.ends_at)
        self.until, self.known = micros(period.until), micros(period.known_at)
        self.closing = max(self.until, self.begins)
        """When what continues is counted."""

    def holds(self, moments: Moments) -> Mask:
        """These moments belong to the period."""
        return (moments >= self.begins) & (moments < self.until)

    def covers(self, moments: Moments) -> Mask:
        """These moments lie between the two dates, known or not."""
        return (moments >= self.begins) & (moments < self.ends)

    def days(self, moments: Moments) -> Days:
        """The local dates of *moments*; the moment of knowledge where there is none."""
        return self.period.days.days_of(np.where(moments == NEVER, self.known, moments))

    @cached_property
    def arrived_at(self) -> Moments:
        """When each request arrived, by place."""
        return self.view.spread("arrived_at", NEVER)

    @cached_property
    def new(self) -> Places:
        """The requests that arrived in the period."""
        return np.flatnonzero(self.view.counted & self.holds(self.arrived_at))

    def open_at(self, when: int) -> tuple[Places, Moments]:
        """The requests that are open at a moment, each once, and when that episode began."""
        return self.view.remembered(("open", when), lambda: self._open_at(when))

    def _open_at(self, when: int) -> tuple[Places, Moments]:
        episodes = self.view.rows("episode")
        rows = np.flatnonzero((episodes["began_at"] < when) & (episodes["ended_at"] >= when))
        began = np.full(self.view.size, NEVER, dtype=np.int64)
        np.minimum.at(began, episodes["request"][rows], episodes["began_at"][rows])
        places = np.flatnonzero(began != NEVER)
        return places, began[places]

    @cached_property
    def open_until(self) -> tuple[Places, Moments]:
        """The requests that are open at the end of the period, and since when."""
        return self.open_at(self.until)


@dataclass(frozen=True, slots=True)
class Groups:
    """Each request in one group of the answer, or in none (-1): by direction, or by direction and value."""

    of: Numbers
    size: int

    def counts(self, places: Places) -> Numbers:
        """How many of *places* each group has."""
        groups = self.of[places]
        return np.bincount(groups[groups >= 0], minlength=self.size)

    def sums(self, places: Places, amounts: NDArray[Any]) -> Numbers:
        """The sum of *amounts* of each group; whole numbers, exact up to 2**53."""
        groups = self.of[places]
        own = groups >= 0
        return np.bincount(groups[own], weights=amounts[own], minlength=self.size).astype(np.int64)

    def coded(self, places: Places, numbers: Numbers, kinds: int) -> Numbers:
        """How many of each group have each number below *kinds*: one row a group."""
        groups = self.of[places]
        own = groups >= 0
        return np.bincount(groups[own] * kinds + numbers[own], minlength=self.size * kinds).reshape(self.size, kinds)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The groups of an answer: by direction, and by direction and the values of its dimensions."""

    whole: Groups
    parts: Groups
    values: tuple[tuple[str, ...], ...]
    """The values of the dimensions, in order; the parts of one direction are numbered as they."""

    @property
    def width(self) -> int:
        """How many parts a direction has."""
        return len(self.values)

    def table(self, counted: Numbers) -> Numbers:
        """Counts of the parts as one row a direction: the total, then the parts. Only for what adds up."""
        parts = counted.reshape(len(DIRECTIONS), self.width, *counted.shape[1:])
        return np.concatenate((parts.sum(axis=1, keepdims=True), parts), axis=1)

    def under(self, values: tuple[tuple[str, ...], ...]) -> Breakdown:
        """The same groups among more *values*, which are in order."""
        if values == self.values:
            return self
        numbers = np.asarray([values.index(own) for own in self.values] or [0], dtype=np.int64)
        parts, width = self.parts.of, max(self.width, 1)
        moved = np.where(parts >= 0, parts // width * len(values) + numbers[parts % width], -1)
        return Breakdown(self.whole, Groups(moved, len(DIRECTIONS) * len(values)), values)

    def at(self, places: Places) -> Breakdown:
        """The groups of rows, one place a row, from those of their requests."""
        return Breakdown(Groups(self.whole.of[places], self.whole.size), Groups(self.parts.of[places], self.parts.size), self.values)

    def counts(self, places: Places) -> Numbers:
        """The requests or rows at *places*, counted."""
        return self.table(self.parts.counts(places))

    def sums(self, places: Places, amounts: NDArray[Any]) -> Numbers:
        """The amounts at *places*, added."""
        return self.table(self.parts.sums(places, amounts))

    def coded(self, places: Places, numbers: Numbers, kinds: int) -> Numbers:
        """The rows at *places*, counted by number."""
        return self.table(self.parts.coded(places, numbers, kinds))


def rows_of(columns: Columns, rows: NDArray[Any]) -> Columns:
    """Some rows of these columns."""
    return {name: array[rows] for name, array in columns.items()}
