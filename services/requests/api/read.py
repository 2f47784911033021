"""GET of one request and of what belongs to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from psycopg import Connection

from services.requests.api.documents import document_bytes, history
from services.requests.api.present import shell
from services.requests.api.refusals import shown
from services.requests.api.schemas import HistorySchema, MovesSchema, RequestSchema, VerificationSchema
from services.requests.domain.verdicts import Field, Verdict, verdicts
from services.requests.seen import Seen, seen_by
from services.requests.streams import read_as_of
from shared.facts.codes import READING_ROLES
from shared.facts.members import moment
from shared.storage.event_log import verify_stream
from shared.web.answers import bytes_answer, json_answer
from shared.web.auth import require_role
from shared.web.conditional import etag, min_version, not_modified, wait_until
from shared.web.query import Query
from shared.web.resource import Resource, parameter

"""Roles that see requests."""

MIN_VERSION = parameter("min_version", "answer only with this version or a later one: waits up to 2 s, else 503", {"type": "integer"})
AS_OF = parameter("as_of", "as it was recorded up to this moment", {"type": "string", "format": "date-time"})


def read_seen(conn: Connection[Any], request_id: UUID, as_of: datetime | None = None) -> Seen:
    """The request as the caller sees it, at least at the version that it asks for."""
    known = require_role(READING_ROLES)
    if as_of is not None:
        return seen_by(read_as_of(conn, request_id, as_of), known)
    least = min_version()
    seen = seen_by(shell().streams.read(conn, request_id), known)
    if least is None or seen.version >= least:
        return seen
    return wait_until(lambda: seen_by(shell().streams.read(conn, request_id), known), lambda found: found.version >= least)


blp = Resource("request", __name__, description="One request, folded from its facts")


@blp.operation(
    "/v1/requests/<uuid:request_id>",
    name="getRequest",
    summary="The request as it is now",
    answer=RequestSchema,
    parameters=[AS_OF, MIN_VERSION],
    problems=("malformed", "not_allowed", "not_found"),
)
def get_request(request_id: UUID) -> Response:
    """Folded from its stream, as the caller may see it. The ETag is the version for the caller; If-None-Match answers 304."""
    as_of = Query(("as_of", "min_version")).moment("as_of")
    with shell().pool.connection() as conn:
        seen = read_seen(conn, request_id, as_of)
        unchanged = not_modified(seen.version)
        if unchanged is not None:
            return unchanged
        return bytes_answer(document_bytes(shell(), conn, seen, as_of or shell().now(conn)), headers={"ETag": etag(seen.version)})


@blp.operation(
    "/v1/requests/<uuid:request_id>/history",
    name="getHistory",
    summary="Every fact that the caller may see",
    answer=HistorySchema,
    parameters=[parameter("after_version", "only facts after this version", {"type": "integer"}), AS_OF, MIN_VERSION],
    problems=("malformed", "not_allowed", "not_found"),
)
def get_history(request_id: UUID) -> Response:
    """What, by whom, on whose behalf, occurred, recorded, correction of what; in order of version."""
    query = Query(("after_version", "as_of", "min_version"))
    after, as_of = query.number("after_version", default=0), query.moment("as_of")
    with shell().pool.connection() as conn:
        seen = read_seen(conn, request_id, as_of)
        facts = [shown(entry) for entry in history(seen, after or 0, shell().opener(conn, seen.stream))]
    return json_answer({"id": str(request_id), "version": seen.version, "facts": facts}, headers={"ETag": etag(seen.version)})


@blp.operation(
    "/v1/requests/<uuid:request_id>/moves",
    name="getMoves",
    summary="Which moves are possible now",
    answer=MovesSchema,
    parameters=[MIN_VERSION],
    problems=("malformed", "not_allowed", "not_found"),
)
def get_moves(request_id: UUID) -> Response:
    """For the caller: each move with its fields, or with what forbids it (state, hold, side, role) and what would allow it."""
    Query(("min_version",))
    with shell().pool.connection() as conn:
        seen = read_seen(conn, request_id)
        context = shell().context(shell().now(conn))
        found = verdicts(seen.request, seen.caller.authority, seen.caller.role, context)
    told = {"id": str(request_id), "version": seen.version, "moves": [verdict_members(verdict) for verdict in found]}
    return json_answer(told, headers={"ETag": etag(seen.version)})


@blp.operation(
    "/v1/requests/<uuid:request_id>/clocks",
    name="getClocks",
    summary="Every clock of the request, running or ended",
    parameters=[MIN_VERSION],
    problems=("malformed", "not_allowed", "not_found"),
)
def get_clocks(request_id: UUID) -> Response:
    """As at now."""
    Query(("min_version",))
    with shell().pool.connection() as conn:
        seen = read_seen(conn, request_id)
        members = shell().clockwork.members(seen.request, shell().now(conn))
    return json_answer({"id": str(request_id), "version": seen.version, **members}, headers={"ETag": etag(seen.version)})


@blp.operation(
    "/v1/requests/<uuid:request_id>/verification",
    name="verifyRequest",
    summary="Has anybody altered the record?",
    answer=VerificationSchema,
    problems=("malformed", "not_allowed", "not_found"),
)
def verification(request_id: UUID) -> Response:
    """Computes the hash chain of the stream anew, over the bytes as stored, and compares it link by link."""
    Query()
    with shell().pool.connection() as conn:
        seen_by(shell().streams.read(conn, request_id), require_role(READING_ROLES))
        found = verify_stream(conn, request_id)
        now = shell().now(conn)
    head = found.head.hex() if found.head else None
    told = {"intact": found.intact, "facts": found.facts, "broken_at": found.broken_at, "head": head, "checkpoint": None, "verified_at": moment(now)}
    return json_answer({"id": str(request_id), **told})


def verdict_members(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the interface shows it."""
    told: dict[str, Any] = {"move": verdict.move, "possible": verdict.possible, "on_behalf_of": verdict.on_behalf_of}
    if verdict.possible:
        return {**told, "fields": [field_members(field) for field in verdict.fields]}
    return {**told, "code": verdict.code, "forbidden_by": verdict.forbidden_by, "parameters": dict(verdict.parameters)}


def field_members(field: Field) -> dict[str, Any]:
    """A field of a move's form as the interface shows it."""
    return {
        "name": field.name,
        "type": field.type,
        "required": field.required,
        "choices": list(field.choices),
        "choices_closed": field.choices_closed,
        "clear": field.clear,
        "default": field.default,
        "fields": [field_members(each) for each in field.of],
    }
