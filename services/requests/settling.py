"""Clock facts that no move brings: lapses that time alone causes, and what a stream lacks after the law was changed or came in late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.requests.clockwork import LAPSE
from services.requests.commands import Decided, Order, Overtaken, as_recorded, record
from services.requests.queries.maintenance import all_streams
from services.requests.queries.streams import REQUESTS_TOPIC
from services.requests.queries.timers import due_timers, set_timer
from services.requests.shell import Shell
from services.requests.streams import Stream
from shared.facts.base import Fact, Recorded
from shared.facts.codes import Role
from shared.facts.identifiers import COMMANDS, caused
from shared.storage.directory import Caller

BATCH = 100


@dataclass(frozen=True, slots=True)
class Lacking:
    """Clock facts that one stream lacks."""

    stream: Stream
    facts: list[Recorded[Fact]]


def fire_due(shell: Shell, conn: Connection[Any], now: datetime) -> int:
    """Record every lapse that is due by *now*; how many timers were looked at. Two workers at once are wasteful, never wrong."""
    due = due_timers(conn, LAPSE, now=now, limit=BATCH)
    for stream, seen in due:
        fire(shell, conn, stream, seen, now)
    return len(due)


def fire(shell: Shell, conn: Connection[Any], id: UUID, seen: datetime, now: datetime) -> None:
    """Record what has lapsed on one stream. Who meets a newer version leaves it: the move that was quicker has recorded it."""
    stream = shell.streams.read(conn, id)
    if stream is None:
        return set_timer(conn, id, LAPSE, seen=seen, to=None)
    caused_now = shell.clockwork.settle(stream.request, now)
    if not caused_now.after:
        following = next((due.at for due in caused_now.due), None)
        return set_timer(conn, id, LAPSE, seen=seen, to=following)
    try:
        _record(shell, conn, stream, now)
    except Overtaken:
        return None
    return None


def lacking(shell: Shell, conn: Connection[Any], now: datetime) -> Iterator[Lacking]:
    """Every request whose stream lacks clock facts under the law as it is loaded; nothing is recorded."""
    for id in all_streams(conn, REQUESTS_TOPIC):
        stream = shell.streams.read(conn, id)
        if stream is None or not stream.request.history:
            continue
        facts = shell.clockwork.settle(stream.request, now).after
        if facts:
            yield Lacking(stream, as_recorded(facts, stream.version, now))


def settle_stream(shell: Shell, conn: Connection[Any], id: UUID, now: datetime) -> int:
    """Record what the stream lacks; how many facts that were.

    Raises:
        Overtaken: a move was quicker; look again.
    """
    stream = shell.streams.read(conn, id)
    return 0 if stream is None else _record(shell, conn, stream, now)


def _record(shell: Shell, conn: Connection[Any], stream: Stream, now: datetime) -> int:
    settled = shell.clockwork.settle(stream.request, now)
    if not settled.after:
        return 0
    order = Order(
        caller=Caller("clockwork", stream.request.requested.authority, Role.ADMINISTRATOR, None, "clockwork"),
        request=stream.id,
        calls=(),
        command_id=caused(COMMANDS, "settle", stream.id, stream.version),
        fingerprint=b"settle",
    )
    facts = as_recorded(settled.after, stream.version, now)
    record(shell, conn, order, Decided(stream.id, stream, facts, None, settled.due))
    return len(facts)
