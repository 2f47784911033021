"""What time it is. `recorded_at` is stamped by the database alone; this is for the outermost loops."""

from datetime import UTC, datetime
from typing import Any

from psycopg import Connection


def machine_now() -> datetime:
    """The machine's clock: for waits, leases and polling."""
    return datetime.now(UTC)


def now(conn: Connection[Any]) -> datetime:
    """The database's clock, or in a sandbox the test clock: for everything that means time."""
    row = conn.execute("SELECT moment()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def test_clock(conn: Connection[Any]) -> datetime | None:
    """Where the test clock stands; None outside a sandbox."""
    row = conn.execute("SELECT now_at FROM test_clock").fetchone()
    return None if row is None else row[0]


def set_test_clock(conn: Connection[Any], to: datetime) -> bool:
    """Move the test clock. False, and nothing moves, when it would go back."""
    done = conn.execute(
        """
        INSERT INTO test_clock (now_at)
        VALUES (%(to)s)
        ON CONFLICT (only_row) DO UPDATE
           SET now_at = excluded.now_at
         WHERE test_clock.now_at <= excluded.now_at
        """,
        {"to": to},
    )
    return done.rowcount == 1
