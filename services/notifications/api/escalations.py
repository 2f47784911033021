"""/v1/escalations: what the ladder reached, and what was answered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields, validate
from psycopg import Connection

from services.notifications.answering import ACKNOWLEDGE, SNOOZE, AnsweredAtOnce, Reply, begins, reply_to
from services.notifications.api.deliveries import sight_of
from services.notifications.api.shell import Answer, Shell, repeatable
from services.notifications.api.subscriptions import moment_text
from services.notifications.queries.clocks import next_levels
from services.notifications.queries.escalations import Escalation, Filters, escalation_seen, escalations_seen, told_of
from services.notifications.queries.following import offices
from services.notifications.queries.subscriptions import moment
from shared.facts.codes import MOVING_ROLES, READING_ROLES
from shared.storage.directory import Caller
from shared.web.answers import json_answer
from shared.web.auth import caller as present_caller
from shared.web.auth import require_role
from shared.web.body import json_body, load
from shared.web.documents import AnswerSchema
from shared.web.errors import Fault, Problem, invalid, not_found
from shared.web.fields import Day
from shared.web.idempotency import command_id, idempotency_key
from shared.web.paging import LIMIT_DEFAULT, LIMIT_HIGHEST, filters_of, next_headers
from shared.web.query import Query
from shared.web.resource import CHANGES, IDEMPOTENCY_KEY, Resource, parameter

STATES = ("open", "acknowledged", "snoozed")
LIST_PARAMETERS = [
    parameter("request", "only of this request"),
    parameter("state", f"one of {', '.join(STATES)}; an answer whose day has come is open again"),
    parameter("level", "1 to 4", {"type": "integer"}),
    parameter("hard", "only clocks at whose end the law itself acts", {"type": "boolean"}),
    parameter("limit", "1 to 200"),
    parameter("cursor", "from `next` of the page before"),
]


class AcknowledgeBody(Schema):
    """I know."""

    until = Day(load_default=None, allow_none=True, metadata={"description": "the ladder is silent before this day; without it for the rest of this revision"})
    reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500), metadata={"description": "for the own side only"})


class SnoozeBody(AcknowledgeBody):
    """Not before that day."""

    until = Day(required=True)


class EscalationAnswer(AnswerSchema):
    """A level that was reached."""

    id = fields.UUID(required=True)
    request = fields.UUID(required=True)
    clock = fields.UUID(required=True, metadata={"description": "the run of the clock"})
    row = fields.String(required=True)
    run = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    on = fields.String(required=True, validate=validate.OneOf(("legal", "promise")))
    level = fields.Integer(required=True)
    phase = fields.String(required=True, validate=validate.OneOf(("before", "at", "after")), metadata={"description": "of the due moment"})
    hard_stop = fields.Boolean(required=True)
    authority = fields.String(required=True, metadata={"description": "who must act"})
    reached_at = fields.DateTime(required=True)
    recorded_at = fields.DateTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    until = fields.Date(allow_none=True, required=True)
    reason = fields.String(allow_none=True, required=True)
    answered_at = fields.DateTime(allow_none=True, required=True)
    kind = fields.String(required=True)
    reference = fields.String(allow_none=True, required=True)
    counterpart = fields.Dict(keys=fields.String(), required=True)
    clock_state = fields.String(required=True, validate=validate.OneOf(("running", "suspended", "lapsed", "ended")))
    strict_due = fields.String(allow_none=True, required=True)
    nominal_due = fields.String(allow_none=True, required=True)
    adjusted_due = fields.String(allow_none=True, required=True)
    promised_due = fields.String(allow_none=True, required=True)
    next_level = fields.Dict(keys=fields.String(), allow_none=True, required=True, metadata={"description": "level, on and at of what fires next"})
    told = fields.List(fields.Dict(keys=fields.String()), required=True, metadata={"description": "the deliveries to the caller's authority"})


class EscalationList(AnswerSchema):
    """A page of escalations, open ones first, in the order in which they were reached."""

    escalations = fields.List(fields.Nested(EscalationAnswer), required=True)
    next = fields.String(allow_none=True, required=True)


def shown(row: Escalation, name: str | None, following: tuple[int, str, datetime] | None, told: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an escalation as its readers see it."""
    return {
        "id": str(row.id),
        "request": str(row.request),
        "clock": str(row.clock),
        "row": row.row_id,
        "run": row.run,
        "revision": row.revision,
        "on": row.ladder_on,
        "level": row.level,
        "phase": row.phase,
        "hard_stop": row.hard,
        "authority": row.authority,
        "reached_at": moment_text(row.reached_at),
        "recorded_at": moment_text(row.recorded_at),
        "state": "open" if row.is_open else row.state,
        "until": row.until_on.isoformat() if row.until_on else None,
        "reason": row.reason if row.own_side else None,
        "answered_at": moment_text(row.answered_at),
        "kind": row.kind,
        "reference": row.reference,
        "counterpart": {"authority": row.counterpart, "name": name},
        "clock_state": row.course,
        "strict_due": row.strict_due,
        "nominal_due": row.nominal_due,
        "adjusted_due": row.adjusted_due,
        "promised_due": row.promised,
        "next_level": {"level": following[0], "on": following[1], "at": moment_text(following[2])} if following else None,
        "told": told,
    }


def shown_all(conn: Connection[Any], rows: list[Escalation], caller: Caller) -> list[dict[str, Any]]:
    """Return escalations with what belongs to each."""
    named = offices(conn, {row.counterpart for row in rows})
    following = next_levels(conn, {row.clock for row in rows})
    told = told_of(conn, caller.authority, [row.id for row in rows])
    return [shown(row, named[row.counterpart].name if row.counterpart in named else None, following.get(row.clock), told[row.id]) for row in rows]


def resource(shell: Shell) -> Resource:
    """Return the resource."""
    blp = Resource("escalations", __name__, description="The escalation ladder")
    add_reading(blp, shell)
    add_answers(blp, shell)
    return blp


def add_reading(blp: Resource, shell: Shell) -> None:
    """Lists and single escalations."""

    @blp.operation(
        "/v1/escalations", name="listEscalations", summary="What the ladder reached", answer=EscalationList, parameters=LIST_PARAMETERS,
        problems=("malformed", "not_allowed"),
    )  # fmt: skip
    def list_escalations() -> Response:
        """Of all requests that the caller may see; open ones first, each group in the order in which it was reached."""
        caller = require_role(READING_ROLES)
        query = Query(("request", "state", "level", "hard", "limit", "cursor"))
        filters = Filters(
            request=query.identifier("request"),
            state=query.choice("state", STATES, "") if query.text("state") else None,
            level=query.number("level", lowest=1, highest=9),
            hard=query.yes("hard"),
        )
        limit = query.number("limit", default=LIMIT_DEFAULT, lowest=1, highest=LIMIT_HIGHEST) or LIMIT_DEFAULT
        bound_to = f"escalations {caller.authority} {filters_of({name: getattr(filters, name) for name in Filters.__slots__})}"
        cursor = query.text("cursor")
        place = shell.cursors.read(cursor, bound_to) if cursor else None
        with shell.pool.connection() as conn:
            rows = escalations_seen(conn, sight_of(caller), filters, after=(place[0], place[1]) if place else None, limit=limit + 1)
            listed = shown_all(conn, rows[:limit], caller)
        last = rows[limit - 1] if len(rows) > limit else None
        following = shell.cursors.write([not last.is_open, last.seq], bound_to) if last else None
        return json_answer({"escalations": listed, "next": following}, headers=next_headers(following))

    @blp.operation("/v1/escalations/<uuid:id>", name="readEscalation", summary="One escalation", answer=EscalationAnswer, problems=("not_found",))
    def read_escalation(id: UUID) -> Response:
        """With who was told, and what comes next."""
        caller = require_role(READING_ROLES)
        with shell.pool.connection() as conn:
            return json_answer(shown_all(conn, [seen(conn, id, caller)], caller)[0])


def seen(conn: Connection[Any], id_: UUID, caller: Caller) -> Escalation:
    """Return the escalation, where the caller may see it."""
    row = escalation_seen(conn, sight_of(caller), id_)
    if row is None:
        raise not_found()
    return row


def add_answers(blp: Resource, shell: Shell) -> None:
    """Acknowledging and snoozing."""

    @blp.operation(
        "/v1/escalations/<uuid:id>/acknowledge", "POST", name="acknowledgeEscalation", summary="I know", body=AcknowledgeBody, body_required=False,
        answer=EscalationAnswer, parameters=[IDEMPOTENCY_KEY], problems=(*CHANGES, "wrong_side"),
    )  # fmt: skip
    def acknowledge(id: UUID) -> Response:
        """Its ladder is silent until the chosen day. The clock does not change; a hard stop still fires when it is due."""
        return answered(shell, id, ACKNOWLEDGE, load(AcknowledgeBody(), json_body()))

    @blp.operation(
        "/v1/escalations/<uuid:id>/snooze", "POST", name="snoozeEscalation", summary="Not before that day", body=SnoozeBody,
        answer=EscalationAnswer, parameters=[IDEMPOTENCY_KEY], problems=(*CHANGES, "wrong_side"),
    )  # fmt: skip
    def snooze(id: UUID) -> Response:
        """Its ladder is silent until the chosen day; then the highest level reached meanwhile fires. The clock does not change."""
        return answered(shell, id, SNOOZE, load(SnoozeBody(), json_body()))


def answered(shell: Shell, id_: UUID, what: str, body: dict[str, Any]) -> Response:
    """Return the escalation once it is answered; tried again when another answer of the same request was quicker."""
    for _ in range(5):
        try:
            return answered_once(shell, id_, what, body)
        except AnsweredAtOnce:
            continue
    raise Problem("temporarily_unavailable", "others are answering the same request", retry_after_seconds=1)


def answered_once(shell: Shell, id_: UUID, what: str, body: dict[str, Any]) -> Response:
    """Return the escalation once it is answered."""
    caller = require_role(MOVING_ROLES)
    command = command_id(present_caller(), idempotency_key())

    def perform(conn: Connection[Any]) -> Answer:
        row, now = seen(conn, id_, caller), moment(conn)
        if not may_answer(conn, row, caller):
            raise Problem("wrong_side", "the ladder belongs to the side that must act")
        check_day(body["until"], row.zone, now)
        reply_to(conn, row, Reply(what=what, until=body["until"], reason=body["reason"], by=caller.authority, key=caller.key_id), now=now, command=command)
        return Answer(shown_all(conn, [seen(conn, id_, caller)], caller)[0])

    return repeatable(shell, perform)


def may_answer(conn: Connection[Any], row: Escalation, caller: Caller) -> bool:
    """Return whether the ladder is that of the caller's side: it must act, or the side that must act is no member here."""
    acting = offices(conn, [row.authority]).get(row.authority)
    return row.own_side or (acting is not None and not acting.member)


def check_day(until: date | None, zone_name: str | None, now: datetime) -> None:
    """Refuse a day that has begun."""
    moment_at = begins(until, zone_name)
    if moment_at is not None and moment_at <= now.astimezone(UTC):
        raise invalid([Fault("/until", "not_ahead", "choose a day that lies ahead")])
