"""What one snapshot of the log has and another has not, page by page in the order of row ids.

A row that commits late has a low id but is in the difference all the same: nothing is ever skipped, and no long transaction holds a reader up. Within a
stream the ids rise with the versions, and a snapshot that has a version has all before it.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from shared.storage.event_log import envelope
from shared.wire.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Page:
    """Facts in the order of their rows, and the ids of these rows."""

    envelopes: list[Envelope]
    ids: list[int]


def _page(rows: list[tuple[Any, ...]]) -> Page:
    return Page([envelope(row) for row in rows], [row[10] for row in rows])


def first_page(conn: Connection[Any], prev: str, target: str, limit: int, topic: str | None = None) -> Page:
    """The first *limit* rows visible in *target* and not in *prev*. Two ranges of the index on xid, never a walk from the oldest open transaction."""
    with conn.cursor(binary=True) as cur:
        cur.execute(
            """
            SELECT event_id, type, schema_version, stream, subject, version, topic, recorded_at, payload, meta, id
              FROM (
                    SELECT e.*
                      FROM event e
                     WHERE e.xid >= pg_snapshot_xmax(%(prev)s::pg_snapshot)
                       AND e.xid < pg_snapshot_xmax(%(target)s::pg_snapshot)
                       AND pg_visible_in_snapshot(e.xid, %(target)s::pg_snapshot)
                    UNION ALL
                    SELECT e.*
                      FROM event e
                     WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(prev)s::pg_snapshot)))
                       AND pg_visible_in_snapshot(e.xid, %(target)s::pg_snapshot)
                    OFFSET 0
                   ) difference
             WHERE %(topic)s::text IS NULL OR topic = %(topic)s::text
             ORDER BY id
             LIMIT %(limit)s
            """,
            {"prev": prev, "target": target, "limit": limit, "topic": topic},
        )
        return _page(cur.fetchall())


def next_page(conn: Connection[Any], prev: str, target: str, after: int, limit: int, topic: str | None = None) -> Page:
    """The next *limit* rows of the same difference after row *after*: a walk on the index on id."""
    with conn.cursor(binary=True) as cur:
        cur.execute(
            """
            SELECT event_id, type, schema_version, stream, subject, version, topic, recorded_at, payload, meta, id
              FROM event
             WHERE id > %(after)s
               AND NOT pg_visible_in_snapshot(xid, %(prev)s::pg_snapshot)
               AND pg_visible_in_snapshot(xid, %(target)s::pg_snapshot)
               AND (%(topic)s::text IS NULL OR topic = %(topic)s::text)
             ORDER BY id
             LIMIT %(limit)s
            """,
            {"prev": prev, "target": target, "after": after, "limit": limit, "topic": topic},
        )
        return _page(cur.fetchall())


def system_identifier(conn: Connection[Any]) -> int:
    """Which database cluster this is; a logical restore lives in another one."""
    row = conn.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    assert row is not None
    return int(row[0])


def xmin(snapshot: str) -> int:
    """Every transaction id below this had ended when the snapshot was taken."""
    return int(snapshot.partition(":")[0])
