"""Somebody answers an escalation: the fact, the silence of its ladder, and the levels that are left, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.notifications.climbing import Climbs
from services.notifications.domain.ladder import Silence
from services.notifications.queries.escalations import Escalation, answer_escalation, stream_versions
from services.notifications.queries.following import followed_requests
from services.notifications.reached import stream_of
from shared.calendars.zones import ZoneUnknown, day_begins, zone
from shared.facts.base import Fact
from shared.facts.escalations import EscalationAcknowledged, EscalationSnoozed
from shared.facts.identifiers import uuid7
from shared.storage.event_log import OK, NewEvent, append, meta
from shared.wire.codec import encode
from shared.wire.topics import ESCALATIONS as TOPIC

ACKNOWLEDGE, SNOOZE = "acknowledge", "snooze"
STATES = {ACKNOWLEDGE: "acknowledged", SNOOZE: "snoozed"}


class AnsweredAtOnce(Exception):
    """Another fact of the same stream was quicker; ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody answers. ``until``: the ladder is silent before that day; without one for the rest of the revision (a hard stop still fires when due).

    ``reason`` is for the own side and never leaves this database.
    """

    what: str
    until: date | None
    reason: str | None
    by: str
    key: str


def reply_to(conn: Connection[Any], escalation: Escalation, reply: Reply, *, now: datetime, command: UUID) -> None:
    """Record the answer, in the caller's transaction.

    Raises:
        AnsweredAtOnce: nothing was written.
    """
    until_at = begins(reply.until, escalation.zone)
    request = str(escalation.request)
    append_fact(conn, request, fact_of(escalation, reply, now), now, command)
    answer_escalation(
        conn, escalation.id, state=STATES[reply.what], until_on=reply.until, until_at=until_at, reason=reply.reason, by=reply.key, now=now
    )  # fmt: skip
    followed = followed_requests(conn, [request])
    climbs = Climbs(conn, [request], followed)
    climbs.silence(str(escalation.clock), Silence(escalation.revision, until_at))
    climbs.judge_again(followed, now)
    climbs.save(now)


def begins(day: date | None, zone_name: str | None) -> datetime | None:
    """Return the moment at which the chosen day begins where the act is due."""
    if day is None:
        return None
    try:
        return day_begins(day, zone(zone_name or "UTC"))
    except ZoneUnknown:
        return day_begins(day, zone("UTC"))


def fact_of(escalation: Escalation, reply: Reply, now: datetime) -> Fact:
    """Return the fact; the reason is not in it, for facts hold no text in clear."""
    members: dict[str, Any] = {"occurred_at": now, "by": reply.by, "escalation": str(escalation.id), "request": str(escalation.request)}
    if reply.what == ACKNOWLEDGE:
        return EscalationAcknowledged(**members, until=reply.until)
    assert reply.until is not None, "a snooze names its day"
    return EscalationSnoozed(**members, until=reply.until)


def append_fact(conn: Connection[Any], request: str, fact: Fact, now: datetime, command: UUID) -> None:
    """Append the fact to the escalation stream of the request."""
    stream = stream_of(request)
    done = append(
        conn,
        command_id=command,
        fingerprint=b"",
        topic=TOPIC,
        stream=stream,
        subject=request,
        expected=stream_versions(conn, [stream]).get(stream, 0),
        events=[NewEvent(uuid7(now), type(fact).__name__, fact.schema_version, encode(fact))],
        meta=meta(),
    )
    if done.outcome != OK:
        raise AnsweredAtOnce(request)
