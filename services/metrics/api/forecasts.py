"""`/v1/forecasts/{request}`: when the next step of a request is to be expected."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from services.metrics.api.schemas import ForecastSchema
from services.metrics.api.shell import KNOWLEDGE_PARAMETERS, Shell, asked
from services.metrics.backtests.queries import Proof, proofs
from services.metrics.domain.answers import DEFINITIONS, Register
from services.metrics.domain.backtest import FAILED
from services.metrics.domain.cohorts import cohorts_of, known_of
from services.metrics.domain.forecast import forecast_for, without_dates
from services.metrics.domain.question import Question
from services.metrics.domain.scope import DIRECTIONS
from services.metrics.domain.sight import may_see
from shared.facts.codes import READING_ROLES
from shared.facts.members import moment as moment_text
from shared.storage.directory import Caller
from shared.web.answers import json_answer
from shared.web.auth import require_role
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
        """No dates where too few cases say them, after a reopening, or where such forecasts did not stand their test against the past."""
        reader, question = require_role(READING_ROLES), asked()
        told = shell.ask(question, lambda register: _told(register, question, str(request_id), reader))
        if told is None:
            raise Problem("not_found", "there is no such request for this authority")
        known_at, side, said = told
        with shell.pool.connection() as conn:
            kept = proofs(conn, question.authority, known_at)
        proof = next((proof for proof in kept if (proof.direction, proof.stage) == (side, said["stage"])), None)
        as_known_at = moment_text(known_at)
        return json_answer({"definitions": DEFINITIONS, "as_known_at": as_known_at, **shown(said, proof)}, headers={"Data-As-Of": as_known_at})

    return own


def _told(register: Register, question: Question, request: str, reader: Caller) -> tuple[datetime, str | None, dict[str, Any]] | None:
    """The moment of knowledge, the direction of the request and its forecast; nothing where the reader sees no such request."""
    if not may_see(register, request, reader.authority, reader.desk, reader.role):
        return None
    known_at = question.known_at(register.latest, bounded=register.bounded)
    known = known_of(register, [request], question.authority, known_at)
    said = forecast_for(known, request, cohorts_of(register, question.authority, known_at))
    if said is None:
        return None
    row = int(known.latest[known.place[request]])
    return known_at, DIRECTIONS[known.waits.direction[row]] if row >= 0 else None, said


def shown(said: dict[str, Any], proof: Proof | None) -> dict[str, Any]:
    """The forecast with what its kind was found to be worth; without its dates where that is too little."""
    if proof is None:
        return {**said, "proof": None}
    if proof.verdict == FAILED and said["reason"] is None:
        said = without_dates(said, "not_proven")
    return {**said, "proof": {"verdict": proof.verdict, "as_known_at": moment_text(proof.known_at), **proof.figures}}
