"""Clocks as they are read: three dates, what remains, whether they keep a request overdue, and why the dates are as they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.requests.domain.clocks import explanation
from services.requests.domain.clocks.counting import days_counted
from services.requests.domain.clocks.engine import Walk
from services.requests.domain.clocks.explanation import Derivation, Line, StopShown
from services.requests.domain.clocks.former import former_run
from services.requests.domain.clocks.known import Known, number_runs
from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.ledger import ClockState, Run
from services.requests.domain.clocks.reckoning import due_moment
from services.requests.domain.clocks.walking import Walked, walked
from shared.facts.base import Fact, Recorded, When
from shared.facts.members import moment as moment_text
from shared.facts.periods import days_as_text, seconds_as_text


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as it is at `now`.

    Attributes:
        due_at: the moment after which the act is late (of the adjusted date).
        alarm_at: the moment at which alarms look (of the strict date).
        overdue: whether it keeps the request overdue.
        provisional: whether a stop is open, so that the dates will move.
    """

    run: Run
    now: datetime
    nominal: When
    adjusted: When
    strict: When
    state: ClockState
    due_at: datetime
    alarm_at: datetime
    overdue: bool
    provisional: bool
    remaining: str
    confirmed_by: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id of the run."""
        return self.run.id

    @property
    def row(self) -> str:
        """The row of the instrument."""
        return self.run.row.id

    @property
    def past_strict(self) -> bool:
        """Whether it runs and its strict moment has passed."""
        return self.state is ClockState.RUNNING and self.alarm_at <= self.now

    def as_members(self) -> dict[str, Any]:
        """The clock as the public interface shows it."""
        run = self.run
        budget = run.budget
        return {
            "id": run.id,
            "state": str(self.state),
            **self._dues(),
            **_of_row(run),
            "basis": run.basis,
            "limit": None if budget is None else str(budget),
            "stopped": run.stopped_text,
            "run": run.number,
            "revision": run.revision,
            "person": run.person,
            "measure": run.measure,
            "recipient": run.recipient,
            "authority": run.authority,
            "zone": str(run.place.zone),
            "calendar": explanation.edition(run.place),
            "ended_at": None if run.ended_at is None else shown(run.ended_at),
            "reason": run.end_reason if not run.open else next(iter(run.open_stops), None),
            "extendable": _extendable(run),
        }

    def _dues(self) -> dict[str, Any]:
        run = self.run
        return {
            "started_at": shown(run.started_at),
            "nominal_due": shown(self.nominal),
            "adjusted_due": shown(self.adjusted),
            "strict_due": shown(self.strict),
            "promised_due": None if run.promised is None else shown(run.promised),
            "not_before": None if run.dues.earliest is None else shown(run.dues.earliest),
            "remaining": self.remaining,
            "due_at": shown(self.due_at),
            "alarm_at": shown(self.alarm_at),
            "provisional": self.provisional,
            "overdue": self.overdue,
            "past_strict": self.past_strict,
        }


def _of_row(run: Run) -> dict[str, Any]:
    """What the row says, and its id."""
    row = run.row
    return {
        "row": row.id,
        "stage": row.stage,
        "effect": row.effect,
        "binding": row.binding,
        "nature": row.nature,
        "bound": row.bound,
        "unit": row.unit,
        "citation": row.citation,
        "side": row.actor_side,
        "instrument": row.instrument or None,
    }


def _extendable(run: Run) -> dict[str, Any] | None:
    allowed = run.row.extendable
    if allowed is None or not run.open:
        return None
    times = None if allowed.max_times is None else max(0, allowed.max_times - len(run.extensions))
    return {"by": None if allowed.by is None else str(allowed.by), "times": times, "citation": allowed.citation}


def derive(history: Sequence[Recorded[Fact]], law: Law, now: datetime) -> list[Clock]:
    """Every clock of the request at *now*, in the order of their starts, with the dates that the stream has recorded.

    Where the stream has no clock facts yet, they are as the law makes them. Clocks that should not have run, by what is known now, come first, cancelled.

    Raises:
        CalendarNotCovered: a working day has to be found where no holidays are known.
    """
    return clocks_of(walked(history, law, now), law, now)


def clocks_of(found: Walked, law: Law, now: datetime) -> list[Clock]:
    """The same from a walk that was made; no lapse may be due between it and *now*."""
    walk, known = found.walk, found.known
    number_runs(walk.runs, known)
    live = {run.id for run in walk.runs}
    former = [former_run(each, law) for each in known.values() if each.id not in live]
    return [_clock(run, known.get(run.id), now, walk) for run in (*(each for each in former if each is not None), *walk.runs)]


def _clock(run: Run, known: Known | None, now: datetime, walk: Walk) -> Clock:
    nominal, adjusted, strict = run.dues.nominal, run.dues.adjusted, run.dues.strict
    if known is not None and known.nominal is not None and known.adjusted is not None and known.strict is not None:
        nominal, adjusted, strict = known.nominal, known.adjusted, known.strict
    due_at = run.due_at if adjusted == run.dues.adjusted else due_moment(adjusted, run.place.zone)
    return Clock(
        run=run,
        now=now,
        nominal=nominal,
        adjusted=adjusted,
        strict=strict,
        state=run.state,
        due_at=due_at,
        alarm_at=due_at if strict == adjusted else due_moment(strict, run.place.zone),
        overdue=keeps_overdue(run, due_at, now),
        provisional=run.state is ClockState.SUSPENDED,
        remaining=remaining(run, adjusted, now),
        confirmed_by=tuple(row.id for row in walk.rows.confirming.get(run.row.id, ())),
    )


def keeps_overdue(run: Run, due_at: datetime, now: datetime) -> bool:
    """Whether a duty has missed its adjusted due moment and nothing has put that right; a lapsed one until its end, the release or the end of the request."""
    if run.row.nature != "duty" or due_at > now:
        return False
    return run.state is ClockState.RUNNING or (run.state is ClockState.LAPSED and run.cleared_at is None)


def remaining(run: Run, adjusted: When, now: datetime) -> str:
    """What is left, in the clock's own unit; on the last day P0D, negative when over. A clock that stands still keeps what it had."""
    at = _frozen_at(run, now)
    if isinstance(adjusted, datetime):
        return seconds_as_text(int((adjusted - at).total_seconds()))
    today = at.astimezone(run.place.zone).date()
    if run.row.unit == "working_days":
        working = run.place.working
        days = working.working_days_between(today, adjusted) if adjusted >= today else -working.working_days_between(adjusted, today)
        return days_as_text(days)
    return days_as_text(days_counted(today, adjusted))


def _frozen_at(run: Run, now: datetime) -> datetime:
    if run.state is ClockState.SUSPENDED and run.open_stops:
        return min(each[0] for each in run.open_stops.values())
    return run.ended_at if run.ended_at is not None else now


def overdue_from(clocks: Iterable[Clock]) -> datetime | None:
    """The moment from which the request is, or will be, overdue as things stand: the earliest of its unfinished duties."""
    duties = [each for each in clocks if each.run.row.nature == "duty"]
    live = [each.due_at for each in duties if each.state is ClockState.RUNNING or (each.state is ClockState.LAPSED and each.run.cleared_at is None)]
    return min(live, default=None)


def next_clock(clocks: Iterable[Clock]) -> Clock | None:
    """The open clock whose strict moment comes first: what the work list shows."""
    live = [each for each in clocks if each.state is ClockState.RUNNING]
    return min(live, key=lambda each: (each.alarm_at, each.row), default=None)


def named(clocks: Sequence[Clock], name: str) -> Clock | None:
    """The clock that a body or a scenario names: an id, a row (its latest run) or ``ROW#n``."""
    row, _, number = name.partition("#")
    found = [each for each in clocks if each.id == name or (each.row == row and (not number or str(each.run.number) == number))]
    open_ones = [each for each in found if each.run.open]
    return (open_ones or found)[-1] if found else None


def explain(history: Sequence[Recorded[Fact]], law: Law, clock: str, now: datetime) -> tuple[Line, ...]:
    """The derivation of one clock, line by line; empty when the request has no such clock."""
    found = walked(history, law, now)
    walk = found.walk
    run = next((each for each in walk.runs if each.id == clock), None)
    if run is not None:
        return explanation.lines(derivation(run, walk))
    former = found.known.get(clock)
    return () if former is None else explanation.never_ran(former.started.row or "", former.reason or "corrected")


def derivation(run: Run, walk: Walk) -> Derivation:
    """All that led to the dates of *run*."""
    stops = [StopShown(each.stopped_at, each.resumed_at, each.reason, each.facts) for each in run.stops]
    stops += [StopShown(at, None, code, (fact,)) for code, (at, fact) in run.open_stops.items()]
    return Derivation(
        row=run.row,
        place=run.place,
        dues=run.dues,
        count=run.count,
        started_at=run.started_at,
        event=run.event,
        start_fact=run.cause,
        later_start=run.later_start,
        fixed_on=run.fixed_on,
        fixed_by=run.basis if run.basis in ("asked_for", "fixed") else "fixed",
        extension_facts=run.extension_facts,
        stops=tuple(stops),
        confirmed_by=walk.rows.confirming.get(run.row.id, ()),
        basis=run.basis,
    )


def act_by(clock: Clock) -> date:
    """The last working day of the side that must act on or before the day of the adjusted date."""
    return explanation.act_by(clock.adjusted, clock.run.place)


def working_days_left(clock: Clock) -> int:
    """Working days left to the adjusted date in the calendar of the side that must act; negative when over."""
    return explanation.working_days_left(clock.now, clock.adjusted, clock.run.place)


def shown(when: When) -> str:
    """A day, or a moment in UTC, as the interface writes it."""
    return moment_text(when) if isinstance(when, datetime) else when.isoformat()


def as_of(clock: Clock, now: datetime) -> Clock:
    """The same clock read at another moment, nothing having happened since."""
    if now == clock.now:
        return clock
    return replace(
        clock,
        now=now,
        overdue=keeps_overdue(clock.run, clock.due_at, now),
        remaining=remaining(clock.run, clock.adjusted, now),
    )
