"""Making moves: POST of a request, of a move on it, of one reason for many."""

from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import Schema, fields, validate
from psycopg import Connection

from services.requests.api.documents import document, history
from services.requests.api.examples import CREATE_EXAMPLE, MOVE_EXAMPLES
from services.requests.api.present import shell
from services.requests.api.refusals import shown, stale
from services.requests.api.schemas import MadeSchema, member_field, move_schema
from services.requests.commands import VERSION_NOT_TOLD, Decided, Made, MoveCall, Order, StaleVersion, decided, make_moves
from services.requests.domain.access import Access, access, visible_version
from services.requests.domain.errors import DomainError
from services.requests.domain.moves.table import BEGINNINGS, MOVES
from services.requests.domain.request import apply, fold
from services.requests.queries.streams import done_command
from services.requests.seen import Seen, reader_of, seen_by
from services.requests.shell import Shell
from services.requests.streams import Stream
from shared.facts.codes import READING_ROLES
from shared.facts.identifiers import COMMANDS, caused
from shared.storage.directory import Caller
from shared.web import idempotency, tracing
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.body import json_body, load
from shared.web.conditional import etag, expected_version
from shared.web.errors import Fault, Problem, invalid
from shared.web.query import Query
from shared.web.resource import CHANGES, IDEMPOTENCY_KEY, IF_MATCH, Resource, parameter

DIRECTIONS = {"outgoing": "draft", "incoming": "register"}
DRY_RUN = parameter("dry_run", "true: decide and tell what would be recorded, store nothing", {"type": "boolean"})
REFUSED = (
    "wrong_side", "move_not_possible", "duplicate_reference", "stale_version", "version_required", "form_incomplete", "bound_exceeded",
    "ground_not_in_instrument", "occurred_in_future", "occurred_before_cause", "unknown_instrument", "calendar_not_covered", "still_processing",
)  # fmt: skip

blp = Resource("moves", __name__, description="Drafting, registering, and every move on a request")


def _create_schema() -> type[Schema]:
    members = {member.name: member for move in DIRECTIONS.values() for member in BEGINNINGS[move].members}
    told: dict[str, Any] = {name: member_field(member) for name, member in members.items()}
    for name in ("requested", "from"):
        told[name].required = False
    told["direction"] = fields.String(required=True, validate=validate.OneOf(list(DIRECTIONS)))
    told |= {"occurred_at": fields.AwareDateTime(), "note": fields.String()}
    return Schema.from_dict(told, name="CreateBody")


@blp.operation(
    "/v1/requests",
    "POST",
    name="createRequest",
    summary="Draft a request, or register what came in",
    body=_create_schema(),
    body_example=CREATE_EXAMPLE,
    answer=MadeSchema,
    status=201,
    parameters=[IDEMPOTENCY_KEY, DRY_RUN],
    problems=(*CHANGES, *REFUSED),
)
def create_request() -> Response:
    """`direction: outgoing` drafts; `direction: incoming` registers a request from an authority that is no member, with its history if need be."""
    body = json_body()
    if body.get("direction") not in list(DIRECTIONS):  # a list, because what a body holds may have no hash
        raise invalid([Fault("/direction", "required", "outgoing or incoming")])
    move = DIRECTIONS[body["direction"]]
    return _make(move, None, {name: value for name, value in body.items() if name != "direction"})


def _offer_moves() -> None:
    for name, move in MOVES.items():
        blp.operation(
            f"/v1/requests/<uuid:request_id>/moves/{name}",
            "POST",
            name="move" + "".join(part.title() for part in name.split("_")),
            summary=f"{name.replace('_', ' ').capitalize()}: {move.then}",
            body=move_schema(name),
            body_required=any(member.required for member in move.members),
            body_example=MOVE_EXAMPLES.get(name),
            answer=MadeSchema,
            parameters=[IDEMPOTENCY_KEY, IF_MATCH, DRY_RUN],
            problems=(*CHANGES, *REFUSED),
        )(_view_of(name))


def _view_of(name: str) -> Any:
    move = MOVES[name]

    def make_move(request_id: UUID) -> Response:
        return _make(name, request_id, json_body())

    make_move.__doc__ = (
        f"Made by the {' or '.join(sorted(move.sides))} side from {', '.join(sorted(move.states))}. Records {move.fact.__name__}. Then: {move.then}."
    )
    return make_move


_offer_moves()


def _make(move: str, request_id: UUID | None, body: dict[str, Any]) -> Response:
    caller = require_role(READING_ROLES)
    if request.query_string and Query(("dry_run",)).yes("dry_run"):
        return _preview(
            Order(caller=caller, request=request_id, calls=[MoveCall(move, body)], command_id=UUID(int=0), fingerprint=b"", expected=_told_version())
        )
    order = Order(
        caller=caller,
        request=request_id,
        calls=[MoveCall(move, body)],
        command_id=idempotency.command_id(caller, idempotency.idempotency_key()),
        fingerprint=idempotency.fingerprint(),
        expected=None if request_id is None else _told_version() or VERSION_NOT_TOLD,
        traceparent=tracing.traceparent(),
        correlation_id=tracing.request_id(),
    )
    try:
        made = make_moves(shell(), order)
    except StaleVersion as error:
        raise _stale(error) from None
    return made_answer(made, caller, created=request_id is None)


def _told_version() -> int | None:
    """The version in If-Match, if there is one."""
    try:
        return expected_version()
    except Problem as problem:
        if problem.code != "version_required":
            raise
        return None


def _stale(error: StaleVersion) -> Problem:
    with shell().pool.connection() as conn:
        return stale(error, shell().opener(conn, error.seen.stream))


def made_answer(made: Made, caller: Caller, *, created: bool) -> Response:
    """The request as the move left it, and the facts that it recorded: the same bytes whenever it is told again."""
    request = made.stream.request
    seen = Seen(made.stream, caller, access(request, reader_of(caller)), visible_version(request, caller.authority))
    with_conn = shell()
    if not made.stream.places.keys() <= made.stream.opened.keys():
        with with_conn.pool.connection() as conn:
            told = made_members(with_conn, conn, seen, made.first)
    else:
        told = made_members(with_conn, None, seen, made.first)
    headers = {"ETag": etag(seen.version)}
    if created:
        headers["Location"] = f"/v1/requests/{made.request_id}"
    if made.replayed:
        headers |= idempotency.REPLAYED
    return json_answer(told, 201 if created else 200, headers)


def made_members(with_shell: Shell, conn: Connection[Any] | None, seen: Seen, first: int) -> dict[str, Any]:
    """The answer to a move. A caller whose own move took the request out of its sight gets id and version only."""
    if seen.access is Access.NONE:
        return {"id": str(seen.stream.id), "version": seen.version, "facts": []}
    told = document(with_shell, conn, seen, seen.request.history[-1].recorded_at)
    return {**told, "facts": [shown(entry) for entry in history(seen, first - 1, with_shell.opener(conn, seen.stream))]}


def _preview(order: Order) -> Response:
    with shell().pool.connection() as conn:
        try:
            wanted = decided(shell(), conn, order)
        except StaleVersion as error:
            raise stale(error, shell().opener(conn, error.seen.stream)) from None
        return json_answer(preview_members(shell(), conn, order, wanted))


def preview_members(with_shell: Shell, conn: Connection[Any], order: Order, wanted: Decided) -> dict[str, Any]:
    """What would be recorded, and the request with it; nothing is stored."""
    request = wanted.before.request if wanted.before else None
    for recorded in wanted.facts:
        request = apply(request, recorded) if request else fold([recorded])
    assert request is not None
    stream = Stream(wanted.request_id, request, wanted.before.places if wanted.before else {})
    seen = Seen(stream, order.caller, access(request, reader_of(order.caller)), visible_version(request, order.caller.authority))
    told = made_members(with_shell, conn, seen, wanted.facts[0].version)
    return {"dry_run": True, "facts": told.pop("facts"), "clocks": [], "silenced": [], "request": told}


class SupersededSchema(Schema):
    """One of the requests that are superseded, at the version the caller has seen."""

    request = fields.UUID(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))


class SupersedeSchema(Schema):
    """Requests that another one takes the place of."""

    requests = fields.List(fields.Nested(SupersededSchema), required=True, validate=validate.Length(1, 100))
    superseded_by = fields.UUID(required=True)
    reason = fields.String(validate=validate.Length(1, 2000), metadata={"description": "words of a person: sealed before they are stored"})


@blp.operation(
    "/v1/requests/supersede",
    "POST",
    name="supersedeRequests",
    summary="Close many requests as superseded by one",
    body=SupersedeSchema,
    parameters=[IDEMPOTENCY_KEY, DRY_RUN],
    problems=(*CHANGES, *REFUSED),
)
def supersede() -> Response:
    """One reason, one preview. Nothing is closed unless all can be; each is then closed by a command of its own, so that a repeated call finishes the rest."""
    caller = require_role(READING_ROLES)
    wanted = load(SupersedeSchema(), json_body())
    dry_run = bool(Query(("dry_run",)).yes("dry_run"))
    key = "" if dry_run else idempotency.idempotency_key()
    with shell().pool.connection() as conn:
        seen_by(shell().streams.read(conn, wanted["superseded_by"]), caller)
    orders = [_superseding(caller, key, each, wanted) for each in wanted["requests"]]
    rows = [_foreseen(order) for order in orders]
    refused = any(row["code"] for row in rows)
    if not refused and not dry_run:
        rows = [_superseded(order) for order in orders]
    told = {"dry_run": dry_run, "closed": 0 if dry_run or refused else sum(row["code"] is None for row in rows), "results": rows}
    return json_answer(told, 422 if refused and not dry_run else 200)


def _superseding(caller: Caller, key: str, each: dict[str, Any], wanted: dict[str, Any]) -> Order:
    body = {"reason": "superseded", "superseded_by": str(wanted["superseded_by"])}
    if wanted.get("reason"):
        body["note"] = wanted["reason"]
    return Order(
        caller=caller,
        request=each["request"],
        calls=[MoveCall("close", body)],
        command_id=caused(COMMANDS, caller.authority, caller.key_id, key, "supersede", each["request"]),
        fingerprint=idempotency.fingerprint(),
        expected=each["version"],
        traceparent=tracing.traceparent(),
        correlation_id=tracing.request_id(),
    )


def _foreseen(order: Order) -> dict[str, Any]:
    """What would become of one of many: done before counts as possible."""
    with shell().pool.connection() as conn:
        try:
            wanted = decided(shell(), conn, order)
        except (DomainError, StaleVersion) as refusal:
            if _done_before(conn, order):
                return _row(order, None, None)
            return _row(order, None, refusal)
        return _row(order, wanted.facts[-1].version, None)


def _done_before(conn: Connection[Any], order: Order) -> bool:
    done = done_command(conn, order.command_id)
    return done is not None and done.fingerprint == order.fingerprint


def _superseded(order: Order) -> dict[str, Any]:
    try:
        return _row(order, make_moves(shell(), order).version, None)
    except (DomainError, StaleVersion) as refusal:
        return _row(order, None, refusal)


def _row(order: Order, version: int | None, refusal: DomainError | StaleVersion | None) -> dict[str, Any]:
    told: dict[str, Any] = {"request": str(order.request), "version": version, "code": None, "detail": None, "parameters": {}}
    if refusal is None:
        return told
    return {**told, "code": refusal.code, "detail": str(refusal), "parameters": getattr(refusal, "parameters", {})}
