"""Whether a history still makes sense once a fact in it is corrected, and which facts that followed from it change with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.requests.domain import effects
from services.requests.domain.errors import DomainError, Fault, MoveNotPossible, OccurredBeforeCause, OccurredInFuture
from services.requests.domain.moves.execution import execution_of
from services.requests.domain.moves.move import Move
from services.requests.domain.moves.sending import check_receipt
from services.requests.domain.request import Request, effective, opened
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.codes import Execution, State
from shared.facts.members import moment, plain, to_members

_NOT_YET = UUID(int=0)
_CAUSES = (facts.MeasureCompleted, facts.PersonSurrendered)


def with_additions(request: Request, additions: Sequence[Fact]) -> list[Recorded[Fact]]:
    """The history with *additions* after it, as if they were recorded."""
    last = request.history[-1]
    more = [Recorded(_NOT_YET, last.version + number, last.recorded_at, fact) for number, fact in enumerate(additions, 1)]
    return [*request.history, *more]


def check_sequence(request: Request, additions: Sequence[Fact], moves_of: Mapping[type[Fact], tuple[Move, ...]], now: datetime) -> None:
    """Refuse *additions* (corrections) after which a recorded fact could not have happened.

    Raises:
        MoveNotPossible: a later fact rests on what is taken away.
        OccurredBeforeCause, OccurredInFuture: the order of the moments is impossible.
    """
    history = with_additions(request, additions)
    right = [each for each in effective(history) if each is not None]
    state = opened(right[0])
    _check_future(right[0].fact, now)
    for each in right[1:]:
        moves = moves_of.get(type(each.fact), ())
        if moves and not getattr(each.fact, "derived", False):
            _check_possible(state, each, moves)
            _check_moments(state, each.fact, moves, now)
        effects.follow(state, each)


def _check_possible(state: Request, each: Recorded[Fact], moves: Sequence[Move]) -> None:
    if not any(_fits(state, each.fact, move) for move in moves):
        parameters = {"reason": "later_fact", "fact": str(each.id), "type": type(each.fact).__name__, "state": str(state.state), "forbidden_by": "facts"}
        fault = Fault("/fact", "later_fact", "a later fact rests on it; correct that one first", parameters)
        raise MoveNotPossible(f"{parameters['type']} would not have been possible in {state.state}", parameters=parameters, faults=[fault])


def _fits(state: Request, fact: Fact, move: Move) -> bool:
    if state.state not in move.states or (move.needs_hold and move.needs_hold not in state.holds):
        return False
    return move.requires is None or move.requires(state, fact.acting, to_members(fact)) is None


def _check_moments(state: Request, fact: Fact, moves: Sequence[Move], now: datetime) -> None:
    _check_future(fact, now)
    cause = moves[0].cause(state, fact)
    if cause is not None and fact.occurred_at < cause:
        raise _out_of_order(OccurredBeforeCause, f"{type(fact).__name__} would lie before what it follows from", not_before=moment(cause))
    if isinstance(fact, facts.RequestAcknowledged):
        try:
            check_receipt(state, fact)
        except OccurredBeforeCause as early:
            raise _out_of_order(OccurredBeforeCause, early.detail, **early.parameters) from early


def _check_future(fact: Fact, now: datetime) -> None:
    received = getattr(fact, "received_at", None)
    if fact.occurred_at > now or (received is not None and received > now):
        raise _out_of_order(OccurredInFuture, f"{type(fact).__name__} would lie in the future")


def _out_of_order(kind: type[DomainError], detail: str, **parameters: Any) -> DomainError:
    return kind(detail, parameters=parameters, faults=[Fault("/values", kind.code, detail, parameters)])


def derived_corrections(request: Request, correction: facts.FactCorrected, base: Mapping[str, Any]) -> list[Fact]:
    """Corrections of the facts that followed from the one corrected: they fall, come back, or say something else now."""
    history = with_additions(request, [correction])
    right = effective(history)
    if right[0] is None:
        return []
    state, follows = opened(right[0]), list[Fact]()
    cause: Recorded[Fact] | None = None
    for original, now in zip(history[1:], right[1:], strict=True):
        if isinstance(original.fact, _CAUSES):
            cause = now
        if not getattr(original.fact, "derived", False):
            if now is not None:
                effects.follow(state, now)
            continue
        values = _derived_values(state, original.fact, cause)
        was = {"void": True} if now is None else to_members(now.fact)
        changed = {name: value for name, value in values.items() if was.get(name, False) != value}
        if changed:
            before = {name: was[name] for name in changed if name in was}
            said = {**base, "note": None}
            follows.append(facts.FactCorrected(**said, fact=str(original.id), values=changed, was=before, reason=correction.reason))
        if not values["void"]:
            _follow_with(state, original, values)
    return follows


def _derived_values(state: Request, fact: Fact, cause: Recorded[Fact] | None) -> dict[str, Any]:
    """What a fact that follows from another ought to say at this point; ``void`` when it does not follow."""
    if cause is None:
        return {"void": True}
    holds, outcome = _follows(state, isinstance(cause.fact, facts.MeasureCompleted))
    if not holds:
        return {"void": True}
    values: dict[str, Any] = {"void": False, "occurred_at": plain(cause.fact.occurred_at)}
    return {**values, "outcome": outcome} if isinstance(fact, facts.RequestExecuted) else values


def _follows(state: Request, from_measures: bool) -> tuple[bool, str]:
    if from_measures:
        return not state.pending_measures and state.state is State.ACKNOWLEDGED, execution_of([line.outcome for line in state.measures])
    refused = any(each.surrendered_at is None for each in state.persons)
    return all(each.done for each in state.persons), str(Execution.PART if refused else Execution.FULL)


def _follow_with(state: Request, original: Recorded[Fact], values: Mapping[str, Any]) -> None:
    as_corrected = {str(original.id): {name: value for name, value in values.items() if name != "void"}}
    correction = facts.FactCorrected(occurred_at=original.fact.occurred_at, by=original.fact.by, fact=str(original.id), values=as_corrected[str(original.id)])
    changed = effective([original, replace(original, id=_NOT_YET, fact=correction)])[0]
    if changed is not None:
        effects.follow(state, changed)
