"""One run of a clock as far as the ladder needs it, folded from the clock facts of its request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from shared.calendars.zones import ZoneUnknown, day_ends, zone
from shared.facts.base import When
from shared.facts.members import parse_moment, parse_when

HARD_STOPS = frozenset({"may_release", "must_release", "lapse"})
DUTY = "duty"


class Course(StrEnum):
    """Whether the run still counts time."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    LAPSED = "lapsed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRun:
    """One run. ``turned_by`` is the fact that gave it its course, ``course_before`` what it was before: a void of that fact brings it back.

    ``legal_floor`` and ``promise_floor``: levels up to these never fire in this revision, because their moments had passed when it was opened.
    """

    clock: str
    request: str
    row: str
    authority: str
    run: int = 1
    revision: int = 1
    stage: str | None = None
    zone: str | None = None
    limit: str | None = None
    effect: str = "none"
    nature: str = DUTY
    instrument: str | None = None
    citation: str | None = None
    started_at: When | None = None
    nominal_due: When | None = None
    adjusted_due: When | None = None
    strict_due: When | None = None
    promised: When | None = None
    promised_by: str | None = None
    course: Course = Course.RUNNING
    turned_by: str | None = None
    course_before: Course = Course.RUNNING
    lapsed_at: datetime | None = None
    ending: str | None = None
    legal_floor: int = 0
    promise_floor: int = 0
    changes: int = 0

    @property
    def hard(self) -> bool:
        """Whether the law itself acts when the time is over."""
        return self.effect in HARD_STOPS

    def ends(self, due: When | None) -> datetime | None:
        """The moment of *due*: a day is over at 24:00 of the side that must act."""
        if due is None or isinstance(due, datetime):
            return due
        try:
            return day_ends(due, zone(self.zone or "UTC"))
        except ZoneUnknown:
            return day_ends(due, zone("UTC"))

    @property
    def promise_beyond_law(self) -> When | None:
        """The promised date, where it is later than the legal one; an earlier promise has no ladder."""
        promised, legal = self.ends(self.promised), self.ends(self.adjusted_due or self.strict_due)
        return self.promised if promised is not None and (legal is None or promised > legal) else None


def started(request: str, data: Mapping[str, Any]) -> ClockRun:
    """Return the run as its first fact describes it."""
    return ClockRun(
        clock=data["clock"],
        request=request,
        row=data.get("row") or data["clock"],
        authority=data.get("authority") or data["by"],
        run=data.get("run", 1),
        revision=data.get("revision", 1),
        stage=data.get("stage"),
        zone=data.get("zone"),
        limit=data.get("limit"),
        effect=data.get("effect") or "none",
        nature=data.get("nature") or DUTY,
        instrument=data.get("instrument"),
        citation=data.get("citation"),
        **dates_of(data),
    )


def dates_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dates that a clock fact brings; those it does not name are left as they were."""
    names = ("started_at", "nominal_due", "adjusted_due", "strict_due")
    return {name: parse_when(data[name]) for name in names if data.get(name)}


def turned(run: ClockRun, course: Course, fact: str, ending: str | None = None) -> ClockRun:
    """Return the run on another course, because of *fact*."""
    return replace(run, course=course, course_before=run.course, turned_by=fact, ending=ending, changes=run.changes + 1)


def dated(run: ClockRun, data: Mapping[str, Any]) -> ClockRun:
    """Return the run with the dates that the fact brings, perhaps in a new revision."""
    named = {name: data[name] for name in ("zone", "limit") if data.get(name)}
    return replace(run, revision=data.get("revision", run.revision), changes=run.changes + 1, **named, **dates_of(data))


def _resumed(run: ClockRun, fact: str, data: Mapping[str, Any]) -> ClockRun:
    return dated(turned(run, Course.RUNNING, fact), data)


def _lapsed(run: ClockRun, fact: str, data: Mapping[str, Any]) -> ClockRun:
    return replace(turned(run, Course.LAPSED, fact, "lapsed"), lapsed_at=parse_moment(data["occurred_at"]))


def _promised(run: ClockRun, fact: str, data: Mapping[str, Any]) -> ClockRun:
    return replace(run, promised=parse_when(data["date"]), promised_by=fact, changes=run.changes + 1)


TURNS: Mapping[str, Callable[[ClockRun, str, Mapping[str, Any]], ClockRun]] = {
    "ClockSuspended": lambda run, fact, data: turned(run, Course.SUSPENDED, fact),
    "ClockResumed": _resumed,
    "ClockMoved": lambda run, fact, data: dated(run, data),
    "ClockMet": lambda run, fact, data: turned(run, Course.ENDED, fact, "met"),
    "ClockMetLate": lambda run, fact, data: turned(run, Course.ENDED, fact, "met_late"),
    "ClockCancelled": lambda run, fact, data: turned(run, Course.ENDED, fact, "cancelled"),
    "ClockLapsed": _lapsed,
    "NewDatePromised": _promised,
}


def corrected(run: ClockRun, data: Mapping[str, Any]) -> ClockRun:
    """Return the run after a correction of a fact that gave it its course or its promise; others leave it as it is."""
    values = data["values"]
    if data["fact"] == run.turned_by and values.get("void"):
        return replace(run, course=run.course_before, turned_by=None, ending=None, lapsed_at=None, changes=run.changes + 1)
    if data["fact"] == run.promised_by:
        promised: date | datetime | None = None if values.get("void") else parse_when(values["date"]) if values.get("date") else run.promised
        return replace(run, promised=promised, changes=run.changes + 1)
    return run


def concerns(run: ClockRun, type_: str, data: Mapping[str, Any]) -> bool:
    """Return whether the fact is about this run."""
    if type_ == "FactCorrected":
        return data["fact"] in (run.turned_by, run.promised_by)
    if type_ in TURNS:
        return data.get("clock") == run.clock or (not data.get("clock") and data.get("row") == run.row and run.course is not Course.ENDED)
    return False


def after(run: ClockRun, type_: str, fact: str, data: Mapping[str, Any]) -> ClockRun:
    """Return the run once this fact about it is known too."""
    return corrected(run, data) if type_ == "FactCorrected" else TURNS[type_](run, fact, data)
