"""`/v1/early-warnings`: open requests that will probably miss a limit, before they do."""

from __future__ import annotations

import math
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields

from services.metrics.api.shell import KNOWLEDGE_PARAMETERS, Shell, asked
from services.metrics.backtests.queries import proofs
from services.metrics.courses.queries import confidential_among
from services.metrics.domain.answers import DEFINITIONS, Register
from services.metrics.domain.backtest import FAILED
from services.metrics.domain.cohorts import cohorts_of
from services.metrics.domain.early_warning import AT_LEAST, early_warnings
from services.metrics.domain.question import Question
from services.metrics.domain.sight import seen
from shared.facts.codes import READING_ROLES
from shared.facts.members import moment as moment_text
from shared.storage.directory import Caller
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.errors import malformed
from shared.web.paging import LIMIT_HIGHEST
from shared.web.query import Query
from shared.web.resource import Resource, parameter

PROBLEMS = ("malformed", "not_allowed", "not_found", "beyond_watermark")
PARAMETERS = (
    *KNOWLEDGE_PARAMETERS,
    parameter("at_least", "the lowest probability that is told", {"type": "number", "minimum": 0, "maximum": 1, "default": AT_LEAST}),
    parameter("limit", "the most that are listed; all are counted", {"type": "integer", "minimum": 1, "maximum": LIMIT_HIGHEST, "default": LIMIT_HIGHEST}),
)


class WarningSchema(Schema):
    """One running clock of an open request that will probably be missed."""

    request = fields.String()
    direction = fields.String(metadata={"enum": ["incoming", "outgoing"]})
    kind = fields.String(allow_none=True)
    instrument = fields.String(allow_none=True)
    counterpart = fields.String(allow_none=True, metadata={"description": "State of the other side"})
    row = fields.String(metadata={"description": "the clock row"})
    stage = fields.String(metadata={"enum": ["acknowledge", "decide", "execute", "return"], "description": "the step that the clock limits"})
    wait = fields.String(
        metadata={"description": "the wait that the probability is read from: the stage, or the wait from arrival where the stage has not begun"}
    )
    since = fields.Date(metadata={"description": "first day of that wait"})
    elapsed = fields.Integer(metadata={"description": "days of it so far"})
    adjusted_due = fields.Date()
    strict_due = fields.Date()
    days_left = fields.Integer(metadata={"description": "until adjusted_due; 0 is today"})
    probability = fields.Float(metadata={"description": "that the step is not done by the end of adjusted_due"})
    basis = fields.List(fields.String())
    n = fields.Integer()
    ends = fields.Integer()
    at_risk = fields.Integer()


class WarningsSchema(Schema):
    """Early warnings of one authority, the most probable first, then by date."""

    definitions = fields.String()
    authority = fields.String()
    as_known_at = fields.DateTime()
    at_least = fields.Float()
    running = fields.Integer(metadata={"description": "running clocks that were looked at"})
    too_few = fields.Integer(metadata={"description": "of them, those of which too few cases say anything"})
    withheld = fields.Integer(metadata={"description": "of them, those likely late by a forecast that did not stand its test against the past"})
    count = fields.Integer(metadata={"description": "warnings in all"})
    hidden = fields.Integer(metadata={"description": "of them, those of requests that the caller may not see: counted, not listed"})
    warnings = fields.List(fields.Nested(WarningSchema))


def resource(shell: Shell) -> Resource:
    """The resource."""
    own = Resource("early_warnings", __name__, description="What will probably be late, before it is.")

    @own.operation(
        "/v1/early-warnings",
        name="getEarlyWarnings",
        summary="Open requests that will probably miss a limit",
        answer=WarningsSchema,
        parameters=PARAMETERS,
        problems=PROBLEMS,
    )
    def get_early_warnings() -> Response:
        """From the curve of cases like them, given that nothing happened until today. Overdue clocks and those on hold are not among them."""
        reader, question = require_role(READING_ROLES), asked(("at_least", "limit"))
        at_least = _share("at_least", AT_LEAST)
        limit = Query(tuple(request.args)).number("limit", default=LIMIT_HIGHEST, lowest=1, highest=LIMIT_HIGHEST) or LIMIT_HIGHEST
        found = shell.ask(question, lambda register: _told(shell, register, question, (at_least, limit), reader))
        return json_answer(found, headers={"Data-As-Of": found["as_known_at"]})

    return own


def _told(shell: Shell, register: Register, question: Question, asked_for: tuple[float, int], reader: Caller) -> dict[str, Any]:
    known_at, (at_least, limit) = question.known_at(register.latest, bounded=register.bounded), asked_for
    with shell.pool.connection() as conn:
        failed = {(proof.direction, proof.stage) for proof in proofs(conn, question.authority, known_at) if proof.verdict == FAILED}
    found = early_warnings(cohorts_of(register, question.authority, known_at), at_least, failed)
    with shell.pool.connection() as conn:
        confidential = frozenset(confidential_among(conn, sorted(set(found.requests))))
    hidden = confidential - frozenset(seen(register, sorted(confidential), reader.authority, reader.desk, reader.role))
    listed = [place for place, request in enumerate(found.requests) if request not in hidden]
    return {
        "definitions": DEFINITIONS,
        "authority": question.authority,
        "as_known_at": moment_text(known_at),
        "at_least": at_least,
        "running": found.running,
        "too_few": found.too_few,
        "withheld": found.withheld,
        "count": len(found.requests),
        "hidden": len(found.requests) - len(listed),
        "warnings": [found.told(place) for place in listed[:limit]],
    }


def _share(name: str, default: float) -> float:
    value = request.args.get(name)
    if value is None:
        return default
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not 0 <= found <= 1:
        raise malformed("must be a number from 0 to 1", f"?{name}")
    return found
