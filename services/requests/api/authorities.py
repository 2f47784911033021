"""The directory: authorities, and who may call for them."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates

from services.requests.api.present import shell
from services.requests.api.schemas import AuthoritySchema, KeySchema
from services.requests.directory import commands
from services.requests.directory.commands import Order
from services.requests.domain.moves.members import CODE
from services.requests.queries import directory as queries
from services.requests.queries.directory import AuthorityRow
from shared.calendars.zones import ZONES, ZoneUnknown, zone, zone_of_state
from shared.facts.codes import Channel, Role
from shared.facts.members import moment
from shared.web import idempotency, tracing
from shared.web.answers import json_answer, no_content
from shared.web.auth import caller, require_role
from shared.web.body import json_body, load
from shared.web.conditional import etag, expected_version, not_modified
from shared.web.errors import not_found
from shared.web.fields import Whole
from shared.web.paging import LIMIT_DEFAULT, LIMIT_HIGHEST, Cursors, filters_of, next_headers
from shared.web.query import Query
from shared.web.resource import CHANGES, IDEMPOTENCY_KEY, IF_MATCH, Resource, parameter

ROLES = ("central", "competent", "provider", "liaison")
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
ID = Whole(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$")
SHORT = validate.Length(1, 200)
OFFICER = Whole(rf"^{CODE.pattern}$", error="a code, as `assign` takes it: no name")

blp = Resource("authorities", __name__, description="The directory of authorities and their keys")


class ContactSchema(Schema):
    """How an office is reached for one purpose."""

    address = fields.String(validate=SHORT)
    mail = fields.Email()
    phone = fields.String(validate=SHORT)
    note = fields.String(validate=SHORT)


class AmendAuthoritySchema(Schema):
    """Members to be changed."""

    name = fields.String(validate=SHORT)
    state = fields.String(validate=validate.OneOf(sorted(ZONES)))
    role = fields.String(validate=validate.OneOf(ROLES), allow_none=True)
    time_zone = fields.String(validate=SHORT)
    calendar = fields.String(validate=SHORT, allow_none=True)
    member = fields.Boolean(truthy={True}, falsy={False})
    languages = fields.List(fields.String(validate=Whole(r"^[a-z]{2,3}$")), validate=validate.Length(max=40))
    channels = fields.List(fields.String(validate=validate.OneOf(list(Channel))), validate=validate.Length(max=10))
    declarations = fields.Dict(keys=fields.String(validate=SHORT))
    contacts = fields.Dict(keys=fields.String(validate=SHORT), values=fields.Nested(ContactSchema))
    hours = fields.String(validate=SHORT, allow_none=True)
    phone = fields.String(validate=SHORT, allow_none=True)

    @validates("time_zone")
    def _known_zone(self, value: str, data_key: str) -> None:
        try:
            zone(value)
        except ZoneUnknown as unknown:
            raise ValidationError(str(unknown)) from None


class RegisterAuthoritySchema(AmendAuthoritySchema):
    """A new authority. Zone and calendar are those of its State unless they are given."""

    id = fields.String(required=True, validate=ID)
    name = fields.String(required=True, validate=SHORT)
    state = fields.String(required=True, validate=validate.OneOf(sorted(ZONES)))

    @post_load
    def _with_defaults(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"time_zone": zone_of_state(data["state"]), "calendar": data["state"], **data}


class IssueKeySchema(Schema):
    """Whom the key is for: a role, perhaps a desk, perhaps one officer (a reference as `assign` takes it, no name)."""

    role = fields.String(required=True, validate=validate.OneOf(list(Role)))
    desk = fields.String(validate=SHORT, allow_none=True)
    label = fields.String(validate=SHORT, allow_none=True)
    officer = fields.String(validate=OFFICER, allow_none=True)


@blp.operation(
    "/v1/authorities",
    name="listAuthorities",
    summary="The directory",
    parameters=[
        parameter("state", "State, ISO 3166-1 alpha-2; several parted by commas"),
        parameter("member", "whether it acts for itself here", {"type": "boolean"}),
        parameter("q", "part of the name or the id"),
        parameter("limit", "1 to 200", {"type": "integer"}),
        parameter("cursor", "`next` of the page before"),
    ],
    problems=("malformed",),
)
def list_authorities() -> Response:
    """By id."""
    query = Query(("member", "q", "limit", "cursor"), ("state",))
    states, member, q = query.texts("state") or None, query.yes("member"), query.text("q")
    limit = query.number("limit", default=LIMIT_DEFAULT, lowest=1, highest=LIMIT_HIGHEST) or LIMIT_DEFAULT
    cursors, bound_to = Cursors(shell().cursor_secret), filters_of({"authorities": [states, member, q]})
    cursor = query.text("cursor", longest=2000)
    after = cursors.read(cursor, bound_to)[0] if cursor else None
    with shell().pool.connection() as conn:
        found = queries.authorities(conn, states=states, member=member, q=q, after=after, limit=limit + 1)
    following = cursors.write([found[limit - 1].id], bound_to) if len(found) > limit else None
    return json_answer({"authorities": [authority_members(row) for row in found[:limit]], "next": following}, headers=next_headers(following))


@blp.operation("/v1/authorities/<authority_id>", name="getAuthority", summary="One authority", answer=AuthoritySchema, problems=("not_found",))
def get_authority(authority_id: str) -> Response:
    """State, name, role, time zone, calendar, languages accepted, channels, declarations, contacts by kind, hours, phone, member or not."""
    Query(("min_version",))
    row = _row(authority_id)
    return not_modified(row.version) or json_answer(authority_members(row), headers={"ETag": etag(row.version)})


@blp.operation(
    "/v1/authorities",
    "POST",
    name="registerAuthority",
    summary="A new authority",
    body=RegisterAuthoritySchema,
    body_example={"id": "sk-central", "state": "SK", "name": "Central authority, Slovakia", "role": "central", "languages": ["sk"]},
    answer=AuthoritySchema,
    status=201,
    parameters=[IDEMPOTENCY_KEY],
    problems=CHANGES,
)
def register_authority() -> Response:
    """Administrators only. An authority that is a member acts for itself; for another one the members record what it does."""
    described = load(RegisterAuthoritySchema(), json_body())
    done = commands.register_authority(shell(), _order(), described)
    return _changed(described["id"], done.replayed, status=201)


@blp.operation(
    "/v1/authorities/<authority_id>",
    "POST",
    name="amendAuthority",
    summary="Describe an authority anew",
    body=AmendAuthoritySchema,
    answer=AuthoritySchema,
    parameters=[IDEMPOTENCY_KEY, IF_MATCH],
    problems=(*CHANGES, "stale_version", "version_required"),
)
def amend_authority(authority_id: str) -> Response:
    """Administrators only. Members that are given replace what was known."""
    changes = load(AmendAuthoritySchema(), json_body())
    done = commands.amend_authority(shell(), _order(), authority_id, changes, expected_version())
    return _changed(authority_id, done.replayed, status=200)


@blp.operation(
    "/v1/authorities/<authority_id>/keys", name="listKeys", summary="The keys of an authority, without their secrets", problems=("not_allowed", "not_found")
)
def list_keys(authority_id: str) -> Response:
    """Administrators only."""
    require_role(ADMINISTRATORS)
    _row(authority_id)
    with shell().pool.connection() as conn:
        found = queries.keys(conn, authority_id)
    keys = [
        {"id": key.id, "authority": authority_id, "role": key.role, "desk": key.desk, "label": key.label, "officer": key.officer,
         "issued_at": moment(key.issued_at), "revoked_at": moment(key.revoked_at) if key.revoked_at else None}
        for key in found
    ]  # fmt: skip
    return json_answer({"keys": keys})


@blp.operation(
    "/v1/authorities/<authority_id>/keys",
    "POST",
    name="issueKey",
    summary="A new key, shown once",
    body=IssueKeySchema,
    body_example={"role": "desk", "desk": "desk-1"},
    answer=KeySchema,
    status=201,
    parameters=[IDEMPOTENCY_KEY],
    problems=CHANGES,
)
def issue_key(authority_id: str) -> Response:
    """Administrators only. Only a keyed hash of the secret is stored. The same call repeated within seven days shows the same key."""
    body = load(IssueKeySchema(), json_body())
    wanted = {name: body.get(name) for name in ("role", "desk", "label", "officer")}
    issued = commands.issue_key(shell(), _order(), authority_id, **wanted)
    told = {"id": issued.id, "authority": authority_id, **wanted, "key": issued.key}
    headers = {"Location": f"/v1/authorities/{authority_id}/keys/{issued.id}"} | (idempotency.REPLAYED if issued.replayed else {})
    return json_answer(told, 201, headers)


@blp.operation(
    "/v1/authorities/<authority_id>/keys/<key_id>",
    "DELETE",
    name="revokeKey",
    summary="A key opens nothing any more",
    status=204,
    problems=("not_allowed", "not_found"),
)
def revoke_key(authority_id: str, key_id: str) -> Response:
    """Administrators only. Every service knows within seconds."""
    order = _order(key=f"revoke {authority_id} {key_id}")
    commands.revoke_key(shell(), order, authority_id, key_id)
    return no_content()


def authority_members(row: AuthorityRow) -> dict[str, Any]:
    """An authority as the interface shows it."""
    names = ("id", "version", "name", "state", "role", "time_zone", "calendar", "member", "languages", "channels", "declarations", "contacts", "hours", "phone")
    return {name: getattr(row, name) for name in names} | {"registered_at": moment(row.registered_at), "updated_at": moment(row.updated_at)}


def _row(authority_id: str) -> AuthorityRow:
    with shell().pool.connection() as conn:
        row = queries.authority(conn, authority_id)
    if row is None:
        raise not_found()
    return row


def _order(key: str | None = None) -> Order:
    known = require_role(ADMINISTRATORS)
    command_id: UUID = idempotency.command_id(known, key or idempotency.idempotency_key())
    return Order(caller().authority, command_id, idempotency.fingerprint(), tracing.traceparent(), tracing.request_id())


def _changed(authority_id: str, replayed: bool, status: int) -> Response:
    row = _row(authority_id)
    headers = {"ETag": etag(row.version), "Location": f"/v1/authorities/{authority_id}"} | (idempotency.REPLAYED if replayed else {})
    return json_answer(authority_members(row), status, headers)
