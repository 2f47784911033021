"""Facts that do more than start, meet and stop clocks: extensions, promises, ends, reopening, release, a consent taken back, a mandate."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from services.requests.domain.clocks.happenings import Happening
from services.requests.domain.clocks.ledger import RELEASING, ClockState, Run, Stop, Turn
from services.requests.domain.clocks.rows import JIT_END_ROW
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.codes import CancelReason, ClosingReason
from shared.facts.identifiers import CLOCKS, caused
from shared.facts.periods import Period

if TYPE_CHECKING:
    from services.requests.domain.clocks.engine import Walk


def extended(walk: "Walk", now: Happening) -> None:
    """A time limit was extended: from the nominal end, in a new revision."""
    run = _named(walk, now.fact.clock, now.fact.row)
    if run is None or not run.open:
        return
    length = Period.parse(now.fact.length) if now.fact.length else run.row.extendable.by if run.row.extendable else None
    if length is not None:
        run.extend(length, now.fact.occurred_at, now.id, now.fact.by)


def promised(walk: "Walk", now: Happening) -> None:
    """A new date was promised; the legal ones stay."""
    run = _named(walk, now.fact.clock, now.fact.row)
    if run is not None:
        run.promised = now.fact.date


def _named(walk: "Walk", clock: str | None, row: str) -> Run | None:
    if clock is not None:
        return next((each for each in walk.runs if each.id == clock), None)
    found = walk.by_row.get(row, [])
    return next((each for each in reversed(found) if each.open), found[-1] if found else None)


def sent_back(walk: "Walk", now: Happening) -> None:
    """The request is a draft again: what counted from its receipt ends, and starts anew with the next one."""
    _cancel((each for each in walk.runs if each.receipt), now, CancelReason.REPLACED)


def ended(walk: "Walk", now: Happening) -> None:
    """The request ended: open clocks are cancelled, lapsed duties no longer keep it overdue. A right to renew outlives the end."""
    if isinstance(now.fact, facts.ResultsReturned) and not now.fact.final:
        return
    _cancel((each for each in walk.runs if not any(end.move == "reopen" for end in each.row.ends_on)), now, _reason(now.fact))
    for run in walk.runs:
        if run.state is ClockState.LAPSED and run.cleared_at is None:
            run.cleared_at = now.at
    walk.last_ending = now


def reopened(walk: "Walk", now: Happening) -> None:
    """The request goes on: what its end cancelled runs on with what was left."""
    ending, walk.last_ending = walk.last_ending, None
    if ending is None:
        return
    for key in ending.keys:
        walk.lasting[key] = [each for each in walk.lasting.get(key, ()) if each is not ending]
    for run in walk.runs:
        if run.state is ClockState.CANCELLED and run.ending_fact == ending.id:
            run.reopen(now.fact.occurred_at, now.id, now.fact.by)
        elif run.state is ClockState.LAPSED and run.cleared_at == ending.at:
            run.cleared_at = None


def released(walk: "Walk", now: Happening) -> None:
    """Custody ended: the clocks that would have ended it are cancelled."""
    mine = [each for each in walk.runs if each.person == now.person and each.row.effect in RELEASING]
    _cancel(mine, now, CancelReason.RELEASED)
    for run in mine:
        if run.state is ClockState.LAPSED and run.cleared_at is None:
            run.cleared_at = now.at


def _cancel(chosen: Iterable[Run], now: Happening, reason: str) -> None:
    for run in chosen:
        if run.open:
            run.end(Turn.CANCELLED, ClockState.CANCELLED, now.fact.occurred_at, now.id, now.fact.by, reason)


def consent_revoked(walk: "Walk", now: Happening) -> None:
    """Consent was taken back: the clock that it had replaced runs again, the time between not counted."""
    for row in walk.rows.rows:
        consents = any(each.move == "give_consent" for each in row.starts_on) or any(each.code == "person_consents" for each in row.applies_when)
        running = walk.running(row.id, (now.person, None, None)) if consents and row.id in walk.rows.replaces else None
        if running is None:
            continue
        _cancel([running], now, CancelReason.REPLACED)
        for other in walk.rows.replaces[row.id]:
            _run_again(walk, other, running, now)


def _run_again(walk: "Walk", row: str, instead_of: Run, now: Happening) -> None:
    replaced = [each for each in walk.by_row.get(row, ()) if each.person == now.person and each.ending_fact == instead_of.opened_by]
    old = replaced[-1] if replaced else None
    if old is None or old.ended_at is None:
        return
    again = Run(
        id=str(caused(CLOCKS, walk.first, row, *old.scope, now.id)),
        row=old.row,
        number=old.number + 1,
        place=old.place,
        regime=old.regime,
        side=old.side,
        authority=old.authority,
        start=old.start,
        started_at=old.started_at,
        cause=old.cause,
        opened_by=now.id,
        limit=old.limit,
        fixed_on=old.fixed_on,
        person=old.person,
        event=old.event,
        later_start=old.later_start,
        extensions=old.extensions,
        extension_facts=old.extension_facts,
    )
    for stop in (*old.stops, Stop(old.ended_at, now.at, "consent", (instead_of.cause, now.id))):
        again.stop(stop)
    again.reckon()
    walk.add(again, "revoke_consent", now)


def mandate_set(walk: "Walk", now: Happening) -> None:
    """The mandate of a team has another end."""
    run = walk.running(JIT_END_ROW, (None, None, None))
    if run is not None and run.fixed_on != now.fact.mandate.ends:
        run.fixed_on = now.fact.mandate.ends
        run.move(now.fact.occurred_at, now.id, now.fact.by, "mandate")


def _reason(fact: Fact) -> str:
    if isinstance(fact, facts.RequestRefused):
        return CancelReason.REFUSED
    if isinstance(fact, facts.RequestWithdrawn):
        return CancelReason.WITHDRAWN
    if isinstance(fact, facts.RequestClosed):
        return CancelReason.DUPLICATE if fact.reason == ClosingReason.DUPLICATE else CancelReason.CLOSED
    return CancelReason.RETURNED


OCCASIONS: Mapping[type[Fact], Callable[["Walk", Happening], None]] = {
    facts.TimeLimitExtended: extended,
    facts.NewDatePromised: promised,
    facts.RequestSentBack: sent_back,
    facts.RequestRefused: ended,
    facts.RequestWithdrawn: ended,
    facts.RequestClosed: ended,
    facts.ResultsReturned: ended,
    facts.RequestReopened: reopened,
    facts.PersonReleased: released,
    facts.ConsentRevoked: consent_revoked,
    facts.MandateSet: mandate_set,
}
