"""Fires levels: in one transaction the pending row goes, the fact is appended, and the messages are written. Each fires exactly once.

When: docs/notifications.md, rule N-8. A level waits until everything recorded before its moment is known, so that an act recorded in time is never alarmed;
where that takes too long, it fires on what is known (never so in a sandbox).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg import Connection

from services.notifications.domain.ladder import phase_of
from services.notifications.queries.clocks import Ready, ready_levels, remove_pending, runs_of
from services.notifications.queries.escalations import NewEscalation, insert_escalations, stream_versions
from services.notifications.queries.following import followed_requests
from services.notifications.queries.subscriptions import moment
from services.notifications.reached import Fired, fact_of, stream_of
from services.notifications.warning import Warnings
from shared.facts.escalations import EscalationReached
from shared.facts.identifiers import ESCALATIONS, caused
from shared.storage.combiner import append_each
from shared.storage.event_log import OK, Command, NewEvent, meta
from shared.storage.positions import watermark
from shared.wire.codec import encode
from shared.wire.topics import ESCALATIONS as TOPIC
from shared.wire.topics import REQUESTS

log = structlog.get_logger(__name__)

FOLLOWER = "notifications-requests"
LONGEST_WAIT = timedelta(minutes=5)
FIRED_AT_ONCE = 500


class StreamMoved(Exception):
    """Somebody answered an escalation of the same request at this very moment; the transaction is made again."""


def fire_due(conn: Connection[Any], warnings: Warnings, *, sandbox: bool, limit: int = FIRED_AT_ONCE) -> int:
    """Fire up to *limit* levels that are ready, in the order in which they were reached; return how many fired.

    Raises:
        StreamMoved: nothing was written; call again.
    """
    with conn.transaction():
        now = moment(conn)
        known = watermark(conn, REQUESTS, FOLLOWER)
        ready = ready_levels(conn, watermark=known, blind_before=None if sandbox else now - LONGEST_WAIT, now=now, limit=limit)
        if not ready:
            return 0
        fired = with_context(conn, ready)
        recorded = append_facts(conn, fired)
        insert_escalations(conn, [as_row(each, recorded[each.level.request]) for each in fired])
        remove_pending(conn, [level.key for level in ready])
        warnings.write(conn, fired, now)
    log.info("levels_fired", count=len(ready))
    return len(ready)


def with_context(conn: Connection[Any], ready: Sequence[Ready]) -> list[Fired]:
    """Return the levels with their clocks and requests."""
    requests = {level.request for level in ready}
    runs = {run.clock: run for run in runs_of(conn, requests)}
    followed = followed_requests(conn, sorted(requests))
    return [Fired(level, runs[level.clock], followed[level.request], phase_of(runs[level.clock], level.due_at, level.ladder_on)) for level in ready]


def append_facts(conn: Connection[Any], fired: Sequence[Fired]) -> dict[str, datetime]:
    """Append the facts, one command a request; return when each request's were recorded."""
    by_request: dict[str, list[Fired]] = {}
    for each in fired:
        by_request.setdefault(each.level.request, []).append(each)
    versions = stream_versions(conn, [stream_of(request) for request in by_request])
    commands = [command_for(request, group, versions.get(stream_of(request), 0)) for request, group in by_request.items()]
    recorded = {}
    for command, done in zip(commands, append_each(conn, commands), strict=True):
        if done.outcome != OK or done.recorded_at is None:
            raise StreamMoved(command.subject)
        recorded[command.subject] = done.recorded_at
    return recorded


def command_for(request: str, group: Sequence[Fired], version: int) -> Command:
    """Return the command that appends the levels of one request after *version* of its escalation stream."""
    return Command(
        command_id=caused(ESCALATIONS, "fired", *(each.id for each in group)),
        fingerprint=b"",
        topic=TOPIC,
        stream=stream_of(request),
        subject=request,
        expected=version,
        events=[NewEvent(each.id, "EscalationReached", EscalationReached.schema_version, encode(fact_of(each))) for each in group],
        meta=meta(),
    )


def as_row(each: Fired, recorded_at: datetime) -> NewEscalation:
    """Return the row that readers find it by."""
    return NewEscalation(
        id=each.id,
        request=each.level.request,
        clock=each.run.clock,
        row_id=each.run.row,
        run=each.run.run,
        revision=each.level.revision,
        ladder_on=each.level.ladder_on,
        level=each.level.level,
        authority=each.run.authority,
        hard=each.run.hard,
        phase=each.phase,
        reached_at=each.level.due_at,
        recorded_at=recorded_at,
    )
