"""Mistakes are put right by further facts: correct, reclassify. Nothing is edited; the old value, the author and the reason stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.requests.domain import basis
from services.requests.domain.command import Command, Context
from services.requests.domain.errors import Fault, ValidationFailed, WrongSide
from services.requests.domain.moves import bookkeeping, endings, execution, holds, sending, surrender
from services.requests.domain.moves.members import Member, Reading, read_members
from services.requests.domain.moves.move import ANY, BOTH, Move
from services.requests.domain.request import Request, effective
from services.requests.domain.sequence import check_sequence, derived_corrections
from shared.facts import REQUEST_FACTS
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.codes import Kind
from shared.facts.members import member_names, plain, to_members
from shared.facts.visibility import is_internal

NOT_CORRECTED = ("FactCorrected", "RequestReclassified", "RequestReopened")
# Members whose wrong value is put right by another move, or not at all.
_FIXED = frozenset(
    {"kind", "instrument", "requesting", "requested", "by", "on_behalf_of", "extra", "desk", "internal", "derived", "part", "round", "clock", "row"}
)
_REFERENCES = {"own_reference": ("requesting", "requested"), "counterpart_reference": (None, "requesting")}
_OCCURRED = Member("occurred_at", "moment")
_VOID = Member("void", "boolean")
_NOTE = Member("note", "text")


def correct(request: Request, command: Command, context: Context) -> list[Fact]:
    """Put right what an earlier fact says, or say that it never happened; what followed from it follows.

    Raises:
        ValidationFailed: there is no such fact, or it has no such member.
        WrongSide: it is a fact of the other side.
        OccurredBeforeCause, MoveNotPossible: later facts could then not have happened.
    """
    target = _target(request, command)
    in_force = _in_force(request, target)
    values = _values(in_force, request, command.members["values"])
    was = {name: value for name, value in to_members(in_force.fact).items() if name in values}
    internal = is_internal(type(target.fact).__name__, to_members(target.fact))
    correction = facts.FactCorrected(**command.base, fact=str(target.id), values=values, was=was, reason=command.members["reason"], internal=internal)
    follows = derived_corrections(request, correction, command.base)
    check_sequence(request, [correction, *follows], _MOVES_OF, context.now)
    return [correction, *follows]


def _target(request: Request, command: Command) -> Recorded[Fact]:
    id = command.members["fact"]
    target = request.recorded(id)
    name = type(target.fact).__name__ if target else None
    if target is None or name not in REQUEST_FACTS or name in NOT_CORRECTED:
        raise ValidationFailed([Fault("/fact", "unknown_fact", f"the request has no fact {id} that can be corrected")])
    side = request.side_of(command.acting)
    if side not in (request.side_of(target.fact.by), request.side_of(target.fact.acting)):
        if is_internal(str(name), to_members(target.fact)):
            raise ValidationFailed([Fault("/fact", "unknown_fact", f"the request has no fact {id} that can be corrected")])
        raise WrongSide("a fact is corrected by the side whose fact it is", parameters={"fact": id})
    return target


def _in_force(request: Request, target: Recorded[Fact]) -> Recorded[Fact]:
    """The fact as earlier corrections left it; as recorded, when it is void."""
    now = effective(request.history)[target.version - request.history[0].version]
    return now or target


def _values(target: Recorded[Fact], request: Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """The right values, as on the wire.

    Raises:
        ValidationFailed: nothing is corrected, or the fact has no such member.
    """
    fact = target.fact
    known = {member.name: member for member in (*_members_of(fact), _OCCURRED, _VOID, _NOTE)}
    reading = Reading()
    nulls = {name: None for name, value in body.items() if value is None and name in known}
    read = read_members(tuple(known.values()), {name: value for name, value in body.items() if name not in nulls}, reading, "/values")
    _check_voidable(target, request, read, reading)
    if not body:
        reading.fault("/values", "empty", "nothing is corrected")
    if reading.faults:
        raise ValidationFailed(reading.faults)
    if read.get("void"):
        return {"void": True}
    parts = _as_in_fact(fact, read)
    values: dict[str, Any] = {**plain(parts), **nulls}
    return values


def _check_voidable(target: Recorded[Fact], request: Request, read: Mapping[str, Any], reading: Reading) -> None:
    if read.get("void") and target.version == request.history[0].version:
        reading.fault("/values/void", "first_fact", "without its first fact there is no request; withdraw or close it")
    if getattr(target.fact, "derived", False):
        reading.fault("/fact", "derived_fact", "it followed from another fact; correct that one")


def _members_of(fact: Fact) -> tuple[Member, ...]:
    """The members of the body that this fact's own members came from, none of them required now."""
    move = _MOVE_OF.get(type(fact))
    given = sending.REGISTER_MEMBERS if isinstance(fact, facts.RequestRegistered) else sending.DRAFT_MEMBERS
    members = given if isinstance(fact, facts.Opening) else move.members if move else ()
    renamed = _RENAMED.get(type(fact), {})
    named = [(renamed.get(member.name, member.name), member) for member in members]
    wire = set(member_names(type(fact))) | (set(_REFERENCES) if isinstance(fact, facts.Opening) else set())
    wire |= {member.name for member in sending.SUBSTANCE} - set(_REFERENCES) if isinstance(fact, facts.RequestAmended) else set()
    return tuple(
        Member(name, each.type, choices=each.choices, choices_from=each.choices_from, of=each.of, each=each.each, at_least=each.at_least)
        for name, each in named
        if name in wire and name not in _FIXED
    )


def _as_in_fact(fact: Fact, read: Mapping[str, Any]) -> dict[str, Any]:
    """*read* under the names and in the shapes that the fact has."""
    values = dict(read)
    if isinstance(fact, facts.Opening):
        values |= sending.parts_of(read)
        for name, (drafted, registered) in _REFERENCES.items():
            party = registered if isinstance(fact, facts.RequestRegistered) else drafted
            if name in read and party:
                values[party] = {**to_members(getattr(fact, party)), "reference": values.pop(name)}
    if isinstance(fact, facts.RequestAmended):
        return _amended_otherwise(fact, {**values, **sending.parts_of(read)})
    if isinstance(fact, facts.DecisionTaken) and "measures" in read:
        values["measures"] = execution.lines_of(read["measures"])
    if isinstance(fact, facts.ResultsReturned) and "items" in read:
        ids = [item.id for item in fact.items] + [f"i{fact.part}-{number}" for number in range(1, len(read["items"]) + 1)]
        values["items"] = tuple(facts.Item(id=id, **entry) for id, entry in zip(ids, read["items"], strict=False))
    if isinstance(fact, facts.MandateSet) and "mandate" in read:
        values["mandate"] = sending.mandate_of(read["mandate"])
    return values


def _amended_otherwise(fact: facts.RequestAmended, values: Mapping[str, Any]) -> dict[str, Any]:
    """The right values of an amendment: what it changed, with the substance in *values* in its place."""
    own = {name: value for name, value in values.items() if name in ("occurred_at", "void", "note", "reason")}
    substance: dict[str, Any] = {name: value for name, value in values.items() if name not in own}
    if "fields" in substance:
        substance["fields"] = {**fact.changes.get("fields", {}), **substance["fields"]}
    return {**own, "changes": {**fact.changes, **substance}} if substance else own


def reclassify(request: Request, command: Command, context: Context) -> list[Fact]:
    """Say that the request is, and always was, of another kind or under another instrument.

    Raises:
        UnknownInstrument: no instrument has the id given.
    """
    kind, instrument = command.members["kind"], command.members["instrument"]
    basis.check_instruments(context, kind, instrument, request.also_under)
    if (kind, instrument) == (request.kind, request.instrument):
        raise ValidationFailed([Fault("/kind", "empty", "it is so already")])
    before, reason = (request.kind, request.instrument), command.members["reason"]
    return [facts.RequestReclassified(**command.base, kind=kind, instrument=instrument, was=before[0], was_instrument=before[1], reason=reason)]


_RENAMED: Mapping[type[Fact], Mapping[str, str]] = {
    facts.RequestRegistered: {"channel": "how"},
    facts.RequestClosed: {},
    facts.TimeLimitExtended: {"by": "length"},
    facts.CustodyRecorded: {"from": "giver", "to": "taker"},
}
_OTHERS = (*sending.MOVES, *execution.MOVES, *surrender.MOVES, *holds.MOVES, *endings.MOVES, *bookkeeping.MOVES)
_MOVE_OF: Mapping[type[Fact], Move] = {move.fact: move for move in _OTHERS}
_MOVES_OF: Mapping[type[Fact], tuple[Move, ...]] = {fact: tuple(move for move in _OTHERS if move.fact is fact) for fact in _MOVE_OF}

REASON = Member("reason", "text", required=True)

MOVES = (
    Move("correct", BOTH, ANY, facts.FactCorrected, correct, "clocks are computed again; fired escalations are not repeated",
         members=(Member("fact", "fact", required=True), Member("values", "values", required=True), REASON),
         cause=lambda request, fact: None),
    Move("reclassify", BOTH, ANY, facts.RequestReclassified, reclassify, "clocks are computed again; fired escalations are not repeated",
         members=(Member("kind", "code", required=True, choices=tuple(Kind)),
                  Member("instrument", "code", required=True, choices_from="instruments", nullable=True), REASON),
         cause=lambda request, fact: request.opened_at),
)  # fmt: skip
