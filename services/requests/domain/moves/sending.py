"""From the draft to the acknowledgement: draft, amend, discard, send, register, transmit again, send back, acknowledge, forward."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.requests.domain import basis
from services.requests.domain.command import Command, Context
from services.requests.domain.errors import Fault, FormIncomplete, NotAllowed, OccurredBeforeCause, OccurredInFuture, ValidationFailed
from services.requests.domain.moves.members import CODE, Member
from services.requests.domain.moves.move import ASKED, ASKING, OPEN, Move, Obstacle, recording
from services.requests.domain.request import Request
from shared.facts import requests as facts
from shared.facts.base import Fact, Value
from shared.facts.codes import URGENCY_REASONS, Channel, ClosingReason, Confidentiality, Kind, PersonRole, State, UrgencyLevel
from shared.facts.members import plain, to_members
from shared.facts.text import Text

CHANNELS = tuple(Channel)
CHANNEL = Member("channel", "code", choices=CHANNELS)
MANDATE_MEMBERS = (
    Member("starts", "date", required=True),
    Member("ends", "date", required=True),
    Member("legal_basis", "string"),
    Member("crimes", "list", each=Member("", "slug")),
    Member("participants", "list", each=Member("", "authority")),
    Member("lead", "authority"),
    *(Member(name, "text") for name in ("powers", "oversight", "retention", "access", "destruction", "exit", "liability")),
)
URGENCY_MEMBERS = (
    Member("level", "code", required=True, choices=tuple(UrgencyLevel)),
    Member("reason", "coded_text", choices=tuple(sorted(URGENCY_REASONS))),
    Member("needed_by", "date"),
)
MEASURE_MEMBERS = (Member("type", "slug", required=True), Member("id", "code"), Member("description", "text"))
PERSON_MEMBERS = (Member("role", "code", required=True, choices=tuple(PersonRole)), Member("id", "code"), Member("custody", "boolean"))
SUBSTANCE = (
    Member("measures", "list", each=Member("", "object", of=MEASURE_MEMBERS)),
    Member("own_reference", "string"),
    Member("case", "string"),
    Member("subject", "string"),
    Member("offences", "list", each=Member("", "slug")),
    Member("proceedings", "slug"),
    Member("languages", "list", each=Member("", "language")),
    Member("persons", "list", each=Member("", "object", of=PERSON_MEMBERS)),
    Member("urgency", "object", of=URGENCY_MEMBERS),
    Member("confidentiality", "code", choices=tuple(Confidentiality)),
    Member("fields", "fields", choices_from="form_fields"),
    Member("also_under", "list", each=Member("", "code"), choices_from="instruments"),
    Member("notification_required", "boolean"),
    Member("instrument_as_of", "date"),
    Member("mandate", "object", of=MANDATE_MEMBERS),
)
KIND = Member("kind", "code", required=True, choices=tuple(Kind))
INSTRUMENT = Member("instrument", "code", required=True, choices_from="instruments", nullable=True)
ADDRESSEE = (Member("authority", "authority", required=True, choices_from="authorities"),)
HISTORY_MEMBERS = (Member("move", "slug", required=True), Member("occurred_at", "moment", required=True), Member("members", "values"))
HISTORY = Member("history", "list", each=Member("", "object", of=HISTORY_MEMBERS))

# Types of form fields that hold no words, and what a value of them looks like.
_CODED = {"code": CODE, "date": re.compile(r"\d{4}-\d{2}-\d{2}")}
# Members of the body that the first fact has under the same name and shape.
_SAME = ("case", "subject", "offences", "proceedings", "languages", "confidentiality", "fields", "also_under", "notification_required", "instrument_as_of")


def draft(command: Command, context: Context) -> list[Fact]:
    """Begin a request to another authority.

    Raises:
        UnknownInstrument: no instrument has the id given.
        ValidationFailed: the addressee is unknown, or is the caller itself.
    """
    other = command.members["requested"]["authority"]
    if other == command.by:
        raise ValidationFailed([Fault("/requested/authority", "own_authority", "an authority sends no request to itself")])
    addressee = context.authority(other, "/requested/authority")
    sender = context.authority(command.by, "/requesting")
    requesting = facts.Party(authority=sender.id, state=sender.state, reference=command.members.get("own_reference"))
    requested = facts.Party(authority=addressee.id, state=addressee.state)
    return [facts.RequestDrafted(**command.base, **_opening(command, context), requesting=requesting, requested=requested)]


def register(command: Command, context: Context) -> list[Fact]:
    """Record that a request came in from an authority that is no member; it occurred on receipt.

    Raises:
        NotAllowed: the sender is a member and acts for itself.
        UnknownInstrument: no instrument has the id given.
    """
    sender = context.authority(command.members["from"], "/from")
    if sender.id == command.by:
        raise ValidationFailed([Fault("/from", "own_authority", "an authority sends no request to itself")])
    if sender.member:
        raise NotAllowed(f"{sender.id} is a member and sends its requests itself", parameters={"authority": sender.id, "reason": "is_member"})
    recipient = context.authority(command.by, "/requested")
    requesting = facts.Party(authority=sender.id, state=sender.state, reference=command.members.get("counterpart_reference"))
    requested = facts.Party(authority=recipient.id, state=recipient.state, reference=command.members.get("own_reference"))
    how = command.members.get("channel")
    return [facts.RequestRegistered(**command.base, **_opening(command, context), requesting=requesting, requested=requested, how=how)]


def _opening(command: Command, context: Context) -> dict[str, Any]:
    members = command.members
    basis.check_instruments(context, members["kind"], members["instrument"], members.get("also_under", ()))
    basis.check_form(context, members.get("fields") or {}, members["instrument"], members.get("also_under", ()))
    return {
        "instrument_as_of": command.occurred_at.date(),
        **command.chosen(*_SAME),
        **parts_of(members),
        **coded_fields(members, members["instrument"], context),
        "kind": members["kind"],
        "instrument": members["instrument"],
        "desk": command.desk,
    }


def coded_fields(members: Mapping[str, Any], instrument: str | None, context: Context) -> dict[str, Any]:
    """The form fields of *members*, those that the form calls codes or dates in clear; all other words stay texts."""
    given = members.get("fields")
    if not given:
        return {}
    coded = {field.name: _CODED[field.type] for basis_ in context.bases(instrument) for field in basis_.form_fields if field.type in _CODED}
    clear = {name: str(value) for name, value in given.items() if isinstance(value, Text) and name in coded and coded[name].fullmatch(value)}
    return {"fields": {**given, **clear}}


def parts_of(members: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a request that the body has as objects."""
    made: dict[str, Any] = {}
    if members.get("measures") is not None:
        made["measures"] = _numbered(facts.Measure, "m", members["measures"])
    if members.get("persons") is not None:
        made["persons"] = _numbered(facts.Person, "p", members["persons"])
    if members.get("urgency"):
        made["urgency"] = facts.Urgency(**members["urgency"])
    if members.get("mandate"):
        made["mandate"] = mandate_of(members["mandate"])
    return made


def mandate_of(members: Mapping[str, Any]) -> facts.Mandate:
    """The mandate that *members* describe.

    Raises:
        ValidationFailed: it ends before it starts.
    """
    if members["ends"] < members["starts"]:
        raise ValidationFailed([Fault("/mandate/ends", "order", "a mandate cannot end before it starts")])
    return facts.Mandate(**members)


def _numbered(cls: type[Value], letter: str, entries: tuple[Mapping[str, Any], ...]) -> tuple[Any, ...]:
    """Make a line of each entry; who has no id gets ``m1``, ``m2`` … by its place."""
    made = tuple(cls(**{"id": f"{letter}{number}", **entry}) for number, entry in enumerate(entries, 1))
    ids = [getattr(line, "id") for line in made]  # noqa: B009 - both kinds of line have an id, their base has none
    if len(set(ids)) != len(ids):
        raise ValidationFailed([Fault("/measures" if letter == "m" else "/persons", "not_unique", "two lines have the same id")])
    return made


def amend(request: Request, command: Command, context: Context) -> list[Fact]:
    """Change a draft: members as given, form fields name by name."""
    members = command.members
    kind, instrument = members.get("kind") or request.kind, members.get("instrument") or request.instrument
    also_under = members.get("also_under", request.also_under)
    basis.check_instruments(context, kind, instrument, also_under)
    basis.check_form(context, members.get("fields") or {}, instrument, also_under)
    changes = {**command.chosen("kind", "instrument", *_SAME), **parts_of(members), **coded_fields(members, instrument, context)}
    if "own_reference" in members:
        changes["requesting"] = {**to_members(request.requesting), "reference": members["own_reference"]}
    if "requested" in members:
        changes["requested"] = to_members(_readdressed(request, members["requested"]["authority"], context))
    if not changes:
        raise ValidationFailed([Fault("", "empty", "nothing to change")])
    return [facts.RequestAmended(**command.base, changes=plain(changes), reason=members.get("reason"))]


def _readdressed(request: Request, to: str, context: Context) -> facts.Party:
    if to != request.requested.authority and request.sent_once:
        raise ValidationFailed([Fault("/requested/authority", "already_sent", "once sent, another addressee is another request")])
    if to == request.requesting.authority:
        raise ValidationFailed([Fault("/requested/authority", "own_authority", "an authority sends no request to itself")])
    addressee = context.authority(to, "/requested/authority")
    return facts.Party(authority=addressee.id, state=addressee.state)


def discard(request: Request, command: Command, context: Context) -> list[Fact]:
    """Give up a draft."""
    return [facts.RequestClosed(**command.base, reason=ClosingReason.DISCARDED, why=command.members.get("reason"))]


def send(request: Request, command: Command, context: Context) -> list[Fact]:
    """Send a draft.

    Raises:
        FormIncomplete: fields that the instrument's form requires are empty.
    """
    missing = basis.missing_form_fields(request, context)
    if missing:
        raise FormIncomplete(missing)
    return [facts.RequestSent(**command.base, channel=command.members.get("channel"))]


def send_back(request: Request, command: Command, context: Context) -> list[Fact]:
    """Return a deficient request to its sender; names of form fields stay in clear, other words are sealed."""
    return [facts.RequestSentBack(**command.base, missing=named_or_said(request, context, command.members["missing"]))]


def named_or_said(request: Request, context: Context, entries: tuple[Text, ...]) -> tuple[str | Text, ...]:
    """Names of members and form fields as plain codes; anything else stays somebody's words."""
    names = {field.name for each in context.bases(request.instrument) for field in each.form_fields} | {member.name for member in SUBSTANCE}
    return tuple(str(entry) if entry in names else entry for entry in entries)


def owes_acknowledgement(request: Request, acting: str, members: Mapping[str, Any] | None) -> Obstacle | None:
    """Only a recipient that has not confirmed receipt yet may do so."""
    recipient = request.recipient(acting)
    if recipient is None:
        return Obstacle("facts", "not_a_recipient", {"recipients": [each.authority for each in request.recipients]})
    if recipient.acknowledged_at is not None:
        return Obstacle("facts", "already_acknowledged", {"recipients": [each.authority for each in request.recipients if each.acknowledged_at is None]})
    return None


def acknowledge(request: Request, command: Command, context: Context) -> list[Fact]:
    """Confirm receipt; each recipient for itself.

    Raises:
        OccurredInFuture: the competent authority would get it only later.
        OccurredBeforeCause: the competent authority would have had it before it reached this recipient.
    """
    received: datetime | None = command.members.get("received_at")
    if received is not None and received > context.now:
        raise OccurredInFuture("received_at lies in the future", faults=[Fault("/received_at", "occurred_in_future", "lies in the future")])
    fact = facts.RequestAcknowledged(**command.base, **command.chosen("reference", "received_at", "authority"), desk=command.desk)
    check_receipt(request, fact)
    return [fact]


def check_receipt(request: Request, fact: facts.RequestAcknowledged) -> None:
    """Refuse a receipt by the competent authority before the request reached this recipient.

    Raises:
        OccurredBeforeCause: see above.
    """
    reached = _reached(request, fact)
    if fact.received_at is not None and reached is not None and fact.received_at < reached:
        fault = Fault("/received_at", "occurred_before_cause", f"it reached this recipient at {plain(reached)}", {"not_before": plain(reached)})
        raise OccurredBeforeCause("received before it was sent", parameters=fault.parameters, faults=[fault])


def _reached(request: Request, fact: Fact) -> datetime | None:
    recipient = request.recipient(fact.acting)
    return recipient.reached_at if recipient else request.arrived_at


def forward(request: Request, command: Command, context: Context) -> list[Fact]:
    """Pass the request on to another authority of the requested side."""
    to = command.members["to"]
    if to in (request.last_recipient, request.requesting.authority):
        raise ValidationFailed([Fault("/to", "already_there", f"{to} has it already, or sent it")])
    context.authority(to, "/to")
    return [facts.RequestForwarded(**command.base, to=to, reason=command.members.get("reason"))]


MOVES = (
    Move(
        "amend", ASKING, frozenset({State.DRAFTED}), facts.RequestAmended, amend, "drafted",
        members=(Member("kind", "code", choices=tuple(Kind)), Member("instrument", "code", choices_from="instruments"),
                 Member("requested", "object", of=ADDRESSEE), *SUBSTANCE, Member("reason", "text")),
    ),
    Move("discard", ASKING, frozenset({State.DRAFTED}), facts.RequestClosed, discard, "closed", members=(Member("reason", "text"),)),
    Move("send", ASKING, frozenset({State.DRAFTED}), facts.RequestSent, send, "sent; refused while form fields that the instrument requires are empty",
         members=(CHANNEL,), cause=lambda request, fact: request.opened_at),
    Move("transmit_again", ASKING, OPEN, facts.TransmissionRecorded, recording(facts.TransmissionRecorded, "channel"),
         "unchanged: a resend is never a new request and resets no clock", members=(Member("channel", "code", required=True, choices=CHANNELS),)),
    Move("send_back", ASKED, frozenset({State.SENT}), facts.RequestSentBack, send_back, "drafted again, same id, counted once",
         members=(Member("missing", "list", required=True, each=Member("", "text"), at_least=1, choices_from="form_fields"),)),
    Move("acknowledge", ASKED, frozenset({State.SENT, State.ACKNOWLEDGED}), facts.RequestAcknowledged, acknowledge, "acknowledged",
         members=(Member("reference", "string"), Member("received_at", "moment"), Member("authority", "authority", choices_from="authorities")),
         requires=owes_acknowledgement, cause=_reached),
    Move("forward", ASKED, frozenset({State.SENT, State.ACKNOWLEDGED}), facts.RequestForwarded, forward, "same state, new holder",
         members=(Member("to", "authority", required=True, choices_from="authorities"), Member("reason", "text"))),
)  # fmt: skip

DRAFT_MEMBERS = (KIND, INSTRUMENT, Member("requested", "object", required=True, of=ADDRESSEE), *SUBSTANCE, HISTORY)
REGISTER_MEMBERS = (
    KIND, INSTRUMENT, Member("from", "authority", required=True, choices_from="authorities"), *SUBSTANCE,
    Member("counterpart_reference", "string"), CHANNEL, HISTORY,
)  # fmt: skip
