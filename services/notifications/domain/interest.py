"""Who hears of a fact: what a subscription asks for, within what its authority may see and its desk may hear.

Source: docs/notifications.md, rule N-3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.notifications.domain.following import Followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a subscription asks for. Empty ``kinds`` or ``types`` ask for all; ``desk`` narrows to what that desk is answerable for."""

    authority: str
    kinds: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    desk: str | None = None


def hears(wish: Wish, followed: Followed, type_: str, data: Mapping[str, Any]) -> bool:
    """Return whether the fact is told to the holder of *wish*; *followed* is the request once the fact is known."""
    if wish.types and type_ not in wish.types:
        return False
    if wish.kinds and followed.kind not in wish.kinds:
        return False
    return followed.parties.may_see(type_, data, wish.authority) and followed.desk_sees(wish.authority, wish.desk)
