"""By what figures are broken down: what a request is, and where it stood at the end of the period."""

from __future__ import annotations

from collections.abc import Sequence

from services.metrics.domain.course import Course
from services.metrics.domain.period import Period
from tests.services.metrics.naive.corrections import direction
from tests.services.metrics.naive.durations import stages
from tests.services.metrics.naive.limits import Clock

NOT_RECORDED = "not_recorded"


def value(name: str, course: Course, authority: str, period: Period) -> str:
    """The value of dimension *name* for a request, as *authority* sees it."""
    if name == "kind":
        return course.kind or NOT_RECORDED
    if name == "instrument":
        return course.instrument or NOT_RECORDED
    if name == "counterpart":
        other = course.requested if direction(course, authority) == "outgoing" else course.requesting
        return other.state or NOT_RECORDED
    if name == "holder":
        return holder(course, period)
    return stage(course, period) if name == "stage" else period.days.on(course.episodes[0].began_at).strftime("%Y-%m")


def values(names: Sequence[str], course: Course, authority: str, period: Period) -> tuple[str, ...]:
    """The values of several dimensions."""
    return tuple(value(name, course, authority, period) for name in names)


def matches(only: Sequence[tuple[str, str]], course: Course, authority: str, period: Period) -> bool:
    """The request has each of these values."""
    return all(value(name, course, authority, period) == wanted for name, wanted in only)


STAGE_OF_CLOCK = {"acknowledgement": "acknowledge", "decision": "decide", "execution": "execute", "surrender": "execute", "return": "return"}


def values_of_clock(names: Sequence[str], clock: Clock, course: Course, authority: str, period: Period) -> tuple[str, ...]:
    """The same for one clock of a request: the stage is the step that its row limits, the month that of its due date."""
    own = {"stage": STAGE_OF_CLOCK.get(clock.stage or ""), "month": clock.adjusted.on(period.days).strftime("%Y-%m") if clock.adjusted else None}
    return tuple(own.get(name) or value(name, course, authority, period) for name in names)


def holder(course: Course, period: Period) -> str:
    """The authority that must act at the end of the period: the last recipient, or the sender of what was sent back (D-38)."""
    if course.open_at(period.until) is None:
        return "ended"
    at = course.requested.authority
    for fact in course.facts:
        if fact.occurred_at >= period.until:
            break
        if fact.type == "RequestForwarded":
            at = str(fact.get("to", at))
    sent_back = any(
        hold.reason == "sent_back" and hold.began_at < period.until and (hold.ended_at is None or hold.ended_at >= period.until) for hold in course.holds
    )
    return course.requesting.authority if sent_back else at


def stage(course: Course, period: Period) -> str:
    """The stage in which the request waited at the end of the period."""
    if course.open_at(period.until) is None:
        return "ended"
    begun = [name for name, spell in stages(course, period.known_at, period.days) if spell.start < period.until]
    return begun[-1] if begun else "acknowledge"
