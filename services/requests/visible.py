"""What one authority may see of a stream that two sides share (D-40): facts, versions, the request itself. Pure."""

from collections.abc import Iterator
from datetime import datetime

from services.requests.domain.request import Request
from shared.facts.base import Fact, Recorded
from shared.facts.codes import Side
from shared.facts.requests import FactCorrected, NoteAdded, RequestAssigned, RequestForwarded, RequestRegistered, RequestSent


def sees(request: Request, authority: str) -> bool:
    """Whether *authority* may know of the request at all: on a side, and a draft never sent only on the requesting one."""
    side = request.side_of(authority)
    return side is Side.REQUESTING or (side is Side.REQUESTED and request.sent_once)


def may_see(request: Request, recorded: Recorded[Fact], authority: str) -> bool:
    """Whether *authority*, which sees the request, may see this fact of it."""
    fact = recorded.fact
    internal = (
        isinstance(fact, RequestAssigned) or (isinstance(fact, NoteAdded) and fact.internal) or (isinstance(fact, FactCorrected) and fact.internal)
    )
    return not internal or request.side_of(fact.by) is request.side_of(authority)


def visible_facts(request: Request, authority: str) -> Iterator[Recorded[Fact]]:
    """The facts that *authority* may see, in order of version."""
    return (recorded for recorded in request.history if may_see(request, recorded, authority))


def last_visible(request: Request, authority: str) -> Recorded[Fact]:
    """The last fact that *authority* may see; its version is the request's version for that authority."""
    for recorded in reversed(request.history):
        if may_see(request, recorded, authority):
            return recorded
    return request.history[0]


def revealed_at(request: Request, authority: str) -> int:
    """The version at which the request came into the sight of *authority*: earlier facts reach it together with that one."""
    if request.side_of(authority) is Side.REQUESTING:
        return 1
    sent = False
    for recorded in request.history:
        fact = recorded.fact
        sent = sent or isinstance(fact, RequestSent | RequestRegistered)
        reached = isinstance(fact, RequestForwarded) and fact.to == authority
        if sent and (reached or (authority == request.requested.authority)):
            return recorded.version
    return request.version


def direction(request: Request, authority: str) -> str | None:
    """How *authority* sees the request: outgoing, incoming, or None on neither side (D-38)."""
    side = request.side_of(authority)
    return None if side is None else "outgoing" if side is Side.REQUESTING else "incoming"


def recorded_last(request: Request, authority: str) -> datetime:
    """When the last fact that *authority* may see was recorded."""
    return last_visible(request, authority).recorded_at
