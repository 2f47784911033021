"""What happens to the clocks of a request, in the request's own stream.

``clock`` is the id of one run; ``row`` the row of the instrument. A due is a day for clocks in days and a moment for clocks in hours. A clock fact takes
the ``occurred_at`` of what caused it (a lapse: the due moment) and names it in ``cause``.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.facts.base import Fact, When


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFact(Fact):
    """What all clock facts say: which run of which row, and the fact that caused it."""

    clock: str
    row: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedClockFact(ClockFact):
    """A clock fact that brings dates, and what they rest on.

    Attributes:
        started_at: the day or moment from which the time counts.
        limit: the whole budget as an ISO 8601 duration; None for a date that was asked for or fixed.
        stopped: what stops have taken out so far, as an ISO 8601 duration.
        calendar: name and version of the working calendar.
        zone: the time zone of the side that must act.
    """

    nominal_due: When | None = None
    adjusted_due: When | None = None
    strict_due: When | None = None
    revision: int = 1
    started_at: When | None = None
    limit: str | None = None
    stopped: str | None = None
    calendar: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted(DatedClockFact):
    """A clock began to run. ``basis``: law, local, asked_for or fixed; ``authority`` the one that must act."""

    stage: str | None = None
    run: int = 1
    bound: str | None = None
    unit: str | None = None
    effect: str | None = None
    binding: str | None = None
    nature: str | None = None
    basis: str | None = None
    side: str | None = None
    authority: str | None = None
    instrument: str | None = None
    citation: str | None = None
    person: str | None = None
    measure: str | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSuspended(ClockFact):
    """The clock stands still."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResumed(DatedClockFact):
    """The clock runs on, with its new dates."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMoved(DatedClockFact):
    """The dates are others now, and why."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMet(ClockFact):
    """What had to be done was done in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMetLate(ClockFact):
    """What had to be done was done after the due date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLapsed(ClockFact):
    """The time is over, and with it what hung on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCancelled(ClockFact):
    """The clock no longer counts."""

    reason: str
