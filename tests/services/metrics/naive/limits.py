"""Limits, from clock facts alone; nothing is recomputed: figures-1, section 5. The unit is the clock, that is one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.metrics.domain.course import Course
from services.metrics.domain.facts import Fact, moment
from services.metrics.domain.localdays import LocalDays, local_days
from services.metrics.domain.period import Period
from services.metrics.domain.rounding import share
from tests.services.metrics.naive.account import ageing

NEVER_RAN = frozenset({"corrected", "reclassified", "duplicate"})
ENDS = {"ClockMet": "met", "ClockMetLate": "met_late", "ClockLapsed": "lapsed", "ClockCancelled": "cancelled"}
# Judged by the adjusted due of the run, whatever the fact is called: withdrawing does not heal, and 24:00 is late.
BY_MOMENT = {"ClockMet": ("met", "met_late"), "ClockMetLate": ("met", "met_late"), "ClockCancelled": ("cancelled", "missed")}
VERDICTS = ("met", "met_late", "missed", "lapsed", "cancelled")
IN_DENOMINATOR = ("met", "met_late", "missed", "lapsed")


@dataclass(frozen=True, slots=True)
class Due:
    """When a clock is due: a day until its 24:00 where the side that must act is, or a moment."""

    moment: datetime
    day: date | None
    """The day of a limit in days; nothing for a moment."""

    @classmethod
    def of(cls, value: str, zone: str) -> Due:
        """The due of a clock fact: a date, or a moment with an offset."""
        if "T" in value or " " in value:
            return cls(moment(value), None)
        day = date.fromisoformat(value)
        return cls(local_days(zone).ends(day), day)

    def on(self, days: LocalDays) -> date:
        """The due date: the day itself, or the local date of the moment."""
        return self.day if self.day is not None else days.on(self.moment)

    def kept_by(self, when: datetime) -> bool:
        """An act at *when* is in time: before the end of the day, or at the very moment."""
        return when < self.moment if self.day is not None else when <= self.moment


@dataclass(frozen=True, slots=True)
class Clock:
    """One run of a clock as it stood at a moment."""

    request: str
    row: str
    zone: str
    adjusted: Due | None
    strict: Due | None
    stage: str | None = None
    """The step that the row limits, where the fact says so."""
    state: str = "running"
    """running, suspended, or how it ended."""

    def overdue(self, when: datetime) -> bool:
        """Running past its adjusted due."""
        return self.state == "running" and self.adjusted is not None and self.adjusted.moment <= when

    def past_strict(self, when: datetime) -> bool:
        """Running past its strict due."""
        due = self.strict or self.adjusted
        return self.state == "running" and due is not None and due.moment <= when

    def verdict(self, when: datetime) -> str:
        """What the clock came to at *when*."""
        return "missed" if self.overdue(when) else self.state


def clocks_at(course: Course, when: datetime, zone: str) -> tuple[Clock, ...]:
    """The clocks of a request that bind by a latest date, as they stood before *when*; those that never ran are left out."""
    key = ("clocks", when)
    if key not in course.memory:
        course.memory[key] = tuple(_clocks(course, when, zone))
    remembered: tuple[Clock, ...] = course.memory[key]
    return remembered


def _clocks(course: Course, when: datetime, zone: str) -> Iterable[Clock]:
    clocks: dict[str, Clock] = {}
    if "ClockStarted" not in course.by_type:
        return ()
    for fact in course.facts:
        if not fact.type.startswith("Clock"):
            continue
        run = str(fact.get("clock"))
        if fact.type == "ClockCancelled" and fact.get("reason") in NEVER_RAN:
            clocks.pop(run, None)
        elif fact.occurred_at < when and fact.type == "ClockStarted" and fact.get("bound", "max") == "max":
            own_zone = fact.get("zone", zone)
            clocks[run] = _with_dates(Clock(course.request, str(fact.get("row")), own_zone, None, None, fact.get("stage")), fact)
        elif fact.occurred_at < when and run in clocks:
            clocks[run] = _after(clocks[run], fact)
    return clocks.values()


def _after(clock: Clock, fact: Fact) -> Clock:
    """The clock after one more of its facts."""
    if fact.type == "ClockSuspended" and clock.state == "running":
        return replace(clock, state="suspended")
    if fact.type == "ClockResumed":
        return replace(_with_dates(clock, fact), state="running")
    if fact.type == "ClockMoved":
        return _with_dates(clock, fact)
    if fact.type not in ENDS or clock.state not in ("running", "suspended"):
        return clock
    if clock.state == "suspended" or clock.adjusted is None:
        return replace(clock, state=ENDS[fact.type])
    in_time, late = BY_MOMENT.get(fact.type, (ENDS[fact.type], ENDS[fact.type]))
    return replace(clock, state=in_time if clock.adjusted.kept_by(fact.occurred_at) else late)


def _with_dates(clock: Clock, fact: Fact) -> Clock:
    adjusted, strict, zone = fact.get("adjusted_due"), fact.get("strict_due"), fact.get("zone") or clock.zone
    return replace(
        clock,
        zone=zone,
        adjusted=Due.of(adjusted, zone) if adjusted else clock.adjusted,
        strict=Due.of(strict, zone) if strict else clock.strict,
    )


def all_clocks(courses: Iterable[Course], period: Period) -> list[Clock]:
    """The clocks of all these requests at the end of the period."""
    return [clock for course in courses for clock in clocks_at(course, period.until, period.days.name)]


def overdue_by_age(courses: Iterable[Course], period: Period) -> dict[str, int]:
    """What is open and overdue at the end of the period, by local days since its episode began."""
    late = [course for course in courses if any(clock.overdue(period.until) for clock in clocks_at(course, period.until, period.days.name))]
    return ageing(late, period)


def oldest_overdue_on(clocks: Iterable[Clock], period: Period) -> str | None:
    """The earliest due date among the overdue clocks."""
    due = [clock.adjusted.on(period.days) for clock in clocks if clock.overdue(period.until) and clock.adjusted is not None]
    return min(due).isoformat() if due else None


def limits(clocks: Iterable[Clock], period: Period) -> list[dict[str, Any]]:
    """Per clock row, what became of the clocks that fell due in the period."""
    counts: dict[str, Counter[str]] = {}
    for clock in clocks:
        verdict = clock.verdict(period.until)
        if verdict in VERDICTS and fell_due(clock, period):
            counts.setdefault(clock.row, Counter())[verdict] += 1
    return [_row(row, count) for row, count in sorted(counts.items())]


def fell_due(clock: Clock, period: Period) -> bool:
    """Its due date lies in the period, and its due moment has come."""
    due = clock.adjusted
    if due is None or due.moment > period.until:
        return False
    return period.from_on <= due.on(period.days) < period.to_on


def _row(row: str, count: Counter[str]) -> dict[str, Any]:
    denominator = sum(count[name] for name in IN_DENOMINATOR)
    return {
        "row": row,
        **{name: count[name] for name in VERDICTS},
        "denominator": denominator,
        "share_met": share(count["met"], denominator),
    }


def standing(clocks: Sequence[Clock], period: Period) -> dict[str, int]:
    """What runs, is on hold and is late at the end of the period."""
    overdue = [clock for clock in clocks if clock.overdue(period.until)]
    return {
        "running": sum(1 for clock in clocks if clock.state == "running") - len(overdue),
        "suspended": sum(1 for clock in clocks if clock.state == "suspended"),
        "overdue": len(overdue),
        "past_strict": sum(1 for clock in clocks if clock.past_strict(period.until)),
        "overdue_requests": len({clock.request for clock in overdue}),
    }
