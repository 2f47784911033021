"""What a deployment asks of every process: is it alive, is it ready, how does it do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response

from shared.web import calls
from shared.web.answers import json_answer


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the service can do its work, and what was looked at."""

    ready: bool
    checks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operations:
    """The hooks of one service: its readiness, and its figures in the text format of Prometheus, both read from rows."""

    readiness: Callable[[], Readiness]
    metrics: Callable[[], bytes]


def serve_operations(app: Flask, operations: Operations, *, service: str, version: str) -> None:
    """/healthz, /readyz and /metrics. Health depends on nothing, readiness on what the service needs."""

    def healthz() -> Response:
        return json_answer({"status": "ok", "service": service, "version": version})

    def readyz() -> Response:
        found = operations.readiness()
        told = {"status": "ready" if found.ready else "not_ready", "service": service, "checks": dict(found.checks)}
        return json_answer(told, 200 if found.ready else 503, {} if found.ready else {"Retry-After": "2"})

    def metrics() -> Response:
        return Response(operations.metrics() + calls.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", metrics)
