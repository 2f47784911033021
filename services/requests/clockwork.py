"""The law at work in one process: which clock facts new facts bring, what the clocks of a request are at a moment, why they are so."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.requests.domain.clocks import reading
from services.requests.domain.clocks.explanation import Line
from services.requests.domain.clocks.happenings import MOVES
from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.reading import Clock
from services.requests.domain.clocks.reconciling import Settled, settle
from services.requests.domain.clocks.walking import Walked, entered, still_says, walked
from services.requests.domain.request import Request
from shared.calendars import WorkingCalendar
from shared.facts.base import Fact, Recorded
from shared.facts.directory import AuthorityView
from shared.facts.instruments import Instruments
from shared.facts.requests import AssetRecorded, CostRecorded, CustodyRecorded, FeedbackGiven, NoteAdded, RequestAssigned, StatusAsked
from shared.facts.text import Sealed, seal_texts
from shared.storage.event_log import Due

LAPSE = "lapse"
"""The timer of a stream: the moment at which the first of its clocks lapses."""


@dataclass(frozen=True, slots=True)
class Caused:
    """What follows from new facts: lapses that were due before them, clock facts after them, the timer to set, and the walk that found it."""

    before: Sequence[Fact]
    after: Sequence[Fact]
    due: Sequence[Due]
    walked: Walked | None = None


NOTHING_CAUSED = Caused((), (), ())

IDLE = frozenset({StatusAsked, NoteAdded, RequestAssigned, FeedbackGiven, CostRecorded, AssetRecorded, CustodyRecorded})
"""Facts that no rule of counting looks at, unless a row starts or ends with them by name."""

REQUESTS_KEPT = 4096
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Clocks as derived up to the fact *last* at *derived_at*; nothing but the reading changes before *until*.

    Attributes:
        walked: the walk that found them, from which a later one may go on.
    """

    last: UUID
    derived_at: datetime
    until: datetime
    clocks: tuple[Clock, ...]
    walked: Walked


class Clockwork:
    """Instruments, calendars and the directory as one law; it remembers the rows of each setting."""

    def __init__(self, instruments: Instruments, calendars: Mapping[str, WorkingCalendar], authorities: Mapping[str, AuthorityView]) -> None:
        self.law = Law.of(instruments, calendars, authorities)
        self._instruments = instruments
        self._moves_named: dict[tuple[str | None, ...], frozenset[str]] = {}
        self._read: OrderedDict[UUID, _Reading] = OrderedDict()
        self._lock = threading.Lock()

    def follow(self, request: Request | None, recorded: Sequence[Recorded[Fact]], now: datetime) -> Caused:
        """What the facts *recorded*, not yet appended, cause in the clocks of *request*.

        Raises:
            CalendarNotCovered: a working day has to be found where no holidays are known.
        """
        if request is not None and all(self._is_idle(request, each.fact) for each in recorded) and self._known(request, now) is not None:
            return NOTHING_CAUSED
        new = [wordless(each) for each in recorded]
        history = [*request.history, *new] if request else new
        settled = settle(history, self.law, now, self._walked(request))
        begun = min(each.fact.occurred_at for each in recorded)
        first = [fact for fact in settled.facts if type(fact).__name__ == "ClockLapsed" and fact.occurred_at <= begun]
        rest = [fact for fact in settled.facts if fact not in first]
        return Caused(first, rest, timers(settled, request is not None), settled.walked)

    def settle(self, request: Request, now: datetime) -> Caused:
        """What the clocks of *request* lack at *now*, nothing new having been recorded."""
        settled = settle(request.history, self.law, now, self._walked(request))
        return Caused((), settled.facts, timers(settled, known=True))

    def clocks(self, request: Request, now: datetime, *, stored: bool = True) -> list[Clock]:
        """Every clock of *request* at *now*. Raises as `follow`.

        What was derived for the same facts is read again at *now*, as long as time alone has changed nothing. *stored*: whether the facts of the request
        stand in the log, their texts sealed; of others nothing is kept.
        """
        known = self._known(request, now)
        if known is not None:
            return [reading.as_of(clock, now) for clock in known.clocks]
        found = walked(request.history, self.law, now, self._walked(request))
        clocks = reading.clocks_of(found, self.law, now)
        if stored:
            self._remember(request, clocks, found, now)
        return clocks

    def recorded(self, request: Request, found: Walked, now: datetime) -> None:
        """Take note of what the walk of `follow` at *now* found, now that its facts stand in the history of *request*: nobody need walk again."""
        found, at = entered(found, request.history), request.history[-1].recorded_at
        clocks = reading.clocks_of(found, self.law, at)  # at the moment for which the answer will tell of them
        if at < now or any(clock.run.open and now < clock.due_at <= at for clock in clocks):
            clocks, at = reading.clocks_of(found, self.law, now), now
        self._remember(request, clocks, found, at)

    def _walked(self, request: Request | None) -> Walked | None:
        """The last walk through facts of *request*."""
        known = self._read.get(request.history[0].id) if request else None
        return known.walked if known else None

    def _remember(self, request: Request, clocks: Sequence[Clock], found: Walked, now: datetime) -> None:
        until = min((clock.due_at for clock in clocks if clock.run.open and clock.due_at > now), default=FAR)
        self._keep(request.history[0].id, _Reading(request.history[-1].id, now, until, tuple(clocks), found))

    def _known(self, request: Request, now: datetime) -> "_Reading | None":
        """What was derived of *request*, when neither time nor a later fact has changed it since."""
        known = self._read.get(request.history[0].id)
        if known is None or not known.derived_at <= now < known.until or not still_says(self.law, known.walked.said):
            return None
        for each in reversed(request.history):
            if each.id == known.last:
                break
            if not self._is_idle(request, each.fact):
                return None
        else:
            return None
        last = request.history[-1].id
        if known.last != last:
            known = replace(known, last=last)
            self._keep(request.history[0].id, known)
        return known

    def _is_idle(self, request: Request, fact: Fact) -> bool:
        """Whether *fact* can change no clock of *request*: its type never does, unless a row of the request's law names it."""
        return type(fact) in IDLE and self._named(request.instrument, request.also_under).isdisjoint(MOVES.get(type(fact), ()))

    def _named(self, instrument: str | None, also_under: tuple[str, ...]) -> frozenset[str]:
        """The moves that rows of these instruments, of national law and local ones name, and those that stop clocks."""
        wanted = (instrument, *also_under)
        if wanted not in self._moves_named:
            known = self._instruments
            rows = [row for id in wanted if id is not None and id in known for row in known.get(id).rows]
            triggers = [each for row in (*rows, *known.national, *known.local) for each in (*row.starts_on, *row.starts_not_before, *row.ends_on)]
            self._moves_named[wanted] = frozenset({*(each.move for each in triggers), *(move for move in self.law.book.stop_moves if move)})
        return self._moves_named[wanted]

    def _keep(self, request: UUID, found: "_Reading") -> None:
        with self._lock:
            self._read[request] = found
            self._read.move_to_end(request)
            while len(self._read) > REQUESTS_KEPT:
                self._read.popitem(last=False)

    def explain(self, request: Request, clock: str, now: datetime) -> tuple[Line, ...]:
        """The derivation of one run, line by line; empty when the request has no such clock."""
        return reading.explain(request.history, self.law, clock, now)

    def members(self, request: Request, now: datetime) -> dict[str, Any]:
        """The members `clocks`, `next_due` and `overdue` of the request's document."""
        clocks = self.clocks(request, now)
        following = reading.next_clock(clocks)
        return {
            "clocks": [clock.as_members() for clock in clocks],
            "next_due": None if following is None else reading.shown(following.strict),
            "overdue": any(clock.overdue for clock in clocks),
        }


def wordless(recorded: Recorded[Fact]) -> Recorded[Fact]:
    """*recorded* as the clocks may keep it in mind: they ask for no words of a person, and may not outlive their keys."""
    fact = seal_texts(recorded.fact, lambda words: Sealed())
    return recorded if fact is recorded.fact else replace(recorded, fact=fact)


def timers(settled: Settled, known: bool) -> Sequence[Due]:
    """The timer of a stream after this; a stream that had none before needs none taken away."""
    if settled.lapses_at is None and not (known and settled.can_lapse):
        return ()
    return (Due(LAPSE, settled.lapses_at),)
