"""Statements of a sandbox only."""

from __future__ import annotations

from typing import Any

from psycopg import Connection


def due_deliveries(conn: Connection[Any]) -> int:
    """How many deliveries are due and may go."""
    row = conn.execute(
        """
        SELECT count(*)
          FROM delivery
          JOIN lane ON lane.name = delivery.lane
         WHERE delivery.state IN ('waiting', 'sending')
           AND due_at <= (SELECT moment())
           AND lane.open_from <= (SELECT moment())
           AND (lane.verified OR delivery.purpose = 'challenge')
           AND NOT lane.halted
        """
    ).fetchone()
    return row[0] if row else 0


def empty_rows(owner: Connection[Any]) -> None:
    """Nothing is followed, told, pending or reached any more; the lane of all mails is open."""
    owner.execute(
        """
        TRUNCATE followed_request, clock_run, pending_level, escalation, told, clock_silence, ladder_setting, calendar_feed,
                 subscription, lane, delivery, attempt, idempotency
        """
    )
    owner.execute("INSERT INTO lane (name, width, verified, halted, open_from) VALUES ('mail', 4, true, false, '-infinity')")
