"""Facts in, clocks out: the walk through the history of a request that starts, stops, moves and ends the clocks of its rows.

The walk goes by what happened when, not by when it was recorded, and always from the beginning: a late fact or a correction needs no rule of its own. What
of it is new in the stream, `reconciling` finds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.requests.domain import effects
from services.requests.domain.clocks.conditions import Asked, declared_length
from services.requests.domain.clocks.counting import latest_start
from services.requests.domain.clocks.happenings import LASTING, Before, Happening, day_of, happening, place_of, qualifiers
from services.requests.domain.clocks.law import Law, Office
from services.requests.domain.clocks.ledger import ClockState, Run, Turn
from services.requests.domain.clocks.occasions import OCCASIONS
from services.requests.domain.clocks.reckoning import Place
from services.requests.domain.clocks.regimes import regime
from services.requests.domain.clocks.rows import ASKED_FOR, JIT_END_ROW, RowSet, Setting
from services.requests.domain.clocks.setting import as_it_always_was, setting_of
from services.requests.domain.request import Request, effective, opened
from shared.calendars.zones import day_begins
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded, When
from shared.facts.clocks import ClockFact
from shared.facts.codes import CancelReason, State
from shared.facts.identifiers import CLOCKS, caused
from shared.facts.instruments import Row, Trigger
from shared.facts.periods import Period

Scope = tuple[str | None, str | None, str | None]
RECEIPTS = frozenset({"send", "register", "acknowledge.received_at"})
NOTHING_BEFORE = Before()
MENDING = (facts.ConsentGiven, facts.ConsentRevoked, facts.RequestAmended)


def runs(history: Sequence[Recorded[Fact]], law: Law, now: datetime | None = None) -> list[Run]:
    """Every clock that *history* makes under *law*, in the order of their starts; lapses only up to *now*.

    Raises:
        CalendarNotCovered: a working day has to be found where no holidays are known.
    """
    walk = Walk.of(history, law)
    for each in walk.happenings:
        walk.follow(each)
    if now is not None:
        walk.lapse(now)
    return walk.runs


@dataclass(slots=True)
class Walk:
    """The walk: the request as far as it has come, the rows that may run, the clocks so far."""

    law: Law
    request: Request
    setting: Setting
    rows: RowSet
    asked: Asked
    first: str
    happenings: list[Happening]
    runs: list[Run] = field(default_factory=list)
    by_row: dict[str, list[Run]] = field(default_factory=dict)
    lapsing: list[Run] = field(default_factory=list)
    waiting: dict[tuple[str, Scope], tuple[Row, str, Happening]] = field(default_factory=dict)
    open_stops: dict[tuple[str, str | None], tuple[datetime, str]] = field(default_factory=dict)
    lasting: dict[str, list[Happening]] = field(default_factory=dict)
    last_ending: Happening | None = None
    begun: list[tuple[Run, str]] = field(default_factory=list)

    @classmethod
    def of(cls, history: Sequence[Recorded[Fact]], law: Law) -> "Walk":
        """A walk at its beginning: corrections applied, facts in the order in which they happened."""
        right = [each for each in effective([*history]) if each is not None and not isinstance(each.fact, ClockFact)]
        right = as_it_always_was(right)
        first, *rest = [happening(each) for each in right if not isinstance(each.fact, facts.FactCorrected | facts.RequestReclassified)]
        request = opened(first.recorded)
        ordered = [first, *sorted(rest, key=lambda each: (each.at, each.recorded.version))]
        setting = setting_of(ordered)
        return cls(law, request, setting, law.book.of(setting), Asked(request, law), str(history[0].id), ordered)

    def follow(self, now: Happening) -> None:
        """Let one fact start, stop, move and end clocks."""
        if self.lapsing:
            self.lapse(now.at)
        before = Before.of(self.request, now.person) if now.person else NOTHING_BEFORE
        if not isinstance(now.fact, facts.Opening):
            effects.follow(self.request, now.recorded)
        if isinstance(now.fact, facts.SurrenderPostponed):
            self.asked.postponed_for[now.person] = str(now.fact.reason)
        if now.move in self.law.book.stop_moves:
            self._register_stops(now)
        if not self.rows.keys.isdisjoint(now.keys):
            self._meet(now, before)
        if now.move in self.law.book.stop_moves:
            self._apply_stops(now)
        occasion = OCCASIONS.get(type(now.fact))
        if occasion is not None:
            occasion(self, now)
        if isinstance(now.fact, MENDING):
            self._look_again(now)

    def _meet(self, now: Happening, before: Before) -> None:
        """Let a fact that some row names end, delay and start clocks."""
        now.qualifiers = qualifiers(now, self.request, before, self.law)
        self.begun = []
        self._ends(now)
        self._delays(now)
        self._starts(now)
        if self.begun:
            self._ends_of_begun(now)
        for key in now.keys:
            if key in LASTING:
                self.lasting.setdefault(key, []).append(now)

    def lapse(self, until: datetime) -> None:
        """Let every clock lapse that runs out by *until*, in the order of their due moments."""
        out = [each for each in self.lapsing if each.state is ClockState.RUNNING and each.due_at <= until]
        for run in sorted(out, key=lambda each: each.due_at):
            run.end(Turn.LAPSED, ClockState.LAPSED, run.due_at, run.cause, run.authority)

    def lapses(self, row: Row) -> bool:
        """Whether a clock of *row* has lapsed after its due: by its effect, or because it is a window or a right."""
        return row.effect in self.law.book.lapsing or row.nature in ("window", "right")

    # ends

    def _ends(self, now: Happening) -> None:
        for key in now.keys:
            for row, trigger in self.rows.ending.get(key, ()):
                if _qualified(trigger, now):
                    self._end(row, key, now)

    def _end(self, row: Row, key: str, now: Happening, only: Run | None = None) -> None:
        for run in self.by_row.get(row.id, ()):
            if (only is not None and run is not only) or not _meets(run, now):
                continue
            if run.open:
                _judge(run, now.when(key), now)
            elif run.state is ClockState.LAPSED and run.cleared_at is None:
                run.cleared_at = now.at

    def _ends_of_begun(self, now: Happening) -> None:
        """A fact that starts a clock by one of its members may end it by another: an outsider's receipt and acknowledgement."""
        for run, started_by in self.begun:
            for key in now.keys:
                if key != started_by and any(row is run.row and _qualified(trigger, now) for row, trigger in self.rows.ending.get(key, ())):
                    self._end(run.row, key, now, run)

    # starts

    def _starts(self, now: Happening) -> None:
        for key in now.keys:
            for row, trigger in self.rows.starting.get(key, ()):
                if _qualified(trigger, now) and not self._left_to_others(row, key):
                    for scope in self._scopes(row, now):
                        self.begin(row, key, now, scope, now)

    def _left_to_others(self, row: Row, key: str) -> bool:
        """The date asked for is taken by a row of the instrument; a team's end counts once it is no draft."""
        if row is ASKED_FOR:
            return self.rows.takes_date_asked_for
        return row.id == JIT_END_ROW and self.request.state is State.DRAFTED

    def _scopes(self, row: Row, now: Happening) -> Iterator[Scope]:
        if row.per == "person":
            persons: list[str | None] = [now.person] if now.person else [each.id for each in self.request.persons]
            yield from ((person, None, None) for person in persons or [None])
        elif row.per == "measure":
            wanted = {each.argument for each in row.applies_when if each.code == "measure"}
            lines: list[str | None] = [each.id for each in self.request.measures if not wanted or each.type in wanted]
            yield from ((None, measure, None) for measure in ([now.measure] if now.measure else lines) or [None])
        elif row.per == "recipient":
            yield None, None, now.fact.to if isinstance(now.fact, facts.RequestForwarded) else self.request.requested.authority
        else:
            yield None, None, None

    def begin(self, row: Row, key: str, origin: Happening, scope: Scope, opener: Happening) -> None:
        """Start a clock of *row* that counts from *origin*, unless one runs, its end is reached, or a condition fails."""
        running = self.running(row.id, scope)
        if running is not None and row.id not in row.replaced_by:
            self._start_over(running, key, origin)
            return
        if self._end_reached(row, scope):
            return
        if not self.asked.holds(row, scope[0]):
            if not self.asked.never(row, scope[0]):
                self.waiting[row.id, scope] = (row, key, origin)
            return
        limit, fixed_on = declared_length(row, self.asked), self._fixed_on(row, origin, scope)
        if limit is None and fixed_on is None:
            return
        run = self._run(row, key, origin, scope, opener, limit, fixed_on)
        if self._later_date_asked(run):
            return
        self._replace(run, opener)
        self.add(run, key, opener)

    def add(self, run: Run, key: str, opener: Happening) -> None:
        """Take *run* among the clocks; it stands still from the outset while a stop of its row is open."""
        self.waiting.pop((run.row.id, run.scope), None)
        self.runs.append(run)
        if self.lapses(run.row):
            self.lapsing.append(run)
        self.by_row.setdefault(run.row.id, []).append(run)
        self.begun.append((run, key))
        run.note(Turn.STARTED, opener.fact.occurred_at, opener.id, opener.fact.by)
        for code in run.row.stops_on:
            for (opened_code, person), (at, cause) in self.open_stops.items():
                if opened_code == code and person in (None, run.person):
                    run.suspend(code, max(at, opener.fact.occurred_at), cause, opener.fact.by)

    def _run(self, row: Row, key: str, origin: Happening, scope: Scope, opener: Happening, limit: Period | None, fixed_on: When | None) -> Run:
        office = self._acting(row, scope, origin)
        when, person, measure, recipient = origin.when(key), *scope
        run = Run(
            id=str(caused(CLOCKS, self.first, row.id, *scope, opener.id)),
            row=row,
            number=1 + sum(each.person == person and each.measure == measure for each in self.by_row.get(row.id, ())),
            place=Place(office.zone, office.calendar, self.law.calendars),
            regime=regime(row.counting, self.setting.requested, self.law.instruments.codes.counting_by_state),
            side=row.actor_side,
            authority=office.id,
            start=self._start(row, when, origin, office),
            started_at=when,
            cause=origin.id,
            opened_by=opener.id,
            limit=limit,
            fixed_on=fixed_on,
            person=person,
            measure=measure,
            recipient=recipient,
            receipt=key in RECEIPTS,
            event=row.from_event or key,
        )
        run.reckon()
        return run

    def _start(self, row: Row, when: When, origin: Happening, office: Office) -> When:
        """The day from which days count, at the place of the fact; for hours the moment."""
        if row.unit == "hours":
            return when if isinstance(when, datetime) else day_begins(when, office.zone)
        return day_of(when, place_of(origin, self.request, self.law))

    def _start_over(self, running: Run, key: str, origin: Happening) -> None:
        """The decision clock counts from the holder's own receipt; an earlier start is moved."""
        if key != "acknowledge.received_at" or running.row.per == "recipient" or "by_holder" not in origin.qualifiers or running.cause == origin.id:
            return
        office = self._acting(running.row, running.scope, origin)
        running.place, running.authority = Place(office.zone, office.calendar, self.law.calendars), office.id
        running.cause, running.started_at = origin.id, origin.when(key)
        running.start = self._start(running.row, running.started_at, origin, office)
        running.move(origin.fact.occurred_at, origin.id, origin.fact.by, "forwarded")

    def running(self, row: str, scope: Scope) -> Run | None:
        """The open clock of *row* for *scope*, or None."""
        return next((each for each in self.by_row.get(row, ()) if each.open and each.scope == scope), None)

    def _end_reached(self, row: Row, scope: Scope) -> bool:
        """Whether an end of *row* that stays true has happened already."""
        for trigger in row.ends_on:
            key = f"{trigger.move}.{trigger.member}" if trigger.member else f"record_event:{trigger.event}" if trigger.event else trigger.move
            for each in self.lasting.get(key, ()):
                if _qualified(trigger, each) and (each.person is None or scope[0] is None or each.person == scope[0]):
                    return True
        return False

    def _fixed_on(self, row: Row, origin: Happening, scope: Scope) -> When | None:
        """The date that a row without a figure ends on."""
        if row.duration is not None:
            return None
        codes = {each.code for each in row.applies_when}
        if "date_asked_for" in codes:
            return self.request.urgency.needed_by if self.request.urgency else None
        if "date_fixed" in codes:
            return origin.date_fixed()
        if row.id == JIT_END_ROW:
            return self.request.mandate.ends if self.request.mandate else None
        if row.advisory is not None:
            dependent = self.running(row.advisory.row, scope)
            strict = dependent.dues.strict if dependent is not None else None
            return None if strict is None else strict - row.advisory.before.as_elapsed
        return None

    def _later_date_asked(self, run: Run) -> bool:
        """Whether the requesting side named a later date than the row gives; that date is then the clock."""
        if not any(each.code == "no_later_date_asked" for each in run.row.applies_when):
            return False
        needed_by = self.request.urgency.needed_by if self.request.urgency else None
        nominal = run.dues.nominal
        return needed_by is not None and needed_by > (nominal.date() if isinstance(nominal, datetime) else nominal)

    def _replace(self, run: Run, opener: Happening) -> None:
        for other in self.rows.replaces.get(run.row.id, ()):
            for each in self.by_row.get(other, ()):
                if each.open and each.person == run.person:
                    each.end(Turn.CANCELLED, ClockState.CANCELLED, opener.fact.occurred_at, opener.id, opener.fact.by, CancelReason.REPLACED)

    def _acting(self, row: Row, scope: Scope, origin: Happening) -> Office:
        """The office that must act: its zone and calendar are those of the due date."""
        requesting = self.law.office_of(self.request.requesting)
        if row.actor_side == "requesting" or (row.actor_side == "person" and row.nature != "right"):
            return requesting
        holder = scope[2] or self.request.last_recipient
        requested = self.law.office(holder, self.request.requested.state)
        if row.actor_side == "both" and _offset(requesting, origin.at) > _offset(requested, origin.at):
            return replace(requested, zone=requesting.zone)
        return requested

    # what moves and stops

    def _delays(self, now: Happening) -> None:
        """A fact that the start waits for moves it, when it comes later (C-21)."""
        for key in now.keys:
            for row, trigger in self.rows.delaying.get(key, ()):
                for run in self.by_row.get(row.id, ()):
                    if run.open and _qualified(trigger, now) and _meets(run, now) and _starts_later(run, now):
                        run.started_at, run.later_start = now.when(key), trigger.text
                        run.start = self._start(row, run.started_at, now, self._acting(row, run.scope, now))
                        run.move(now.fact.occurred_at, now.id, now.fact.by, "start_moved")

    def _register_stops(self, now: Happening) -> None:
        book, move = self.law.book, now.move or ""
        for stop in book.stops_opened_by.get(move, ()):
            if stop.only_under is None or stop.only_under in self.setting.bases:
                self.open_stops[stop.code, now.person] = (now.at, now.id)
        for stop in book.stops_ended_by.get(move, ()):
            self.open_stops.pop((stop.code, now.person), None)

    def _apply_stops(self, now: Happening) -> None:
        book, move = self.law.book, now.move or ""
        for stop in book.stops_ended_by.get(move, ()):
            for run in self._stopped_by(stop.code, now):
                run.resume(stop.code, now.at, now.id, now.fact.by)
        for stop in book.stops_opened_by.get(move, ()):
            if (stop.code, now.person) in self.open_stops:
                for run in self._stopped_by(stop.code, now):
                    run.suspend(stop.code, now.at, now.id, now.fact.by)

    def _stopped_by(self, code: str, now: Happening) -> list[Run]:
        return [each for each in self.runs if each.open and code in each.row.stops_on and (now.person is None or each.person in (None, now.person))]

    def _look_again(self, now: Happening) -> None:
        """A row whose condition has come true starts now and counts from its own start fact."""
        for (_, scope), (row, key, origin) in list(self.waiting.items()):
            if self.asked.holds(row, scope[0]):
                self.begin(row, key, origin, scope, now)


def _qualified(trigger: Trigger, now: Happening) -> bool:
    return trigger.qualifier is None or trigger.qualifier in now.qualifiers


def _meets(run: Run, now: Happening) -> bool:
    """Whether a fact is about the person and, of a recipient's clock, made by that recipient."""
    if run.recipient is not None and run.recipient != now.fact.acting:
        return False
    return now.person is None or run.person is None or run.person == now.person


def _judge(run: Run, when: When, now: Happening) -> None:
    in_time = run.in_time(when)
    turn, state = (Turn.MET, ClockState.MET) if in_time else (Turn.MET_LATE, ClockState.MET_LATE)
    run.end(turn, state, now.fact.occurred_at, now.id, now.fact.by)


def _starts_later(run: Run, now: Happening) -> bool:
    """Whether a fact that the start waits for came after it: the latest of the needed events starts the clock."""
    start = run.started_at if isinstance(run.started_at, datetime) else day_begins(run.started_at, run.place.zone)
    return latest_start((start, now.at)) != start


def _offset(office: Office, at: datetime) -> float:
    shift = at.astimezone(office.zone).utcoffset()
    return shift.total_seconds() if shift is not None else 0.0
