"""One run of one row: its budget, the stops that were taken out of it, and what became of it. A date is always reckoned anew, never patched."""

from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from services.requests.domain.clocks import counting
from services.requests.domain.clocks.reckoning import Count, Dues, Place, due_moment, fixed, reckon
from services.requests.domain.clocks.regimes import Regime
from shared.facts.base import When
from shared.facts.instruments import Row
from shared.facts.periods import Period, days_as_text, seconds_as_text

NO_TIME = timedelta()
NEVER = datetime.max.replace(tzinfo=UTC)


class ClockState(StrEnum):
    """What became of a clock."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    MET = "met"
    MET_LATE = "met_late"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


OPEN_CLOCK = frozenset({ClockState.RUNNING, ClockState.SUSPENDED})
RELEASING = frozenset({"may_release", "must_release"})


class Turn(StrEnum):
    """What can happen to a clock; each is a fact of the stream."""

    STARTED = "started"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    MOVED = "moved"
    MET = "met"
    MET_LATE = "met_late"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a run's ledger: what happened to the clock, when, because of which fact, and the dates from then on."""

    turn: Turn
    at: datetime
    cause: str
    by: str
    dues: Dues
    revision: int
    started_at: When
    limit: str | None
    stopped: str | None
    reason: str | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Time taken out: from when until when, why, and the facts that opened and ended it."""

    stopped_at: datetime
    resumed_at: datetime
    reason: str
    facts: tuple[str, ...] = ()


@dataclass(slots=True)
class Run:
    """A clock.

    Attributes:
        start: the day (day units) or moment (hours) from which it counts; backward rows: the later day.
        cause: the fact it counts from; `opened_by` the one that made it start, which may be another.
        receipt: whether it counts from the receipt of the request, so that sending back ends it.
        fixed_on: the date asked for or fixed, for rows without a figure.
        due_at: the moment after which the act is late.
        cleared_at: when a lapsed duty no longer kept the request overdue.
    """

    id: str
    row: Row
    number: int
    place: Place
    regime: Regime
    side: str
    authority: str
    start: When
    started_at: When
    cause: str
    opened_by: str
    limit: Period | None
    fixed_on: When | None = None
    person: str | None = None
    measure: str | None = None
    recipient: str | None = None
    receipt: bool = False
    event: str = ""
    later_start: str | None = None
    extensions: tuple[Period, ...] = ()
    extension_facts: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()
    stopped_days: int = 0
    stopped_time: timedelta = NO_TIME
    open_stops: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    state: ClockState = ClockState.RUNNING
    revision: int = 1
    promised: When | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    cleared_at: datetime | None = None
    before_end: ClockState | None = None
    dues: Dues = field(default_factory=lambda: Dues(date.min, date.min, date.min, ()))
    due_at: datetime = NEVER
    ledger: list[Entry] = field(default_factory=list)
    ending_fact: str | None = None

    @property
    def open(self) -> bool:
        """Whether it runs or stands still."""
        return self.state in OPEN_CLOCK

    @property
    def scope(self) -> tuple[str | None, str | None, str | None]:
        """The person, measure and recipient it belongs to."""
        return self.person, self.measure, self.recipient

    @property
    def budget(self) -> Period | None:
        """The whole length with extensions; None for a date that was asked for or fixed."""
        if self.limit is None:
            return None
        whole = self.limit
        for each in self.extensions:
            whole = whole.plus(each)
        return whole

    @property
    def basis(self) -> str:
        """What the clock rests on: law, local, asked_for or fixed."""
        if self.row.basis != "law" or self.fixed_on is None:
            return self.row.basis
        return "asked_for" if any(each.code == "date_asked_for" for each in self.row.applies_when) else "fixed"

    @property
    def count(self) -> Count | None:
        """What is counted; None for a date that was asked for or fixed."""
        if self.limit is None:
            return None
        return Count(
            start=self.start,
            limit=self.limit,
            unit=self.row.unit,
            regime=self.regime,
            extensions=self.extensions,
            stopped_days=self.stopped_days,
            stopped_time=self.stopped_time,
            day_earlier=self.row.strict_day_earlier,
            nature=self.row.nature,
            floor=self.row.floor,
        )

    def copied(self) -> "Run":
        """Another one with the same members, that may go its own way."""
        twin = Run(*_members(self))
        twin.open_stops, twin.ledger = dict(self.open_stops), [*self.ledger]
        return twin

    def reckon(self) -> None:
        """Work out the three dates from the budget and the stops."""
        count = self.count
        if count is None:
            assert self.fixed_on is not None
            self.dues = fixed(self.fixed_on)
        else:
            self.dues = reckon(count, self.place)
        self.due_at = due_moment(self.dues.adjusted, self.place.zone)

    def stop(self, taken: Stop) -> None:
        """Take the time of a stop out of the budget: days by the difference of local dates, hours as they elapsed."""
        self.stops = (*self.stops, taken)
        zone = self.place.zone
        if self.row.unit == "hours":
            self.stopped_time += taken.resumed_at - taken.stopped_at
        elif self.row.unit == "working_days":
            days = (taken.stopped_at.astimezone(zone).date(), taken.resumed_at.astimezone(zone).date())
            self.stopped_days += self.place.working.working_days_between(*days)
        else:
            self.stopped_days += counting.days_stopped(taken.stopped_at, taken.resumed_at, zone)

    @property
    def stopped_text(self) -> str | None:
        """What stops have taken out, as an ISO 8601 duration; None when nothing."""
        if not self.stops:
            return None
        if self.row.unit == "hours":
            return seconds_as_text(int(self.stopped_time.total_seconds()))
        return days_as_text(self.stopped_days)

    def note(self, turn: Turn, at: datetime, cause: str, by: str, reason: str | None = None) -> None:
        """Write a line into the ledger with the dates as they are now."""
        budget = self.budget
        limit = None if budget is None else str(budget)
        held = self.state is ClockState.SUSPENDED
        self.ledger.append(Entry(turn, at, cause, by, self.dues, self.revision, self.started_at, limit, self.stopped_text, reason, held))

    def suspend(self, code: str, at: datetime, cause: str, by: str) -> None:
        """Stand still from *at*. A stop that opens after the due moment stops nothing; one more while it stands still only adds a reason."""
        if not self.open or code in self.open_stops or (self.state is ClockState.RUNNING and self.due_at <= at):
            return
        self.open_stops[code] = (at, cause)
        if self.state is ClockState.RUNNING:
            self.state = ClockState.SUSPENDED
            self.note(Turn.SUSPENDED, at, cause, by, code)

    def resume(self, code: str, at: datetime, cause: str, by: str) -> None:
        """Run on when the last stop ends; the time in between is not counted."""
        if code not in self.open_stops:
            return
        since = min(each[0] for each in self.open_stops.values())
        opened = tuple(each[1] for each in self.open_stops.values())
        del self.open_stops[code]
        if self.open_stops:
            self.open_stops = {other: (min(since, begun), fact) for other, (begun, fact) in self.open_stops.items()}
            return
        self.stop(Stop(since, max(since, at), code, (*opened, cause)))
        if self.state is ClockState.SUSPENDED:
            self.state = ClockState.RUNNING
            self.reckon()
            self.note(Turn.RESUMED, at, cause, by, code)

    def move(self, at: datetime, cause: str, by: str, reason: str) -> None:
        """Reckon anew after a change of start or length, and say why."""
        self.reckon()
        self.note(Turn.MOVED, at, cause, by, reason)

    def extend(self, length: Period, at: datetime, cause: str, by: str) -> None:
        """Grow by *length*; a new revision, in which alarms may ring again."""
        self.extensions, self.extension_facts = (*self.extensions, length), (*self.extension_facts, cause)
        if self.limit is None and self.fixed_on is not None:
            self.fixed_on = _later(self.fixed_on, length)
        self.revision += 1
        self.move(at, cause, by, "extension")

    def end(self, turn: Turn, state: ClockState, at: datetime, cause: str, by: str, reason: str | None = None) -> None:
        """End it: met, met late, lapsed or cancelled."""
        self.before_end, self.state, self.ended_at, self.end_reason, self.ending_fact = self.state, state, at, reason, cause
        self.note(turn, at, cause, by, reason)

    def reopen(self, at: datetime, cause: str, by: str) -> None:
        """Go on after the request was reopened, with what was left: the closed time counts as stopped; a new revision."""
        assert self.ended_at is not None
        was_suspended = self.before_end is ClockState.SUSPENDED
        closed, self.ended_at, self.end_reason, self.ending_fact, self.before_end = self.ended_at, None, None, None, None
        self.revision += 1
        self.state = ClockState.RUNNING
        if not was_suspended:
            self.stop(Stop(closed, at, "ended", (cause,)))
        self.reckon()
        self.note(Turn.RESUMED, at, cause, by, "reopened")
        if was_suspended:
            self.state = ClockState.SUSPENDED
            self.note(Turn.SUSPENDED, at, cause, by, next(iter(self.open_stops), "reopened"))

    def in_time(self, when: When) -> bool:
        """Whether an act on *when* is in time: before the day is over, or at the moment itself."""
        due = self.dues.adjusted
        if self.row.nature == "minimum" and not self.row.backward:
            return True
        if isinstance(when, datetime):
            return when <= due if isinstance(due, datetime) else when < due_moment(due, self.place.zone)
        return when <= (due.astimezone(self.place.zone).date() if isinstance(due, datetime) else due)


_members = attrgetter(*(member.name for member in fields(Run)))


def _later(day: When, length: Period) -> When:
    if isinstance(day, datetime):
        return day + length.as_elapsed
    months = counting.months_of(length)
    end = counting.same_date_number(day, months) if months else day
    return end + timedelta(days=length.days + 7 * length.weeks)
