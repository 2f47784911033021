"""The runs of clocks of one request, step by step, from clock facts alone; nothing is recomputed: figures-1, section 5."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.metrics.domain.course import Course
from services.metrics.domain.facts import Fact, moment
from services.metrics.domain.localdays import LocalDays, local_days

NEVER_RAN = frozenset({"corrected", "reclassified", "duplicate"})
ENDS = {"ClockMet": "met", "ClockMetLate": "met_late", "ClockLapsed": "lapsed", "ClockCancelled": "cancelled"}
# Judged by the adjusted due of the run, whatever the fact is called: withdrawing does not heal, and 24:00 is late.
BY_MOMENT = {"ClockMet": ("met", "met_late"), "ClockMetLate": ("met", "met_late"), "ClockCancelled": ("cancelled", "missed")}
ZONE_NOT_SAID = "UTC"


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
class Step:
    """How one run of a clock stood after a fact, until the next one of the run."""

    row: str
    stage: str | None
    """The step of the request that the row limits, where the fact says so."""
    zone: str
    since: datetime
    """When the fact happened that brought it about; it holds for every moment after."""
    until: datetime | None = None
    """When the next fact of the run happened: the last moment for which this step holds."""
    adjusted: Due | None = None
    strict: Due | None = None
    state: str = "running"
    """running, suspended, met, met_late, missed, lapsed or cancelled; missed is a run that was cancelled after its due moment."""


def steps(course: Course) -> Iterator[Step]:
    """The steps of all runs that bind by a latest date, without those that never ran."""
    if "ClockStarted" not in course.by_type:
        return
    facts: dict[str, list[Fact]] = {}
    for fact in course.facts:
        if fact.type.startswith("Clock"):
            facts.setdefault(str(fact.get("clock")), []).append(fact)
    for own in facts.values():
        # What never ran did not run at any moment, even before it was cancelled.
        erased = [place for place, fact in enumerate(own, start=1) if fact.type == "ClockCancelled" and fact.get("reason") in NEVER_RAN]
        yield from _steps(own[erased[-1] if erased else 0 :])


def _steps(facts: Sequence[Fact]) -> Iterator[Step]:
    last: Step | None = None
    for fact in facts:
        found = _after(last, fact)
        if last is not None and found is not None:
            yield replace(last, until=fact.occurred_at)
        last = found
    if last is not None:
        yield last


def _after(last: Step | None, fact: Fact) -> Step | None:
    if fact.type == "ClockStarted" and fact.get("bound", "max") == "max":
        started = Step(str(fact.get("row")), fact.get("stage"), fact.get("zone") or ZONE_NOT_SAID, fact.occurred_at)
        return _with_dates(started, fact)
    if last is None:
        return None
    return replace(_changed(last, fact), since=fact.occurred_at)


def _changed(step: Step, fact: Fact) -> Step:
    """The step after one more fact of its run."""
    if fact.type == "ClockSuspended" and step.state == "running":
        return replace(step, state="suspended")
    if fact.type == "ClockResumed":
        return replace(_with_dates(step, fact), state="running")
    if fact.type == "ClockMoved":
        return _with_dates(step, fact)
    if fact.type not in ENDS or step.state not in ("running", "suspended"):
        return step
    if step.state == "suspended" or step.adjusted is None:
        return replace(step, state=ENDS[fact.type])
    in_time, late = BY_MOMENT.get(fact.type, (ENDS[fact.type], ENDS[fact.type]))
    return replace(step, state=in_time if step.adjusted.kept_by(fact.occurred_at) else late)


def _with_dates(step: Step, fact: Fact) -> Step:
    """New dates are those of the place that the fact names: a forwarded request is due where its new holder is."""
    adjusted, strict, zone = fact.get("adjusted_due"), fact.get("strict_due"), fact.get("zone") or step.zone
    return replace(
        step,
        zone=zone,
        adjusted=Due.of(adjusted, zone) if adjusted else step.adjusted,
        strict=Due.of(strict, zone) if strict else step.strict,
    )
