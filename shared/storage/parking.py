"""Facts that a projection could not take: put aside with everything after them on their stream, in order, until somebody repairs it."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from shared.wire.envelope import Envelope

BEHIND = "behind a parked fact"


def park(conn: Connection[Any], projection: str, envelope: Envelope, reason: str) -> None:
    """Put one fact aside and block its stream. A copy of a parked fact changes nothing."""
    conn.execute(
        """
        INSERT INTO blocked (projection, stream, reason)
        VALUES (%(projection)s, %(stream)s, %(reason)s)
        ON CONFLICT DO NOTHING
        """,
        {"projection": projection, "stream": envelope.stream, "reason": reason},
    )
    conn.execute(
        """
        INSERT INTO parked (projection, stream, version, topic, run, seq, partition, log_offset, event_id, type, schema_version, subject,
                            recorded_at, payload, correlation_id, causation_id, traceparent, reason)
        VALUES (%(projection)s, %(stream)s, %(version)s, %(topic)s, %(run)s, %(seq)s, %(partition)s, %(offset)s, %(id)s, %(type)s, %(schema_version)s,
                %(subject)s, %(recorded_at)s, %(value)s, %(correlation_id)s, %(causation_id)s, %(traceparent)s, %(reason)s)
        ON CONFLICT DO NOTHING
        """,
        {**envelope._asdict(), "projection": projection, "reason": reason},
    )


def keep_unreadable(
    conn: Connection[Any],
    projection: str,
    topic: str,
    partition: int,
    offset: int,
    *,
    key: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    value: bytes | None,
    reason: str,
) -> None:
    """Put a record aside that is no fact of ours."""
    told = {name: (content or b"").decode("utf-8", "backslashreplace").replace("\x00", "\\x00") for name, content in headers}
    conn.execute(
        """
        INSERT INTO unreadable (projection, topic, partition, log_offset, key, headers, value, reason)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (projection, topic, partition, offset, key, Jsonb(told), value, reason),
    )


def blocked_since(conn: Connection[Any], projection: str, seconds: float) -> int:
    """How many streams were blocked in the last *seconds*."""
    row = conn.execute(
        """
        SELECT count(*)
          FROM blocked
         WHERE projection = %(projection)s AND since > clock_timestamp() - make_interval(secs => %(seconds)s)
        """,
        {"projection": projection, "seconds": seconds},
    ).fetchone()
    assert row is not None
    return int(row[0])


def parked_streams(conn: Connection[Any]) -> Mapping[str, int]:
    """How many streams each projection of this database has put aside (for readiness and figures)."""
    return dict(
        conn.execute(
            """
            SELECT projection, count(*)
              FROM blocked
             GROUP BY projection
             ORDER BY projection
            """
        ).fetchall()
    )
