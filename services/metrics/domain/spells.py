"""The waits of one request in the local days of one authority, one at a time; counting many is durations.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.metrics.domain.course import Course, Hold
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.waits import EVENTS, STAGE_DECIDE, STAGES, Wait, waits


@dataclass(frozen=True, slots=True)
class Spell:
    """One observed wait: from its start to its event, another way out, or the moment of knowledge."""

    name: str
    start: datetime
    stop: datetime
    outcome: str | None
    """How it ended; nothing while it is open."""
    gross: int
    net: int
    with_consent: bool = False

    @property
    def finished(self) -> bool:
        """The event was reached."""
        return self.outcome == EVENTS[self.name]


def spells(course: Course, known_at: datetime, days: LocalDays) -> tuple[Spell, ...]:
    """All waits of a counted request, observed until *known_at*."""
    return tuple(_spell(course, wait, known_at, days) for wait in waits(course) if wait.name != STAGE_DECIDE)


def stages(course: Course, known_at: datetime, days: LocalDays) -> tuple[tuple[str, Spell], ...]:
    """The stages of the first episode that have begun, in their order, each with its wait (section 8)."""
    return tuple(_stages(course, known_at, days))


def _stages(course: Course, known_at: datetime, days: LocalDays) -> Iterator[tuple[str, Spell]]:
    own = {wait.name: wait for wait in waits(course)}
    for stage, name in STAGES.items():
        if name in own:
            yield stage, _spell(course, own[name], known_at, days)


def _spell(course: Course, wait: Wait, known_at: datetime, days: LocalDays) -> Spell:
    end = known_at if wait.stop is None else wait.stop
    gross = days.between(wait.start, end)
    held = days_held(course.holds, wait.start, end, days)
    name = "to_decide" if wait.name == STAGE_DECIDE else wait.name
    return Spell(name, wait.start, end, wait.outcome, gross, gross - held, wait.with_consent)


def days_held(holds: Iterable[Hold], start: datetime, stop: datetime, days: LocalDays) -> int:
    """Local days on hold between two moments; holds that overlap or touch are counted once."""
    clipped = sorted((max(hold.began_at, start), min(hold.ended_at or stop, stop)) for hold in holds)
    union: list[tuple[datetime, datetime]] = []
    for began_at, ended_at in clipped:
        if began_at > ended_at:
            continue
        if union and began_at <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], ended_at))
        else:
            union.append((began_at, ended_at))
    return sum(days.between(began_at, reached) for began_at, reached in union)
