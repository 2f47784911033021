"""The legal basis of a request as deciders ask it: required fields, grounds, rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from services.requests.domain.clocks.reading import named
from services.requests.domain.command import Context
from services.requests.domain.errors import Fault, GroundNotInInstrument, UnknownInstrument, ValidationFailed
from services.requests.domain.request import Request
from shared.facts.codes import Kind
from shared.facts.instruments import Row


def check_instruments(context: Context, kind: str, instrument: str | None, also_under: Iterable[str] = ()) -> None:
    """Refuse ids of instruments that nobody knows, and a kind that none of them takes; an enquiry may be under any or none.

    Raises:
        UnknownInstrument: one of them is unknown.
        ValidationFailed: there is none, or none is for this kind.
    """
    also_under = tuple(also_under)
    if instrument is None and kind != Kind.ENQUIRY:
        raise ValidationFailed([Fault("/instrument", "required", "this member is required")])
    for pointer, id in [("/instrument", instrument), *((f"/also_under/{number}", id) for number, id in enumerate(also_under))]:
        if id is not None and id not in context.instruments:
            fault = Fault(pointer, "unknown_instrument", f"no instrument has the id {id}")
            raise UnknownInstrument(f"no instrument has the id {id}", parameters={"instrument": id}, faults=[fault])
    if kind != Kind.ENQUIRY and not any(basis.takes(kind) for basis in context.bases(instrument, also_under)):
        raise ValidationFailed([Fault("/kind", "kind_not_in_instrument", f"{instrument} knows no request of the kind {kind}")])


def check_form(context: Context, fields: Mapping[str, Any], instrument: str | None, also_under: Iterable[str] = ()) -> None:
    """Refuse form fields that no form of the legal basis has; a basis without a form takes any, and an old one may always be emptied.

    Raises:
        ValidationFailed: with the pointers of all such fields, and the names that are known.
    """
    known = sorted({field.name for each in context.bases(instrument, tuple(also_under)) for field in each.form_fields})
    wrong = [name for name, value in fields.items() if name not in known and value is not None] if known else []
    if wrong:
        raise ValidationFailed([Fault(f"/fields/{name}", "unknown_field", f"the form has no field {name}", {"known": known}) for name in wrong])


def missing_form_fields(request: Request, context: Context) -> list[str]:
    """Names of the form fields that the instrument requires for this kind and that are empty, in order of the form."""
    bases = context.bases(request.instrument)
    required = [name for basis in bases for name in basis.required_fields(request.kind)]
    return [name for name in required if _empty(request.fields.get(name))]


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, tuple)) and not value)


def known_grounds(request: Request, context: Context) -> list[str]:
    """Codes of the grounds for refusal under the instrument and those beside it."""
    return [ground.code for basis in context.bases(request.instrument, request.also_under) for ground in basis.grounds]


def check_grounds(request: Request, context: Context, grounds: Iterable[str], pointer: str = "/grounds") -> None:
    """Refuse a ground that the legal basis does not know. An instrument without a list of its own takes the common codes.

    Raises:
        GroundNotInInstrument: with the pointers of all such grounds.
    """
    known = set(known_grounds(request, context)) or set(context.instruments.codes.taxonomy)
    wrong = [(number, code) for number, code in enumerate(grounds) if code not in known]
    if wrong:
        faults = [Fault(f"{pointer}/{number}", "ground_not_in_instrument", f"{request.instrument} knows no ground {code}") for number, code in wrong]
        parameters = {"instrument": request.instrument, "grounds": [code for _, code in wrong]}
        raise GroundNotInInstrument(f"{request.instrument} does not know " + ", ".join(code for _, code in wrong), parameters=parameters, faults=faults)


def wants_consultation(request: Request, context: Context, grounds: tuple[str, ...]) -> bool:
    """Whether the instrument wants the two sides to consult before a refusal on these grounds."""
    return any(basis.needs_consultation(grounds) for basis in context.bases(request.instrument, request.also_under))


def postponement_grounds(request: Request, context: Context) -> list[str]:
    """Codes of the grounds for postponement under the instrument and those beside it."""
    return [ground.code for basis in context.bases(request.instrument, request.also_under) for ground in basis.postponement_grounds]


def rows(request: Request, context: Context) -> list[Row]:
    """The rows that may run for this request: of its instruments, and of national law and local ones beside them."""
    bases = context.bases(request.instrument, request.also_under)
    return [row for basis in bases for row in basis.rows] + [*context.instruments.national, *context.instruments.local]


def clock_of(request: Request, context: Context, name: str) -> tuple[Row, str | None, int]:
    """The row that *name* (a row, ``ROW#run`` or the id of a clock) means, the id of its open run where clocks are known, and its extensions so far.

    Raises:
        ValidationFailed: the request has no such clock, or it has ended.
    """
    if context.clocks is None:
        row = row_of(request, context, name)
        return row, None, sum(each.row == row.id for each in request.extensions)
    clock = named(context.clocks(request), name)
    if clock is None:
        raise ValidationFailed([Fault("/clock", "unknown_clock", f"the request has no clock {name}", {"choices": open_clocks(request, context)})])
    if not clock.run.open:
        raise ValidationFailed([Fault("/clock", "clock_ended", f"the clock {name} has ended", {"choices": open_clocks(request, context)})])
    return clock.run.row, clock.id, len(clock.run.extensions)


def open_clocks(request: Request, context: Context) -> list[str]:
    """The clocks that run or are suspended, by their row; by their id where several of one row do. Without clocks: every row."""
    if context.clocks is None:
        return [row.id for each in context.bases(request.instrument, request.also_under) for row in each.rows]
    running = [clock for clock in context.clocks(request) if clock.run.open]
    names = [clock.row for clock in running]
    return [clock.row if names.count(clock.row) == 1 else clock.id for clock in running]


def row_of(request: Request, context: Context, clock: str) -> Row:
    """The row that *clock* (a row id, perhaps with ``#run``) names.

    Raises:
        ValidationFailed: no row of this request has that id.
    """
    wanted = re.sub(r"#\d+$", "", clock)
    found = next((row for row in rows(request, context) if row.id == wanted), None)
    if found is None:
        raise ValidationFailed([Fault("/clock", "unknown_clock", f"no row {wanted} under {request.instrument}")])
    return found
