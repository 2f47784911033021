"""One request: where it is, who has it, what may be done, everything that happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, g, render_template, request

from services.console import words
from services.console.apis import Answer, ServiceAway, side_by_side

pages = Blueprint("request", __name__)

SPINE = ("drafted", "sent", "acknowledged", "executed", "returned")


@pages.get("/requests/<uuid:request_id>")
def show(request_id: str) -> str:
    """The request as it is now, or as it was known at `as_of`."""
    api, key, path = current_app.extensions["requests_api"], g.session.key, f"/v1/requests/{request_id}"
    as_of = request.args.get("as_of")
    seen = {"as_of": as_of, "min_version": request.args.get("min_version")}
    found, history, moves, directory = side_by_side(
        [
            lambda: api.get(key, path, seen),
            lambda: api.get(key, f"{path}/history", seen),
            lambda: api.get(key, f"{path}/moves"),
            lambda: api.get(key, "/v1/authorities", {"limit": 200}),
        ],
    )
    if isinstance(found, ServiceAway):
        raise found
    facts = [] if isinstance(history, ServiceAway) else list(reversed(history.body["facts"]))
    offered = [] if isinstance(moves, ServiceAway) or as_of else moves.body["moves"]
    return render_template(
        "request.html",
        request_=found.body,
        timeline=timeline(facts),
        name_of=names_of(directory),
        away=[part.service for part in (history, moves) if isinstance(part, ServiceAway)],
        possible=[move for move in offered if move["possible"]],
        forbidden=[move for move in offered if not move["possible"]],
        spine=spine(found.body, facts),
        as_of=as_of,
    )


@pages.get("/requests/<uuid:request_id>/verification")
def verification(request_id: str) -> str:
    """Whether the stream's hash chain holds, in one sentence."""
    api, key, path = current_app.extensions["requests_api"], g.session.key, f"/v1/requests/{request_id}"
    found, checked = api.get(key, path), api.get(key, f"{path}/verification")
    return render_template("verification.html", request_=found.body, checked=checked.body)


def timeline(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The facts, newest first, with clock facts folded into the fact that caused them; a clock fact without one in sight stands for itself."""
    told = {fact["id"]: {**fact, "clocks": []} for fact in facts}
    for fact in reversed(facts):
        cause = (fact.get("data") or {}).get("cause")
        if fact["type"].startswith("Clock") and fact["type"] != "ClockLapsed" and cause in told:
            told[cause]["clocks"].append(fact)
            del told[fact["id"]]
    return list(told.values())


def names_of(directory: Answer | ServiceAway) -> Callable[[str | None], str]:
    """A function from the id of an authority to its name; to the id itself where the directory does not say."""
    known = {} if isinstance(directory, ServiceAway) else {entry["id"]: entry["name"] for entry in directory.body["authorities"]}
    return lambda authority: words.office(known.get(authority, authority))


def spine(document: dict[str, Any], facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The five steps with the day of each that was reached, and which of them is the present one; another end stands in place of the rest."""
    reached: dict[str, str] = {}
    names = {
        "RequestDrafted": "drafted",
        "RequestSent": "sent",
        "RequestRegistered": "sent",
        "RequestAcknowledged": "acknowledged",
        "RequestExecuted": "executed",
        "RequestRefused": "refused",
        "RequestWithdrawn": "withdrawn",
        "RequestClosed": "closed",
    }
    for fact in reversed(facts):
        step = names.get(fact["type"])
        if fact["type"] == "ResultsReturned" and fact.get("data", {}).get("final"):
            step = "returned"
        if step:
            reached[step] = fact["occurred_at"]
    state = document["state"]
    steps = SPINE if state in SPINE else (*[step for step in SPINE if step in reached], state)
    return [{"step": step, "on": reached.get(step), "now": step == state, "done": step in reached} for step in steps]
