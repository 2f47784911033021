"""Clocks of a request explained, and the calculator that needs no request."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import Schema, ValidationError, fields, validate

from services.requests.api.present import shell
from services.requests.api.read import AS_OF, MIN_VERSION, read_seen
from services.requests.calculator import CalculationRefused, Calculator, Question, Stopped
from services.requests.domain.clocks.explanation import fingerprint
from services.requests.domain.clocks.reading import act_by, named, working_days_left
from services.requests.domain.clocks.wording import LANGUAGES
from services.requests.domain.moves.members import DURATION
from shared.calendars.zones import ZONES, ZoneUnknown
from shared.facts.base import When
from shared.facts.members import moment as moment_text
from shared.facts.moments import read_day, read_moment
from shared.facts.periods import Period
from shared.web.answers import json_answer
from shared.web.body import json_body, load
from shared.web.errors import Fault, invalid, not_found
from shared.web.fields import Moment, Whole
from shared.web.query import Query
from shared.web.resource import Resource

ACCEPT_LANGUAGE = {
    "in": "header",
    "name": "Accept-Language",
    "description": "language of the readings: en, fr or es; English where none of them is asked for. Codes and parameters are the same in all",
    "schema": {"type": "string"},
}

blp = Resource("clocks", __name__, description="Time limits: why a date is as it is, and what a date would be")


@blp.operation(
    "/v1/requests/<uuid:request_id>/clocks/<clock>/explanation",
    name="explainClock",
    summary="Why this date: the derivation line by line",
    parameters=[AS_OF, MIN_VERSION, ACCEPT_LANGUAGE],
    problems=("malformed", "not_allowed", "not_found", "calendar_not_covered"),
)
def explain_clock(request_id: UUID, clock: str) -> Response:
    """`clock` is the id of a run, a row (its latest run), or ROW#2. Each line: code, parameters, rules, facts, and a reading in the language asked for."""
    query = Query(("as_of", "min_version"))
    as_of = query.moment("as_of")
    with shell().pool.connection() as conn:
        seen = read_seen(conn, request_id, as_of)
        now = as_of or shell().now(conn)
    clockwork = shell().clockwork
    found = named(clockwork.clocks(seen.request, now), clock)
    if found is None:
        raise not_found()
    lines, language = clockwork.explain(seen.request, found.id, now), _language()
    told = {
        "id": str(request_id),
        "version": seen.version,
        "clock": found.as_members(),
        "act_by": act_by(found).isoformat(),
        "working_days_left": working_days_left(found),
        "lines": [line.as_members(language) for line in lines],
        "earlier": earlier_dates(seen.request.history, found.id),
        "fingerprint": fingerprint(lines),
    }
    return json_answer(told, headers=_in(language))


def earlier_dates(history: Any, clock: str) -> list[dict[str, Any]]:
    """The dates that the stream has recorded of one run, oldest first: since when, why, and what they were."""
    told = []
    for each in history:
        fact = each.fact
        if getattr(fact, "clock", None) == clock and getattr(fact, "strict_due", None) is not None:
            dues = {name: _text(getattr(fact, name)) for name in ("nominal_due", "adjusted_due", "strict_due")}
            told.append(
                {"fact": str(each.id), "type": type(fact).__name__, "recorded_at": _text(each.recorded_at), "reason": getattr(fact, "reason", None), **dues}
            )
    return told


class DayOrMoment(fields.Field[When]):
    """A date, or a moment with an offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> When:
        try:
            return read_day(value) if len(value) == len("2026-01-01") else read_moment(value)
        except (TypeError, ValueError) as fault:
            raise ValidationError("a date (YYYY-MM-DD) or a moment after RFC 3339 is expected") from fault


class HoldSchema(Schema):
    """A stop of the clock."""

    stopped_at = Moment(required=True)
    resumed_at = Moment(required=True)
    reason = fields.String(load_default="hold", validate=validate.Length(1, 80))


def _known_state(value: str) -> None:
    if value not in ZONES:
        raise ValidationError("no State, ISO 3166-1 alpha-2, that is known here")


class CalculationSchema(Schema):
    """A row of an instrument, or a length with a unit and a way of counting; from a start, at a place."""

    row = fields.String(validate=validate.Length(1, 80), metadata={"description": "id of a row; gives length, unit, counting and side"})
    start = DayOrMoment(required=True, metadata={"description": "when the start fact happened: a date or a moment"})
    limit = fields.String(validate=Whole(f"^{DURATION.pattern}$"), metadata={"description": "ISO 8601 duration; without a row, or in its place"})
    unit = fields.String(validate=validate.OneOf(["hours", "calendar_days", "working_days", "weeks", "months", "years"]))
    regime = fields.String(validate=validate.Length(1, 40), metadata={"description": "code of counting_codes"})
    state = fields.String(validate=_known_state, metadata={"description": "State of the side that must act: its calendar and zone"})
    requested_state = fields.String(validate=_known_state)
    zone = fields.String(validate=validate.Length(1, 60))
    calendar = fields.String(validate=validate.Length(1, 60))
    extensions = fields.List(fields.String(validate=Whole(f"^{DURATION.pattern}$")), validate=validate.Length(max=20))
    holds = fields.List(fields.Nested(HoldSchema), validate=validate.Length(max=100))
    fixed_on = DayOrMoment(metadata={"description": "date asked for or fixed in the case, for rows without a figure"})


@blp.operation(
    "/v1/clocks/calculations",
    "POST",
    name="calculate",
    summary="By when, if …? Nothing is stored",
    parameters=[ACCEPT_LANGUAGE],
    body=CalculationSchema,
    body_example={"row": "EIO-RECOG", "start": "2026-09-03", "state": "CZ"},
    problems=("malformed", "validation_failed", "calendar_not_covered"),
)
def calculate() -> Response:
    """Three dates with their derivation: nominal, adjusted (after roll-over), strict (the safest reading)."""
    asked = load(CalculationSchema(), json_body())
    question = Question(
        **{name: asked.get(name) for name in ("row", "start", "unit", "regime", "state", "requested_state", "zone", "calendar", "fixed_on")},
        limit=Period.parse(asked["limit"]) if "limit" in asked else None,
        extensions=tuple(Period.parse(each) for each in asked.get("extensions", ())),
        holds=tuple(Stopped(each["stopped_at"], each["resumed_at"], each["reason"]) for each in asked.get("holds", ())),
    )
    _in_order(question)
    law = shell().clockwork.law
    try:
        answer = Calculator.of(law.instruments, law.calendars).calculate(question)
    except CalculationRefused as refusal:
        raise invalid([Fault(f"/{name}", "invalid", sentence) for name, sentence in refusal.errors.items()]) from refusal
    except ZoneUnknown as refusal:
        raise invalid([Fault("/zone", "invalid", str(refusal))]) from refusal
    language = _language()
    return json_answer(answer.as_members(language), headers=_in(language))


def _language() -> str:
    """The first language of the caller that we write in; a region (fr-CA) counts as its language."""
    wanted = (code[:2].lower() for code, quality in request.accept_languages if quality > 0)
    return next((code for code in wanted if code in LANGUAGES), "en")


def _in(language: str) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept-Language"}


def _in_order(question: Question) -> None:
    faults = [
        Fault(f"/holds/{n}/resumed_at", "invalid", "a stop ends after it begins") for n, hold in enumerate(question.holds) if hold.resumed_at < hold.stopped_at
    ]
    if faults:
        raise invalid(faults)


def _text(when: Any) -> str | None:
    if isinstance(when, datetime):
        return moment_text(when)
    return None if when is None else str(when)
