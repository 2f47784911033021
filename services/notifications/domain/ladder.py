"""The escalation ladder: which levels a clock has, when each is reached, and which of them still may fire. Pure, and the same for every replay.

Source: docs/notifications.md, rules N-6 (default ladder), N-8 and N-9 (late facts, moved dates), N-10 (promises), N-11 (answers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from services.notifications.domain.running import DUTY, ClockRun, Course
from shared.calendars.zones import ZoneUnknown, day_ends, zone
from shared.facts.base import When
from shared.facts.periods import Period, PeriodNotReadable

LEGAL, PROMISE = "legal", "promise"
HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)
DAYS_OF_MONTH, DAYS_OF_YEAR = 30, 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """A distance from the due moment. ``before`` in the clock's own unit and ``share`` of its limit: the lesser of both; ``after`` in local calendar days."""

    before: int | None = None
    share: Fraction | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level: its distance for clocks in days and for clocks in hours, and who is told."""

    level: int
    days: Offset
    hours: Offset
    to: tuple[str, ...]


AT_DUE = Offset(before=0)

ORDINARY: tuple[Rung, ...] = (
    Rung(level=1, days=Offset(before=7, share=HALF), hours=Offset(before=24, share=HALF), to=("desk",)),
    Rung(level=2, days=AT_DUE, hours=AT_DUE, to=("desk", "supervisor", "other_desk")),
    Rung(level=3, days=Offset(after=14), hours=Offset(after=14), to=("head", "other_desk")),
    Rung(level=4, days=Offset(after=30), hours=Offset(after=30), to=("liaison", "other_liaison")),
)
HARD: tuple[Rung, ...] = (
    Rung(level=1, days=Offset(share=HALF), hours=Offset(share=HALF), to=("desk",)),
    Rung(level=2, days=Offset(before=2), hours=Offset(share=QUARTER), to=("desk", "supervisor", "other_desk")),
    Rung(level=3, days=AT_DUE, hours=AT_DUE, to=("desk", "supervisor", "head", "other_desk")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The rungs for some kinds, urgencies and effects of expiry; an empty set means all."""

    rungs: tuple[Rung, ...]
    kinds: frozenset[str] = frozenset()
    urgencies: frozenset[str] = frozenset()
    effects: frozenset[str] = frozenset()

    def fits(self, run: ClockRun, kind: str, urgency: str) -> bool:
        """Whether the clock climbs this ladder."""
        wanted = ((self.kinds, kind), (self.urgencies, urgency), (self.effects, run.effect))
        return all(not allowed or value in allowed for allowed, value in wanted)


def rungs_for(run: ClockRun, kind: str, urgency: str, own: Sequence[Ladder] = ()) -> tuple[Rung, ...]:
    """Return the rungs that the clock climbs: of the first own ladder that fits, else the default. What is no duty has level 1 only."""
    chosen = next((ladder.rungs for ladder in own if ladder.fits(run, kind, urgency)), HARD if run.hard else ORDINARY)
    return chosen if run.nature == DUTY else tuple(rung for rung in chosen if rung.level == 1)


# --- moments --------------------------------------------------------------------------------------------------------


def whole_limit(run: ClockRun) -> int | None:
    """Return the whole budget in the clock's own unit (days or hours); None where the law gives no length.

    Months and years count as the calendar days between start and due, where the start is known.
    """
    if run.limit is None:
        return None
    try:
        limit = Period.parse(run.limit)
    except PeriodNotReadable:
        return None
    if limit.in_hours:
        return limit.seconds // 3600
    if (limit.months or limit.years) and run.started_at is not None and isinstance(run.strict_due, date):
        began = run.started_at.date() if isinstance(run.started_at, datetime) else run.started_at
        due = run.strict_due.date() if isinstance(run.strict_due, datetime) else run.strict_due
        return (due - began).days
    return limit.days + 7 * limit.weeks + DAYS_OF_MONTH * limit.months + DAYS_OF_YEAR * limit.years


def distance(offset: Offset, limit: int | None, otherwise: int) -> int:
    """Return how many units before the due moment the level lies; halves are rounded down."""
    share = int(limit * offset.share) if limit is not None and offset.share is not None else None
    known = [length for length in (offset.before, share) if length is not None]
    return min(known) if known else otherwise


def moment_of(run: ClockRun, rung: Rung, due: When) -> datetime:
    """Return when the level is reached, counted from *due*: days end at 24:00 of the side that must act."""
    try:
        place = zone(run.zone or "UTC")
    except ZoneUnknown:
        place = zone("UTC")
    limit = whole_limit(run)
    if isinstance(due, datetime):
        if rung.hours.after is not None:
            return (due.astimezone(place) + timedelta(days=rung.hours.after)).astimezone(due.tzinfo)
        return due - timedelta(hours=distance(rung.hours, limit, otherwise=24))
    if rung.days.after is not None:
        return day_ends(due + timedelta(days=rung.days.after), place)
    return day_ends(due - timedelta(days=distance(rung.days, limit, otherwise=7)), place)


def moments(run: ClockRun, rungs: Sequence[Rung], due: When) -> dict[int, datetime]:
    """Return when each level is reached."""
    return {rung.level: moment_of(run, rung, due) for rung in rungs}


# --- what still may fire ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What fires once: a level of a revision of a run, on the legal date or on a promise."""

    clock: str
    revision: int
    on: str
    level: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A level that will be reached at ``due_at``; known, and so ready to fire, from ``ready_at`` on."""

    due_at: datetime
    ready_at: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """An answer to an escalation: its ladder is silent until that moment; without one for the rest of the revision."""

    revision: int
    until: datetime | None


def dues(run: ClockRun) -> dict[str, When]:
    """Return the dates that have a ladder: the strict legal one, and a promise beyond the law."""
    found = {LEGAL: run.strict_due, PROMISE: run.promise_beyond_law}
    return {on: due for on, due in found.items() if due is not None}


def reached_by(levels: Mapping[int, datetime], moment: datetime) -> int:
    """Return the highest level whose moment is not later than *moment*; 0 for none."""
    return max((level for level, at in levels.items() if at <= moment), default=0)


def with_floors(before: ClockRun | None, run: ClockRun, rungs: Sequence[Rung], known_at: datetime) -> ClockRun:
    """Return the run with its floors set where a new revision opens or a promise is made: what has passed by then never fires in it.

    A first revision has no legal floor: of a late registration the highest level fires.
    """
    opened = before is not None and run.revision != before.revision
    on = dues(run)
    if opened:
        legal = reached_by(moments(run, rungs, on[LEGAL]), known_at) if LEGAL in on else 0
        run = replace(run, legal_floor=legal, promise_floor=0)
    made = before is not None and run.promised is not None and run.promised != before.promised
    if PROMISE in on and (opened or made):
        due = run.ends(on[PROMISE])
        ahead = due is not None and due > known_at
        run = replace(run, promise_floor=reached_by(moments(run, rungs, on[PROMISE]), known_at) if opened or ahead else 0)
    return run


def still_ahead(levels: Mapping[int, datetime], passed: int, known_at: datetime, silent_until: datetime | None) -> dict[int, datetime]:
    """Return the levels above *passed* with their moments: of those reached by now only the highest, of those in a silence only the last, at its end."""
    left = {level: at for level, at in levels.items() if level > passed}
    highest = reached_by(left, known_at)
    left = {level: at for level, at in left.items() if level >= highest}
    if silent_until is None:
        return left
    slept = max((level for level, at in left.items() if at < silent_until), default=0)
    return {level: max(at, silent_until) for level, at in left.items() if level >= slept}


def judged(
    run: ClockRun, rungs: Sequence[Rung], pending: Mapping[Key, Pending], fired: frozenset[Key], known_at: datetime, silence: Silence | None = None
) -> dict[Key, Pending]:
    """Return what is pending once everything recorded up to *known_at* is known.

    What was ready before *known_at* has been reached, whatever comes later: it stays. A lapse silences no level whose moment is the same or earlier.
    """
    kept = {key: each for key, each in pending.items() if each.ready_at < known_at or (run.lapsed_at is not None and each.due_at <= run.lapsed_at)}
    if run.course is not Course.RUNNING:
        return kept
    silent = silence if silence is not None and silence.revision == run.revision else None
    for on, due in dues(run).items():
        floor = run.legal_floor if on == LEGAL else run.promise_floor
        done = [key.level for key in (*fired, *kept) if (key.clock, key.revision, key.on) == (run.clock, run.revision, on)]
        levels = moments(run, rungs, due)
        if silent is not None and silent.until is None:
            levels = {level: at for level, at in levels.items() if run.hard and at == run.ends(due)}
        ahead = still_ahead(levels, max([floor, *done]), known_at, silent.until if silent else None)
        kept |= {Key(run.clock, run.revision, on, level): Pending(at, max(at, known_at)) for level, at in ahead.items()}
    return kept


def phase_of(run: ClockRun, rung_moment: datetime, on: str) -> str:
    """Return whether a level lies before, at or after its due moment: what the message says."""
    due = run.ends(run.promised if on == PROMISE else run.strict_due)
    if due is None or rung_moment == due:
        return "at"
    return "before" if rung_moment < due else "after"
