"""How long a step took, gross and net of holds, in whole local days: figures-1, section 4."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.curves import Curves, Histogram, enough, too_few
from services.metrics.domain.elements import NEVER, OUTCOMES
from services.metrics.domain.panel import Columns
from services.metrics.domain.scope import Breakdown, Mask, Numbers, Scope, rows_of
from services.metrics.domain.waits import EVENTS

LARGEST_HISTOGRAM = 4_000_000
"""How many counts are worked on at once; more cells are taken in turns."""
MEASURES = ("gross", "net")
TOLD_BY_CONSENT = "arrest_to_decision"


def gross_days(scope: Scope, waits: Columns) -> Numbers:
    """Local days from start to stop; until the moment of knowledge where a wait is open."""
    days: Numbers = scope.days(waits["stop"]) - scope.days(waits["start"])
    return days


def held_days(scope: Scope, waits: Columns) -> Numbers:
    """Local days on hold within each wait; holds that overlap or touch are counted once."""
    rests = scope.view.rows("rest")
    total = np.zeros(len(waits["request"]), dtype=np.int64)
    if not len(rests["request"]):
        return total
    # The rests of a request stand together: they are numbered from the first to the last, and each wait takes those of its request.
    order = np.argsort(rests["request"], kind="stable")
    request = rests["request"][order]
    first = np.searchsorted(request, waits["request"], side="left")
    count = np.searchsorted(request, waits["request"], side="right") - first
    wait = np.repeat(np.arange(len(total)), count)
    rest = order[np.repeat(first - np.cumsum(count) + count, count) + np.arange(len(wait))]
    stop = np.where(waits["stop"] == NEVER, scope.known, waits["stop"])[wait]
    begins = np.maximum(rests["began_at"][rest], waits["start"][wait])
    ends = np.minimum(rests["ended_at"][rest], stop)
    inside = np.flatnonzero(begins < ends)
    days = scope.days(ends[inside]) - scope.days(begins[inside])
    held: Numbers = np.bincount(wait[inside], weights=days, minlength=len(total)).astype(np.int64)
    return held


def started(scope: Scope, waits: Columns) -> NDArray[np.int64]:
    """The waits that belong to the cohort of the period: those that started in it."""
    return np.flatnonzero(scope.covers(waits["start"]))


def ended(scope: Scope, name: str, waits: Columns) -> NDArray[np.int64]:
    """The waits whose event lies in the period, whatever their start; the open ones have none."""
    event = OUTCOMES.index(EVENTS[name])
    return np.flatnonzero((waits["outcome"] == event) & scope.covers(waits["stop"]))


@dataclass(frozen=True, slots=True)
class Cohort:
    """Waits of one name with their days, each in a group of the answer."""

    request: Numbers
    outcome: Numbers
    gross: Numbers
    net: Numbers
    consent: Mask

    @classmethod
    def of(cls, scope: Scope, waits: Columns) -> Cohort:
        """These waits, their days counted."""
        gross = gross_days(scope, waits)
        outcome = waits["outcome"].astype(np.int64)
        return cls(waits["request"], outcome, gross, gross - held_days(scope, waits), waits["consent"] == 1)


Place = tuple[int, int]
"""Direction and part of a group; part 0 is the total."""


class Durations:
    """Each duration that has a start or an end in the period, of all groups of an answer."""

    def __init__(self, scope: Scope, groups: Breakdown, curves: Collection[str] = ()) -> None:
        self.answers: dict[Place, dict[str, Any]] = {}
        for name in EVENTS:
            waits = scope.view.waits(name)
            asked = (name, scope.begins, scope.ends, scope.period.days.name, scope.period.days.on(scope.period.known_at))
            begun = scope.view.remembered(("begun", *asked), partial(_begun, scope, waits))
            over = scope.view.remembered(("over", *asked), partial(_over, scope, name, waits))
            for cells, answer in _answers(name, begun, over, groups, with_points=name in curves):
                self.answers.setdefault(cells, {})[name] = answer

    def of(self, side: int, part: int) -> dict[str, Any]:
        """The durations of one group."""
        return self.answers.get((side, part), {})


def _begun(scope: Scope, waits: Columns) -> Cohort:
    return Cohort.of(scope, rows_of(waits, started(scope, waits)))


def _over(scope: Scope, name: str, waits: Columns) -> Cohort:
    return Cohort.of(scope, rows_of(waits, ended(scope, name, waits)))


def _cells(cohort: Cohort, groups: Breakdown) -> tuple[Numbers, Numbers]:
    """For each wait, twice, its place and its cell: in its part, and in the total of its direction."""
    parts = groups.parts.of[cohort.request]
    rows = np.flatnonzero(parts >= 0)
    parts = parts[rows]
    side, width = parts // max(groups.width, 1), groups.width + 1
    return np.concatenate((rows, rows)), np.concatenate((side * width, side * width + 1 + parts % max(groups.width, 1)))


def _answers(name: str, begun: Cohort, over: Cohort, groups: Breakdown, *, with_points: bool) -> Iterator[tuple[Place, dict[str, Any]]]:
    rows, cells = _cells(begun, groups)
    later_rows, later_cells = _cells(over, groups)
    longest = max(int(begun.gross.max(initial=0)), int(over.gross.max(initial=0))) + 1
    present = _present(cells, later_cells)
    numbers = np.cumsum(present) - 1
    chosen, cells, later_cells = np.flatnonzero(present).tolist(), numbers[cells], numbers[later_cells]
    step = max(LARGEST_HISTOGRAM // (longest * len(OUTCOMES)), 1)
    for first in range(0, len(chosen), step):
        last = min(first + step, len(chosen))
        own, later = ((numbers >= first) & (numbers < last) for numbers in (cells, later_cells))
        own_taken = _Taken.of(name, begun, rows[own], cells[own] - first, last - first)
        block = _Block(name, own_taken, _Taken.of(name, over, later_rows[later], later_cells[later] - first, last - first))
        for place in range(first, last):
            yield divmod(chosen[place], groups.width + 1), block.answer(place - first, with_points=with_points)


def _present(cells: Numbers, later_cells: Numbers) -> Mask:
    """Of each cell up to the last, whether it has any wait."""
    present = np.zeros(max(int(cells.max(initial=-1)), int(later_cells.max(initial=-1))) + 1, dtype=np.bool_)
    present[cells] = present[later_cells] = True
    return present


@dataclass(frozen=True, slots=True)
class _Taken:
    """The waits of some cells, as histograms of gross and net days."""

    gross: Histogram
    net: Histogram
    by_consent: tuple[Histogram, ...]
    """With consent and without; only of the duration that is told apart by it."""

    @classmethod
    def of(cls, name: str, cohort: Cohort, rows: Numbers, place: Numbers, size: int) -> _Taken:
        outcome, gross, consent = cohort.outcome[rows], cohort.gross[rows], cohort.consent[rows]
        sides = (consent, ~consent) if name == TOLD_BY_CONSENT else ()
        split = (Histogram(place[kept], outcome[kept], gross[kept], size) for kept in sides)
        return cls(Histogram(place, outcome, gross, size), Histogram(place, outcome, cohort.net[rows], size), tuple(split))


class _Block:
    """The answers of some cells of one duration."""

    def __init__(self, name: str, begun: _Taken, over: _Taken) -> None:
        self.name, self.event = name, OUTCOMES.index(EVENTS[name])
        self.begun, self.over = begun, over
        self.drawn = enough(begun.gross)
        self.curves = {measure: Curves(getattr(begun, measure), self.drawn) for measure in MEASURES} if len(self.drawn) else {}
        self.waiting = {measure: curves.waiting() for measure, curves in self.curves.items()}
        self.finished = {measure: getattr(begun, measure).finished(self.event) for measure in MEASURES}
        self.last = {measure: getattr(over, measure).finished(self.event) for measure in MEASURES}
        for said, own in zip(("with_consent", "without_consent"), over.by_consent, strict=False):
            self.last[said] = own.finished(self.event)
        self.ways_out = {measure: curves.ways_out() for measure, curves in self.curves.items()}

    def answer(self, cell: int, *, with_points: bool) -> dict[str, Any]:
        outcomes = self.begun.gross.counts[cell].sum(axis=1)
        n = int(outcomes.sum())
        return {
            "n": n,
            "outcomes": {outcome: int(outcomes[place]) for place, outcome in enumerate(OUTCOMES) if place and outcomes[place]},
            "open": int(outcomes[0]),
            **{measure: self._cohort(measure, cell, n, with_points=with_points) for measure in MEASURES},
            "ended_in_period": {measure: answers[cell] for measure, answers in self.last.items()},
        }

    def _cohort(self, measure: str, cell: int, n: int, *, with_points: bool) -> dict[str, Any]:
        drawn = np.flatnonzero(self.drawn == cell)
        place = int(drawn[0]) if len(drawn) else None
        km = too_few(n) if place is None else self.waiting[measure][place]
        if with_points:
            km["points"] = [] if place is None else self.curves[measure].points(place)
        by_outcome = None if place is None else self.ways_out[measure][place]
        return {"finished": self.finished[measure][cell], "km": km, "by_outcome": by_outcome}
