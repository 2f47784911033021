"""/v1/deliveries: every mail and call, tried when, answered what, given up why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from psycopg import Connection

from services.notifications.api.schemas import CHANNELS, PURPOSES, STATES, DeliveryAnswer, DeliveryList
from services.notifications.api.shell import Answer, Shell, repeatable
from services.notifications.api.subscriptions import moment_text
from services.notifications.queries.deliveries import requeue
from services.notifications.queries.delivery_list import Attempt, Delivery, Filters, Sight, attempts_of, deliveries_of, delivery
from services.notifications.queries.subscriptions import moment
from shared.facts.codes import Role
from shared.storage.directory import Caller
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.errors import Problem, not_found
from shared.web.paging import LIMIT_DEFAULT, LIMIT_HIGHEST, filters_of, next_headers
from shared.web.query import Query
from shared.web.resource import CHANGES, IDEMPOTENCY_KEY, Resource, parameter

READERS = frozenset(Role)
RESENDERS = READERS - {Role.AUDITOR}
FILTERS = ("channel", "subscription", "request", "purpose", "from", "before", "limit", "cursor")

LIST_PARAMETERS = [
    parameter("state", f"several, of {', '.join(STATES)}"),
    parameter("channel", "webhook or mail"),
    parameter("subscription", "only of this subscription"),
    parameter("request", "only about this request"),
    parameter("purpose", f"one of {', '.join(PURPOSES)}"),
    parameter("from", "made at or after this moment"),
    parameter("before", "made before this moment"),
    parameter("limit", "1 to 200"),
    parameter("cursor", "from `next` of the page before"),
]


def sight_of(caller: Caller) -> Sight:
    """Return what of confidential requests the caller may hear: an auditor all, others those of their own desk. An administrator sees no case."""
    return Sight(authority=caller.authority, desk=caller.desk, all_desks=caller.role in (Role.AUDITOR, Role.ADMINISTRATOR))


def shown(row: Delivery, attempts: list[Attempt], caller: Caller) -> dict[str, Any]:
    """Return a delivery as the caller may read it."""
    case = caller.role != Role.ADMINISTRATOR
    return {
        "id": str(row.id),
        "subscription": str(row.subscription) if row.subscription else None,
        "channel": row.channel,
        "target": row.target,
        "purpose": row.purpose,
        "type": row.type,
        "message_id": row.message_id,
        "request": str(row.request) if row.request and case else None,
        "version": row.version if case else None,
        "reference": row.message.get("reference") if case else None,
        "state": row.state,
        "due_at": moment_text(row.due_at),
        "reason": row.reason,
        "attempts": [shown_attempt(attempt) for attempt in attempts],
        "created_at": moment_text(row.created_at),
        "ended_at": moment_text(row.ended_at),
    }


def shown_attempt(attempt: Attempt) -> dict[str, Any]:
    """Return one attempt."""
    return {
        "number": attempt.number,
        "started_at": moment_text(attempt.started_at),
        "ended_at": moment_text(attempt.ended_at),
        "verdict": attempt.verdict,
        "status": attempt.status,
        "detail": attempt.detail or None,
    }


def filters_in(query: Query) -> Filters:
    """Return what the caller narrows the list to."""
    channel, purpose = query.texts("channel", CHANNELS), query.texts("purpose", PURPOSES)
    return Filters(
        state=query.texts("state", STATES) or None,
        channel=channel[0] if channel else None,
        subscription=query.identifier("subscription"),
        request=query.identifier("request"),
        purpose=purpose[0] if purpose else None,
        created_from=query.moment("from"),
        created_before=query.moment("before"),
    )


def resource(shell: Shell) -> Resource:
    """Return the resource."""
    blp = Resource("deliveries", __name__, description="Every mail and call")
    add_reading(blp, shell)
    add_resending(blp, shell)
    return blp


def add_reading(blp: Resource, shell: Shell) -> None:
    """Lists and single deliveries."""

    @blp.operation(
        "/v1/deliveries",
        name="listDeliveries",
        summary="What the caller's authority was told, and how that went",
        answer=DeliveryList,
        parameters=LIST_PARAMETERS,
        problems=("malformed", "not_allowed"),
    )
    def list_deliveries() -> Response:
        """Newest first, each with its attempts."""
        caller = require_role(READERS)
        query = Query(FILTERS, ["state"])
        filters = filters_in(query)
        limit = query.number("limit", default=LIMIT_DEFAULT, lowest=1, highest=LIMIT_HIGHEST) or LIMIT_DEFAULT
        bound_to = f"deliveries {caller.authority} {filters_of({name: getattr(filters, name) for name in Filters.__slots__})}"
        cursor = query.text("cursor")
        before = shell.cursors.read(cursor, bound_to)[0] if cursor else None
        with shell.pool.connection() as conn:
            rows = deliveries_of(conn, sight_of(caller), filters, before=before, limit=limit + 1)
            attempts = attempts_of(conn, [row.id for row in rows[:limit]])
        following = shell.cursors.write([rows[limit - 1].seq], bound_to) if len(rows) > limit else None
        listed = [shown(row, attempts[row.id], caller) for row in rows[:limit]]
        return json_answer({"deliveries": listed, "next": following}, headers=next_headers(following))

    @blp.operation("/v1/deliveries/<uuid:id>", name="readDelivery", summary="One delivery with its attempts", answer=DeliveryAnswer, problems=("not_found",))
    def read_delivery(id: UUID) -> Response:
        """Of the caller's authority."""
        caller = require_role(READERS)
        with shell.pool.connection() as conn:
            return json_answer(read(conn, id, caller))


def read(conn: Connection[Any], id_: UUID, caller: Caller) -> dict[str, Any]:
    """Return the delivery as the caller reads it."""
    row = delivery(conn, id_, sight_of(caller))
    if row is None:
        raise not_found()
    return shown(row, attempts_of(conn, [row.id])[row.id], caller)


def add_resending(blp: Resource, shell: Shell) -> None:
    """Sending one again."""

    @blp.operation(
        "/v1/deliveries/<uuid:id>/resend",
        "POST",
        name="resendDelivery",
        summary="Send an ended delivery again",
        answer=DeliveryAnswer,
        status=202,
        parameters=[IDEMPOTENCY_KEY],
        problems=(*CHANGES, "move_not_possible"),
    )
    def resend(id: UUID) -> Response:
        """Under the same message id and with a fresh schedule of attempts."""
        caller = require_role(RESENDERS)

        def perform(conn: Connection[Any]) -> Answer:
            before = read(conn, id, caller)
            if not requeue(conn, id, moment(conn)):
                raise Problem("move_not_possible", "it has not ended yet", parameters={"state": before["state"]})
            return Answer(read(conn, id, caller), 202)

        return repeatable(shell, perform)
