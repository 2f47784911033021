"""Rows of subscriptions and of the lanes their deliveries queue in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

WEBHOOK_WIDTH = 4
MAIL_WIDTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One row of ``subscription``."""

    id: UUID
    authority: str
    channel: str
    target: str
    kinds: list[str]
    types: list[str]
    desk: str | None
    language: str
    label: str | None
    alert_to: str | None
    state: str
    challenge: str | None
    key_generation: int
    previous_key_until: datetime | None
    created_at: datetime
    created_by: str
    verified_at: datetime | None

    @property
    def lane(self) -> str:
        """The lane its deliveries queue in."""
        return lane_name(self.channel, self.id)


def lane_name(channel: str, subscription: UUID | None) -> str:
    """Return the lane of a receiver: webhooks have one each; so have mails of a subscription, others share one."""
    return f"{channel}:{subscription}" if subscription is not None else channel


def moment(conn: Connection[Any]) -> datetime:
    """The time it is for everything that this service records: the database's clock, in a sandbox the test clock."""
    row = conn.execute("SELECT moment()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def insert_subscription(conn: Connection[Any], subscription: Subscription) -> None:
    """Write a new subscription."""
    conn.execute(
        """
        INSERT INTO subscription (id, authority, channel, target, kinds, types, desk, language, label, alert_to, state, challenge, key_generation,
               previous_key_until, created_at, created_by, verified_at)
        VALUES (%(id)s, %(authority)s, %(channel)s, %(target)s, %(kinds)s, %(types)s, %(desk)s, %(language)s, %(label)s, %(alert_to)s, %(state)s,
               %(challenge)s, %(key_generation)s, %(previous_key_until)s, %(created_at)s, %(created_by)s, %(verified_at)s)
        """,
        {name: getattr(subscription, name) for name in Subscription.__slots__},
    )


def insert_lane(conn: Connection[Any], name: str, *, width: int, verified: bool) -> None:
    """Open a lane, unless it is there."""
    conn.execute(
        """
        INSERT INTO lane (name, width, verified, halted, open_from)
        VALUES (%(name)s, %(width)s, %(verified)s, false, '-infinity')
        ON CONFLICT (name) DO NOTHING
        """,
        {"name": name, "width": width, "verified": verified},
    )


def subscription(conn: Connection[Any], id_: UUID, *, authority: str | None = None, lock: bool = False) -> Subscription | None:
    """The subscription *id_* unless it is deleted; only that of *authority* when one is given."""
    found = _locked(conn, id_) if lock else _read(conn, id_)
    if found is None or found.state == "deleted" or (authority is not None and found.authority != authority):
        return None
    return found


def _read(conn: Connection[Any], id_: UUID) -> Subscription | None:
    with conn.cursor(row_factory=class_row(Subscription)) as cur:
        cur.execute(
            """
            SELECT id, authority, channel, target, kinds, types, desk, language, label, alert_to, state, challenge, key_generation,
                   previous_key_until, created_at, created_by, verified_at
              FROM subscription
             WHERE id = %(id)s
            """,
            {"id": id_},
        )
        return cur.fetchone()


def _locked(conn: Connection[Any], id_: UUID) -> Subscription | None:
    with conn.cursor(row_factory=class_row(Subscription)) as cur:
        cur.execute(
            """
            SELECT id, authority, channel, target, kinds, types, desk, language, label, alert_to, state, challenge, key_generation,
                   previous_key_until, created_at, created_by, verified_at
              FROM subscription
             WHERE id = %(id)s
               FOR UPDATE
            """,
            {"id": id_},
        )
        return cur.fetchone()


def subscriptions_of(conn: Connection[Any], authority: str, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Subscription]:
    """The subscriptions of *authority* that are not deleted, oldest first, from behind *after*."""
    with conn.cursor(row_factory=class_row(Subscription)) as cur:
        cur.execute(
            """
            SELECT id, authority, channel, target, kinds, types, desk, language, label, alert_to, state, challenge, key_generation,
                   previous_key_until, created_at, created_by, verified_at
              FROM subscription
             WHERE authority = %(authority)s
               AND state <> 'deleted'
               AND (created_at, id) > (%(after_at)s::timestamptz, %(after_id)s::uuid)
             ORDER BY created_at, id
             LIMIT %(limit)s
            """,
            {
                "authority": authority,
                "after_at": after[0] if after else "-infinity",
                "after_id": after[1] if after else UUID(int=0),
                "limit": limit,
            },
        )
        return cur.fetchall()


def listening(conn: Connection[Any]) -> list[Subscription]:
    """Every subscription that is told something, of all authorities."""
    with conn.cursor(row_factory=class_row(Subscription)) as cur:
        cur.execute(
            """
            SELECT id, authority, channel, target, kinds, types, desk, language, label, alert_to, state, challenge, key_generation,
                   previous_key_until, created_at, created_by, verified_at
              FROM subscription
             WHERE state IN ('unverified', 'active', 'paused')
             ORDER BY id
            """
        )
        return cur.fetchall()


def set_state(conn: Connection[Any], id_: UUID, state: str) -> None:
    """Give a subscription another state; its lane stands still unless it is active or still to be verified."""
    conn.execute(
        """
        WITH changed AS (
            UPDATE subscription
               SET state = %(state)s
             WHERE id = %(id)s
            RETURNING channel || ':' || id AS lane
        )
        UPDATE lane
           SET halted = %(state)s NOT IN ('active', 'unverified'),
               open_from = '-infinity',
               failures = 0
          FROM changed
         WHERE lane.name = changed.lane
        """,
        {"id": id_, "state": state},
    )


def set_verified(conn: Connection[Any], id_: UUID, now: datetime) -> None:
    """The receiver echoed the challenge: its deliveries may go."""
    conn.execute(
        """
        WITH changed AS (
            UPDATE subscription
               SET state = CASE WHEN state IN ('unverified', 'disabled') THEN 'active' ELSE state END,
                   verified_at = %(now)s
             WHERE id = %(id)s
               AND state <> 'deleted'
            RETURNING channel || ':' || id AS lane, state
        )
        UPDATE lane
           SET verified = true,
               halted = changed.state <> 'active'
          FROM changed
         WHERE lane.name = changed.lane
        """,
        {"id": id_, "now": now},
    )


def rotate_key(conn: Connection[Any], id_: UUID, previous_until: datetime) -> int:
    """Sign with a new key from now on, and with the present one too until *previous_until*; return the new generation."""
    row = conn.execute(
        """
        UPDATE subscription
           SET key_generation = key_generation + 1,
               previous_key_until = %(until)s
         WHERE id = %(id)s
        RETURNING key_generation
        """,
        {"id": id_, "until": previous_until},
    ).fetchone()
    assert row is not None
    generation: int = row[0]
    return generation
