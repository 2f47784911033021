"""What operators and health checks ask: how far the rows are behind, which streams wait, which streams there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

ROWS = "request_rows"


@dataclass(frozen=True, slots=True)
class ProjectionState:
    """How far a projection has come: when its position last moved, up to when it knows everything, how many streams wait for a repair."""

    projection: str
    moved_at: datetime | None
    watermark: datetime | None
    blocked: int
    parked: int


def projection_state(conn: Connection[Any], projection: str) -> ProjectionState:
    """The state of *projection*."""
    with conn.cursor(row_factory=class_row(ProjectionState)) as cur:
        cur.execute(
            """
            SELECT %(projection)s::text AS projection,
                   (SELECT max(p.moved_at) FROM position p WHERE p.projection = %(projection)s) AS moved_at,
                   (SELECT min(w.w) FROM watermark w WHERE w.projection = %(projection)s) AS watermark,
                   (SELECT count(*) FROM blocked b WHERE b.projection = %(projection)s) AS blocked,
                   (SELECT count(*) FROM parked k WHERE k.projection = %(projection)s) AS parked
            """,
            {"projection": projection},
        )
        found = cur.fetchone()
    assert found is not None
    return found


def watermark(conn: Connection[Any], projection: str) -> datetime | None:
    """Everything recorded before this moment is in the rows of *projection*."""
    found = conn.execute(
        """
        SELECT min(w)
          FROM watermark
         WHERE projection = %(projection)s
        """,
        {"projection": projection},
    ).fetchone()
    return found[0] if found else None


def requests_by_state(conn: Connection[Any]) -> list[tuple[str, int]]:
    """How many requests the rows show in each state; each request once, as its requesting side has it."""
    return conn.execute(
        """
        SELECT state, count(*)
          FROM request_row
         WHERE side = 'requesting'
         GROUP BY state
         ORDER BY state
        """
    ).fetchall()


def all_streams(conn: Connection[Any], topic: str | None = None) -> Iterator[UUID]:
    """Every stream of the log, or of one *topic*: authorities have streams of their own beside requests."""
    rows = conn.execute(
        """
        SELECT stream
          FROM event
         WHERE version = 1
           AND (%(topic)s::text IS NULL OR topic = %(topic)s)
         ORDER BY id
        """,
        {"topic": topic},
    ).fetchall()
    return (row[0] for row in rows)


@dataclass(frozen=True, slots=True)
class ChainState:
    """How the hash chains stood when all were last computed anew; before the first time, since when there are facts."""

    unchecked_since: datetime
    broken: int


def keep_chain_check(conn: Connection[Any], streams: int, broken: int) -> None:
    """All chains were computed anew: so many, of which so many do not hold."""
    conn.execute("INSERT INTO chain_check (streams, broken) VALUES (%(streams)s, %(broken)s)", {"streams": streams, "broken": broken})


def chain_state(conn: Connection[Any]) -> ChainState | None:
    """Since when no chain was computed anew; nothing while there are no facts."""
    with conn.cursor(row_factory=class_row(ChainState)) as cur:
        cur.execute(
            """
            (SELECT checked_at AS unchecked_since, broken FROM chain_check ORDER BY checked_at DESC LIMIT 1)
            UNION ALL
            (SELECT recorded_at, 0 FROM event ORDER BY id LIMIT 1)
            LIMIT 1
            """
        )
        return cur.fetchone()


def begin_anew(conn: Connection[Any], projection: str) -> None:
    """The rows of *projection* and everything about its position are gone."""
    conn.execute("TRUNCATE request_row")
    conn.execute("DELETE FROM position WHERE projection = %(projection)s", {"projection": projection})
    conn.execute("DELETE FROM watermark WHERE projection = %(projection)s", {"projection": projection})
    conn.execute("DELETE FROM parked WHERE projection = %(projection)s", {"projection": projection})
    conn.execute("DELETE FROM blocked WHERE projection = %(projection)s", {"projection": projection})
