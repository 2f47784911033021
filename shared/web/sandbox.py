"""`/v1/sandbox`: the one path that all services have, in a sandbox only. Elsewhere it does not exist."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response
from marshmallow import Schema

from shared.facts.codes import Role
from shared.facts.members import moment as moment_text
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.body import json_body, load
from shared.web.errors import Fault, invalid
from shared.web.fields import Moment
from shared.web.idempotency import idempotency_key
from shared.web.resource import IDEMPOTENCY_KEY, Resource

OPERATOR = frozenset({Role.ADMINISTRATOR})


class ClockSchema(Schema):
    """Where the test clock is to stand."""

    now = Moment(required=True, metadata={"description": "a moment (RFC 3339), not before the one it stands at"})


def sandbox_resource(advance: Callable[[datetime], bool], empty: Callable[[], None]) -> Resource:
    """The sandbox of one service.

    Args:
        advance: moves the test clock to a moment and does all that falls due up to it, in order; False when it would go back.
        empty: empties the service.
    """
    blp = Resource("sandbox", __name__, description="The test clock, and starting over")

    @blp.operation(
        "/v1/sandbox/clock", "PUT", name="setTestClock", summary="Move the test clock", body=ClockSchema, problems=("not_allowed", "validation_failed")
    )
    def set_clock() -> Response:
        """Answers when the facts of the service before have arrived and all that falls due is done. Call requests, then notifications, then metrics."""
        require_role(OPERATOR)
        now: datetime = load(ClockSchema(), json_body())["now"].astimezone(UTC)
        if not advance(now):
            raise invalid([Fault("/now", "invalid", "the test clock only goes forward; reset the sandbox to go back")])
        return json_answer({"now": moment_text(now)})

    @blp.operation("/v1/sandbox/reset", "POST", name="resetSandbox", summary="Empty the sandbox", parameters=[IDEMPOTENCY_KEY], problems=("not_allowed",))
    def reset() -> Response:
        """Call metrics, then notifications, then requests. The authorities with an administrator's key stay, with their keys."""
        require_role(OPERATOR)
        idempotency_key()
        empty()
        told: dict[str, Any] = {"emptied": True}
        return json_answer(told)

    return blp
