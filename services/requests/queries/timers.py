"""Timers of request streams: the moments at which time alone causes something."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection


def due_timers(conn: Connection[Any], kind: str, *, now: datetime, limit: int) -> list[tuple[UUID, datetime]]:
    """Streams whose timer of *kind* is due at *now*, earliest first."""
    return conn.execute(
        """
        SELECT stream, due_at
          FROM timer
         WHERE kind = %(kind)s AND due_at <= %(now)s
         ORDER BY due_at, stream
         LIMIT %(limit)s
        """,
        {"kind": kind, "now": now, "limit": limit},
    ).fetchall()


def set_timer(conn: Connection[Any], stream: UUID, kind: str, *, seen: datetime, to: datetime | None) -> None:
    """Move the timer that was *seen*, or take it away; one that a move has set anew meanwhile stays."""
    if to is None:
        conn.execute("DELETE FROM timer WHERE stream = %(stream)s AND kind = %(kind)s AND due_at = %(seen)s", {"stream": stream, "kind": kind, "seen": seen})
        return
    conn.execute(
        """
        UPDATE timer
           SET due_at = %(to)s
         WHERE stream = %(stream)s AND kind = %(kind)s AND due_at = %(seen)s
        """,
        {"stream": stream, "kind": kind, "seen": seen, "to": to},
    )


def oldest_due(conn: Connection[Any], kind: str, *, now: datetime) -> datetime | None:
    """The earliest timer of *kind* that is due and has not fired."""
    row = conn.execute("SELECT min(due_at) FROM timer WHERE kind = %(kind)s AND due_at <= %(now)s", {"kind": kind, "now": now}).fetchone()
    return None if row is None else row[0]
