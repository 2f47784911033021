"""The instruments of law: stages, grounds, forms, kinds."""

from dataclasses import fields, is_dataclass
from typing import Any

from flask import Response

from services.requests.api.present import shell
from shared.facts.instruments import Instrument
from shared.facts.periods import Period
from shared.web.answers import json_answer
from shared.web.errors import not_found
from shared.web.query import Query
from shared.web.resource import Resource, parameter

blp = Resource("instruments", __name__, description="The instruments of law that requests rest on")


@blp.operation(
    "/v1/instruments",
    name="listInstruments",
    summary="Every instrument that requests may rest on",
    parameters=[parameter("kind", "only those that take this kind of request")],
    problems=("malformed",),
)
def list_instruments() -> Response:
    """Ids, titles and kinds; not law, but data for software: the official text decides."""
    kind = Query(("kind",)).text("kind")
    known = shell().instruments
    listed = [each for each in known if kind is None or each.takes(kind)]
    told = [{"id": each.id, "title": each.title, "short": each.short, "status": each.status, "kinds": sorted(each.kinds)} for each in listed]
    return json_answer({"as_of": known.as_of.isoformat(), "version": known.digest, "instruments": told})


@blp.operation(
    "/v1/instruments/<instrument_id>",
    name="getInstrument",
    summary="One instrument with its stages, grounds and form",
    parameters=[parameter("kind", "only the form fields of this kind of request")],
    problems=("malformed", "not_found"),
)
def get_instrument(instrument_id: str) -> Response:
    """Stages with their time limits, grounds for refusal and postponement, form fields with type, label and whether `send` requires them."""
    kind = Query(("kind",)).text("kind")
    known = shell().instruments
    if instrument_id not in known:
        raise not_found()
    return json_answer({**instrument_members(known.get(instrument_id), kind), "as_of": known.as_of.isoformat(), "version": known.digest})


def instrument_members(instrument: Instrument, kind: str | None) -> dict[str, Any]:
    """An instrument as the interface shows it."""
    told: dict[str, Any] = plain(instrument)
    told["form_fields"] = [plain(each) for each in instrument.fields_for(kind)]
    return told


def plain(value: Any) -> Any:
    """A frozen value in the shapes that JSON has."""
    if isinstance(value, Period):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(name): plain(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(each) for each in value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
