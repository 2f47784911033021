"""The layer around the application: ids of the call, headers of every answer, one line in the log. Plain WSGI, because every call passes here."""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from shared.facts.members import moment as moment_text
from shared.storage.directory import Caller
from shared.web import calls, tracing
from shared.web.headers import Headers, secured

CALLER, ROUTE = "rogatory.caller", "rogatory.route"
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

log = logging.getLogger("access")


class Observed:
    """*application* as it is seen from outside."""

    def __init__(self, application: Application, service: str, api_version: str) -> None:
        self._application, self._service, self._api_version = application, service, api_version
        calls.begin()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one call."""
        began = time.perf_counter()
        request_id, trace = tracing.begin(environ)
        own = [("Request-Id", request_id), ("traceparent", trace), ("API-Version", self._api_version)]
        status = ["-"]

        def start(told: str, headers: Headers, *more: Any) -> Any:
            status[0] = told[:3]
            return start_response(told, secured(headers) + own, *more)

        try:
            return self._application(environ, start)
        finally:
            seconds = time.perf_counter() - began
            calls.count(environ.get(ROUTE, "-"), environ.get("REQUEST_METHOD", "-"), status[0], seconds)
            if log.isEnabledFor(logging.INFO):
                self._write(environ, status[0], seconds, request_id, trace)

    def _write(self, environ: dict[str, Any], status: str, seconds: float, request_id: str, trace: str) -> None:
        """One line, without what the call was about: no query, no body, no name."""
        caller: Caller | None = environ.get(CALLER)
        line = {
            "event": "call",
            "level": "info",
            "ts": moment_text(datetime.now(UTC)),
            "service": self._service,
            "method": environ.get("REQUEST_METHOD", "-"),
            "route": environ.get(ROUTE, "-"),
            "status": int(status) if status.isdigit() else None,
            "ms": round(seconds * 1000, 1),
            "request_id": request_id,
            "trace_id": trace[3:35],
            "key": caller.key_id if caller else None,
            "authority": caller.authority if caller else None,
        }
        sys.stderr.write(json.dumps(line) + "\n")
