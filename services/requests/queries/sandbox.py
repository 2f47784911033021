"""What a sandbox needs of the tables: the next lapse, and everything gone."""

from datetime import datetime
from typing import Any

from psycopg import Connection


def next_timer(conn: Connection[Any], kind: str, *, not_after: datetime) -> datetime | None:
    """The earliest timer of *kind* up to *not_after*."""
    row = conn.execute(
        """
        SELECT min(due_at)
          FROM timer
         WHERE kind = %(kind)s
           AND due_at <= %(not_after)s
        """,
        {"kind": kind, "not_after": not_after},
    ).fetchone()
    return None if row is None else row[0]


def empty_rows(conn: Connection[Any]) -> None:
    """Everything of requests but the log and the directory."""
    conn.execute("DELETE FROM reference_claim")
    conn.execute("DELETE FROM request_row")
    conn.execute("DELETE FROM caller_setting")
    conn.execute("DELETE FROM saved_view")
    conn.execute("DELETE FROM import_row")
    conn.execute("DELETE FROM import")
    conn.execute("DELETE FROM idempotency")
