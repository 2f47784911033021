"""Which moves a caller can make now, with the fields of each; and for the others, what forbids them and what would allow them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.requests.domain import basis
from services.requests.domain.command import Context
from services.requests.domain.decisions import obstacle
from services.requests.domain.moves.members import Member
from services.requests.domain.moves.move import Move
from services.requests.domain.moves.table import COMMON, MOVES
from services.requests.domain.request import Request
from shared.facts.codes import MOVING_ROLES, Hold, Side, State


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a move's form, as this request has it. ``clear`` false: words, sealed before they are stored."""

    name: str
    type: str
    required: bool = False
    choices: tuple[str, ...] = ()
    choices_closed: bool = True
    clear: bool = True
    default: Any = None
    of: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a move is possible for this caller. ``on_behalf_of``: only if recorded for this authority, which is no member."""

    move: str
    possible: bool
    code: str | None = None
    forbidden_by: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    on_behalf_of: str | None = None


def verdicts(request: Request, authority: str, role: str, context: Context) -> list[Verdict]:
    """One verdict a move of the table, in its order; none when the request does not exist for *authority*."""
    side = request.side_of(authority)
    if side is None or (side is Side.REQUESTED and not request.sent_once):
        return []
    other = _outsider(request, side, context)
    return [_verdict(request, move, authority, side, role, other, context) for move in MOVES.values()]


def _outsider(request: Request, side: Side, context: Context) -> str | None:
    """The other side's authority, if it is no member and can be recorded for."""
    other = request.last_recipient if side is Side.REQUESTING else request.requesting.authority
    return None if other not in context.authorities or context.is_member(other) else other


def _verdict(request: Request, move: Move, authority: str, side: Side, role: str, outsider: str | None, context: Context) -> Verdict:
    if role not in MOVING_ROLES:
        return Verdict(move.name, False, "not_allowed", "role", {"role": str(role), "roles": sorted(MOVING_ROLES)})
    acting, on_behalf_of = authority, None
    if side not in move.sides:
        if outsider is None:
            return Verdict(move.name, False, "wrong_side", "side", {"side": str(side), "sides": sorted(move.sides)})
        acting = on_behalf_of = outsider
    found = obstacle(request, move, acting)
    if found is None:
        return Verdict(move.name, True, fields=fields_of(move, request, context), on_behalf_of=on_behalf_of)
    parameters = {"state": str(request.state), "hold": str(request.hold) if request.hold else None, "reason": found.reason, "allowed": dict(found.allowed)}
    return Verdict(move.name, False, "move_not_possible", found.by, parameters, on_behalf_of=on_behalf_of)


def fields_of(move: Move, request: Request, context: Context) -> tuple[Field, ...]:
    """The fields of the form of *move*, with the choices that this request's instrument gives."""
    common = [member for member in COMMON if member.name not in {own.name for own in move.members}]
    return tuple(_field(member, request, context) for member in (*move.members, *common))


def _field(member: Member, request: Request, context: Context) -> Field:
    within = member.of or (member.each.of if member.each else ())
    choices = (*member.choices, *(choice for choice in _choices(member, request, context) if choice not in member.choices))
    each = member.each
    kind = member.type if each is None else f"list of {each.type}"
    clear = member.clear and (each is None or each.clear)
    closed = bool(choices) and clear
    return Field(member.name, kind, member.required, choices, closed, clear, None, tuple(_field(each, request, context) for each in within))


def _choices(member: Member, request: Request, context: Context) -> Sequence[str]:
    match member.choices_from:
        case "grounds":
            return basis.known_grounds(request, context)
        case "rows":
            return basis.open_clocks(request, context)
        case "postponement_grounds":
            return basis.postponement_grounds(request, context)
        case "persons":
            return [each.id for each in request.persons]
        case "measures":
            return [each.id for each in request.pending_measures or request.measures]
        case "items":
            return [item.id for part in request.parts for item in part.items]
        case "form_fields":
            return [each.name for basis_ in context.bases(request.instrument) for each in basis_.fields_for(request.kind)]
        case "events":
            return sorted(context.instruments.codes.events)
        case "outsiders":
            return [each for each in _parties(request) if each in context.authorities and not context.is_member(each)]
    return ()


def _parties(request: Request) -> list[str]:
    return [request.requesting.authority, *(each.authority for each in request.recipients)]


def primary_move(request: Request, authority: str) -> str | None:
    """The move that carries the request on, if it is for *authority* to make; None when it is not its turn."""
    side = request.side_of(authority)
    wanted = _next_step(request, side) if side is not None else None
    if wanted is None:
        return None
    move = MOVES[wanted]
    return wanted if side in move.sides and obstacle(request, move, authority) is None else None


def _next_step(request: Request, side: Side | None) -> str | None:
    if request.state is State.DRAFTED:
        return "send"
    if Hold.INFORMATION_REQUESTED in request.holds and side is Side.REQUESTING:
        return "supply_information"
    if side is Side.REQUESTING:
        return "confirm_receipt" if any(part.confirmed_at is None for part in request.parts) else None
    if request.state is State.SENT:
        return "acknowledge"
    if request.state is State.ACKNOWLEDGED:
        return _step_of_execution(request)
    return "return" if request.state is State.EXECUTED else None


def _step_of_execution(request: Request) -> str:
    if Hold.POSTPONED in request.holds:
        return "resume"
    if request.persons and any(not each.done for each in request.persons) and any(each.decision for each in request.persons):
        return "surrender"
    if request.decision is None:
        return "decide"
    return "complete_measure" if request.pending_measures else "execute"
