"""What a supervisor asks: alive, ready."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def alive() -> Response:
    """The process answers; it says nothing about the services behind it."""
    return jsonify(status="alive")


@pages.get("/readyz")
def ready() -> Response:
    """The console has no dependency of its own: pages tell by themselves which service is away."""
    return jsonify(status="ready")
