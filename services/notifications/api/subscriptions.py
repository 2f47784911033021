"""/v1/subscriptions: who is told of what. Kept by administrators and integrators of the authority."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response
from psycopg import Connection

from services.notifications.api.schemas import EXAMPLE_URL, ResendBody, ResentAnswer, SubscriptionAnswer, SubscriptionBody, SubscriptionList
from services.notifications.api.shell import Answer, Shell, repeatable
from services.notifications.channels.addresses import TargetNotAllowed, checked_addresses, parsed
from services.notifications.channels.mail import MailboxNotValid, mailbox
from services.notifications.keys import ROTATION
from services.notifications.messages.letter import spoken
from services.notifications.queries.deliveries import cancel_waiting, hurry, insert_deliveries, requeue_all
from services.notifications.queries.following import offices
from services.notifications.queries.subscriptions import (
    MAIL_WIDTH,
    WEBHOOK_WIDTH,
    Subscription,
    insert_lane,
    insert_subscription,
    moment,
    rotate_key,
    set_state,
    subscription,
    subscriptions_of,
)
from services.notifications.telling import to_subscription
from shared.facts.codes import Role
from shared.facts.identifiers import uuid7
from shared.storage.directory import Caller
from shared.web.answers import json_answer, no_content
from shared.web.auth import require_role
from shared.web.body import json_body, load
from shared.web.errors import Fault, Problem, invalid, not_found
from shared.web.paging import LIMIT_DEFAULT, LIMIT_HIGHEST, next_headers
from shared.web.query import Query
from shared.web.resource import CHANGES, IDEMPOTENCY_KEY, Resource, parameter

MANAGERS = frozenset({Role.ADMINISTRATOR, Role.INTEGRATOR})
READERS = MANAGERS | {Role.SUPERVISOR, Role.HEAD, Role.AUDITOR}
MOST = 200
BODY_EXAMPLE = {"channel": "webhook", "target": EXAMPLE_URL, "kinds": ["eio"], "types": ["RequestSent", "RequestAcknowledged"], "label": "Case system"}


def shown(row: Subscription) -> dict[str, Any]:
    """Return a subscription as its owner reads it."""
    return {
        "id": str(row.id),
        "authority": row.authority,
        "channel": row.channel,
        "target": row.target,
        "kinds": row.kinds,
        "types": row.types,
        "desk": row.desk,
        "language": row.language,
        "label": row.label,
        "alert_to": row.alert_to,
        "state": row.state,
        "created_at": moment_text(row.created_at),
        "verified_at": moment_text(row.verified_at),
        "previous_secret_until": moment_text(row.previous_key_until),
    }


def moment_text(moment: datetime | None) -> str | None:
    """Return *moment* in UTC, as all answers write it."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def with_secret(shell: Shell, body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with the secret that is shown once; ``generation`` stands in what is kept, never in what is sent."""
    generation = body.pop("generation", None)
    return body | {"secret": shell.keys.key(UUID(body["id"]), generation)} if generation else body


def checked_target(shell: Shell, body: Mapping[str, Any]) -> None:
    """Refuse a target that no message could ever go to."""
    faults = []
    try:
        if body["channel"] == "webhook":
            target = parsed(body["target"], private_allowed=shell.webhook_allow_private)
            checked_addresses(target, private_allowed=shell.webhook_allow_private, own=shell.webhook_own_ranges)
        else:
            mailbox(body["target"])
    except TargetNotAllowed as fault:
        faults.append(Fault("/target", fault.code, str(fault)))
    except MailboxNotValid as fault:
        faults.append(Fault("/target", "mailbox_not_valid", str(fault)))
    try:
        if body["alert_to"] is not None:
            mailbox(body["alert_to"])
    except MailboxNotValid as fault:
        faults.append(Fault("/alert_to", "mailbox_not_valid", str(fault)))
    if faults:
        raise invalid(faults)


def begin(conn: Connection[Any], caller: Caller, body: Mapping[str, Any]) -> Subscription:
    """Write a new subscription, its lane, and the challenge of a webhook."""
    if len(subscriptions_of(conn, caller.authority, after=None, limit=MOST)) >= MOST:
        raise invalid([Fault("", "too_many_subscriptions", f"an authority has at most {MOST}")])
    now = moment(conn)
    office = offices(conn, [caller.authority]).get(caller.authority)
    webhook = body["channel"] == "webhook"
    made = Subscription(
        **{name: body[name] for name in ("channel", "target", "kinds", "types", "desk", "label", "alert_to")},
        id=uuid7(now),
        authority=caller.authority,
        language=body["language"] or spoken(office.languages if office else []),
        state="unverified" if webhook else "active",
        challenge=secrets.token_urlsafe(32) if webhook else None,
        key_generation=1,
        previous_key_until=None,
        created_at=now,
        created_by=caller.key_id,
        verified_at=None if webhook else now,
    )
    insert_subscription(conn, made)
    insert_lane(conn, made.lane, width=WEBHOOK_WIDTH if webhook else MAIL_WIDTH, verified=not webhook)
    if webhook:
        challenge(conn, made, now)
    return made


def challenge(conn: Connection[Any], row: Subscription, now: datetime) -> UUID:
    """Write the call that asks a receiver to prove that it wants to be called; return the delivery's id."""
    message = {"challenge": row.challenge, "subscription": str(row.id), "timestamp": moment_text(now)}
    delivery = to_subscription(row, "challenge", "subscription.challenge", message, cause=str(uuid7(now)), now=now)
    insert_deliveries(conn, [delivery])
    return delivery.id


def test_message(shell: Shell, conn: Connection[Any], row: Subscription, now: datetime) -> UUID:
    """Write a test message; return the delivery's id."""
    message = {"subscription": str(row.id), "timestamp": moment_text(now), "link": shell.place.public_url or None}
    delivery = to_subscription(row, "test", "subscription.test", message, cause=str(uuid7(now)), now=now)
    insert_deliveries(conn, [delivery])
    return delivery.id


def own(conn: Connection[Any], id_: UUID, caller: Caller, *, lock: bool = False) -> Subscription:
    """Return the caller's own subscription."""
    found = subscription(conn, id_, authority=caller.authority, lock=lock)
    if found is None:
        raise not_found()
    return found


def resource(shell: Shell) -> Resource:
    """Return the resource."""
    blp = Resource("subscriptions", __name__, description="Who is told of what, by webhook or mail")
    add_reading(blp, shell)
    add_beginning(blp, shell)
    add_ending(blp, shell)
    add_test(blp, shell)
    add_resending(blp, shell)
    add_pauses(blp, shell)
    add_rotation(blp, shell)
    return blp


def add_reading(blp: Resource, shell: Shell) -> None:
    """Lists and single subscriptions."""

    @blp.operation(
        "/v1/subscriptions",
        name="listSubscriptions",
        summary="The subscriptions of the caller's authority",
        answer=SubscriptionList,
        parameters=[parameter("limit", "1 to 200"), parameter("cursor", "from `next` of the page before")],
        problems=("malformed", "not_allowed"),
    )
    def list_subscriptions() -> Response:
        """Oldest first. A secret is never shown here."""
        caller = require_role(READERS)
        query = Query(["limit", "cursor"])
        limit = query.number("limit", default=LIMIT_DEFAULT, lowest=1, highest=LIMIT_HIGHEST) or LIMIT_DEFAULT
        bound_to = f"subscriptions {caller.authority}"
        cursor = query.text("cursor")
        place = shell.cursors.read(cursor, bound_to) if cursor else None
        after = (datetime.fromisoformat(place[0]), UUID(place[1])) if place else None
        with shell.pool.connection() as conn:
            rows = subscriptions_of(conn, caller.authority, after=after, limit=limit + 1)
        more = rows[limit - 1] if len(rows) > limit else None
        following = shell.cursors.write([more.created_at.isoformat(), str(more.id)], bound_to) if more else None
        return json_answer({"subscriptions": [shown(row) for row in rows[:limit]], "next": following}, headers=next_headers(following))

    @blp.operation(
        "/v1/subscriptions/<uuid:id>", name="readSubscription", summary="One subscription", answer=SubscriptionAnswer, problems=("not_allowed", "not_found")
    )
    def read_subscription(id: UUID) -> Response:
        """Without its secret."""
        caller = require_role(READERS)
        with shell.pool.connection() as conn:
            return json_answer(shown(own(conn, id, caller)))


def add_beginning(blp: Resource, shell: Shell) -> None:
    """POST."""

    @blp.operation(
        "/v1/subscriptions",
        "POST",
        name="subscribe",
        summary="Be told from now on",
        body=SubscriptionBody,
        body_example=BODY_EXAMPLE,
        answer=SubscriptionAnswer,
        status=201,
        parameters=[IDEMPOTENCY_KEY],
        problems=CHANGES,
    )
    def subscribe() -> Response:
        """The answer holds the secret of a webhook, once. The receiver is called with a `challenge` first and must send it back
        (`{"challenge": …}`, or the bare text); what happens meanwhile is kept for it."""
        caller = require_role(MANAGERS)
        body = load(SubscriptionBody(), json_body())
        checked_target(shell, body)

        def perform(conn: Connection[Any]) -> Answer:
            made = begin(conn, caller, body)
            kept = shown(made) | ({"generation": 1} if made.channel == "webhook" else {})
            return Answer(kept, 201, {"Location": f"/v1/subscriptions/{made.id}"})

        return repeatable(shell, perform, lambda answer: with_secret(shell, answer))


def add_ending(blp: Resource, shell: Shell) -> None:
    """DELETE."""

    @blp.operation("/v1/subscriptions/<uuid:id>", "DELETE", name="unsubscribe", summary="Be told no more", status=204, problems=("not_allowed", "not_found"))
    def unsubscribe(id: UUID) -> Response:
        """What still waits is cancelled; what was sent stays readable under deliveries."""
        caller = require_role(MANAGERS)
        with shell.pool.connection() as conn, conn.transaction():
            own(conn, id, caller, lock=True)
            set_state(conn, id, "deleted")
            cancel_waiting(conn, id, reason="unsubscribed", now=moment(conn))
        return no_content()


def add_test(blp: Resource, shell: Shell) -> None:
    """A message on demand."""

    @blp.operation(
        "/v1/subscriptions/<uuid:id>/test", "POST", name="testSubscription", summary="Send a test message", status=202,
        parameters=[IDEMPOTENCY_KEY], problems=CHANGES,
    )  # fmt: skip
    def test(id: UUID) -> Response:
        """A receiver that is not verified, or was switched off, is sent its challenge again; it is active once it sends it back."""
        caller = require_role(MANAGERS)

        def perform(conn: Connection[Any]) -> Answer:
            row, now = own(conn, id, caller, lock=True), moment(conn)
            if row.channel == "webhook" and row.state in ("unverified", "disabled"):
                set_state(conn, id, "unverified")
                return Answer({"delivery": str(challenge(conn, row, now)), "challenge": True}, 202)
            if row.state == "disabled":
                set_state(conn, id, "active")
            return Answer({"delivery": str(test_message(shell, conn, row, now)), "challenge": False}, 202)

        return repeatable(shell, perform)


def add_resending(blp: Resource, shell: Shell) -> None:
    """Ended deliveries once more."""

    @blp.operation(
        "/v1/subscriptions/<uuid:id>/resend", "POST", name="resendSubscription", summary="Send ended deliveries again", body=ResendBody, body_required=False,
        answer=ResentAnswer, status=202, parameters=[IDEMPOTENCY_KEY], problems=CHANGES,
    )  # fmt: skip
    def resend(id: UUID) -> Response:
        """Under their message ids, so that the receiver recognises what it had already. What waits for a retry is tried at once."""
        caller = require_role(MANAGERS)
        body = load(ResendBody(), json_body())

        def perform(conn: Connection[Any]) -> Answer:
            row, now = own(conn, id, caller, lock=True), moment(conn)
            if row.state not in ("active", "paused"):
                raise Problem("move_not_possible", "the receiver is not verified: ask for a test first", parameters={"state": row.state})
            if row.state == "active":
                set_state(conn, id, "active")  # opens the lane
            hurry(conn, id, now)
            return Answer({"resent": requeue_all(conn, id, states=body["states"], since=body["since"], now=now)}, 202)

        return repeatable(shell, perform)


def add_pauses(blp: Resource, shell: Shell) -> None:
    """Holding back and letting go."""

    @blp.operation(
        "/v1/subscriptions/<uuid:id>/<any(pause, resume):what>", "POST", name="pauseSubscription", summary="Hold deliveries back, or let them go",
        answer=SubscriptionAnswer, parameters=[IDEMPOTENCY_KEY], problems=(*CHANGES, "move_not_possible"),
    )  # fmt: skip
    def pause(id: UUID, what: str) -> Response:
        """While it is paused, what happens is kept; nothing is lost."""
        caller = require_role(MANAGERS)

        def perform(conn: Connection[Any]) -> Answer:
            row = own(conn, id, caller, lock=True)
            if row.state not in ("active", "paused"):
                raise Problem("move_not_possible", "only a working subscription can be paused", parameters={"state": row.state})
            set_state(conn, id, "paused" if what == "pause" else "active")
            return Answer(shown(own(conn, id, caller)))

        return repeatable(shell, perform)


def add_rotation(blp: Resource, shell: Shell) -> None:
    """A new secret beside the old one."""

    @blp.operation(
        "/v1/subscriptions/<uuid:id>/secret", "POST", name="rotateSecret", summary="Make a new secret", answer=SubscriptionAnswer, status=201,
        parameters=[IDEMPOTENCY_KEY], problems=(*CHANGES, "move_not_possible"),
    )  # fmt: skip
    def rotate(id: UUID) -> Response:
        """The answer holds the new secret, once. For 24 hours calls are signed with the old one too."""
        caller = require_role(MANAGERS)

        def perform(conn: Connection[Any]) -> Answer:
            row = own(conn, id, caller, lock=True)
            if row.channel != "webhook":
                raise Problem("move_not_possible", "only webhooks have a secret")
            generation = rotate_key(conn, id, moment(conn) + ROTATION)
            return Answer(shown(own(conn, id, caller)) | {"generation": generation}, 201)

        return repeatable(shell, perform, lambda answer: with_secret(shell, answer))
