"""The work list: what must be done, what the other side holds, what is stopped, what is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, g, render_template, request

from services.console.apis import Answer, ServiceAway, side_by_side

pages = Blueprint("work", __name__)

OPEN_STATES = ["drafted", "sent", "acknowledged", "executed"]
ENDED_STATES = ["returned", "refused", "withdrawn", "closed"]

VIEWS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "todo": ("To do", {"side": "we", "state": OPEN_STATES}),
    "theirs": ("With the other side", {"side": "they", "state": OPEN_STATES}),
    "overdue": ("Overdue", {"overdue": "true"}),
    "stopped": ("Stopped", {"hold": ["information_requested", "postponed", "consultation", "translation", "surrender_postponed"]}),
    "open": ("Everything open", {"state": OPEN_STATES}),
    "ended": ("Ended", {"state": ENDED_STATES}),
}

FILTERS = ("kind", "direction", "counterpart", "instrument", "urgency", "reference", "q", "sort")


@pages.get("/")
def work_list() -> str:
    """One view of the register, newest work first by its next date, with the size of each view."""
    chosen = request.args.get("view", "todo")
    view = chosen if chosen in VIEWS else "todo"
    own = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    api, key = current_app.extensions["requests_api"], g.session.key
    query = {**VIEWS[view][1], **own, "cursor": request.args.get("cursor"), "limit": 50}
    counted = {"counts": [{"name": name, "filters": {**filters, **own}} for name, (_, filters) in VIEWS.items()]}
    listed, counts = side_by_side([lambda: api.get(key, "/v1/requests", query), lambda: api.post(key, "/v1/requests/counts", counted, idempotency_key="")])
    if isinstance(listed, ServiceAway):
        raise listed
    return render_template(
        "work_list.html",
        view=view,
        views=VIEWS,
        counts=_sizes(counts),
        rows=listed.body["requests"],
        next_cursor=_next_cursor(listed),
        filters=own,
        data_as_of=listed.data_as_of,
    )


def _sizes(counts: Answer | ServiceAway) -> dict[str, Any]:
    if isinstance(counts, ServiceAway):
        return {}
    return {entry["name"]: entry for entry in counts.body["counts"]}


def _next_cursor(listed: Answer) -> str | None:
    following: str | None = listed.body.get("next")
    return following
