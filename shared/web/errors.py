"""Problem answers (RFC 9457): one table turns codes into statuses, one exception carries them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PROBLEM_TYPE_PREFIX = "urn:rogatory:problem:"

STATUSES: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "The call cannot be read"),
    "idempotency_key_required": (400, "An Idempotency-Key is required"),
    "purpose_required": (400, "A purpose is required"),
    "not_authenticated": (401, "The caller is not known"),
    "wrong_side": (403, "The move belongs to the other side"),
    "not_allowed": (403, "The caller may not do this"),
    "not_found": (404, "There is nothing here for this caller"),
    "method_not_allowed": (405, "The method is not offered here"),
    "move_not_possible": (409, "The request does not permit this move now"),
    "duplicate_reference": (409, "The reference is taken by another request"),
    "still_processing": (409, "The first call with this key is still running"),
    "not_done": (409, "What was ordered is not done"),
    "beyond_watermark": (409, "Not everything up to this moment has arrived"),
    "gone": (410, "The cursor belongs to another log"),
    "stale_version": (412, "The version is no longer current"),
    "too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body must be JSON"),
    "validation_failed": (422, "Members of the body are not valid"),
    "form_incomplete": (422, "The form lacks fields that the instrument requires"),
    "bound_exceeded": (422, "The bound of the instrument is exceeded"),
    "ground_not_in_instrument": (422, "The instrument does not know this ground"),
    "occurred_in_future": (422, "What happened cannot lie in the future"),
    "occurred_before_cause": (422, "What happened cannot lie before its cause"),
    "unknown_instrument": (422, "The instrument is not known"),
    "calendar_not_covered": (422, "The calendar does not cover these days"),
    "idempotency_key_reused": (422, "The Idempotency-Key was used for another call"),
    "version_required": (428, "If-Match is required"),
    "rate_limited": (429, "Too many calls"),
    "account_does_not_close": (500, "The account does not close"),
    "internal_error": (500, "The service failed"),
    "temporarily_unavailable": (503, "The service cannot answer just now"),
}
"""Code → status and title. Codes may be added, never renamed. An unknown code of a refusal answers as `validation_failed` does: 422."""

OF_HTTP: Mapping[int, str] = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "temporarily_unavailable",
}
"""Status raised by the web framework itself → our code."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with a JSON pointer to the member (or `?name` for a parameter of the query)."""

    pointer: str
    code: str
    detail: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The fault as it stands in `errors[]`."""
        told: dict[str, Any] = {"pointer": self.pointer, "code": self.code, "detail": self.detail}
        if self.parameters:
            told["parameters"] = dict(self.parameters)
        return told


class Problem(Exception):
    """Ends a call with a problem answer; *members* stand beside the usual ones (RFC 9457, 3.2)."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        parameters: Mapping[str, Any] | None = None,
        retry_after_seconds: int | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.faults = code, detail, tuple(faults)
        self.parameters = dict(parameters or {})
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        if retry_after_seconds is not None:
            self.headers["Retry-After"] = str(retry_after_seconds)

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return STATUSES.get(self.code, STATUSES["validation_failed"])[0]

    def as_json(self, request_id: str) -> dict[str, Any]:
        """Body of the answer. Parameters also stand under `parameters`, to be said in the reader's language."""
        status, title = STATUSES.get(self.code, (422, self.code.replace("_", " ")))
        return {
            "type": PROBLEM_TYPE_PREFIX + self.code,
            "title": title,
            "status": status,
            "code": self.code,
            "detail": self.detail or title,
            "errors": [fault.as_json() for fault in self.faults],
            "parameters": self.parameters,
            "request_id": request_id,
            **self.members,
        }


def malformed(detail: str, pointer: str = "", **parameters: Any) -> Problem:
    """The problem of a call that cannot be read."""
    return Problem("malformed", detail, faults=[Fault(pointer, "malformed", detail, parameters)])


def invalid(faults: Sequence[Fault]) -> Problem:
    """The problem of a body whose members are not valid, all of them at once."""
    return Problem("validation_failed", "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults[:5]), faults=faults)


def not_found() -> Problem:
    """The problem that does not tell whether the thing exists."""
    return Problem("not_found")
