"""The caller: who it is, what it may do, what it has set for itself."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields, validate

from services.requests.api.lists import CHOICES, SINGLE
from services.requests.api.present import shell
from services.requests.queries import callers
from services.requests.queries.callers import CallerSetting, SavedView
from services.requests.queries.directory import authority
from shared.facts.codes import MOVING_ROLES, Role
from shared.facts.identifiers import uuid7
from shared.storage.directory import Caller
from shared.web.answers import json_answer
from shared.web.auth import caller
from shared.web.body import json_body, load
from shared.web.query import Query
from shared.web.resource import Resource

PERMISSIONS = {
    Role.DESK: ("read", "move"),
    Role.SUPERVISOR: ("read", "move", "import", "set_ladder", "read_all_desks"),
    Role.HEAD: ("read", "move", "import", "set_ladder", "read_all_desks"),
    Role.INTEGRATOR: ("read", "move"),
    Role.AUDITOR: ("read", "read_all_desks", "read_access_log", "verify"),
    Role.ADMINISTRATOR: ("directory", "keys", "subscriptions", "operations"),
}
"""What each role may do (D-43), in words for pages."""

NOTHING_SET = CallerSetting({}, None)

blp = Resource("me", __name__, description="The caller's own settings and views")


class ViewSchema(Schema):
    """A view of the register: filters of the list under a name."""

    id = fields.UUID(allow_none=True)
    name = fields.String(required=True, validate=validate.Length(1, 80))
    filters = fields.Dict(keys=fields.String(validate=validate.OneOf([*CHOICES, *SINGLE, "sort"])), required=True)
    shared = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class MeSchema(Schema):
    """What a caller sets. Members that are not given stay as they are; `views` replaces the own ones."""

    settings = fields.Dict(keys=fields.String(validate=validate.Length(1, 80)))
    views = fields.List(fields.Nested(ViewSchema), validate=validate.Length(max=50))
    news_seen = fields.String(validate=validate.Length(1, 4000), allow_none=True)


@blp.operation("/v1/me", name="getMe", summary="The caller: authority, desk, officer, role, permissions, settings, saved views")
def get_me() -> Response:
    """Settings are those of the key that calls; views are its own and those that others share with its desk."""
    Query()
    return _told(caller())


@blp.operation(
    "/v1/me", "PUT", name="putMe", summary="Set settings, saved views, the position of the news", body=MeSchema, problems=("malformed", "validation_failed")
)
def put_me() -> Response:
    """Language, zone, keys and the like: whatever a page keeps under `settings`, up to 16 kB."""
    body = load(MeSchema(), json_body())
    known = caller()
    with shell().pool.connection() as conn, conn.transaction():
        now = shell().now(conn)
        before = callers.settings_of(conn, known.key_id) or NOTHING_SET
        settings = before.settings | body.get("settings", {})
        kept = {name: value for name, value in settings.items() if value is not None}
        callers.set_settings(conn, known.key_id, known.authority, kept, body.get("news_seen", before.news_seen), now)
        if "views" in body:
            views = [SavedView(each.get("id") or uuid7(now), each["name"], each["filters"], each["shared"], True) for each in body["views"]]
            callers.set_views(conn, known.key_id, known.authority, known.desk, views)
    return _told(known)


def _told(known: Caller) -> Response:
    with shell().pool.connection() as conn:
        own = authority(conn, known.authority)
        setting = callers.settings_of(conn, known.key_id) or NOTHING_SET
        views = callers.views_of(conn, known.key_id, known.authority, known.desk)
    told: dict[str, Any] = {
        "key": known.key_id,
        "label": known.label,
        "authority": {"id": known.authority, "name": own.name, "state": own.state, "member": own.member} if own else {"id": known.authority},
        "desk": known.desk,
        "officer": known.officer,
        "roles": [known.role],
        "permissions": list(PERMISSIONS.get(Role(known.role), ())),
        "makes_moves": known.role in MOVING_ROLES,
        "time_zone": own.time_zone if own else "UTC",
        "settings": setting.settings,
        "news_seen": setting.news_seen,
        "views": [_view(view) for view in views],
    }
    return json_answer(told)


def _view(view: SavedView) -> dict[str, Any]:
    id: UUID = view.id
    return {"id": str(id), "name": view.name, "filters": view.filters, "shared": view.shared, "own": view.own}
