"""A request as one caller sees it, or that there is none for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.requests.domain.access import Access, Reader, access, visible, visible_version
from services.requests.domain.errors import NotFound
from services.requests.domain.request import Request
from services.requests.streams import Stream
from shared.facts.base import Fact, Recorded
from shared.facts.codes import Side
from shared.facts.requests import RequestForwarded, RequestRegistered, RequestSent
from shared.storage.directory import Caller


@dataclass(frozen=True, slots=True)
class Seen:
    """A stream as one caller sees it. *version* is that of the last fact that the caller may see."""

    stream: Stream
    caller: Caller
    access: Access
    version: int

    @property
    def request(self) -> Request:
        """The request itself."""
        return self.stream.request

    @property
    def reader(self) -> Reader:
        """The caller as the domain knows it."""
        return reader_of(self.caller)

    def facts_after(self, version: int) -> Iterator[Recorded[Fact]]:
        """The facts after *version* that the caller may see."""
        return (each for each in self.request.history if each.version > version and visible(each, self.request, self.caller.authority))


def reader_of(caller: Caller) -> Reader:
    """*caller* as the domain knows it."""
    return Reader(caller.authority, caller.role, caller.desk, caller.officer)


def seen_by(stream: Stream | None, caller: Caller) -> Seen:
    """*stream* as *caller* sees it.

    Raises:
        NotFound: there is none, or the caller must not know that it exists.
    """
    if stream is None:
        raise NotFound("no such request")
    how = access(stream.request, reader_of(caller))
    if how is Access.NONE:
        raise NotFound("no such request")
    return Seen(stream, caller, how, visible_version(stream.request, caller.authority))


def revealed_at(request: Request, authority: str) -> int:
    """The version at which the request came into the sight of *authority*: earlier facts reach it together with that one."""
    if request.side_of(authority) is Side.REQUESTING:
        return 1
    sent = False
    for recorded in request.history:
        fact = recorded.fact
        sent = sent or isinstance(fact, RequestSent | RequestRegistered)
        if sent and (authority == request.requested.authority or (isinstance(fact, RequestForwarded) and fact.to == authority)):
            return recorded.version
    return request.version
