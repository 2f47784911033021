"""Request-Id and traceparent: accepted when well formed, made otherwise, echoed, logged."""

import re
import secrets

from flask import g, request

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)


def begin() -> None:
    """The call has a request id and a trace from here on."""
    told = request.headers.get("Request-Id")
    g.request_id = told if told and _REQUEST_ID.fullmatch(told) else secrets.token_hex(16)
    trace = request.headers.get("traceparent")
    if not trace or not _TRACEPARENT.fullmatch(trace) or trace[3:35] == "0" * 32 or trace[36:52] == "0" * 16:
        trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    g.traceparent = trace


def request_id() -> str:
    """Id of the present call."""
    return str(g.get("request_id", ""))


def traceparent() -> str:
    """W3C trace context of the present call."""
    return str(g.traceparent)


def trace_id() -> str:
    """The trace's id of the present call."""
    return str(g.get("traceparent", ""))[3:35]
