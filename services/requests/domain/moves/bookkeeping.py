"""What changes no state: asking the status, assigning, links, money, custody, conditions, notes, events, mandates."""

from __future__ import annotations

from datetime import datetime

from services.requests.domain.command import Command, Context
from services.requests.domain.errors import Fault, ValidationFailed
from services.requests.domain.moves.members import Member
from services.requests.domain.moves.move import ANY, ASKING, BOTH, OPEN, OPEN_OR_DRAFTED, Move, recording
from services.requests.domain.moves.sending import CHANNELS, MANDATE_MEMBERS, mandate_of
from services.requests.domain.request import Request
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.codes import Kind, LinkType


def record_event(request: Request, command: Command, context: Context) -> list[Fact]:
    """Record an event of the instruments' table that no move carries."""
    _check_event(request, command, context)
    moment = command.members.get("moment")
    date = moment if moment is not None else command.members.get("date")
    return [facts.EventRecorded(**command.base, **command.chosen("event", "person", "measure"), date=date)]


def _check_event(request: Request, command: Command, context: Context) -> None:
    members, faults = command.members, []
    known = context.instruments.codes.events
    if members["event"] not in known:
        faults.append(Fault("/event", "choice", f"no event {members['event']}", {"choices": sorted(known)}))
    if members.get("person") and request.person(members["person"]) is None:
        faults.append(Fault("/person", "choice", "the request has no such person", {"choices": [each.id for each in request.persons]}))
    if members.get("measure") and request.measure(members["measure"]) is None:
        faults.append(Fault("/measure", "choice", "the request has no such measure", {"choices": [each.id for each in request.measures]}))
    if faults:
        raise ValidationFailed(faults)


def set_mandate(request: Request, command: Command, context: Context) -> list[Fact]:
    """Set or change the mandate of a joint investigation team."""
    return [facts.MandateSet(**command.base, mandate=mandate_of(command.members["mandate"]), reason=command.members.get("reason"))]


def hand_over(request: Request, command: Command, context: Context) -> list[Fact]:
    """Record one step in the chain of custody of a piece of evidence."""
    item = command.members.get("item")
    known = [each.id for part in request.parts for each in part.items]
    if item is not None and item not in known:
        raise ValidationFailed([Fault("/item", "choice", f"no item {item}", {"choices": known})])
    return [recording(facts.CustodyRecorded, "item", "seal", giver="from", taker="to")(request, command, context)[0]]


def _opened(request: Request, fact: Fact) -> datetime:
    return request.opened_at


MONEY = (Member("type", "slug", required=True), Member("amount", "amount", required=True), Member("currency", "currency", required=True))

MOVES = (
    Move("ask_status", ASKING, OPEN, facts.StatusAsked, recording(facts.StatusAsked, "channel"),
         "unchanged, no clock moves; any move of the other side answers it", members=(Member("channel", "code", required=True, choices=CHANNELS),)),
    Move("assign", BOTH, OPEN, facts.RequestAssigned, recording(facts.RequestAssigned, "desk", "officer"),
         "unchanged; never shown to the other side", members=(Member("desk", "code", required=True), Member("officer", "code"))),
    Move("link", BOTH, ANY, facts.RequestLinked, recording(facts.RequestLinked, "type", "request"), "unchanged", cause=_opened,
         members=(Member("type", "code", required=True, choices=tuple(LinkType)), Member("request", "request", required=True))),
    Move("record_cost", BOTH, ANY, facts.CostRecorded, recording(facts.CostRecorded, "type", "amount", "currency"), "unchanged",
         cause=_opened, members=MONEY),
    Move("record_asset", BOTH, ANY, facts.AssetRecorded, recording(facts.AssetRecorded, "type", "amount", "currency"), "unchanged",
         cause=_opened, members=MONEY),
    Move("record_custody", BOTH, ANY, facts.CustodyRecorded, hand_over, "unchanged", cause=_opened,
         members=(Member("item", "code", choices_from="items"), Member("from", "text"), Member("to", "text"), Member("seal", "string"))),
    Move("attach_condition", BOTH, ANY, facts.ConditionAttached, recording(facts.ConditionAttached, "type", "text"), "unchanged", cause=_opened,
         members=(Member("type", "slug", required=True), Member("text", "text", required=True))),
    Move("add_note", BOTH, ANY, facts.NoteAdded, recording(facts.NoteAdded, "text", "internal"),
         "unchanged; hidden from the other side unless internal is false", cause=_opened,
         members=(Member("text", "text", required=True), Member("internal", "boolean"))),
    Move("record_event", BOTH, OPEN_OR_DRAFTED, facts.EventRecorded, record_event, "unchanged; clocks by rule", cause=_opened,
         members=(Member("event", "code", required=True, choices_from="events"), Member("date", "date"), Member("moment", "moment"),
                  Member("person", "code", choices_from="persons"), Member("measure", "code", choices_from="measures"))),
    Move("set_mandate", BOTH, OPEN_OR_DRAFTED, facts.MandateSet, set_mandate, "unchanged; the end date is a clock",
         kinds=frozenset({Kind.JOINT_INVESTIGATION_TEAM}), cause=_opened,
         members=(Member("mandate", "object", required=True, of=MANDATE_MEMBERS), Member("reason", "text"))),
)  # fmt: skip
