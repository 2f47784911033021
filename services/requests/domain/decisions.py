"""From a command to facts, or to a refusal: body, existence, side, (version,) state and hold, facts; in that order.

The shell asks in three steps, so that it can look at the version in between: ``read_command``, ``permit``, ``decide``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.requests.domain.command import Command, Context
from services.requests.domain.errors import Fault, MoveNotPossible, NotAllowed, NotFound, OccurredBeforeCause, OccurredInFuture, ValidationFailed, WrongSide
from services.requests.domain.moves.members import Reading, read_members
from services.requests.domain.moves.move import Move, Obstacle
from services.requests.domain.moves.table import BEGINNINGS, MOVES, members_of
from services.requests.domain.request import Request, apply, fold
from shared.facts.base import Fact, Recorded
from shared.facts.codes import MOVING_ROLES, Role, Side
from shared.facts.identifiers import uuid7
from shared.facts.members import moment

ENTRY_MEMBERS = frozenset({"move", "occurred_at", "members"})


def read_command(move: str, body: Mapping[str, Any], context: Context, *, by: str, role: str = Role.DESK, desk: str | None = None) -> Command:
    """Return the command that *body* (as JSON gives it) makes for *move*.

    Raises:
        KeyError: there is no such move.
        ValidationFailed: with everything that is wrong with the body.
    """
    reading = Reading()
    members = read_members(members_of(move), _with_whole_entries(body), reading)
    if reading.faults:
        raise ValidationFailed(reading.faults)
    occurred_at = members.pop("occurred_at", None) or context.now
    note, on_behalf_of = members.pop("note", None), members.pop("on_behalf_of", None)
    return Command(move, members, occurred_at, by, role, desk, on_behalf_of, note)


def _with_whole_entries(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """*body* with the members that an entry of ``history`` names beside its move put under ``members``: both ways of writing are one."""
    history = body.get("history")
    if not isinstance(history, list):
        return body
    return {**body, "history": [_whole(each) if isinstance(each, Mapping) else each for each in history]}


def _whole(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = {name: value for name, value in entry.items() if name in ENTRY_MEMBERS}
    beside = {name: value for name, value in entry.items() if name not in ENTRY_MEMBERS}
    grouped = kept.get("members") or {}
    return {**kept, "members": {**beside, **grouped}} if beside and isinstance(grouped, Mapping) else entry


def begin(command: Command, context: Context) -> list[Fact]:
    """Return the facts that begin a request; those of ``history`` follow in the same list.

    Raises:
        DomainError: see the deciders.
    """
    _check_role(command)
    _check_not_future(command, context)
    if command.on_behalf_of is not None:
        raise ValidationFailed([Fault("/on_behalf_of", "not_here", "the authority that begins a request does so for itself")])
    facts = BEGINNINGS[command.move].decide(command, context)
    return [*facts, *_replayed(facts[0], command, context)]


def _replayed(first: Fact, command: Command, context: Context) -> list[Fact]:
    """The facts of ``history``, each move played through the same deciders."""
    entries = command.members.get("history") or ()
    if not entries:
        return []
    context = replace(context, clocks=None)  # the ids of these facts are not yet given, so no clock has its id
    request = fold([_as_recorded(first, 1, context)])
    facts: list[Fact] = []
    for number, entry in enumerate(entries):
        made = _history_entry(request, entry, number, command, context)
        for fact in made:
            request = apply(request, _as_recorded(fact, request.version + 1, context))
        facts.extend(made)
    return facts


def _history_entry(request: Request, entry: Mapping[str, Any], number: int, command: Command, context: Context) -> list[Fact]:
    at = f"/history/{number}"
    if entry["move"] not in MOVES:
        raise ValidationFailed([Fault(f"{at}/move", "choice", f"no move {entry['move']}")])
    try:
        body = {**(entry.get("members") or {}), "occurred_at": moment(entry["occurred_at"])}
        played = read_command(entry["move"], body, context, by=command.by, role=command.role, desk=command.desk)
    except ValidationFailed as failed:
        raise ValidationFailed([replace(fault, pointer=f"{at}/members{fault.pointer}") for fault in failed.faults]) from failed
    other = request.requesting.authority if command.move == "register" else request.requested.authority
    if played.on_behalf_of is None and request.side_of(command.by) not in MOVES[played.move].sides:
        played = replace(played, on_behalf_of=other)
    try:
        permit(request, played, context)
        return decide(request, played, context)
    except (WrongSide, NotAllowed, MoveNotPossible, OccurredBeforeCause, OccurredInFuture, ValidationFailed) as refused:
        refused.faults = tuple(replace(fault, pointer=f"{at}/members{fault.pointer}") for fault in refused.faults) or (
            Fault(at, refused.code, refused.detail, refused.parameters),
        )
        raise


def _as_recorded(fact: Fact, version: int, context: Context) -> Recorded[Fact]:
    id = context.new_id() if context.new_id is not None else uuid7(context.now, version.to_bytes(10, "big"))
    return Recorded(id, version, context.now, fact)


def permit(request: Request, command: Command, context: Context) -> Side:
    """Return the side on which the command is made; existence, role, and on whose behalf.

    Raises:
        NotFound: the request does not exist for this caller.
        NotAllowed: the role makes no moves, or nobody may act for that authority.
        WrongSide: the move belongs to the other side.
    """
    own = request.side_of(command.by)
    if own is None or (own is Side.REQUESTED and not request.sent_once):
        raise NotFound("no such request")
    _check_role(command)
    side = own if command.on_behalf_of is None else _side_for_another(request, command, context)
    move = MOVES[command.move]
    if side not in move.sides:
        parameters = {"move": move.name, "side": str(side), "sides": sorted(move.sides)}
        raise WrongSide(f"{move.name} belongs to the {' and '.join(sorted(move.sides))} side", parameters=parameters)
    return side


def _side_for_another(request: Request, command: Command, context: Context) -> Side:
    """The side of the authority, no member, for which something is recorded."""
    other = str(command.on_behalf_of)
    side = request.side_of(other)
    if other not in context.authorities or side is None or other == command.by:
        raise ValidationFailed([Fault("/on_behalf_of", "not_a_party", f"{other} is no other party to this request")])
    if context.is_member(other):
        raise NotAllowed(f"{other} is a member and acts for itself", parameters={"authority": other, "reason": "is_member"})
    return side


def _check_role(command: Command) -> None:
    if command.role not in MOVING_ROLES:
        parameters = {"role": str(command.role), "roles": sorted(MOVING_ROLES), "reason": "role"}
        raise NotAllowed(f"the role {command.role} makes no moves", parameters=parameters)


def _check_not_future(command: Command, context: Context) -> None:
    if command.occurred_at > context.now:
        fault = Fault("/occurred_at", "occurred_in_future", f"it is {moment(context.now)} now", {"now": moment(context.now)})
        raise OccurredInFuture("what is recorded cannot lie in the future", parameters=fault.parameters, faults=[fault])


def decide(request: Request, command: Command, context: Context) -> list[Fact]:
    """Return the facts that *command* makes of *request*. Same request, command and context: same facts.

    Raises:
        MoveNotPossible: state, hold, kind, or what was recorded so far forbids it.
        DomainError: the facts of the case forbid it; see the deciders.
    """
    side = permit(request, command, context)
    move = MOVES[command.move]
    found = obstacle(request, move, command.acting, command.members)
    if found is not None:
        raise not_possible(request, move, found, side, command.acting)
    _check_not_future(command, context)
    facts = move.decide(request, command, context)
    _check_cause(request, move, facts[0])
    return facts


def _check_cause(request: Request, move: Move, fact: Fact) -> None:
    cause = move.cause(request, fact)
    if cause is not None and fact.occurred_at < cause:
        parameters = {"not_before": moment(cause)}
        fault = Fault("/occurred_at", "occurred_before_cause", f"what it follows from happened at {moment(cause)}", parameters)
        raise OccurredBeforeCause("it cannot have happened before its cause", parameters=parameters, faults=[fault])


def obstacle(request: Request, move: Move, acting: str, members: Mapping[str, Any] | None = None) -> Obstacle | None:
    """What forbids *move* by state, kind, hold or facts; None when it is possible. Without *members*: whether any would do."""
    if request.state not in move.states:
        return Obstacle("state", "state", {"states": sorted(move.states)})
    if move.kinds and request.kind not in move.kinds:
        return Obstacle("kind", "kind", {"kinds": sorted(move.kinds)})
    if move.needs_hold is not None and move.needs_hold not in request.holds:
        return Obstacle("hold", "hold_not_open", {"hold": str(move.needs_hold), "moves": _opening(move)})
    standing = [hold for hold in request.holds if hold in move.holds_forbid]
    if standing:
        ends = sorted(each.name for each in MOVES.values() if each.needs_hold in standing)
        return Obstacle("hold", "hold_open", {"hold": str(standing[-1]), "moves": ends})
    return move.requires(request, acting, members) if move.requires is not None else None


def _opening(move: Move) -> list[str]:
    """The moves that open the hold that *move* ends."""
    return sorted(each.name for each in MOVES.values() if each.opens_hold is move.needs_hold)


def possible_moves(request: Request, side: Side, acting: str) -> list[str]:
    """Names of the moves that *side* can make now, in order of the table."""
    return [move.name for move in MOVES.values() if side in move.sides and obstacle(request, move, acting) is None]


def not_possible(request: Request, move: Move, found: Obstacle, side: Side, acting: str) -> MoveNotPossible:
    """The refusal of *move* because of *found*, with what is possible instead."""
    parameters = {
        "move": move.name,
        "state": str(request.state),
        "hold": str(request.hold) if request.hold else None,
        "holds": [str(hold) for hold in request.holds],
        "forbidden_by": found.by,
        "reason": found.reason,
        "allowed": dict(found.allowed),
        "possible_moves": possible_moves(request, side, acting),
    }
    return MoveNotPossible(f"{move.name} is not possible in {request.state}: {found.reason}", parameters=parameters)
