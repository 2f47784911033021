"""A sandbox: one test clock for all services, and emptying everything. Nothing here works on a log that never was a sandbox's."""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from shared.storage.errors import TemporarilyUnavailable
from shared.storage.positions import watermark
from shared.wire.topics import DIRECTORY

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""Where the test clock stands after a reset, until it is set."""

WAIT_SECONDS = 30.0
LOOK_SECONDS = 0.02
QUIET_SECONDS = 0.5


def await_watermark(conn: Connection[Any], needed: Collection[tuple[str, str | None]], until: datetime, seconds: float = WAIT_SECONDS) -> None:
    """Return when everything recorded before *until* has arrived; *needed*: topics, each with the projection that must have it (None: all).

    Raises:
        TemporarilyUnavailable: it did not arrive within *seconds* of the machine's clock.
    """
    deadline = time.monotonic() + seconds
    while True:
        reached = {topic: watermark(conn, topic, projection) for topic, projection in needed}
        if all(each is not None and each >= until for each in reached.values()):
            return
        if time.monotonic() > deadline:
            behind = ", ".join(topic for topic, each in reached.items() if each is None or each < until)
            raise TemporarilyUnavailable(f"the facts of {behind} have not arrived")
        time.sleep(LOOK_SECONDS)


def await_quiet(conn: Connection[Any], seconds: float = WAIT_SECONDS) -> None:
    """Return when no projection of this database has moved for half a second: what was on its way has arrived.

    Raises:
        TemporarilyUnavailable: they kept moving for *seconds*.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        row = conn.execute(
            """
            SELECT coalesce(extract(epoch FROM clock_timestamp() - max(moved_at)), 3600)
              FROM position
            """
        ).fetchone()
        if row is not None and float(row[0]) >= QUIET_SECONDS:
            return
        time.sleep(LOOK_SECONDS)
    raise TemporarilyUnavailable("facts keep arriving")


def operators(conn: Connection[Any]) -> list[str]:
    """The authorities that administer the sandbox: they stay when it is emptied, or nobody could use it any more."""
    rows = conn.execute(
        """
        SELECT DISTINCT authority
          FROM api_key
         WHERE role = 'administrator'
           AND revoked_at IS NULL
         ORDER BY authority
        """
    ).fetchall()
    return [row[0] for row in rows]


def empty_directory(conn: Connection[Any], kept: Sequence[str]) -> None:
    """Take out of this database's copy of the directory every authority but *kept*."""
    conn.execute(
        """
        DELETE FROM api_key
         WHERE authority <> ALL (%(kept)s)
        """,
        {"kept": list(kept)},
    )
    conn.execute(
        """
        DELETE FROM authority
         WHERE id <> ALL (%(kept)s)
        """,
        {"kept": list(kept)},
    )


def empty_log(owner: Connection[Any], kept: Mapping[str, Collection[UUID]]) -> None:
    """Empty the log of a sandbox, save the streams *kept* by topic, and begin the next run of its topics. By its owner only: no other role may.

    Readers that meet the next run begin anew, and its watermark may lie before that of the last one.
    """
    streams = [stream for each in kept.values() for stream in each]
    with owner.transaction():
        owner.execute("ALTER TABLE event DISABLE TRIGGER event_is_only_added_to")
        owner.execute(
            """
            DELETE FROM event
             WHERE stream <> ALL (%(streams)s::uuid[])
            """,
            {"streams": streams},
        )
        owner.execute("ALTER TABLE event ENABLE TRIGGER event_is_only_added_to")
        for table in ("command_log", "text_key", "timer"):
            owner.execute(_DELETES[table], {"streams": streams})
        owner.execute("UPDATE clock_floor SET w = '-infinity'")
        owner.execute(
            """
            UPDATE relay_state
               SET run = run + 1, epoch = epoch + 1, prev = pg_current_snapshot(), target = NULL, last_id = 0, seq = '{}', done = NULL, done_seq = NULL
            """
        )


_DELETES = {
    "command_log": """
        DELETE FROM command_log
         WHERE stream <> ALL (%(streams)s::uuid[])
    """,
    "text_key": """
        DELETE FROM text_key
         WHERE stream <> ALL (%(streams)s::uuid[])
    """,
    "timer": """
        DELETE FROM timer
         WHERE stream <> ALL (%(streams)s::uuid[])
    """,
}


def rewind(conn: Connection[Any]) -> None:
    """The test clock stands before all times, and no watermark of an earlier run counts any more."""
    conn.execute("DELETE FROM watermark")
    conn.execute(
        """
        INSERT INTO test_clock (now_at)
        VALUES (%(to)s)
        ON CONFLICT (only_row) DO UPDATE SET now_at = excluded.now_at
        """,
        {"to": BEFORE_ALL},
    )


def directory_streams(conn: Connection[Any], authorities: Collection[str]) -> list[UUID]:
    """The streams of *authorities* in the log that holds the directory."""
    rows = conn.execute(
        """
        SELECT DISTINCT stream
          FROM event
         WHERE topic = %(topic)s
           AND subject = ANY (%(authorities)s)
         ORDER BY stream
        """,
        {"topic": DIRECTORY, "authorities": list(authorities)},
    ).fetchall()
    return [row[0] for row in rows]
