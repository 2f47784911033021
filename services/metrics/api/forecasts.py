"""`/v1/forecasts/{request}`: when the next step of a request is to be expected."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from services.metrics.api.schemas import ForecastSchema
from services.metrics.api.shell import KNOWLEDGE_PARAMETERS, Shell, asked
from services.metrics.domain.answers import forecast_of
from services.metrics.domain.sight import may_see
from shared.facts.codes import READING_ROLES
from shared.web.answers import json_answer
from shared.web.auth import caller, require_role
from shared.web.errors import Problem
from shared.web.resource import Resource

PROBLEMS = ("malformed", "not_allowed", "not_found", "beyond_watermark")


def resource(shell: Shell) -> Resource:
    """The resource."""
    own = Resource("forecasts", __name__, description="Expected dates with ranges, and on how many cases they rest.")

    @own.operation(
        "/v1/forecasts/<uuid:request_id>",
        name="getForecast",
        summary="The expected date of the next step of a request",
        answer=ForecastSchema,
        parameters=KNOWLEDGE_PARAMETERS,
        problems=PROBLEMS,
    )
    def get_forecast(request_id: UUID) -> Response:
        """Nothing is said where too few cases say it, nor after a reopening."""
        require_role(READING_ROLES)
        question, request = asked(), str(request_id)
        reader = caller()
        found = shell.ask(
            question,
            lambda register: forecast_of(register, question, request) if may_see(register, request, reader.authority, reader.desk, reader.role) else None,
        )
        if found is None:
            raise Problem("not_found", "there is no such request for this authority")
        return json_answer(found, headers={"Data-As-Of": found["as_known_at"]})

    return own
