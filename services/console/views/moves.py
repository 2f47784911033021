"""Making a move: the form comes from the move table of the requests service; what forbids a move is said by the service, never decided here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.console import dates, forms
from services.console.apis import ProblemAnswer

pages = Blueprint("moves", __name__)


@pages.get("/requests/<uuid:request_id>/moves/<move>")
def form(request_id: uuid.UUID, move: str) -> str:
    """The form of *move*, or why it is not possible now."""
    document, offered = _offered(request_id, move)
    return _page(document, offered, filled={}, key=str(uuid.uuid4()), problem=None)


@pages.post("/requests/<uuid:request_id>/moves/<move>")
def make(request_id: uuid.UUID, move: str) -> Response | tuple[str, int]:
    """Make *move*; a refusal keeps the form filled and says what to mend."""
    filled = {name: request.form.getlist(name) for name in request.form}
    document, offered = _offered(request_id, move)
    said = forms.body(offered.get("fields") or (), filled, dates.zone())
    if offered.get("on_behalf_of"):
        said.setdefault("on_behalf_of", offered["on_behalf_of"])
    try:
        made = current_app.extensions["requests_api"].post(
            g.session.key, f"/v1/requests/{request_id}/moves/{move}", said, idempotency_key=request.form["idempotency_key"], if_match=request.form["version"]
        )
    except ProblemAnswer as refused:
        if refused.status in (401, 404):
            raise
        key = str(uuid.uuid4()) if refused.code == "idempotency_key_reused" else request.form["idempotency_key"]
        return _page(document, offered, filled, key, refused), refused.status
    return redirect(url_for("request.show", request_id=request_id, min_version=made.body["version"]))


def _offered(request_id: uuid.UUID, move: str) -> tuple[dict[str, Any], dict[str, Any]]:
    api, key, path = current_app.extensions["requests_api"], g.session.key, f"/v1/requests/{request_id}"
    found, moves = api.get(key, path), api.get(key, f"{path}/moves")
    named = [offered for offered in moves.body["moves"] if offered["move"] == move]
    if not named:
        abort(404)
    return found.body, named[0]


def _page(document: dict[str, Any], offered: dict[str, Any], filled: Mapping[str, Sequence[str]], key: str, problem: ProblemAnswer | None) -> str:
    faults = {fault["pointer"]: fault.get("detail", "") for fault in (problem.problem.get("errors") or [])} if problem else {}
    since = (problem.problem.get("facts_since") or []) if problem and problem.status == 412 else []
    controls = forms.controls(offered.get("fields") or ())
    return render_template(
        "move.html", request_=document, move=offered, controls=controls, filled=filled, idempotency_key=key, problem=problem, faults=faults, since=since
    )
