"""The console as a Flask application: session, errors and headers around the views."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from services.console import dates, words
from services.console.apis import Api, ProblemAnswer, ServiceAway
from services.console.session import Sessions
from services.console.settings import Settings
from services.console.views import clocks, delays, expected, health, members, moves, signin, work
from services.console.views import request as request_view

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

OPEN_ENDPOINTS = frozenset({"signin.form", "signin.enter", "static", "health.alive", "health.ready"})
API_SECONDS = 2.0
FIGURES_SECONDS = 15.0
"""How long a page waits for an answer; figures of a long time take longest."""


def create_app(settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Flask:
    """The console for *settings*; *now* is asked once a page."""
    app = Flask(__name__)
    app.extensions["requests_api"] = Api("requests", settings.requests_url, API_SECONDS)
    app.extensions["notifications_api"] = Api("notifications", settings.notifications_url, API_SECONDS)
    app.extensions["metrics_api"] = Api("metrics", settings.metrics_url, FIGURES_SECONDS)
    app.extensions["sessions"] = Sessions(settings.session_secret, settings.session_minutes, settings.public_url.startswith("https://"))
    app.extensions["now"] = now
    for blueprint in (signin.pages, work.pages, delays.pages, members.pages, request_view.pages, expected.pages, clocks.pages, moves.pages, health.pages):
        app.register_blueprint(blueprint)
    app.jinja_env.filters.update(dates.FILTERS, office=words.office)
    app.jinja_env.globals.update(words=words, word=words.word)
    app.before_request(_open_session)
    app.after_request(_close_answer)
    app.register_error_handler(ServiceAway, _service_away)
    app.register_error_handler(ProblemAnswer, _problem)
    app.register_error_handler(HTTPException, _http_error)
    return app


def _open_session() -> AnyResponse | None:
    g.request_id = secrets.token_hex(8)
    g.session = current_app.extensions["sessions"].read(request)
    g.now = current_app.extensions["now"]()
    if request.endpoint in OPEN_ENDPOINTS:
        return None
    if g.session is None:
        return redirect(url_for("signin.form", next=request.full_path.rstrip("?") if request.method == "GET" else "/"))
    if request.method == "POST" and not secrets.compare_digest(request.form.get("form_token", ""), g.session.form_token):
        return Response(render_template("error.html", title="This form is too old", what="The form was not sent from your session. Open the page again."), 403)
    return None


def _close_answer(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Request-Id"] = g.get("request_id", "")
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
        session = g.get("session")
        if session is not None and not g.get("session_ended"):
            current_app.extensions["sessions"].write(response, session)
    return response


def _service_away(error: ServiceAway) -> tuple[str, int]:
    what = f"The {error.service} service does not answer just now. Nothing was lost. Try again in a moment."
    return render_template("error.html", title="Not available just now", what=what), 503


def _problem(error: ProblemAnswer) -> tuple[str, int] | AnyResponse:
    if error.status == 401:
        g.session, g.session_ended = None, True
        answer = redirect(url_for("signin.form"))
        current_app.extensions["sessions"].end(answer)
        return answer
    titles = {403: "You may not see this", 404: "There is no such page, or it is not for you"}
    title = titles.get(error.status, "That did not work")
    return render_template("error.html", title=title, what=str(error.problem.get("detail", ""))), error.status


def _http_error(error: HTTPException) -> tuple[str, int]:
    title = "There is no such page, or it is not for you" if error.code == 404 else error.name
    return render_template("error.html", title=title, what="Check the address, or go back to your work list."), error.code or 500
