"""Deliveries and attempts as their owner reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as its owner reads it."""

    id: UUID
    seq: int
    subscription: UUID | None
    authority: str
    channel: str
    target: str
    purpose: str
    message_id: str
    type: str
    request: UUID | None
    version: int | None
    message: dict[str, Any]
    state: str
    due_at: datetime
    attempts: int
    reason: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt as its owner reads it."""

    delivery: UUID
    number: int
    started_at: datetime
    ended_at: datetime | None
    verdict: str | None
    status: int | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of deliveries is narrowed to; null members do not narrow."""

    state: list[str] | None = None
    channel: str | None = None
    subscription: UUID | None = None
    request: UUID | None = None
    purpose: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whose deliveries are read, and whether those about confidential requests of other desks are among them."""

    authority: str
    desk: str | None
    all_desks: bool


def deliveries_of(conn: Connection[Any], sight: Sight, filters: Filters, *, before: int | None, limit: int) -> list[Delivery]:
    """The deliveries within *sight*, newest first, from before the place *before*."""
    with conn.cursor(row_factory=class_row(Delivery)) as cur:
        cur.execute(
            """
            SELECT id, seq, subscription, authority, channel, target, purpose, message_id, type, request, version, message, state, due_at, attempts,
                   reason, created_at, ended_at
              FROM delivery
             WHERE authority = %(authority)s
               AND seq < coalesce(%(before)s, 9223372036854775807)
               AND (%(state)s::text[] IS NULL OR state = ANY(%(state)s))
               AND (%(channel)s::text IS NULL OR channel = %(channel)s)
               AND (%(subscription)s::uuid IS NULL OR subscription = %(subscription)s)
               AND (%(request)s::uuid IS NULL OR request = %(request)s)
               AND (%(purpose)s::text IS NULL OR purpose = %(purpose)s)
               AND (%(created_from)s::timestamptz IS NULL OR created_at >= %(created_from)s)
               AND (%(created_before)s::timestamptz IS NULL OR created_at < %(created_before)s)
               AND (request IS NULL OR delivery_is_seen(request, %(authority)s, %(desk)s, %(all_desks)s))
             ORDER BY seq DESC
             LIMIT %(limit)s
            """,
            asdict(filters) | asdict(sight) | {"before": before, "limit": limit},
        )
        return cur.fetchall()


def delivery(conn: Connection[Any], id_: UUID, sight: Sight) -> Delivery | None:
    """One delivery within *sight*."""
    with conn.cursor(row_factory=class_row(Delivery)) as cur:
        cur.execute(
            """
            SELECT id, seq, subscription, authority, channel, target, purpose, message_id, type, request, version, message, state, due_at, attempts,
                   reason, created_at, ended_at
              FROM delivery
             WHERE id = %(id)s
               AND authority = %(authority)s
               AND (request IS NULL OR delivery_is_seen(request, %(authority)s, %(desk)s, %(all_desks)s))
            """,
            asdict(sight) | {"id": id_},
        )
        return cur.fetchone()


def attempts_of(conn: Connection[Any], deliveries: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """The attempts of *deliveries*, in order."""
    found: dict[UUID, list[Attempt]] = {id_: [] for id_ in deliveries}
    with conn.cursor(row_factory=class_row(Attempt)) as cur:
        cur.execute(
            """
            SELECT delivery, number, started_at, ended_at, verdict, status, detail
              FROM attempt
             WHERE delivery = ANY(%(deliveries)s)
             ORDER BY delivery, number
            """,
            {"deliveries": list(deliveries)},
        )
        for each in cur:
            found[each.delivery].append(each)
    return found
