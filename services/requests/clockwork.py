"""The law at work in one process: which clock facts new facts bring, what the clocks of a request are at a moment, why they are so."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.requests.domain.clocks import reading
from services.requests.domain.clocks.explanation import Line
from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.reading import Clock
from services.requests.domain.clocks.reconciling import Settled, settle
from services.requests.domain.request import Request
from shared.calendars import WorkingCalendar
from shared.facts.base import Fact, Recorded
from shared.facts.directory import AuthorityView
from shared.facts.instruments import Instruments
from shared.storage.event_log import Due

LAPSE = "lapse"
"""The timer of a stream: the moment at which the first of its clocks lapses."""


@dataclass(frozen=True, slots=True)
class Caused:
    """What follows from new facts: lapses that were due before them, clock facts after them, and the timer to set."""

    before: Sequence[Fact]
    after: Sequence[Fact]
    due: Sequence[Due]


REQUESTS_KEPT = 4096
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Clocks as derived up to the fact *last* at *derived_at*; nothing but the reading changes before *until*."""

    last: UUID
    derived_at: datetime
    until: datetime
    clocks: tuple[Clock, ...]


class Clockwork:
    """Instruments, calendars and the directory as one law; it remembers the rows of each setting."""

    def __init__(self, instruments: Instruments, calendars: Mapping[str, WorkingCalendar], authorities: Mapping[str, AuthorityView]) -> None:
        self.law = Law.of(instruments, calendars, authorities)
        self._read: OrderedDict[UUID, _Reading] = OrderedDict()
        self._lock = threading.Lock()

    def follow(self, request: Request | None, recorded: Sequence[Recorded[Fact]], now: datetime) -> Caused:
        """What the facts *recorded*, not yet appended, cause in the clocks of *request*.

        Raises:
            CalendarNotCovered: a working day has to be found where no holidays are known.
        """
        history = [*request.history, *recorded] if request else list(recorded)
        settled = settle(history, self.law, now)
        begun = min(each.fact.occurred_at for each in recorded)
        first = [fact for fact in settled.facts if type(fact).__name__ == "ClockLapsed" and fact.occurred_at <= begun]
        rest = [fact for fact in settled.facts if fact not in first]
        return Caused(first, rest, timers(settled, request is not None))

    def settle(self, request: Request, now: datetime) -> Caused:
        """What the clocks of *request* lack at *now*, nothing new having been recorded."""
        settled = settle(request.history, self.law, now)
        return Caused((), settled.facts, timers(settled, known=True))

    def clocks(self, request: Request, now: datetime) -> list[Clock]:
        """Every clock of *request* at *now*. Raises as `follow`.

        What was derived for the same facts is read again at *now*, as long as time alone has changed nothing.
        """
        last = request.history[-1].id
        known = self._read.get(request.history[0].id)
        if known is not None and known.last == last and known.derived_at <= now < known.until:
            return [reading.as_of(clock, now) for clock in known.clocks]
        clocks = reading.derive(request.history, self.law, now)
        until = min((clock.due_at for clock in clocks if clock.run.open and clock.due_at > now), default=FAR)
        self._keep(request.history[0].id, _Reading(last, now, until, tuple(clocks)))
        return clocks

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


def timers(settled: Settled, known: bool) -> Sequence[Due]:
    """The timer of a stream after this; a stream that had none before needs none taken away."""
    if settled.lapses_at is None and not (known and settled.can_lapse):
        return ()
    return (Due(LAPSE, settled.lapses_at),)
