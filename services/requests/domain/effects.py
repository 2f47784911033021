"""How each fact changes a request: one function a fact. None refuses; a fact that changes nothing has none.

The functions fill in the request they are given, which is fresh: ``request.py`` sees to that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.requests.domain.lines import Bound, Ending, Extended, HandOver, Link, MeasureLine, Money, Note, Part, PersonLine, Recipient
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.codes import Hold, Side, State
from shared.facts.members import from_members, to_members

if TYPE_CHECKING:
    from services.requests.domain.request import Request

Effect = Callable[["Request", Any, Recorded[Fact]], None]
EFFECTS: dict[type[Fact], Effect] = {}

# Members of the first fact that a request has under the same name.
_SUBSTANCE = (
    "kind", "instrument", "instrument_as_of", "case", "subject", "offences", "proceedings", "languages", "urgency", "confidentiality", "fields",
    "also_under", "notification_required", "mandate",
)  # fmt: skip


def follow(request: Request, recorded: Recorded[Fact]) -> None:
    """Let *recorded* change *request*."""
    effect = EFFECTS.get(type(recorded.fact))
    if effect is not None:
        effect(request, recorded.fact, recorded)
    asked = request.status_asked_at
    if asked is not None and not isinstance(recorded.fact, facts.StatusAsked) and _answers(request, recorded.fact):
        request.status_asked_at = None


def _answers(request: Request, fact: Fact) -> bool:
    """Whether *fact* is a move of the requested side that the other side can see."""
    if isinstance(fact, facts.RequestAssigned) or (isinstance(fact, facts.NoteAdded) and fact.internal):
        return False
    return type(fact) in EFFECTS and request.side_of(fact.acting) is Side.REQUESTED


def _on(kind: type[Fact]) -> Callable[[Effect], Effect]:
    def note(effect: Effect) -> Effect:
        EFFECTS[kind] = effect
        return effect

    return note


def open_with(request: Request, fact: facts.Opening) -> None:
    """Fill in what the first fact says."""
    for name in _SUBSTANCE:
        setattr(request, name, getattr(fact, name))
    request.measures = tuple(MeasureLine(each.id, each.type, each.description) for each in fact.measures)
    request.persons = tuple(PersonLine(each.id, each.role, each.custody) for each in fact.persons)
    if isinstance(fact, facts.RequestRegistered):
        request.registered = request.sent_once = True
        request.state, request.arrived_at, request.channel = State.SENT, fact.occurred_at, fact.how
        request.recipients = (Recipient(fact.requested.authority, fact.occurred_at, reference=fact.requested.reference),)
    if fact.desk:
        request.desks = {fact.by: fact.desk}


@_on(facts.RequestAmended)
def _amended(request: Request, fact: facts.RequestAmended, _: Recorded[Fact]) -> None:
    now = {
        "occurred_at": to_members(fact)["occurred_at"],
        "by": fact.by,
        "kind": request.kind,
        "requesting": to_members(request.requesting),
        "requested": to_members(request.requested),
    }
    changed = from_members(facts.RequestDrafted, {**now, **{name: value for name, value in fact.changes.items() if value is not None}})
    for name in _SUBSTANCE:
        if name in fact.changes and name != "fields":
            setattr(request, name, getattr(changed, name))
    if "fields" in fact.changes:
        merged = {**request.fields, **changed.fields}
        request.fields = {name: value for name, value in merged.items() if value is not None}
    if "measures" in fact.changes:
        request.measures = tuple(MeasureLine(each.id, each.type, each.description) for each in changed.measures)
    if "persons" in fact.changes:
        request.persons = tuple(PersonLine(each.id, each.role, each.custody) for each in changed.persons)
    request.requesting, request.requested = changed.requesting, changed.requested


@_on(facts.RequestSent)
def _sent(request: Request, fact: facts.RequestSent, _: Recorded[Fact]) -> None:
    request.state, request.arrived_at, request.channel = State.SENT, fact.occurred_at, fact.channel
    request.sent_once, request.missing = True, ()
    request.former = tuple(dict.fromkeys((*request.former, *(each.authority for each in request.recipients))))
    request.recipients = (Recipient(request.requested.authority, fact.occurred_at, reference=request.requested.reference),)


@_on(facts.TransmissionRecorded)
def _transmitted(request: Request, fact: facts.TransmissionRecorded, _: Recorded[Fact]) -> None:
    request.times_transmitted += 1


@_on(facts.RequestSentBack)
def _sent_back(request: Request, fact: facts.RequestSentBack, _: Recorded[Fact]) -> None:
    request.state, request.missing = State.DRAFTED, fact.missing
    request.times_sent_back += 1


@_on(facts.RequestAcknowledged)
def _acknowledged(request: Request, fact: facts.RequestAcknowledged, _: Recorded[Fact]) -> None:
    if request.state is State.SENT:
        request.state = State.ACKNOWLEDGED
    who = fact.acting
    known: dict[str, Any] = {"acknowledged_at": fact.occurred_at, "received_at": fact.received_at or fact.occurred_at}
    request.recipients = tuple(
        replace(each, **known, reference=fact.reference or each.reference) if each.authority == who else each for each in request.recipients
    )
    if fact.reference and who == request.requested.authority:
        request.requested = replace(request.requested, reference=fact.reference)
    request.competent = fact.authority or request.competent
    if fact.desk and fact.by not in request.desks and fact.on_behalf_of is None:
        request.desks = {**request.desks, fact.by: fact.desk}


@_on(facts.RequestForwarded)
def _forwarded(request: Request, fact: facts.RequestForwarded, _: Recorded[Fact]) -> None:
    others = tuple(each for each in request.recipients if each.authority != fact.to)
    request.recipients = (*others, Recipient(fact.to, fact.occurred_at))


@_on(facts.InformationRequested)
def _information_requested(request: Request, fact: facts.InformationRequested, _: Recorded[Fact]) -> None:
    request.round = fact.round
    _open(request, Hold.INFORMATION_REQUESTED, fact.occurred_at)


@_on(facts.InformationSupplied)
def _information_supplied(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    _end(request, Hold.INFORMATION_REQUESTED)


@_on(facts.ExecutionPostponed)
def _postponed(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    _open(request, Hold.POSTPONED, fact.occurred_at)


@_on(facts.ExecutionResumed)
def _resumed(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    _end(request, Hold.POSTPONED)


@_on(facts.ConsultationOpened)
def _consultation_opened(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    _open(request, Hold.CONSULTATION, fact.occurred_at)


@_on(facts.ConsultationConcluded)
def _consultation_concluded(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    _end(request, Hold.CONSULTATION)


@_on(facts.TranslationAwaited)
def _translation_awaited(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    _open(request, Hold.TRANSLATION, fact.occurred_at)


@_on(facts.TranslationReceived)
def _translation_received(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    _end(request, Hold.TRANSLATION)


@_on(facts.TimeLimitExtended)
def _extended(request: Request, fact: facts.TimeLimitExtended, _: Recorded[Fact]) -> None:
    request.extensions = (*request.extensions, Extended(fact.row, fact.clock, length=fact.length))


@_on(facts.NewDatePromised)
def _promised(request: Request, fact: facts.NewDatePromised, _: Recorded[Fact]) -> None:
    request.promises = (*request.promises, Extended(fact.row, fact.clock, date=fact.date))


@_on(facts.DecisionTaken)
def _decided(request: Request, fact: facts.DecisionTaken, _: Recorded[Fact]) -> None:
    request.decision, request.decided_at, request.decision_lines = fact.outcome, fact.occurred_at, fact.measures
    said = {line.measure: line.outcome for line in fact.measures}
    request.measures = tuple(replace(each, decided=said[each.id]) if each.id in said else each for each in request.measures)
    attached = tuple(Bound(each.type, each.text, fact.by) for line in fact.measures for each in line.conditions)
    request.conditions = (*request.conditions, *attached)


@_on(facts.MeasureCompleted)
def _completed(request: Request, fact: facts.MeasureCompleted, _: Recorded[Fact]) -> None:
    ended: dict[str, Any] = {"outcome": fact.outcome, "grounds": fact.grounds, "completed_at": fact.occurred_at}
    request.measures = tuple(replace(each, **ended) if each.id == fact.measure else each for each in request.measures)


@_on(facts.RequestExecuted)
def _executed(request: Request, fact: facts.RequestExecuted, _: Recorded[Fact]) -> None:
    request.state, request.execution, request.executed_at = State.EXECUTED, fact.outcome, fact.occurred_at


@_on(facts.ResultsReturned)
def _returned(request: Request, fact: facts.ResultsReturned, _: Recorded[Fact]) -> None:
    request.parts = (*request.parts, Part(fact.part, fact.final, fact.items, fact.occurred_at))
    if fact.final:
        _finish(request, State.RETURNED, Ending(State.RETURNED, None, fact.occurred_at))


@_on(facts.ReceiptConfirmed)
def _confirmed(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    request.parts = tuple(each if each.confirmed_at else replace(each, confirmed_at=fact.occurred_at) for each in request.parts)


@_on(facts.FeedbackGiven)
def _feedback(request: Request, fact: facts.FeedbackGiven, _: Recorded[Fact]) -> None:
    request.feedback = fact.usefulness


@_on(facts.StatusAsked)
def _asked(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    request.status_asked_at = fact.occurred_at


@_on(facts.RequestAssigned)
def _assigned(request: Request, fact: facts.RequestAssigned, _: Recorded[Fact]) -> None:
    request.desks = {**request.desks, fact.by: fact.desk}
    others = {authority: officer for authority, officer in request.officers.items() if authority != fact.by}
    request.officers = {**others, fact.by: fact.officer} if fact.officer else others


@_on(facts.RequestRefused)
def _refused(request: Request, fact: facts.RequestRefused, _: Recorded[Fact]) -> None:
    _finish(request, State.REFUSED, Ending(State.REFUSED, ", ".join(fact.grounds), fact.occurred_at))


@_on(facts.RequestWithdrawn)
def _withdrawn(request: Request, fact: facts.RequestWithdrawn, _: Recorded[Fact]) -> None:
    _finish(request, State.WITHDRAWN, Ending(State.WITHDRAWN, fact.reason, fact.occurred_at))


@_on(facts.RequestClosed)
def _closed(request: Request, fact: facts.RequestClosed, _: Recorded[Fact]) -> None:
    _finish(request, State.CLOSED, Ending(State.CLOSED, fact.reason, fact.occurred_at, fact.duplicate_of, fact.superseded_by))


@_on(facts.RequestReopened)
def _reopened(request: Request, fact: Fact, _: Recorded[Fact]) -> None:
    request.state = request.last_open_state or request.state
    request.ending = None
    request.reopened += 1


@_on(facts.PersonArrested)
def _arrested(request: Request, fact: facts.PersonArrested, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, arrested_at=fact.occurred_at, released_at=None)


@_on(facts.ConsentGiven)
def _consented(request: Request, fact: facts.ConsentGiven, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, consented_at=fact.occurred_at)


@_on(facts.ConsentRevoked)
def _revoked(request: Request, fact: facts.ConsentRevoked, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, consented_at=None)


@_on(facts.HearingFixed)
def _hearing(request: Request, fact: facts.HearingFixed, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, hearing=fact.date)


@_on(facts.SurrenderDecided)
def _surrender_decided(request: Request, fact: facts.SurrenderDecided, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, decision=fact.outcome)


@_on(facts.SurrenderDateAgreed)
def _date_agreed(request: Request, fact: facts.SurrenderDateAgreed, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, agreed_date=fact.date, postponed_at=None)
    if not any(each.postponed_at for each in request.persons):
        _end(request, Hold.SURRENDER_POSTPONED)


@_on(facts.SurrenderPostponed)
def _surrender_postponed(request: Request, fact: facts.SurrenderPostponed, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, postponed_at=fact.occurred_at)
    _open(request, Hold.SURRENDER_POSTPONED, fact.occurred_at)


@_on(facts.PersonSurrendered)
def _surrendered(request: Request, fact: facts.PersonSurrendered, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, surrendered_at=fact.occurred_at)


@_on(facts.PersonReleased)
def _released(request: Request, fact: facts.PersonReleased, _: Recorded[Fact]) -> None:
    _change_person(request, fact.person, released_at=fact.occurred_at)


@_on(facts.RequestReclassified)
def _reclassified(request: Request, fact: facts.RequestReclassified, _: Recorded[Fact]) -> None:
    request.kind, request.instrument = fact.kind, fact.instrument


@_on(facts.RequestLinked)
def _linked(request: Request, fact: facts.RequestLinked, _: Recorded[Fact]) -> None:
    request.links = (*request.links, Link(fact.type, fact.request))


@_on(facts.CostRecorded)
def _cost(request: Request, fact: facts.CostRecorded, _: Recorded[Fact]) -> None:
    request.costs = (*request.costs, Money(fact.type, fact.amount, fact.currency, fact.occurred_at, fact.by))


@_on(facts.AssetRecorded)
def _asset(request: Request, fact: facts.AssetRecorded, _: Recorded[Fact]) -> None:
    request.assets = (*request.assets, Money(fact.type, fact.amount, fact.currency, fact.occurred_at, fact.by))


@_on(facts.CustodyRecorded)
def _handed_over(request: Request, fact: facts.CustodyRecorded, _: Recorded[Fact]) -> None:
    request.custody = (*request.custody, HandOver(fact.item, fact.giver, fact.taker, fact.seal, fact.occurred_at))


@_on(facts.ConditionAttached)
def _condition(request: Request, fact: facts.ConditionAttached, _: Recorded[Fact]) -> None:
    request.conditions = (*request.conditions, Bound(fact.type, fact.text, fact.by))


@_on(facts.NoteAdded)
def _note(request: Request, fact: facts.NoteAdded, recorded: Recorded[Fact]) -> None:
    request.notes = (*request.notes, Note(recorded.id, fact.text, fact.internal, fact.by, fact.occurred_at))


@_on(facts.MandateSet)
def _mandate(request: Request, fact: facts.MandateSet, _: Recorded[Fact]) -> None:
    request.mandate = fact.mandate


@_on(facts.EventRecorded)
def _event(request: Request, fact: facts.EventRecorded, _: Recorded[Fact]) -> None:
    """An event changes no state; clocks look at it."""


def _open(request: Request, hold: Hold, at: datetime) -> None:
    request.open_holds = (*(each for each in request.open_holds if each is not hold), hold)
    request.hold_openings = {**request.hold_openings, hold: at}


def _end(request: Request, hold: Hold) -> None:
    request.open_holds = tuple(each for each in request.open_holds if each is not hold)


def _finish(request: Request, state: State, ending: Ending) -> None:
    if not request.ended:
        request.last_open_state = request.state
    request.state, request.ending = state, ending


def _change_person(request: Request, id: str, **changes: Any) -> None:
    request.persons = tuple(replace(each, **changes) if each.id == id else each for each in request.persons)
