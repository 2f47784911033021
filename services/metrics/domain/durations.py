"""How long a step took, gross and net of holds, in whole local days: figures-1, section 4."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.curves import Curves, Histogram, enough, too_few
from services.metrics.domain.day_counts import NOTHING, DayCounts, Waited, widest
from services.metrics.domain.elements import NEVER, OUTCOMES
from services.metrics.domain.panel import Columns
from services.metrics.domain.scope import DIRECTIONS, Breakdown, Mask, Numbers, Scope, rows_of
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
Answers = dict[tuple[str, Place], dict[str, Any]]
"""By name of the duration and place."""


@dataclass(frozen=True)
class Durations:
    """Each duration that has a start or an end in the period, of all groups of an answer."""

    cells: Mapping[tuple[str, Place], Waited]
    curves: frozenset[str]
    """The durations that are told with the points of their curve."""
    told: Answers = field(default_factory=dict)
    """The answers that are known already."""

    @classmethod
    def of_groups(cls, scope: Scope, groups: Breakdown, curves: Collection[str] = ()) -> Durations:
        """The waits of *groups*, counted."""
        cells: dict[tuple[str, Place], Waited] = {}
        for name in EVENTS:
            waits = scope.view.waits(name)
            if not len(waits["request"]):
                continue
            asked = (name, scope.begins, scope.ends, scope.period.days.name, scope.period.days.on(scope.period.known_at))
            begun = scope.view.remembered(("begun", *asked), partial(_begun, scope, waits))
            over = scope.view.remembered(("over", *asked), partial(_over, scope, name, waits))
            cells |= {(name, divmod(number, groups.width + 1)): cell for number, cell in _counted(name, begun, over, groups).items()}
        return cls(cells, frozenset(curves))

    def exchanged(self, gone: Durations, came: Durations) -> Durations:
        """The same with some requests exchanged: only what they belong to is told anew."""
        touched = {*gone.cells, *came.cells}
        nothing = Waited()
        now = {at: self.cells.get(at, nothing).exchanged(gone.cells.get(at, nothing), came.cells.get(at, nothing)) for at in touched}
        cells = {at: cell for at, cell in {**self.cells, **now}.items() if not cell.is_empty}
        return Durations(cells, self.curves, {at: answer for at, answer in self.answers.items() if at not in touched})

    @cached_property
    def answers(self) -> Answers:
        """What is told of each cell."""
        missing: dict[str, list[Place]] = {}
        for name, place in self.cells.keys() - self.told.keys():
            missing.setdefault(name, []).append(place)
        new = {(name, place): answer for name, places in missing.items() for place, answer in self._tell(name, places)}
        return {**self.told, **new}

    def _tell(self, name: str, places: Sequence[Place]) -> Iterator[tuple[Place, dict[str, Any]]]:
        cells = [self.cells[name, place] for place in places]
        step = max(LARGEST_HISTOGRAM // (widest([counts for cell in cells for counts in cell]) * len(OUTCOMES)), 1)
        for first in range(0, len(cells), step):
            block = _Block(name, cells[first : first + step])
            for number, place in enumerate(places[first : first + step]):
                yield place, block.answer(number, with_points=name in self.curves)

    def of(self, side: int, part: int) -> dict[str, Any]:
        """The durations of one group."""
        return {name: self.answers[name, (side, part)] for name in EVENTS if (name, (side, part)) in self.answers}

    @cached_property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return sum(cell.bytes for cell in self.cells.values())


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


def _counted(name: str, begun: Cohort, over: Cohort, groups: Breakdown) -> dict[int, Waited]:
    """The waits of each cell that has any; numbered are of each direction the total, then the parts."""
    size = len(DIRECTIONS) * (groups.width + 1)
    rows, cells = _cells(begun, groups)
    later, of_later = _cells(over, groups)
    own = [DayCounts.by_cell(cells, begun.outcome[rows], days[rows], size) for days in (begun.gross, begun.net)]
    own += [DayCounts.by_cell(of_later, over.outcome[later], days[later], size) for days in (over.gross, over.net)]
    if name == TOLD_BY_CONSENT:
        for consented in (over.consent, ~over.consent):
            kept = consented[later]
            own.append(DayCounts.by_cell(of_later[kept], over.outcome[later][kept], over.gross[later][kept], size))
    return {cell: Waited(*(day_counts.get(cell, NOTHING) for day_counts in own)) for cell in {*own[0], *own[2]}}


class _Block:
    """The answers of some cells of one duration."""

    def __init__(self, name: str, cells: Sequence[Waited]) -> None:
        self.name, self.event = name, OUTCOMES.index(EVENTS[name])
        self.gross = Histogram.of([cell.begun_gross for cell in cells])
        begun = {"gross": self.gross, "net": Histogram.of([cell.begun_net for cell in cells])}
        over = {"gross": [cell.over_gross for cell in cells], "net": [cell.over_net for cell in cells]}
        if name == TOLD_BY_CONSENT:
            over |= {"with_consent": [cell.over_with_consent for cell in cells], "without_consent": [cell.over_without_consent for cell in cells]}
        self.drawn = enough(self.gross)
        self.curves = {measure: Curves(own, self.drawn) for measure, own in begun.items()} if len(self.drawn) else {}
        self.waiting = {measure: curves.waiting() for measure, curves in self.curves.items()}
        self.finished = {measure: own.finished(self.event) for measure, own in begun.items()}
        self.last = {said: Histogram.of(day_counts).finished(self.event) for said, day_counts in over.items()}
        self.ways_out = {measure: curves.ways_out() for measure, curves in self.curves.items()}

    def answer(self, cell: int, *, with_points: bool) -> dict[str, Any]:
        outcomes = self.gross.counts[cell].sum(axis=1)
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
