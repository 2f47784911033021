"""Request-Id and traceparent: accepted when well formed, made otherwise, echoed, logged."""

import re
import secrets
from typing import Any

from flask import has_request_context, request

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)
REQUEST_ID, TRACEPARENT = "rogatory.request_id", "rogatory.traceparent"


def begin(environ: dict[str, Any]) -> tuple[str, str]:
    """Request id and trace context of the call that *environ* describes; they are kept in it."""
    told = environ.get("HTTP_REQUEST_ID")
    request_id = told if told and _REQUEST_ID.fullmatch(told) else secrets.token_hex(16)
    trace = environ.get("HTTP_TRACEPARENT")
    if not trace or not _TRACEPARENT.fullmatch(trace):
        drawn = secrets.token_hex(24)
        trace = f"00-{drawn[:32]}-{drawn[32:]}-01"
    environ[REQUEST_ID], environ[TRACEPARENT] = request_id, trace
    return request_id, trace


def request_id() -> str:
    """Id of the present call."""
    return str(request.environ.get(REQUEST_ID, "")) if has_request_context() else ""


def traceparent() -> str:
    """W3C trace context of the present call."""
    return str(request.environ[TRACEPARENT])


def trace_id() -> str:
    """The trace's id of the present call."""
    return str(request.environ.get(TRACEPARENT, ""))[3:35] if has_request_context() else ""
