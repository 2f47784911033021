"""What a supervisor asks: alive, ready."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from services.console.apis import Api, side_by_side

pages = Blueprint("health", __name__)

INTERFACES = ("requests", "notifications", "metrics")
NEEDED = "requests"
"""Without it nobody can sign in; pages that need another say themselves that it is away."""


@pages.get("/healthz")
def alive() -> Response:
    """The process answers; it says nothing about the services behind it."""
    return jsonify(status="alive")


@pages.get("/readyz")
def ready() -> tuple[Response, int]:
    """How each interface answers: ready, not ready, or away. 503 while the one of requests is away."""
    apis: list[Api] = [current_app.extensions[f"{name}_api"] for name in INTERFACES]
    told = side_by_side([api.readiness for api in apis])
    checks = {name: said if isinstance(said, str) else "away" for name, said in zip(INTERFACES, told, strict=True)}
    is_ready = checks[NEEDED] != "away"
    return jsonify(status="ready" if is_ready else "not_ready", checks=checks), 200 if is_ready else 503
