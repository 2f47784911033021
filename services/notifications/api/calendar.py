"""/v1/calendar: addresses of deadline calendars. The address is a secret that can be revoked; calendar programs send no key."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import Schema, fields, validate
from psycopg import Connection

from services.notifications.api.shell import Answer, Shell, repeatable
from services.notifications.api.subscriptions import moment_text
from services.notifications.ical import calendar
from services.notifications.queries.clocks import open_runs_seen
from services.notifications.queries.following import offices
from services.notifications.queries.ladders import Feed, feed_by_token, feeds_of, insert_feed, revoke_feed
from services.notifications.queries.subscriptions import moment
from shared.facts.codes import READING_ROLES, Role
from shared.facts.identifiers import uuid7
from shared.web.answers import json_answer, no_content
from shared.web.auth import require_role
from shared.web.body import json_body, load
from shared.web.documents import AnswerSchema
from shared.web.errors import Fault, Problem, invalid, not_found
from shared.web.resource import CHANGES, IDEMPOTENCY_KEY, Resource

PUBLIC_ENDPOINT = "calendar.readCalendar"
KEPT_AFTER_END = timedelta(days=60)


class FeedBody(Schema):
    """Whose deadlines."""

    desk = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, 200), metadata={"description": "default: the caller's desk, else the whole authority"}
    )


class FeedAnswer(AnswerSchema):
    """A calendar address."""

    id = fields.UUID(required=True)
    authority = fields.String(required=True)
    desk = fields.String(allow_none=True, required=True)
    created_at = fields.DateTime(required=True)
    path = fields.String(metadata={"description": "/v1/calendar/….ics, shown once: whoever has it reads the deadlines"})


class FeedList(AnswerSchema):
    """The addresses of the caller's authority, without their secrets."""

    calendars = fields.List(fields.Nested(FeedAnswer), required=True)


def token_of(shell: Shell, id_: UUID) -> str:
    """Return the secret of an address: derived, so that a repeated call can show it again and none is stored."""
    return hashlib.sha256(f"calendar\0{shell.keys.key(id_, 1)}".encode()).hexdigest()


def hash_of(token: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def shown(feed: Feed) -> dict[str, Any]:
    """Return an address as its owner reads it."""
    return {"id": str(feed.id), "authority": feed.authority, "desk": feed.desk, "created_at": moment_text(feed.created_at)}


def resource(shell: Shell) -> Resource:
    """Return the resource."""
    blp = Resource("calendar", __name__, description="Deadlines as a calendar")
    add_addresses(blp, shell)
    add_revoking(blp, shell)
    add_feed(blp, shell)
    return blp


def add_addresses(blp: Resource, shell: Shell) -> None:
    """Making and listing addresses."""

    @blp.operation(
        "/v1/calendar", "POST", name="makeCalendar", summary="Make a calendar address", body=FeedBody, body_required=False, answer=FeedAnswer, status=201,
        parameters=[IDEMPOTENCY_KEY], problems=CHANGES,
    )  # fmt: skip
    def make_calendar() -> Response:
        """The answer holds the address, once."""
        caller = require_role(READING_ROLES)
        body = load(FeedBody(), json_body())
        if caller.role == Role.DESK and caller.desk and body["desk"] not in (None, caller.desk):
            raise invalid([Fault("/desk", "not_allowed", "a desk makes the calendar of its own deadlines")])

        def perform(conn: Connection[Any]) -> Answer:
            now = moment(conn)
            desk = body["desk"] or caller.desk
            feed = Feed(id=uuid7(now), authority=caller.authority, desk=desk, created_at=now, created_by=caller.key_id)
            insert_feed(conn, feed, hash_of(token_of(shell, feed.id)))
            return Answer(shown(feed), 201)

        return repeatable(shell, perform, lambda answer: answer | {"path": f"/v1/calendar/{token_of(shell, UUID(answer['id']))}.ics"})

    @blp.operation("/v1/calendar", name="listCalendars", summary="The calendar addresses of the caller's authority", answer=FeedList, problems=("not_allowed",))
    def list_calendars() -> Response:
        """Without their secrets."""
        caller = require_role(READING_ROLES)
        with shell.pool.connection() as conn:
            return json_answer({"calendars": [shown(feed) for feed in feeds_of(conn, caller.authority)]})


def add_revoking(blp: Resource, shell: Shell) -> None:
    """Revoking an address."""

    @blp.operation(
        "/v1/calendar/<uuid:id>", "DELETE", name="revokeCalendar", summary="Revoke a calendar address", status=204, problems=("not_allowed", "not_found")
    )
    def revoke_calendar(id: UUID) -> Response:
        """It answers no more, at once."""
        caller = require_role(READING_ROLES)
        with shell.pool.connection() as conn:
            if not revoke_feed(conn, id, caller.authority, moment(conn)):
                raise not_found()
        return no_content()


def add_feed(blp: Resource, shell: Shell) -> None:
    """The calendar itself."""

    @blp.operation("/v1/calendar/<string(maxlength=80):token>.ics", name="readCalendar", summary="The deadlines of one desk", problems=("not_found",))
    def read_calendar(token: str) -> Response:
        """text/calendar: reference, step, safe date; what has ended is cancelled for 60 days, then left out."""
        with shell.pool.connection() as conn:
            feed = feed_by_token(conn, hash_of(token))
            if feed is None:
                raise Problem("not_found")
            now = moment(conn)
            runs = open_runs_seen(conn, feed.authority, feed.desk, (now - KEPT_AFTER_END).date())
            named = offices(conn, [feed.authority])
        name = named[feed.authority].name if feed.authority in named else feed.authority
        body = calendar(f"{name}{f', {feed.desk}' if feed.desk else ''}", runs, shell.place)
        response = Response(body, content_type="text/calendar; charset=utf-8")
        response.add_etag()
        response.make_conditional(request)
        return response
