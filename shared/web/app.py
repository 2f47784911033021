"""The application factory of every public interface."""

import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import psycopg_pool
import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from shared.web import observing, tracing
from shared.web.answers import bytes_answer, json_bytes
from shared.web.auth import Callers, authenticate
from shared.web.body import MAX_BODY_BYTES, discard_unread
from shared.web.documents import documented, serve_documents
from shared.web.errors import OF_HTTP, Problem
from shared.web.limits import RateLimit
from shared.web.operations import Operations, serve_operations
from shared.web.readable import check_readable
from shared.web.resource import Resource

PUBLIC_ENDPOINTS = frozenset({"healthz", "readyz", "metrics", "openapi_json", "docs"})
"""The only endpoints that answer without a key."""

error_log = structlog.get_logger("web")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """What one service tells the factory."""

    service: str
    title: str
    version: str
    description: str
    max_body_bytes: int = MAX_BODY_BYTES
    calls_per_second: float = 5000
    burst: int = 10_000
    public_endpoints: Collection[str] = field(default_factory=frozenset)


def create_app(
    settings: WebSettings,
    *,
    callers: Callers,
    resources: Iterable[Resource],
    operations: Operations,
    refusals: Mapping[type[Exception], Callable[[Any], Problem]] | None = None,
) -> Flask:
    """An application that serves *resources*.

    Args:
        callers: where bearer tokens are looked up; every endpoint asks, save the public ones.
        operations: readiness and metrics of the service.
        refusals: exceptions of the service's own rings, each with how to say it as a problem.
    """
    app = Flask(settings.service, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.url_map.strict_slashes = False
    api = documented(app, settings.title, settings.version, settings.description)
    _guard(app, settings, callers)
    _answer_problems(app, refusals or {})
    serve_operations(app, operations, service=settings.service, version=settings.version)
    serve_documents(app, api)
    for resource in resources:
        api.register_blueprint(resource)
    app.wsgi_app = observing.Observed(app.wsgi_app, settings.service, settings.version)  # type: ignore[method-assign]  # how Flask takes a layer around itself
    return app


def _guard(app: Flask, settings: WebSettings, callers: Callers) -> None:
    public = PUBLIC_ENDPOINTS | frozenset(settings.public_endpoints)
    limit = RateLimit(settings.calls_per_second, settings.burst)

    @app.before_request
    def before() -> None:
        rule = request.url_rule
        check_readable(request.environ)
        if rule is None:
            return
        request.environ[observing.ROUTE] = rule.rule
        if rule.endpoint in public:
            return
        caller = authenticate(callers)
        request.environ[observing.CALLER] = caller
        limit.check(caller.key_id)


def _answer_problems(app: Flask, refusals: Mapping[type[Exception], Callable[[Any], Problem]]) -> None:
    @app.errorhandler(Problem)
    def problem(error: Problem) -> Response:
        return problem_answer(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400 and error.response is not None:
            return Response(status=status, headers=dict(error.get_headers()))
        code = OF_HTTP.get(status, "internal_error" if status >= 500 else "malformed")
        kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
        return problem_answer(Problem(code, "" if status >= 500 else error.description or "", headers=kept))

    @app.errorhandler(psycopg.OperationalError)
    @app.errorhandler(psycopg_pool.PoolTimeout)
    def away(error: Exception) -> Response:
        error_log.warning("database_away", request_id=tracing.request_id(), error=type(error).__name__)
        return problem_answer(Problem("temporarily_unavailable", "the database does not answer", retry_after_seconds=1))

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        error_log.error(
            "call_failed",
            request_id=tracing.request_id(),
            route=str(request.url_rule or "-"),
            error=type(error).__name__,
            frames=traceback.format_tb(error.__traceback__)[-8:],
        )
        return problem_answer(Problem("internal_error"))

    for kind, say in refusals.items():
        app.register_error_handler(kind, lambda error, say=say: problem_answer(say(error)))


def problem_answer(problem: Problem) -> Response:
    """The answer of *problem*."""
    discard_unread(request.environ)
    response = bytes_answer(json_bytes(problem.as_json(tracing.request_id())), problem.status, problem.headers)
    response.content_type = "application/problem+json"
    return response
