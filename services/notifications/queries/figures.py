"""Figures of this service, counted from rows, so that they are right after every restart and equal on every replica."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection


def deliveries_by_state(conn: Connection[Any]) -> list[tuple[str, str, str, int]]:
    """How many deliveries there are by channel, purpose and state."""
    return conn.execute(
        """
        SELECT channel, purpose, state, count(*)
          FROM delivery
         GROUP BY channel, purpose, state
         ORDER BY channel, purpose, state
        """
    ).fetchall()


def subscriptions_by_state(conn: Connection[Any]) -> list[tuple[str, str, int]]:
    """How many subscriptions there are by channel and state."""
    return conn.execute(
        """
        SELECT channel, state, count(*)
          FROM subscription
         GROUP BY channel, state
         ORDER BY channel, state
        """
    ).fetchall()


def oldest_waiting(conn: Connection[Any]) -> datetime | None:
    """When the oldest delivery that may go, and has not gone, was due."""
    row = conn.execute(
        """
        SELECT min(delivery.due_at)
          FROM delivery
          JOIN lane ON lane.name = delivery.lane
         WHERE delivery.state IN ('waiting', 'sending')
           AND lane.verified
           AND NOT lane.halted
        """
    ).fetchone()
    return row[0] if row else None


def due_now(conn: Connection[Any]) -> tuple[int, datetime | None]:
    """How many deliveries are due and may go, and since when the oldest; those of a receiver that is left alone for a while are counted too."""
    row = conn.execute(
        """
        SELECT count(*), min(delivery.due_at)
          FROM delivery
          JOIN lane ON lane.name = delivery.lane
         WHERE delivery.state IN ('waiting', 'sending')
           AND delivery.due_at <= (SELECT moment())
           AND (lane.verified OR delivery.purpose = 'challenge')
           AND NOT lane.halted
        """
    ).fetchone()
    return (row[0], row[1]) if row else (0, None)


def escalations_by_level(conn: Connection[Any]) -> list[tuple[int, str, int]]:
    """How many levels were reached, by level and by what was answered."""
    return conn.execute(
        """
        SELECT level, state, count(*)
          FROM escalation
         GROUP BY level, state
         ORDER BY level, state
        """
    ).fetchall()


def unanswered_by_level(conn: Connection[Any]) -> list[tuple[int, int]]:
    """How many clocks run on although the highest level they have reached was not answered, by that level."""
    return conn.execute(
        """
        SELECT highest.level, count(*)
          FROM (
                SELECT DISTINCT ON (escalation.clock) escalation.level, escalation.state
                  FROM escalation
                  JOIN clock_run ON clock_run.clock = escalation.clock
                 WHERE clock_run.course IN ('running', 'suspended')
                   AND escalation.revision = clock_run.revision
                 ORDER BY escalation.clock, escalation.level DESC, escalation.seq DESC
               ) highest
         WHERE highest.state = 'open'
         GROUP BY highest.level
         ORDER BY highest.level
        """
    ).fetchall()


def oldest_ready_level(conn: Connection[Any]) -> datetime | None:
    """Since when the oldest level that has been reached waits to be fired."""
    row = conn.execute(
        """
        SELECT min(ready_at)
          FROM pending_level
         WHERE ready_at <= (SELECT moment())
        """
    ).fetchone()
    return row[0] if row else None


def watermarks(conn: Connection[Any]) -> list[tuple[str, datetime]]:
    """Up to when each projection knows everything of all its topics."""
    return conn.execute(
        """
        SELECT projection, min(w)
          FROM watermark
         GROUP BY projection
         ORDER BY projection
        """
    ).fetchall()
