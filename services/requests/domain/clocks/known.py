"""What a stream already says of its clocks: the clock facts folded, corrections applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from services.requests.domain.clocks.ledger import ClockState, Run, Turn
from services.requests.domain.request import effective
from shared.facts import clocks
from shared.facts.base import Fact, Recorded, When

TURNS: dict[type[Fact], Turn] = {
    clocks.ClockStarted: Turn.STARTED,
    clocks.ClockSuspended: Turn.SUSPENDED,
    clocks.ClockResumed: Turn.RESUMED,
    clocks.ClockMoved: Turn.MOVED,
    clocks.ClockMet: Turn.MET,
    clocks.ClockMetLate: Turn.MET_LATE,
    clocks.ClockLapsed: Turn.LAPSED,
    clocks.ClockCancelled: Turn.CANCELLED,
}
_STATES = {
    Turn.STARTED: ClockState.RUNNING,
    Turn.SUSPENDED: ClockState.SUSPENDED,
    Turn.RESUMED: ClockState.RUNNING,
    Turn.MET: ClockState.MET,
    Turn.MET_LATE: ClockState.MET_LATE,
    Turn.LAPSED: ClockState.LAPSED,
    Turn.CANCELLED: ClockState.CANCELLED,
}
# What can turn out untrue later.
VOIDABLE = frozenset({Turn.SUSPENDED, Turn.RESUMED, Turn.MET, Turn.MET_LATE, Turn.LAPSED, Turn.CANCELLED})

Key = tuple[Turn, str | None, datetime | None]


def key(turn: Turn, cause: str | None, at: datetime) -> Key:
    """What makes two entries the same: kind and cause; a lapse also by its moment."""
    return turn, cause, at if turn is Turn.LAPSED else None


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """One clock fact of the stream."""

    id: UUID
    turn: Turn
    key: Key


@dataclass(slots=True)
class Known:
    """A clock as its facts have it."""

    id: str
    started: clocks.ClockStarted
    entries: list[KnownEntry] = field(default_factory=list)
    state: ClockState = ClockState.RUNNING
    nominal: When | None = None
    adjusted: When | None = None
    strict: When | None = None
    revision: int = 1
    started_at: When | None = None
    limit: str | None = None
    stopped: str | None = None
    calendar: str | None = None
    zone: str | None = None
    reason: str | None = None
    ended_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it runs or stands still."""
        return self.state in (ClockState.RUNNING, ClockState.SUSPENDED)

    @property
    def never_ran(self) -> bool:
        """Whether it was cancelled because it should not have run."""
        return self.state is ClockState.CANCELLED and self.reason in ("corrected", "reclassified")

    def copied(self) -> "Known":
        """Another one with the same members, that may go its own way."""
        twin = Known(*_members(self))
        twin.entries = [*self.entries]
        return twin

    def take(self, recorded: Recorded[Fact], fact: clocks.ClockFact) -> None:
        """Let one clock fact change it; dates change with facts that bring dates, the state with the others."""
        turn = TURNS[type(fact)]
        self.entries.append(KnownEntry(recorded.id, turn, key(turn, fact.cause, fact.occurred_at)))
        if isinstance(fact, clocks.DatedClockFact):
            self._take_dates(fact)
        if turn is not Turn.MOVED:
            self.state = _STATES[turn]
            self.reason = getattr(fact, "reason", None)
            self.ended_at = None if self.open else fact.occurred_at

    def _take_dates(self, fact: clocks.DatedClockFact) -> None:
        self.nominal, self.adjusted, self.strict = fact.nominal_due, fact.adjusted_due, fact.strict_due
        self.revision, self.started_at, self.limit, self.stopped = fact.revision, fact.started_at, fact.limit, fact.stopped
        self.calendar, self.zone = fact.calendar or self.calendar, fact.zone or self.zone


def known_clocks(history: Sequence[Recorded[Fact]]) -> dict[str, Known]:
    """The clocks that the clock facts of *history* tell of, by id, in the order of their starts."""
    if not any(isinstance(each.fact, clocks.ClockFact) for each in history):
        return {}
    return known_after({}, [each for each in effective([*history]) if each is not None])


def known_after(known: Mapping[str, Known], new: Sequence[Recorded[Fact]]) -> dict[str, Known]:
    """*known* with the clock facts of *new*, which follow and correct nothing; *known* itself stays as it is."""
    found, own = dict(known), set[str]()
    for each in new:
        fact = each.fact
        if not isinstance(fact, clocks.ClockFact):
            continue
        clock = fact.clock
        if clock not in own:
            if clock in found:
                found[clock] = found[clock].copied()
            elif isinstance(fact, clocks.ClockStarted):
                found[clock] = Known(clock, fact)
            else:
                continue
            own.add(clock)
        found[clock].take(each, fact)
    return found


_members = attrgetter(*(member.name for member in fields(Known)))


def number_runs(found: Sequence[Run], known: Mapping[str, Known]) -> None:
    """Number the runs of each row as the record has them; a new one follows all that were recorded, those too that should not have run."""
    taken: dict[tuple[str | None, str | None, str | None], int] = {}
    for each in known.values():
        started = each.started
        place = (started.row, started.person, started.measure)
        taken[place] = max(taken.get(place, 0), started.run)
    for run in found:
        place = (run.row.id, run.person, run.measure)
        if run.id in known:
            run.number = known[run.id].started.run
        else:
            run.number = taken[place] = taken.get(place, 0) + 1
