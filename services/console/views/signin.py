"""Signing in and out with a key of the requests service."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.console.apis import ProblemAnswer

pages = Blueprint("signin", __name__)


@pages.get("/sign-in")
def form() -> str:
    """The page that asks for the key."""
    return render_template("sign_in.html", next=own_path(request.args.get("next")), fault=None)


@pages.post("/sign-in")
def enter() -> Response | tuple[str, int]:
    """Start a session for a key that the requests service knows. A head of an authority lands on the delays."""
    key, after = request.form.get("key", "").strip(), own_path(request.form.get("next"))
    try:
        me = current_app.extensions["requests_api"].get(key, "/v1/me").body
    except ProblemAnswer as refused:
        if refused.status not in (401, 403):
            raise
        return render_template("sign_in.html", next=after, fault="This key is not known. Check it, or ask your administrator for a new one."), 422
    g.session = current_app.extensions["sessions"].start(key, me)
    return redirect(url_for("delays.show") if after == "/" and "head" in me.get("roles", ()) else after)


@pages.post("/sign-out")
def leave() -> Response:
    """End the session in this browser."""
    g.session, g.session_ended = None, True
    answer = redirect(url_for("signin.form"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    current_app.extensions["sessions"].end(answer)
    return answer


def own_path(address: str | None) -> str:
    """*address* when it is a path of this console, else the work list."""
    parts = urlsplit(address or "/")
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not parts.path.startswith("//") and "\\" not in parts.path
    return (address or "/") if inside else "/"
