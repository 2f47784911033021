"""A move as a row of the table: who makes it, from where, with what, and the decider that turns it into facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.requests.domain.command import Command, Context
from services.requests.domain.moves.members import Member
from services.requests.domain.request import Request
from shared.facts.base import Fact
from shared.facts.codes import ENDED_STATES, OPEN_STATES, Hold, Kind, Side, State

BOTH = frozenset({Side.REQUESTING, Side.REQUESTED})
ASKING = frozenset({Side.REQUESTING})
ASKED = frozenset({Side.REQUESTED})

OPEN = frozenset(OPEN_STATES)
ENDED = frozenset(ENDED_STATES)
ANY = frozenset(State)
OPEN_OR_DRAFTED = OPEN | {State.DRAFTED}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What forbids a move: ``by`` is ``side``, ``role``, ``state``, ``hold``, ``kind`` or ``facts``; ``allowed`` is what would allow it."""

    by: str
    reason: str
    allowed: Mapping[str, Any] = field(default_factory=dict)


# Looks at the request, at the authority that acts, and at the members if there are any yet.
Requirement = Callable[[Request, str, Mapping[str, Any] | None], Obstacle | None]
# The moment before which this fact cannot have happened.
Cause = Callable[[Request, Any], datetime | None]
Decider = Callable[[Request, Command, Context], list[Fact]]


def since_arrival(request: Request, fact: Fact) -> datetime | None:
    """It cannot have happened before the request arrived or, not yet sent, was begun."""
    return request.started_at


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table.

    Attributes:
        name: path segment, name in scenario files and on buttons.
        sides: who makes it.
        states: from where; empty for a move that begins a request.
        fact: the type of the first fact it records; what follows from it is in *then*.
        holds_forbid: holds during which it is not possible.
        opens_hold: the hold that it opens.
        needs_hold: the hold that it ends.
        kinds: the kinds of request that know it; empty means all.
        requires: what else must be so.
        cause: the moment before which it cannot have happened.
    """

    name: str
    sides: frozenset[Side]
    states: frozenset[State]
    fact: type[Fact]
    decide: Decider
    then: str
    members: tuple[Member, ...] = ()
    holds_forbid: frozenset[Hold] = frozenset()
    opens_hold: Hold | None = None
    needs_hold: Hold | None = None
    kinds: frozenset[Kind] = frozenset()
    requires: Requirement | None = None
    cause: Cause = since_arrival

    @property
    def begins(self) -> bool:
        """Whether it begins a request."""
        return not self.states


def recording(fact: type[Fact], *names: str, **renamed: str) -> Decider:
    """Return the decider that records *fact* with the members *names* of the command; ``member="name"`` takes *name* of the body as *member*."""

    def decide(request: Request, command: Command, context: Context) -> list[Fact]:
        members = command.chosen(*names)
        members |= {member: command.members[name] for member, name in renamed.items() if command.members.get(name) is not None}
        return [fact(**command.base, **members)]

    return decide
