"""How far a projection has come in each partition, moved in the transaction of its effect and only from where the mover thought it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection


class Place(NamedTuple):
    """A place in one partition: incarnation, offset of the next record, last dense number taken."""

    run: int = 0
    next_offset: int = 0
    last_seq: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """One step of one projection in one partition."""

    topic: str
    partition: int
    old: Place
    new: Place


def places(conn: Connection[Any], projections: Sequence[str]) -> dict[tuple[str, str, int], Place]:
    """Where each of *projections* is, by projection, topic and partition."""
    rows = conn.execute(
        """
        SELECT projection, topic, partition, run, next_offset, last_seq
          FROM position
         WHERE projection = ANY (%(projections)s)
         ORDER BY projection, topic, partition
        """,
        {"projections": list(projections)},
    ).fetchall()
    return {(row[0], row[1], row[2]): Place(*row[3:]) for row in rows}


def make_places(conn: Connection[Any], keys: Sequence[tuple[str, str, int]]) -> None:
    """A row for each of *keys*; what is there stays."""
    conn.execute(
        """
        INSERT INTO position (projection, topic, partition)
        SELECT *
          FROM unnest(%(projections)s::text[], %(topics)s::text[], %(partitions)s::int4[])
        ON CONFLICT DO NOTHING
        """,
        {"projections": [key[0] for key in keys], "topics": [key[1] for key in keys], "partitions": [key[2] for key in keys]},
    )


def advance(conn: Connection[Any], projection: str, moves: Sequence[Move]) -> tuple[bool, frozenset[str]]:
    """Move the places: (whether all were where the mover thought, streams that are blocked). In one round trip."""
    row = conn.execute(
        """
        WITH moved AS (
            UPDATE position p
               SET run = m.run, next_offset = m.next_offset, last_seq = m.last_seq, moved_at = clock_timestamp()
              FROM unnest(%s::text[], %s::int4[], %s::int4[], %s::int8[], %s::int8[], %s::int4[], %s::int8[], %s::int8[])
                AS m (topic, partition, old_run, old_offset, old_seq, run, next_offset, last_seq)
             WHERE p.projection = %s AND p.topic = m.topic AND p.partition = m.partition
               AND p.run = m.old_run AND p.next_offset = m.old_offset AND p.last_seq = m.old_seq
         RETURNING 1
        )
        SELECT (SELECT count(*) FROM moved), ARRAY(SELECT b.stream FROM blocked b WHERE b.projection = %s)
        """,
        (
            [move.topic for move in moves],
            [move.partition for move in moves],
            [move.old.run for move in moves],
            [move.old.next_offset for move in moves],
            [move.old.last_seq for move in moves],
            [move.new.run for move in moves],
            [move.new.next_offset for move in moves],
            [move.new.last_seq for move in moves],
            projection,
            projection,
        ),
    ).fetchone()
    assert row is not None
    return row[0] == len(moves), frozenset(row[1])


def begin_run(conn: Connection[Any], projection: str, topic: str, run: int) -> bool:
    """The topic was filled anew: every place of a lower incarnation goes back to the beginning. False when there was none."""
    done = conn.execute(
        """
        UPDATE position
           SET run = %(run)s, next_offset = 0, last_seq = 0, moved_at = clock_timestamp()
         WHERE projection = %(projection)s AND topic = %(topic)s AND run < %(run)s AND run > 0
        """,
        {"projection": projection, "topic": topic, "run": run},
    )
    return done.rowcount > 0


def known(conn: Connection[Any], projection: str, streams: Sequence[str]) -> dict[str, int]:
    """Last version of each of *streams* that the projection remembers (`remember`); for projections whose rows do not hold it."""
    rows = conn.execute(
        """
        SELECT stream::text, version
          FROM stream_version
         WHERE projection = %(projection)s AND stream = ANY (%(streams)s::uuid[])
        """,
        {"projection": projection, "streams": list(streams)},
    ).fetchall()
    return dict(rows)


def remember(conn: Connection[Any], projection: str, versions: Mapping[str, int]) -> None:
    """The projection has these streams up to these versions."""
    conn.execute(
        """
        INSERT INTO stream_version (projection, stream, version)
        SELECT %(projection)s, *
          FROM unnest(%(streams)s::uuid[], %(versions)s::int4[])
        ON CONFLICT (projection, stream) DO UPDATE
           SET version = excluded.version
         WHERE stream_version.version < excluded.version
        """,
        {"projection": projection, "streams": list(versions), "versions": list(versions.values())},
    )


def take_watermark(conn: Connection[Any], projection: str, topic: str, run: int, reached: datetime) -> None:
    """Everything of *topic* recorded before *reached* is in the projection. Within a run it never goes back."""
    conn.execute(
        """
        INSERT INTO watermark (projection, topic, run, w)
        VALUES (%(projection)s, %(topic)s, %(run)s, %(w)s)
        ON CONFLICT (projection, topic) DO UPDATE
           SET run = excluded.run, w = excluded.w
         WHERE (watermark.run, watermark.w) < (excluded.run, excluded.w)
        """,
        {"projection": projection, "topic": topic, "run": run, "w": reached},
    )


def watermark(conn: Connection[Any], topic: str, projection: str | None = None) -> datetime | None:
    """Everything of *topic* recorded before this moment is in the projection, or in all that follow it. None before the first."""
    row = conn.execute(
        """
        SELECT min(w)
          FROM watermark
         WHERE topic = %(topic)s AND (%(projection)s::text IS NULL OR projection = %(projection)s::text)
        """,
        {"topic": topic, "projection": projection},
    ).fetchone()
    return None if row is None else row[0]


def watermarks(conn: Connection[Any]) -> dict[str, datetime]:
    """For each topic that has one: everything recorded before this moment is in all projections that follow it."""
    return dict(
        conn.execute(
            """
            SELECT topic, min(w)
              FROM watermark
             GROUP BY topic
             ORDER BY topic
            """
        ).fetchall()
    )


def taken_records(conn: Connection[Any]) -> list[tuple[str, str, int]]:
    """How many records each projection has taken, by projection and topic."""
    return conn.execute(
        """
        SELECT projection, topic, sum(last_seq)::bigint
          FROM position
         GROUP BY projection, topic
         ORDER BY projection, topic
        """
    ).fetchall()
