"""Rows of deliveries and attempts: written with their cause, claimed by a sender, ended by compare-and-set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from shared.facts.identifiers import DELIVERIES, caused


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery to be written. The same cause gives the same id, so that a repeated cause writes nothing."""

    id: UUID
    lane: str
    subscription: UUID | None
    authority: str
    channel: str
    target: str
    language: str
    purpose: str
    message_id: str
    type: str
    request: UUID | None
    version: int | None
    message: Mapping[str, Any]
    due_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that this sender has taken; ``attempts`` is the number of the attempt it may make now."""

    id: UUID
    lane: str
    subscription: UUID | None
    authority: str
    channel: str
    target: str
    language: str
    purpose: str
    message_id: str
    type: str
    message: dict[str, Any]
    attempts: int
    tries: int
    due_at: datetime


def columns_of(delivery: NewDelivery) -> dict[str, Any]:
    """Return the members as columns (without the deep copy that `dataclasses.asdict` makes of a message)."""
    return {name: getattr(delivery, name) for name in NewDelivery.__slots__} | {"message": Jsonb(delivery.message)}


def insert_deliveries(conn: Connection[Any], deliveries: Sequence[NewDelivery]) -> int:
    """Write *deliveries*; those that are there already stay as they are. Return how many are new."""
    if not deliveries:
        return 0
    with conn.cursor() as cur:
        cur.executemany(
            """
            INSERT INTO delivery (id, lane, subscription, authority, channel, target, language, purpose, message_id, type, request, version, message,
                   state, due_at, created_at)
            VALUES (%(id)s, %(lane)s, %(subscription)s, %(authority)s, %(channel)s, %(target)s, %(language)s, %(purpose)s, %(message_id)s, %(type)s,
                   %(request)s, %(version)s, %(message)s, 'waiting', %(due_at)s, %(created_at)s)
            ON CONFLICT (id) DO NOTHING
            """,
            [columns_of(each) for each in deliveries],
        )
        return cur.rowcount


MOST_ENTRIES = 200
"""A message that has so many entries takes no more."""


def collect(conn: Connection[Any], delivery: NewDelivery) -> UUID:
    """Write *delivery*, or add its entries to the message of the same id that still waits; return the id it went under.

    Where that message has gone out already, or is long enough, the entries make one of their own.
    """
    values = columns_of(delivery) | {"most": MOST_ENTRIES}
    if conn.execute(COLLECT, values).rowcount == 1:
        return delivery.id
    id_ = caused(DELIVERIES, delivery.id, delivery.message["entries"][0]["escalation"])
    conn.execute(COLLECT, values | {"id": id_, "message_id": str(id_)})
    return id_


COLLECT = """
INSERT INTO delivery (id, lane, subscription, authority, channel, target, language, purpose, message_id, type, request, version, message,
       state, due_at, created_at)
VALUES (%(id)s, %(lane)s, %(subscription)s, %(authority)s, %(channel)s, %(target)s, %(language)s, %(purpose)s, %(message_id)s, %(type)s,
       %(request)s, %(version)s, %(message)s, 'waiting', %(due_at)s, %(created_at)s)
ON CONFLICT (id) DO UPDATE
   SET message = jsonb_set(delivery.message, '{entries}', (delivery.message->'entries') || (EXCLUDED.message->'entries'))
 WHERE delivery.state = 'waiting'
   AND delivery.attempts = 0
   AND jsonb_array_length(delivery.message->'entries') < %(most)s
"""


def insert_told(conn: Connection[Any], told: Sequence[tuple[UUID, UUID]]) -> None:
    """Note which delivery tells of which escalation."""
    with conn.cursor() as cur:
        cur.executemany(
            """
            INSERT INTO told (escalation, delivery)
            VALUES (%(escalation)s, %(delivery)s)
            ON CONFLICT DO NOTHING
            """,
            [{"escalation": escalation, "delivery": delivery} for escalation, delivery in told],
        )


CLAIM = """
WITH due AS MATERIALIZED (
    SELECT waiting.id
      FROM lane
     CROSS JOIN LATERAL (
           SELECT delivery.id, delivery.due_at, delivery.seq
             FROM delivery
            WHERE delivery.lane = lane.name
              AND delivery.state IN ('waiting', 'sending')
              AND delivery.due_at <= (SELECT moment())
              AND (delivery.leased_until IS NULL OR delivery.leased_until < clock_timestamp())
              AND (lane.verified OR delivery.purpose = 'challenge')
              AND NOT EXISTS (
                  SELECT FROM delivery AS earlier
                   WHERE earlier.lane = delivery.lane
                     AND earlier.request = delivery.request
                     AND earlier.seq < delivery.seq
                     AND earlier.state IN ('waiting', 'sending')
                     AND earlier.due_at <= (SELECT moment())
                     AND (earlier.tries = 0 OR earlier.leased_until >= clock_timestamp()))
            ORDER BY delivery.due_at, delivery.seq
            LIMIT greatest(0, lane.width - (
                  SELECT count(*)
                    FROM delivery AS flying
                   WHERE flying.lane = lane.name
                     AND flying.state = 'sending'
                     AND flying.leased_until >= clock_timestamp()))
              FOR UPDATE SKIP LOCKED
           ) AS waiting
     WHERE lane.open_from <= (SELECT moment())
       AND NOT lane.halted
     ORDER BY waiting.due_at, waiting.seq
     LIMIT %(limit)s
), taken AS (
    UPDATE delivery
       SET state = 'sending',
           attempts = attempts + 1,
           tries = tries + 1,
           leased_until = clock_timestamp() + %(lease)s
      FROM due
     WHERE delivery.id = due.id
    RETURNING delivery.id, delivery.seq, lane, subscription, authority, channel, target, language, purpose, message_id, type, message,
              attempts, tries, due_at
), noted AS (
    INSERT INTO attempt (delivery, number, started_at)
    SELECT id, attempts, moment()
      FROM taken
)
SELECT id, lane, subscription, authority, channel, target, language, purpose, message_id, type, message, attempts, tries, due_at
  FROM taken
 ORDER BY due_at, seq
"""


def claim(conn: Connection[Any], *, limit: int, lease: timedelta) -> list[Claimed]:
    """Take up to *limit* deliveries that are due, oldest first, no more of a lane than it is wide.

    Within a lane, facts of one request go one after the other; only one that has failed may be overtaken. A delivery whose sender has not
    ended it within its *lease* (machine time) is taken again, under the next number.
    """
    with conn.transaction(), conn.cursor(row_factory=class_row(Claimed)) as cur:
        cur.execute(CLAIM, {"limit": limit, "lease": lease})
        return cur.fetchall()


def end_attempt(conn: Connection[Any], claimed: Claimed, *, verdict: str, status: int | None, detail: str, now: datetime) -> None:
    """Note what came back."""
    conn.execute(
        """
        UPDATE attempt
           SET ended_at = %(now)s,
               verdict = %(verdict)s,
               status = %(status)s,
               detail = %(detail)s
         WHERE delivery = %(id)s
           AND number = %(number)s
        """,
        {"id": claimed.id, "number": claimed.attempts, "verdict": verdict, "status": status, "detail": detail[:500], "now": now},
    )


def complete(conn: Connection[Any], claimed: Claimed, *, state: str, now: datetime, reason: str | None = None, due_at: datetime | None = None) -> bool:
    """End this attempt, if it is still ours: False when another sender has taken the delivery meanwhile, or somebody ended it."""
    done = conn.execute(
        """
        UPDATE delivery
           SET state = %(state)s,
               due_at = coalesce(%(due_at)s, due_at),
               leased_until = NULL,
               reason = %(reason)s,
               ended_at = CASE WHEN %(state)s = 'waiting' THEN NULL ELSE %(now)s::timestamptz END
         WHERE id = %(id)s
           AND attempts = %(number)s
           AND state = 'sending'
        """,
        {"id": claimed.id, "number": claimed.attempts, "state": state, "due_at": due_at, "reason": reason, "now": now},
    )
    return done.rowcount == 1


def lane_answered(conn: Connection[Any], lane: str) -> None:
    """The receiver answered: its lane is open."""
    conn.execute(
        """
        UPDATE lane
           SET open_from = '-infinity',
               failures = 0
         WHERE name = %(lane)s
           AND failures > 0
        """,
        {"lane": lane},
    )


def pause_lane(conn: Connection[Any], lane: str, until: datetime) -> None:
    """Nothing goes through the lane until then."""
    conn.execute(
        """
        UPDATE lane
           SET open_from = greatest(open_from, %(until)s),
               failures = failures + 1
         WHERE name = %(lane)s
        """,
        {"lane": lane, "until": until},
    )


def lane_failures(conn: Connection[Any], lane: str) -> int:
    """How often the lane failed in a row."""
    row = conn.execute(
        """
        SELECT failures
          FROM lane
         WHERE name = %(lane)s
        """,
        {"lane": lane},
    ).fetchone()
    return row[0] if row else 0


def cancel_waiting(conn: Connection[Any], subscription: UUID, *, reason: str, now: datetime) -> int:
    """End what still waits for a subscription; what is being sent just now ends by itself."""
    done = conn.execute(
        """
        UPDATE delivery
           SET state = 'cancelled',
               reason = %(reason)s,
               ended_at = %(now)s,
               leased_until = NULL
         WHERE subscription = %(subscription)s
           AND state = 'waiting'
        """,
        {"subscription": subscription, "reason": reason, "now": now},
    )
    return done.rowcount


def requeue(conn: Connection[Any], id_: UUID, now: datetime) -> bool:
    """Send an ended delivery again, under the same message id and with a fresh schedule; False when it has not ended."""
    done = conn.execute(
        """
        UPDATE delivery
           SET state = 'waiting',
               due_at = %(now)s,
               tries = 0,
               reason = NULL,
               ended_at = NULL,
               leased_until = NULL
         WHERE id = %(id)s
           AND state IN ('delivered', 'given_up', 'cancelled')
        """,
        {"id": id_, "now": now},
    )
    return done.rowcount == 1


def requeue_all(conn: Connection[Any], subscription: UUID, *, states: Sequence[str], since: datetime | None, now: datetime) -> int:
    """Send every ended delivery of a subscription again that is in one of *states* and not older than *since*; return how many."""
    done = conn.execute(
        """
        UPDATE delivery
           SET state = 'waiting',
               due_at = %(now)s,
               tries = 0,
               reason = NULL,
               ended_at = NULL,
               leased_until = NULL
         WHERE subscription = %(subscription)s
           AND purpose IN ('fact', 'escalation')
           AND state = ANY(%(states)s)
           AND state IN ('delivered', 'given_up', 'cancelled')
           AND created_at >= coalesce(%(since)s, '-infinity'::timestamptz)
        """,
        {"subscription": subscription, "states": list(states), "since": since, "now": now},
    )
    return done.rowcount


def hurry(conn: Connection[Any], subscription: UUID, now: datetime) -> None:
    """Try what waits for a retry at once: the receiver works again."""
    conn.execute(
        """
        UPDATE delivery
           SET due_at = least(due_at, %(now)s)
         WHERE subscription = %(subscription)s
           AND state = 'waiting'
           AND tries > 0
        """,
        {"subscription": subscription, "now": now},
    )
