"""Shapes of bodies and answers for the document. Bodies of moves are made from the one table of moves; the domain itself reads and checks them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from services.requests.domain.moves.members import AMOUNT, CODE, DURATION, SLUG, Member
from services.requests.domain.moves.table import members_of
from shared.facts.codes import Confidentiality, Hold, Kind, Role, State
from shared.web.documents import AnswerSchema
from shared.web.fields import Whole

PATTERNS = {
    "slug": SLUG.pattern,
    "code": CODE.pattern,
    "authority": CODE.pattern,
    "duration": DURATION.pattern,
    "amount": AMOUNT.pattern,
    "currency": "[A-Z]{3}",
    "language": "[a-z]{2,3}",
    "sha256": "[0-9a-f]{64}",
    "clock": "[A-Za-z0-9][A-Za-z0-9_.#:-]{0,79}",
}


def member_field(member: Member) -> fields.Field[Any]:
    """A member of a move's body as a field of the document."""
    about: dict[str, Any] = {"required": member.required, "allow_none": member.nullable}
    told = {} if member.clear or member.type in ("object", "list") else {"description": "words of a person: sealed before they are stored"}
    match member.type:
        case "object":
            return fields.Nested(_object(member), **about)
        case "list":
            entry = member_field(member.each) if member.each else fields.Raw()
            return fields.List(entry, validate=validate.Length(min=member.at_least) if member.at_least else None, **about)
        case "boolean":
            return fields.Boolean(**about)
        case "integer":
            return fields.Integer(strict=True, **about)
        case "date":
            return fields.Date(**about)
        case "moment":
            return fields.AwareDateTime(**about)
        case "request" | "fact":
            return fields.UUID(**about)
        case "fields" | "values":
            return fields.Dict(keys=fields.String(), metadata=told, **about)
    return fields.String(validate=_checks(member), metadata=told, **about)


def _checks(member: Member) -> list[Any]:
    if member.choices and member.clear:
        return [validate.OneOf(member.choices)]
    return [Whole(f"^{PATTERNS[member.type]}$")] if member.type in PATTERNS else []


def _object(member: Member) -> type[Schema]:
    name = "".join(part.title() for part in (member.name or "entry", *(inner.name for inner in member.of)))
    return _schema_of(name.replace("_", ""), member.of)


@cache
def _schema_of(name: str, members: tuple[Member, ...]) -> type[Schema]:
    return Schema.from_dict({member.name: member_field(member) for member in members}, name=name)


@cache
def move_schema(move: str) -> type[Schema]:
    """The body of *move*."""
    members: Sequence[Member] = members_of(move)
    return Schema.from_dict({member.name: member_field(member) for member in members}, name="".join(part.title() for part in move.split("_")) + "Body")


class PartySchema(AnswerSchema):
    """One side's first authority."""

    authority = fields.String(required=True)
    state = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)


class UrgencySchema(AnswerSchema):
    """How urgent it is."""

    level = fields.String(required=True)
    reason = fields.String(allow_none=True)
    needed_by = fields.Date(allow_none=True)


class RequestSchema(AnswerSchema):
    """A request as the caller sees it. What the caller's desk may not see is null, and `redacted` says so."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True, metadata={"description": "of the last fact that the caller may see; also the ETag"})
    state = fields.String(required=True, validate=validate.OneOf(list(State)))
    hold = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(Hold)))
    holds = fields.List(fields.String(), required=True)
    direction = fields.String(required=True, allow_none=True, validate=validate.OneOf(["outgoing", "incoming"]))
    kind = fields.String(required=True, validate=validate.OneOf(list(Kind)))
    instrument = fields.String(required=True, allow_none=True)
    instrument_as_of = fields.Date(required=True, allow_none=True)
    requesting = fields.Nested(PartySchema, required=True)
    requested = fields.Nested(PartySchema, required=True)
    case = fields.String(required=True, allow_none=True)
    confidentiality = fields.String(required=True, validate=validate.OneOf(list(Confidentiality)))
    holder = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    offences = fields.List(fields.String(), required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    urgency = fields.Nested(UrgencySchema, required=True, allow_none=True)
    measures = fields.List(fields.Dict(keys=fields.String()), required=True)
    persons = fields.List(fields.Dict(keys=fields.String()), required=True, allow_none=True)
    conditions = fields.List(fields.Dict(keys=fields.String()), required=True)
    items = fields.List(fields.Dict(keys=fields.String()), required=True, allow_none=True)
    costs = fields.List(fields.Dict(keys=fields.String()), required=True)
    links = fields.List(fields.Dict(keys=fields.String()), required=True)
    fields_ = fields.Dict(keys=fields.String(), required=True, allow_none=True, data_key="fields", attribute="fields")
    also_under = fields.List(fields.String(), required=True)
    notification_required = fields.Boolean(required=True, allow_none=True)
    mandate = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    clocks = fields.List(fields.Dict(keys=fields.String()), required=True)
    next_due = fields.String(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    primary_move = fields.String(allow_none=True)
    redacted = fields.Boolean()
    occurred_at = fields.AwareDateTime(required=True)
    recorded_at = fields.AwareDateTime(required=True)


class FactSchema(AnswerSchema):
    """One fact of the history."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    type = fields.String(required=True)
    occurred_at = fields.AwareDateTime(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    on_behalf_of = fields.String(required=True, allow_none=True)
    corrects = fields.UUID(required=True, allow_none=True)
    corrected_by = fields.List(fields.UUID(), required=True)
    void = fields.Boolean(required=True)
    data = fields.Dict(keys=fields.String(), required=True)


class MadeSchema(RequestSchema):
    """The request after a move, and the facts that the move recorded."""

    facts = fields.List(fields.Nested(FactSchema), required=True)


class HistorySchema(AnswerSchema):
    """The facts that the caller may see, in order of version."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    facts = fields.List(fields.Nested(FactSchema), required=True)


class FormFieldSchema(AnswerSchema):
    """A field of a move's form for this request."""

    name = fields.String(required=True)
    type = fields.String(required=True)
    required = fields.Boolean(required=True)
    choices = fields.List(fields.String(), required=True)
    choices_closed = fields.Boolean(required=True)
    clear = fields.Boolean(required=True)
    default = fields.Raw(allow_none=True)
    fields_ = fields.List(fields.Dict(keys=fields.String()), data_key="fields", attribute="fields")


class VerdictSchema(AnswerSchema):
    """Whether a move is possible now; else what forbids it (state, hold, kind, facts, side, role) and what would allow it."""

    move = fields.String(required=True)
    possible = fields.Boolean(required=True)
    on_behalf_of = fields.String(required=True, allow_none=True)
    fields_ = fields.List(fields.Nested(FormFieldSchema), data_key="fields", attribute="fields")
    code = fields.String()
    forbidden_by = fields.String()
    parameters = fields.Dict(keys=fields.String())


class MovesSchema(AnswerSchema):
    """All moves of the table."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    moves = fields.List(fields.Nested(VerdictSchema), required=True)


class VerificationSchema(AnswerSchema):
    """Whether every link of the hash chain holds; `broken_at` is the first version that does not, or is missing."""

    id = fields.UUID(required=True)
    intact = fields.Boolean(required=True)
    facts = fields.Integer(required=True)
    broken_at = fields.Integer(required=True, allow_none=True)
    head = fields.String(required=True, allow_none=True)
    checkpoint = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    verified_at = fields.AwareDateTime(required=True)


class RowSchema(AnswerSchema):
    """A request in a list."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True)
    hold = fields.String(required=True, allow_none=True)
    direction = fields.String(required=True)
    kind = fields.String(required=True)
    side_to_act = fields.String(required=True, allow_none=True, validate=validate.OneOf(["we", "they"]))
    primary_move = fields.String(required=True, allow_none=True)
    next_due = fields.String(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    updated_at = fields.AwareDateTime(required=True)


class RowsSchema(AnswerSchema):
    """A page of a list."""

    requests = fields.List(fields.Nested(RowSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    count = fields.Integer()
    capped = fields.Boolean()


class WantedCountSchema(Schema):
    """Filters to be counted, under a name of the caller's choice."""

    name = fields.String(required=True, validate=validate.Length(1, 80))
    filters = fields.Dict(keys=fields.String(), required=True)


class WantedCountsSchema(Schema):
    """Up to twelve counts in one call."""

    counts = fields.List(fields.Nested(WantedCountSchema), required=True, validate=validate.Length(1, 12))


class CountSchema(AnswerSchema):
    """How many; `capped` when there are more."""

    name = fields.String(required=True)
    count = fields.Integer(required=True)
    capped = fields.Boolean(required=True)


class CountsSchema(AnswerSchema):
    """The counts asked for."""

    counts = fields.List(fields.Nested(CountSchema), required=True)


class AuthoritySchema(AnswerSchema):
    """An authority of the directory."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)
    time_zone = fields.String(required=True)
    calendar = fields.String(required=True, allow_none=True)
    member = fields.Boolean(required=True)


class KeySchema(AnswerSchema):
    """An API key; `key` is shown once, when it is issued."""

    id = fields.String(required=True)
    authority = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(list(Role)))
    desk = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)
    officer = fields.String(required=True, allow_none=True)
    key = fields.String()
