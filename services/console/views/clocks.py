"""Why a date is as it is."""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template

pages = Blueprint("clocks", __name__)


@pages.get("/requests/<uuid:request_id>/clocks/<clock>")
def why(request_id: str, clock: str) -> str:
    """The derivation of one clock, line by line, with what the page said before."""
    api, key, path = current_app.extensions["requests_api"], g.session.key, f"/v1/requests/{request_id}"
    told = api.get(key, f"{path}/clocks/{clock}/explanation").body
    return render_template("why.html", told=told, clock=told["clock"])
