"""Every SQL statement of the measurements."""

from typing import Any
from uuid import UUID

from psycopg import Connection


def make_floor_table(conn: Connection[Any]) -> None:
    """The table that floors write to and read from."""
    conn.execute("CREATE TABLE floor_row (id uuid PRIMARY KEY, body bytea NOT NULL, made_at timestamptz NOT NULL DEFAULT clock_timestamp())")
    conn.execute("GRANT SELECT, INSERT ON floor_row TO requests_app")


def insert_floor_row(conn: Connection[Any], id: UUID, body: bytes) -> None:
    """One row: the least that a command can write."""
    conn.execute("INSERT INTO floor_row (id, body) VALUES (%(id)s, %(body)b)", {"id": id, "body": body})


def floor_row(conn: Connection[Any], id: UUID) -> bytes | None:
    """One row by its key: the least that a read can do."""
    row = conn.execute("SELECT body FROM floor_row WHERE id = %(id)s", {"id": id}).fetchone()
    return row[0] if row else None


def facts_in_log(conn: Connection[Any], topic: str) -> int:
    """How many facts of *topic* the log holds."""
    row = conn.execute("SELECT count(*) FROM event WHERE topic = %(topic)s", {"topic": topic}).fetchone()
    return int(row[0]) if row else 0


def facts_taken(conn: Connection[Any], projection: str, topic: str) -> int:
    """How many facts of *topic* the projection has taken."""
    row = conn.execute(
        """
        SELECT coalesce(sum(last_seq), 0)
          FROM position
         WHERE projection = %(projection)s
           AND topic = %(topic)s
        """,
        {"projection": projection, "topic": topic},
    ).fetchone()
    return int(row[0]) if row else 0


def streams(conn: Connection[Any], topic: str) -> list[tuple[UUID, int]]:
    """Every stream of *topic* with its version."""
    return conn.execute(
        """
        SELECT stream, max(version)
          FROM event
         WHERE topic = %(topic)s
         GROUP BY stream
         ORDER BY stream
        """,
        {"topic": topic},
    ).fetchall()
