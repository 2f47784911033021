"""What forecasts are made from: the waits and clocks of one authority as known at one moment, as plain columns.

A stage is what a request waits in (figures-1, section 8); a wait from arrival stands beside it for a step whose stage has not begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.corrections import direction
from services.metrics.domain.course import Course
from services.metrics.domain.durations import Spell, spells, stages
from services.metrics.domain.limits import Clock, clocks_at
from services.metrics.domain.localdays import LocalDays

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

DIRECTIONS = ("incoming", "outgoing")
STAGES = ("acknowledge", "decide", "execute", "return")
WAITS = (*STAGES, "to_decide", "to_execute", "to_return")
FROM_ARRIVAL = {1: 4, 2: 5, 3: 6}
"""For the number of a stage, that of the wait from arrival to its end; the first stage begins with arrival."""
LIMITED = {"acknowledgement": "acknowledge", "decision": "decide", "execution": "execute", "surrender": "execute", "return": "return"}
"""The stage that a clock limits, by what the clock itself says; a surrender is the execution of its request. Other clocks warn of nothing."""

RUNNING, SUSPENDED, KEPT, MISSED = range(4)
STANDING = {"running": RUNNING, "suspended": SUSPENDED, "met": KEPT, "cancelled": KEPT, "met_late": MISSED, "missed": MISSED, "lapsed": MISSED}
NO_DAY = -(2**31)
"""The due day of a limit in hours: a curve in days says nothing of it."""
NO_STAGE = -1
EPOCH_DAY = date(1970, 1, 1).toordinal()


def day_of(number: int) -> date:
    """The date that is *number* days after the first of 1970."""
    return date.fromordinal(EPOCH_DAY + number)


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits as columns; counterpart and instrument are codes that are equal where the texts are."""

    request: Numbers
    """The place of its request."""
    wait: Numbers
    """The place of its name in WAITS."""
    direction: Numbers
    counterpart: Numbers
    instrument: Numbers
    start: Numbers
    """Local day, as days since 1970."""
    gross: Numbers
    """Local days to its end, or to the moment of knowledge."""
    ended: Mask


@dataclass(frozen=True, slots=True)
class Clocks:
    """Runs of clocks that bind by a latest date, as columns."""

    request: Numbers
    row: Numbers
    """The place of its row in *rows*."""
    stage: Numbers
    """The stage that it limits; NO_STAGE where the clock says none of ours."""
    standing: Numbers
    adjusted_on: Numbers
    strict_on: Numbers
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What one authority knew at a moment."""

    known_at: datetime
    today: int
    """The local day of that moment."""
    requests: Sequence[str]
    open: Numbers
    """The places of the counted requests that are open."""
    reopened: Mask
    """By place: it has had more than one episode."""
    waits: Waits
    clocks: Clocks
    told: Callable[[int], Mapping[str, str | None]]
    """Kind, instrument and counterpart of the request at a place."""

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The place of each request."""
        return {request: place for place, request in enumerate(self.requests)}

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """One line a wait of WAITS, one column a request: the row of that wait; -1 where it has not begun."""
        found = np.full((len(WAITS), len(self.requests)), -1, dtype=np.int64)
        found[self.waits.wait, self.waits.request] = np.arange(len(self.waits.request))
        return found

    @cached_property
    def latest(self) -> Numbers:
        """By place: the row of the latest stage that has begun; -1 where none has."""
        found = np.full(len(self.requests), -1, dtype=np.int64)
        for stage in self.rows[: len(STAGES)]:
            found = np.where(stage >= 0, stage, found)
        return found


class Folded(Protocol):
    """A register that gives the courses of an authority as known at a moment."""

    zone_of: Callable[[str, datetime], LocalDays]

    def courses(self, authority: str, known_at: datetime) -> Mapping[str, Course]:
        """The requests of *authority*, the excluded ones too."""


def known_to(register: Folded, authority: str, known_at: datetime) -> Known:
    """What *authority* knew at *known_at*."""
    courses = register.courses(authority, known_at)
    return of_courses(list(courses.values()), authority, known_at, register.zone_of(authority, known_at))


def of_courses(courses: Sequence[Course], authority: str, known_at: datetime, days: LocalDays) -> Known:
    """What is known from these courses; the excluded ones have neither waits nor clocks."""
    codes: dict[str | None, int] = {}

    def code(text: str | None) -> int:
        return codes.setdefault(text, len(codes))

    counted = [(place, course) for place, course in enumerate(courses) if course.excluded is None]
    waits: list[tuple[int, ...]] = []
    for place, course in counted:
        side = DIRECTIONS.index(direction(course, authority))
        head = (side, code(_counterpart(course, authority)), code(course.instrument))
        for wait, spell in _waits(course, known_at, days):
            waits.append((place, wait, *head, days.on(spell.start).toordinal() - EPOCH_DAY, spell.gross, int(spell.outcome is not None)))
    table = np.asarray(waits, dtype=np.int64).reshape(-1, 8).T
    open_ones = [place for place, course in counted if course.open_at(known_at) is not None]

    def told(place: int) -> dict[str, str | None]:
        course = courses[place]
        return {"kind": course.kind, "instrument": course.instrument, "counterpart": _counterpart(course, authority)}

    return Known(
        known_at=known_at,
        today=days.on(known_at).toordinal() - EPOCH_DAY,
        requests=[course.request for course in courses],
        open=np.asarray(sorted(open_ones, key=lambda place: courses[place].request), dtype=np.int64),
        reopened=np.asarray([len(course.episodes) > 1 for course in courses], dtype=np.bool_),
        waits=Waits(table[0], table[1], table[2], table[3], table[4], table[5], table[6], table[7].astype(np.bool_)),
        clocks=_clocks(counted, known_at, days),
        told=told,
    )


def _counterpart(course: Course, authority: str) -> str | None:
    other = course.requested if direction(course, authority) == "outgoing" else course.requesting
    return other.state


def _waits(course: Course, known_at: datetime, days: LocalDays) -> Iterator[tuple[int, Spell]]:
    for stage, spell in stages(course, known_at, days):
        yield STAGES.index(stage), spell
    for spell in spells(course, known_at, days):
        if spell.name in WAITS:
            yield WAITS.index(spell.name), spell


def _clocks(counted: Sequence[tuple[int, Course]], known_at: datetime, days: LocalDays) -> Clocks:
    found = [(place, clock) for place, course in counted for clock in clocks_at(course, known_at, days.name)]
    names = sorted({clock.row for _, clock in found})
    lines = [
        (place, names.index(clock.row), _stage(clock), STANDING[clock.verdict(known_at)], _day(clock.adjusted), _day(clock.strict)) for place, clock in found
    ]
    table = np.asarray(lines, dtype=np.int64).reshape(-1, 6).T
    return Clocks(table[0], table[1], table[2], table[3], table[4], table[5], tuple(names))


def _stage(clock: Clock) -> int:
    limited = LIMITED.get(clock.stage or "")
    return NO_STAGE if limited is None else STAGES.index(limited)


def _day(due: Any) -> int:
    return NO_DAY if due is None or due.day is None else due.day.toordinal() - EPOCH_DAY
