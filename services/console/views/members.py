"""The requests behind one number of the page of delays: a list to read, to print, to call by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, g, render_template, request

from services.console.apis import Answer, Api, ServiceAway
from services.console.delays import behind
from services.console.delays.asked import Asked
from services.console.delays.asking import MEMBERS, agreed, central_authorities, rows_of
from services.console.views.delays import asked_here, frame

pages = Blueprint("members", __name__)

PAGE = 200


@pages.get("/delays/requests")
def show() -> str | tuple[str, int]:
    """The list behind `cell`, as known at the moment of the page that led here; the rows show the requests as they are now."""
    asked = asked_here()
    if faults := asked.faults():
        return render_template("delays.html", **frame(asked), faults=faults), 400
    found: Answer = agreed(asked, g.now, _members)
    requests, key = current_app.extensions["requests_api"], g.session.key
    try:
        rows, away = sorted(rows_of(requests, key, found.body["requests"]), key=_oldest_first), False
    except ServiceAway:
        rows, away = [], True
    unseen = 0 if away else len(found.body["requests"]) - len(rows)
    office = central_authorities(requests, key, [asked.counterpart]).get(asked.counterpart) if asked.counterpart else None
    return render_template("members.html", **_page(asked, found.body), rows=rows, away=away, hidden=found.body["hidden"] + unseen, office=office)


def _members(asked: Asked) -> Answer:
    """One page of the ids; the step of a number of the table is a dimension of its own."""
    step = request.args.get("step")
    place = {"group_by": "stage", "stage": step} if step else {}
    question = asked.figures(direction=asked.direction, cell=request.args.get("cell"), cursor=request.args.get("cursor"), limit=PAGE, **place)
    api: Api = current_app.extensions["metrics_api"]
    return api.get(g.session.key, MEMBERS, question)


def _page(asked: Asked, found: Mapping[str, Any]) -> dict[str, Any]:
    cell, more = found["cell"], {"step": request.args.get("step"), "cell": found["cell"]}
    return {
        "asked": asked,
        "count": found["count"],
        "known_at": found["query"]["as_known_at"],
        "heading": behind.heading(asked, cell, found["count"]),
        "narrowed": behind.narrowed(asked),
        "counted": behind.counted(cell),
        "page": PAGE,
        "past": bool(request.args.get("as_known_at")),
        "following": found["next"] and asked.address(**more, cursor=found["next"]),
        "first": asked.address(**more) if request.args.get("cursor") else None,
    }


def _oldest_first(row: Mapping[str, Any]) -> tuple[bool, bool, str, str]:
    """What is overdue, then what has a date, the earliest first."""
    return (not row["overdue"], not row["next_due"], row["next_due"] or "", row["id"])
