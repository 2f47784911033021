"""Who sees what of a stream that two sides share, on plain wire data, so that every service decides alike.

Both sides see all facts but the internal ones of the other side. A draft that was never sent is seen by the requesting side only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.facts.codes import Side


@dataclass(frozen=True, slots=True)
class Parties:
    """The two sides of a request so far. ``requested`` lists the first recipient and all it was forwarded to, in order."""

    requesting: str
    requested: tuple[str, ...]
    sent: bool = False

    def side_of(self, authority: str) -> Side | None:
        """The side that *authority* is on; None: neither, and the request does not exist for it."""
        if authority == self.requesting:
            return Side.REQUESTING
        return Side.REQUESTED if authority in self.requested else None

    def sees(self, authority: str) -> bool:
        """Whether *authority* may know of the request at all."""
        side = self.side_of(authority)
        return side is Side.REQUESTING or (side is Side.REQUESTED and self.sent)

    def may_see(self, type: str, data: Mapping[str, Any], authority: str) -> bool:
        """Whether *authority* may see this fact of the request."""
        if not self.sees(authority):
            return False
        return not is_internal(type, data) or self.side_of(str(data.get("by"))) is self.side_of(authority)


def is_internal(type: str, data: Mapping[str, Any]) -> bool:
    """Whether a fact is for the eyes of its own side only."""
    if type == "RequestAssigned":
        return True
    if type == "NoteAdded":
        return bool(data.get("internal", True))
    return type == "FactCorrected" and bool(data.get("internal", False))


def parties_after(parties: Parties | None, type: str, data: Mapping[str, Any]) -> Parties | None:
    """Return the parties once this fact of the stream is known too; facts in order of version."""
    if type in ("RequestDrafted", "RequestRegistered"):
        return Parties(data["requesting"]["authority"], (data["requested"]["authority"],), type == "RequestRegistered")
    if parties is None:
        return None
    if type == "RequestSent" and not parties.sent:
        return replace(parties, sent=True)
    if type == "RequestForwarded" and data["to"] not in parties.requested:
        return replace(parties, requested=(*parties.requested, data["to"]))
    if type == "RequestAmended" and "requested" in data["changes"]:
        return replace(parties, requested=(data["changes"]["requested"]["authority"],))
    return parties
