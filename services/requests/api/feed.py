"""The feed: request facts as committed, in order per request, as far as the caller may see them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response
from psycopg import Connection

from services.requests.api.documents import document
from services.requests.api.present import shell
from services.requests.domain.access import REDACTED, Access, access, exists_for, visible
from services.requests.queries.streams import REQUESTS_TOPIC, read_streams
from services.requests.seen import Seen, reader_of, revealed_at, seen_by
from services.requests.shell import Shell
from services.requests.streams import Stream
from shared.facts import CLOCK_FACTS, REQUEST_FACTS
from shared.facts.base import Fact, Recorded
from shared.facts.codes import READING_ROLES
from shared.storage.directory import Caller
from shared.storage.feed import feed_end, feed_page
from shared.web.answers import json_answer
from shared.web.auth import require_role
from shared.web.paging import LIMIT_HIGHEST
from shared.web.query import Query
from shared.web.resource import Resource, parameter
from shared.wire.envelope import Envelope, as_cloudevent

PAGE_DEFAULT = 100
PAGES_AT_MOST = 50
LONGEST_WAIT_SECONDS = 25
POLL_SECONDS = 0.2
REDACTED_DATA = frozenset({*REDACTED, "changes", "values", "was", "text", "note"})

blp = Resource("events", __name__, description="The feed of facts")


@blp.operation(
    "/v1/events",
    name="listEvents",
    summary="The facts of the caller's requests, resumable",
    parameters=[
        parameter("after", "the cursor `next` of the answer before; without it from the beginning; `now` begins behind everything committed"),
        parameter("wait", "seconds to wait for a fact when there is none, up to 25", {"type": "integer"}),
        parameter("limit", "1 to 200, default 100", {"type": "integer"}),
        parameter("types", "only these types of facts; several parted by commas"),
        parameter("not_by", "leave out what this authority recorded"),
        parameter("desk", "only requests of this desk of the caller's authority"),
        parameter("expand", "request: with the request as it is now", {"type": "string", "enum": ["request"]}),
    ],
    problems=("malformed", "not_allowed", "gone"),
)
def list_events() -> Response:
    """CloudEvents with the same ids as on Kafka and in webhooks; in order of version within a request, between requests none. Texts stay sealed here.

    What happened before a request came into the caller's sight comes together with the fact that brought it there.
    """
    known = require_role(READING_ROLES)
    query = Query(("after", "wait", "limit", "not_by", "desk", "expand"), ("types",))
    after, expand = query.text("after", longest=8000), query.choice("expand", ("", "request"), "")
    limit = query.number("limit", default=PAGE_DEFAULT, lowest=1, highest=LIMIT_HIGHEST) or PAGE_DEFAULT
    until = time.monotonic() + (query.number("wait", default=0, highest=LONGEST_WAIT_SECONDS) or 0)
    wanted = Wanted(known, frozenset(query.texts("types", {*REQUEST_FACTS, *CLOCK_FACTS})), query.text("not_by"), query.text("desk"))
    secret = shell().cursor_secret.encode()
    while True:
        with shell().pool.connection() as conn:
            if after == "now":
                after = feed_end(conn, secret=secret)
            events, after = _events(shell(), conn, wanted, after, limit, secret)
            if events or time.monotonic() >= until:
                expanded = _expanded(shell(), conn, known, events) if expand else {}
                break
        time.sleep(POLL_SECONDS)
    told = [_told(envelope, stream, known, expanded) for envelope, stream in events]
    return json_answer({"events": told, "next": after})


class Wanted:
    """Which facts the caller asks for, of those that it may see."""

    def __init__(self, caller: Caller, types: frozenset[str], not_by: str | None, desk: str | None) -> None:
        self.caller, self._types, self._not_by, self._desk = caller, types, not_by, desk

    def sees(self, stream: Stream) -> bool:
        """Whether the request is within sight, and on the desk asked for."""
        request, caller = stream.request, self.caller
        if not exists_for(request, caller.authority) or access(request, reader_of(caller)) is Access.NONE:
            return False
        return self._desk is None or request.desks.get(caller.authority) == self._desk

    def takes(self, stream: Stream, recorded: Recorded[Fact]) -> bool:
        """Whether the fact is asked for."""
        if not visible(recorded, stream.request, self.caller.authority):
            return False
        return (not self._types or type(recorded.fact).__name__ in self._types) and (self._not_by is None or recorded.fact.by != self._not_by)


def _events(of: Shell, conn: Connection[Any], wanted: Wanted, after: str | None, limit: int, secret: bytes) -> tuple[list[tuple[Envelope, Stream]], str | None]:
    """Facts for the caller and the cursor behind them; pages without one for it are passed over, at most fifty a call."""
    for _ in range(PAGES_AT_MOST):
        page, after = feed_page(conn, after, limit, secret=secret, topic=REQUESTS_TOPIC)
        versions: dict[UUID, int] = {}
        for envelope in page:
            versions[UUID(envelope.stream)] = envelope.version
        streams = of.streams.read_many(conn, versions)
        events = list(_seen(conn, wanted, page, streams))
        if events or len(page) < limit:
            return events, after
    return [], after


def _seen(conn: Connection[Any], wanted: Wanted, page: Sequence[Envelope], streams: Mapping[UUID, Stream]) -> Iterator[tuple[Envelope, Stream]]:
    """The facts of *page* that the caller sees; with the one that reveals a request, those before it."""
    for envelope in page:
        stream = streams[UUID(envelope.stream)]
        if not wanted.sees(stream):
            continue
        revealed = revealed_at(stream.request, wanted.caller.authority)
        if envelope.version < revealed:
            continue
        before = read_streams(conn, {stream.id: revealed - 1}) if envelope.version == revealed > 1 else []
        yield from ((each, stream) for each in (*before, envelope) if wanted.takes(stream, stream.request.history[each.version - 1]))


def _told(envelope: Envelope, stream: Stream, caller: Caller, expanded: Mapping[UUID, Any]) -> dict[str, Any]:
    event = as_cloudevent(envelope)
    if access(stream.request, reader_of(caller)) is Access.REDACTED:
        event["data"] = {name: None if name in REDACTED_DATA else value for name, value in event["data"].items()}
    if stream.id in expanded:
        event["request"] = expanded[stream.id]
    return event


def _expanded(of: Shell, conn: Connection[Any], caller: Caller, events: Sequence[tuple[Envelope, Stream]]) -> dict[UUID, Any]:
    """Each request of *events* as it is now."""
    now = of.now(conn)
    found: dict[UUID, Any] = {}
    for _, stream in events:
        if stream.id not in found:
            seen: Seen = seen_by(of.streams.read(conn, stream.id), caller)
            found[stream.id] = document(of, conn, seen, now)
    return found
