"""Why a date is as it is."""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template, request

pages = Blueprint("clocks", __name__)


@pages.get("/requests/<uuid:request_id>/clocks/<clock>")
def why(request_id: str, clock: str) -> str:
    """The derivation of one clock, line by line, with what the page said before; its sentences in the language of the reader's browser."""
    api, key, path = current_app.extensions["requests_api"], g.session.key, f"/v1/requests/{request_id}"
    answer = api.get(key, f"{path}/clocks/{clock}/explanation", languages=request.headers.get("Accept-Language"))
    told = answer.body
    return render_template("why.html", told=told, clock=told["clock"], language=answer.language or "en")
