"""Every move, once: the table from which paths, schemas, forms, refusals and ``docs/moves.md`` are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.requests.domain.command import Command, Context
from services.requests.domain.moves import bookkeeping, corrections, endings, execution, holds, sending, surrender
from services.requests.domain.moves.members import Member
from services.requests.domain.moves.move import Move
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.codes import Side


@dataclass(frozen=True, slots=True)
class Beginning:
    """A move that begins a request: no state comes before it."""

    name: str
    side: Side
    fact: type[Fact]
    decide: Callable[[Command, Context], list[Fact]]
    then: str
    members: tuple[Member, ...]


# Members that every body may have.
COMMON = (Member("occurred_at", "moment"), Member("note", "text"), Member("on_behalf_of", "authority", choices_from="outsiders"))

BEGINNINGS: Mapping[str, Beginning] = MappingProxyType(
    {
        "draft": Beginning("draft", Side.REQUESTING, facts.RequestDrafted, sending.draft, "drafted", sending.DRAFT_MEMBERS),
        "register": Beginning(
            "register", Side.REQUESTED, facts.RequestRegistered, sending.register, "sent, for a counterpart that is not a member", sending.REGISTER_MEMBERS
        ),
    }
)

CHAPTERS: Mapping[str, tuple[Move, ...]] = MappingProxyType(
    {
        "sending": sending.MOVES,
        "holds": holds.MOVES,
        "execution": execution.MOVES,
        "surrender": surrender.MOVES,
        "endings": endings.MOVES,
        "bookkeeping": bookkeeping.MOVES,
        "corrections": corrections.MOVES,
    }
)

MOVES: Mapping[str, Move] = MappingProxyType({move.name: move for chapter in CHAPTERS.values() for move in chapter})


def members_of(move: str) -> tuple[Member, ...]:
    """The members that the body of *move* may have, the common ones last.

    Raises:
        KeyError: there is no such move.
    """
    own = BEGINNINGS[move].members if move in BEGINNINGS else MOVES[move].members
    return (*own, *(common for common in COMMON if common.name not in {member.name for member in own}))
