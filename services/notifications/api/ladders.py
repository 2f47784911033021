"""/v1/ladders/{authority}: an authority's own ladder and hours."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.notifications.api.shell import Shell
from services.notifications.climbing import Climbs
from services.notifications.domain.own_ladder import DEFAULT, RECIPIENTS, SHARES, document_of, setting_from
from services.notifications.domain.window import Window
from services.notifications.queries.clocks import requests_of_clocks
from services.notifications.queries.following import followed_requests, offices
from services.notifications.queries.ladders import ladder_setting, set_ladder
from services.notifications.queries.subscriptions import moment
from shared.facts.codes import Kind, Role, UrgencyLevel
from shared.web.answers import json_answer
from shared.web.auth import caller as present_caller
from shared.web.auth import require_role
from shared.web.body import json_body, load
from shared.web.conditional import etag, expected_version
from shared.web.documents import AnswerSchema
from shared.web.errors import Problem, not_found
from shared.web.fields import Whole
from shared.web.resource import IF_MATCH, Resource

SETTERS = frozenset({Role.SUPERVISOR, Role.HEAD})
EFFECTS = ("none", "may_release", "must_release", "lapse", "loss_of_right")
TIME = Whole(r"^([01]\d|2[0-3]):[0-5]\d$")


class OffsetBody(Schema):
    """A distance from the due moment: before it (in the clock's unit, or as a share of its limit; the lesser of both), or after it in local days."""

    before = fields.Integer(validate=validate.Range(0, 10_000))
    share = fields.String(validate=validate.OneOf(sorted(SHARES)))
    after = fields.Integer(validate=validate.Range(1, 3_650))

    @validates_schema
    def _one_direction(self, data: dict[str, Any], **_: Any) -> None:
        if ("after" in data) == bool({"before", "share"} & set(data)):
            raise ValidationError("say either after, or before and share")


class LevelBody(Schema):
    """One level."""

    level = fields.Integer(required=True, validate=validate.Range(1, 9))
    days = fields.Nested(OffsetBody, required=True, metadata={"description": "for clocks in days"})
    hours = fields.Nested(OffsetBody, required=True, metadata={"description": "for clocks in hours"})
    to = fields.List(fields.String(validate=validate.OneOf(RECIPIENTS)), required=True, validate=validate.Length(1, len(RECIPIENTS)))


class LadderBody(Schema):
    """The levels for some kinds, urgencies and effects of expiry; an empty list means all."""

    kinds = fields.List(fields.String(validate=validate.OneOf(sorted(Kind))), load_default=list)
    urgencies = fields.List(fields.String(validate=validate.OneOf(sorted(UrgencyLevel))), load_default=list)
    effects = fields.List(fields.String(validate=validate.OneOf(EFFECTS)), load_default=list)
    levels = fields.List(fields.Nested(LevelBody), required=True, validate=validate.Length(1, 9))

    @validates_schema
    def _levels_once(self, data: dict[str, Any], **_: Any) -> None:
        numbers = [each["level"] for each in data.get("levels", ())]
        if len(set(numbers)) != len(numbers):
            raise ValidationError("a level stands twice", "levels")


class WindowBody(Schema):
    """The hours of working days in which messages go out; hard stops go at any hour."""

    opens = fields.String(load_default="08:00", validate=TIME)
    closes = fields.String(load_default="18:00", validate=TIME)

    @validates_schema
    def _opens_before_it_closes(self, data: dict[str, Any], **_: Any) -> None:
        if time.fromisoformat(data["opens"]) >= time.fromisoformat(data["closes"]):
            raise ValidationError("must be later than opens", "closes")


class LaddersBody(Schema):
    """The ladders in the order in which they are tried; what fits none climbs the default."""

    ladders = fields.List(fields.Nested(LadderBody), load_default=list, validate=validate.Length(max=20))
    window = fields.Nested(WindowBody, load_default=lambda: {"opens": "08:00", "closes": "18:00"})


class LaddersAnswer(AnswerSchema):
    """An authority's ladders and hours."""

    authority = fields.String(required=True)
    version = fields.Integer(required=True)
    own = fields.Boolean(required=True, metadata={"description": "false: the default"})
    ladders = fields.List(fields.Nested(LadderBody), required=True)
    window = fields.Nested(WindowBody, required=True)


def resource(shell: Shell) -> Resource:
    """Return the resource."""
    blp = Resource("ladders", __name__, description="Ladders and hours")
    add_reading(blp, shell)
    add_setting(blp, shell)
    return blp


def shown(authority: str, stored: tuple[int, dict[str, Any]] | None) -> dict[str, Any]:
    """Return the ladders of *authority*, or the default in the same form."""
    setting = setting_from(stored[1]) if stored else None
    document = document_of(setting.ladders if setting else DEFAULT, setting.window if setting else Window())
    return {"authority": authority, "version": stored[0] if stored else 0, "own": stored is not None, **document}


def add_reading(blp: Resource, shell: Shell) -> None:
    """GET."""

    @blp.operation("/v1/ladders/<authority>", name="readLadder", summary="An authority's ladders and hours", answer=LaddersAnswer, problems=("not_found",))
    def read_ladder(authority: str) -> Response:
        """The default (version 0) where it has set none."""
        present_caller()
        with shell.pool.connection() as conn:
            if not offices(conn, [authority]):
                raise not_found()
            document = shown(authority, ladder_setting(conn, authority))
        return json_answer(document, headers={"ETag": etag(document["version"])})


def add_setting(blp: Resource, shell: Shell) -> None:
    """PUT."""

    @blp.operation(
        "/v1/ladders/<authority>", "PUT", name="setLadder", summary="Set the own ladders and hours", body=LaddersBody, answer=LaddersAnswer,
        parameters=[IF_MATCH], problems=("malformed", "not_allowed", "not_found", "stale_version", "validation_failed", "version_required"),
    )  # fmt: skip
    def set_own_ladder(authority: str) -> Response:
        """By supervisor or head of that authority. Open clocks take their new levels at once; what has fired stays."""
        caller = require_role(SETTERS)
        if authority != caller.authority:
            raise not_found()
        body = load(LaddersBody(), json_body())
        expected = expected_version()
        with shell.pool.connection() as conn, conn.transaction():
            now = moment(conn)
            if set_ladder(conn, authority, body, expected=expected, by=caller.key_id, now=now) is None:
                present = ladder_setting(conn, authority)
                raise Problem("stale_version", "the ladder was set meanwhile", parameters={"version": present[0] if present else 0})
            requests = requests_of_clocks(conn, authority)
            followed = followed_requests(conn, requests)
            climbs = Climbs(conn, requests, followed)
            climbs.judge_again(followed, now)
            climbs.save(now)
            document = shown(authority, ladder_setting(conn, authority))
        return json_answer(document, headers={"ETag": etag(document["version"])})
