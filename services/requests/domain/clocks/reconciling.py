"""What is new: the clock facts that a stream lacks, once a fact was added to it.

The walk says what the clocks are; the stream says what was recorded of them. The difference is recorded: what follows from the new fact, what time alone
has caused since, and, where a late fact or a correction contradicts the record, what puts it right. Nothing recorded is changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.requests.domain.clocks import explanation
from services.requests.domain.clocks.known import VOIDABLE, Known, KnownEntry, key, number_runs
from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.ledger import ClockState, Entry, Run, Turn
from services.requests.domain.clocks.walking import Walked, walked
from shared.facts import clocks
from shared.facts.base import NOTHING, Fact, Recorded
from shared.facts.codes import CancelReason
from shared.facts.requests import FactCorrected, RequestReclassified

UNDATED: dict[Turn, type[clocks.ClockFact]] = {
    Turn.MET: clocks.ClockMet,
    Turn.MET_LATE: clocks.ClockMetLate,
    Turn.LAPSED: clocks.ClockLapsed,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a stream lacks, and what time alone will cause.

    Attributes:
        facts: clock facts to record, in the order of what caused them.
        lapses_at: when the first running clock lapses; None while none can.
        can_lapse: whether a clock of this stream could ever lapse.
        walked: what was found on the way.
    """

    facts: list[Fact]
    lapses_at: datetime | None
    can_lapse: bool
    walked: Walked


def settle(history: Sequence[Recorded[Fact]], law: Law, now: datetime, before: Walked | None = None) -> Settled:
    """The clock facts that *history* lacks at *now*, and the next lapse.

    Args:
        history: the whole stream, new facts at its end, with or without clock facts.
        now: up to which lapses are recorded; the moment at which the new facts are recorded.
        before: a walk to go on from; see `walked`.

    Raises:
        CalendarNotCovered: a working day has to be found where no holidays are known.
    """
    found = walked(history, law, now, before)
    lapsing = found.walk.lapsing
    waiting = [run.due_at for run in lapsing if run.state is ClockState.RUNNING]
    return Settled(_lacking(history, found), min(waiting, default=None), bool(lapsing), found)


def clock_facts(history: Sequence[Recorded[Fact]], law: Law, now: datetime) -> list[Fact]:
    """The clock facts that *history* lacks at *now*, in the order of what caused them.

    Args:
        history: the whole stream, new facts at its end, with or without clock facts.
        now: up to which lapses are recorded; the moment at which the new facts are recorded.

    Raises:
        CalendarNotCovered: a working day has to be found where no holidays are known.
    """
    return _lacking(history, walked(history, law, now))


def _lacking(history: Sequence[Recorded[Fact]], found: Walked) -> list[Fact]:
    newest, runs, known = _newest(history), found.walk.runs, found.known
    number_runs(runs, known)
    live = {run.id for run in runs}
    out: list[Fact] = []
    for run in runs:
        out += _missing(run, known.get(run.id), newest)
    for each in known.values():
        if each.id not in live:
            out += _never_was(each, newest)
    return sorted(out, key=lambda fact: (not isinstance(fact, FactCorrected), fact.occurred_at))


def _newest(history: Sequence[Recorded[Fact]]) -> Recorded[Fact]:
    return next(each for each in reversed(history) if not isinstance(each.fact, clocks.ClockFact))


def _missing(run: Run, known: Known | None, newest: Recorded[Fact]) -> Iterator[Fact]:
    """What the stream lacks of one run."""
    if known is None:
        yield from (_fact(run, entry) for entry in run.ledger)
        return
    wanted = [key(entry.turn, entry.cause, entry.at) for entry in run.ledger]
    kept = {each.key for each in known.entries} & set(wanted)
    for each in known.entries:
        if each.key not in wanted and each.turn in VOIDABLE:
            yield _void(each, newest)
    last = max((number for number, name in enumerate(wanted) if name in kept), default=0)
    entry = run.ledger[last]
    if _dates_differ(run, entry, known):
        yield _moved(run, entry, known, newest)
    yield from (_fact(run, entry) for entry, name in zip(run.ledger, wanted, strict=True) if name not in kept)


def _dates_differ(run: Run, entry: Entry, known: Known) -> bool:
    """Whether the record has other dates. An ended clock is judged again only when what it counts has changed, never by a new calendar."""
    same = (entry.dues.nominal, entry.dues.adjusted, entry.dues.strict) == (known.nominal, known.adjusted, known.strict)
    if same or (known.never_ran and not run.open):
        return False
    return known.open or _inputs_differ(entry, known)


def _inputs_differ(entry: Entry, known: Known) -> bool:
    return (entry.started_at, entry.limit, entry.stopped) != (known.started_at, known.limit, known.stopped)


def _moved(run: Run, entry: Entry, known: Known, newest: Recorded[Fact]) -> Fact:
    if isinstance(newest.fact, FactCorrected):
        reason = "correction"
    elif isinstance(newest.fact, RequestReclassified):
        reason = "reclassification"
    else:
        reason = "late_fact" if _inputs_differ(entry, known) else "calendar"
    return clocks.ClockMoved(
        occurred_at=newest.fact.occurred_at, by=newest.fact.by, clock=run.id, row=run.row.id, cause=str(newest.id), reason=reason, **_dates(run, entry)
    )


def _void(entry: KnownEntry, newest: Recorded[Fact]) -> Fact:
    return FactCorrected(occurred_at=newest.fact.occurred_at, by=newest.fact.by, fact=str(entry.id), values={"void": True}, was=NOTHING)


def _never_was(known: Known, newest: Recorded[Fact]) -> Iterator[Fact]:
    """A clock that should not have run: what was said of its end is void, and it is cancelled."""
    if known.never_ran:
        return
    if not known.open:
        yield from (_void(each, newest) for each in known.entries[-1:] if each.turn in VOIDABLE)
    reason = CancelReason.RECLASSIFIED if isinstance(newest.fact, RequestReclassified) else CancelReason.CORRECTED
    yield clocks.ClockCancelled(
        occurred_at=newest.fact.occurred_at, by=newest.fact.by, clock=known.id, row=known.started.row, cause=str(newest.id), reason=reason
    )


def _fact(run: Run, entry: Entry) -> Fact:
    base: dict[str, Any] = {"occurred_at": entry.at, "by": entry.by, "clock": run.id, "row": run.row.id, "cause": entry.cause}
    if entry.turn in UNDATED:
        return UNDATED[entry.turn](**base)
    if entry.turn is Turn.CANCELLED:
        return clocks.ClockCancelled(**base, reason=entry.reason or CancelReason.CLOSED)
    if entry.turn is Turn.SUSPENDED:
        return clocks.ClockSuspended(**base, reason=entry.reason)
    if entry.turn is Turn.STARTED:
        return clocks.ClockStarted(**base, **_dates(run, entry), **_members(run))
    kind = clocks.ClockResumed if entry.turn is Turn.RESUMED else clocks.ClockMoved
    return kind(**base, **_dates(run, entry), reason=entry.reason)


def _dates(run: Run, entry: Entry) -> dict[str, Any]:
    return {
        "nominal_due": entry.dues.nominal,
        "adjusted_due": entry.dues.adjusted,
        "strict_due": entry.dues.strict,
        "revision": entry.revision,
        "started_at": entry.started_at,
        "limit": entry.limit,
        "stopped": entry.stopped,
        "calendar": explanation.edition(run.place),
        "zone": str(run.place.zone),
    }


def _members(run: Run) -> dict[str, Any]:
    row = run.row
    return {
        "stage": row.stage,
        "run": run.number,
        "bound": row.bound,
        "unit": row.unit,
        "effect": row.effect,
        "binding": row.binding,
        "nature": row.nature,
        "basis": run.basis,
        "side": run.side,
        "authority": run.authority,
        "instrument": row.instrument or None,
        "citation": row.citation,
        "person": run.person,
        "measure": run.measure,
        "recipient": run.recipient,
    }
