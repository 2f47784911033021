"""What the request service reads of its log beside whole streams: tails, several streams at once, commands, keys of texts, claims of references."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from shared.storage.event_log import Appended, Command, append_arguments, envelope
from shared.storage.prepared import INT4, UUID_TYPE, Row, Statement, identifier, int4, moment_out, number
from shared.storage.retrying import with_retries
from shared.wire.envelope import Envelope

REQUESTS_TOPIC = "mla.requests"


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a stream: the id of its first fact, all of its facts in order (made only when asked for), and how many of its sealed texts can be opened."""

    rows: Sequence[Any]

    @property
    def first_id(self) -> UUID | None:
        """Id of the first of these facts."""
        return self.rows[0][0] if self.rows else None

    @property
    def live_texts(self) -> int:
        """How many sealed texts of the whole stream can still be opened."""
        return self.rows[0][10] if self.rows else 0

    @property
    def keys(self) -> dict[UUID, bytes]:
        """The wrapped keys of these texts; empty unless the whole stream was read."""
        if not self.rows or len(self.rows[0]) < 13 or self.rows[0][11] is None:
            return {}
        return dict(zip(self.rows[0][11], self.rows[0][12], strict=True))

    def envelopes(self, skipped: int = 0) -> list[Envelope]:
        """The facts but the first *skipped*."""
        return [envelope(row) for row in self.rows[skipped:]]


_READ_TAIL = Statement(
    b"""
SELECT event_id, type, schema_version, stream, subject, version, topic, recorded_at, payload, meta,
       (SELECT count(*) FROM text_key k WHERE k.stream = $1 AND k.key IS NOT NULL)
  FROM event
 WHERE stream = $1
   AND version > $2
 ORDER BY version
""",
    (UUID_TYPE, INT4),
)


def read_tail(conn: Connection[Any], stream: UUID, after_version: int) -> Tail:
    """The facts of a request after *after_version*, in one statement with the number of texts that can be opened."""
    return Tail([_fact(row) for row in _READ_TAIL.rows(conn, [stream.bytes, int4(after_version)])])


def _fact(row: Row) -> tuple[Any, ...]:
    """The columns of a fact and the count after them, as a cursor would give them."""
    event_id, type_, schema_version, stream, subject, version, topic, recorded_at, payload, kept, texts = row
    names = [told.decode() if told else "" for told in (type_, subject, topic, kept)]
    return (
        identifier(event_id),
        names[0],
        number(schema_version),
        identifier(stream),
        names[1],
        number(version),
        names[2],
        moment_out(recorded_at),
        payload,
        names[3],
        number(texts),
    )


def read_whole(conn: Connection[Any], stream: UUID) -> Tail:
    """All facts of a request, in one statement with the wrapped keys of its texts."""
    with conn.cursor(binary=True) as cur:
        cur.execute(
            """
            SELECT e.event_id, e.type, e.schema_version, e.stream, e.subject, e.version, e.topic, e.recorded_at, e.payload, e.meta,
                   texts.live, texts.ids, texts.keys
              FROM event e,
                   (SELECT count(*) AS live, array_agg(k.id) AS ids, array_agg(k.key) AS keys
                      FROM text_key k
                     WHERE k.stream = %(stream)s AND k.key IS NOT NULL) AS texts
             WHERE e.stream = %(stream)s
             ORDER BY e.version
            """,
            {"stream": stream},
        )
        return Tail(cur.fetchall())


def read_streams(conn: Connection[Any], versions: Mapping[UUID, int]) -> list[Envelope]:
    """The facts of several streams, each up to the version named, stream by stream in order."""
    with conn.cursor(binary=True) as cur:
        cur.execute(
            """
            SELECT e.event_id, e.type, e.schema_version, e.stream, e.subject, e.version, e.topic, e.recorded_at, e.payload, e.meta
              FROM unnest(%(streams)s::uuid[], %(versions)s::integer[]) AS wanted (stream, version)
              JOIN event e ON e.stream = wanted.stream AND e.version <= wanted.version
             ORDER BY e.stream, e.version
            """,
            {"streams": list(versions), "versions": list(versions.values())},
        )
        return [envelope(row) for row in cur]


@dataclass(frozen=True, slots=True)
class DoneCommand:
    """A command that was carried out."""

    stream: UUID
    first_version: int
    last_version: int
    fingerprint: bytes
    recorded_at: datetime


def done_command(conn: Connection[Any], command_id: UUID) -> DoneCommand | None:
    """What the command did, if it was carried out."""
    with conn.cursor(row_factory=class_row(DoneCommand)) as cur:
        cur.execute(
            """
            SELECT stream, first_version, last_version, fingerprint, recorded_at
              FROM command_log
             WHERE command_id = %(command_id)s
            """,
            {"command_id": command_id},
        )
        return cur.fetchone()


def text_keys(conn: Connection[Any], stream: UUID) -> dict[UUID, bytes]:
    """The wrapped data keys of a stream's sealed texts that have not been destroyed."""
    rows = conn.execute(
        """
        SELECT id, key
          FROM text_key
         WHERE stream = %(stream)s
           AND key IS NOT NULL
        """,
        {"stream": stream},
    ).fetchall()
    return dict(rows)


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """The reference that a request takes, and the one it gives up; either may be none. Each is an authority and that one's own reference."""

    taken: tuple[str, str] | None
    given_up: tuple[str, str] | None


TAKEN = "taken"

_APPEND_WITH_REFERENCE = b"""
SELECT *
  FROM append_with_reference(%s, %s, %s, %s, %b, %b, %s, %b, %s, %s::int4, %b::uuid[], %s::text[], %s::int4[], %b::bytea[], %s,
                             %s::text[], %s::timestamptz[], %b::uuid[], %b::bytea[])
"""


def append_with_reference(conn: Connection[Any], change: ReferenceChange, command: Command) -> tuple[Appended, UUID | None]:
    """Append, and change the claim of the reference with it. Outcome `taken`: nothing was written; with the request that has the reference."""
    claims = (*(change.taken or (None, None)), *(change.given_up or (None, None)))

    def once() -> Any:
        return conn.execute(_APPEND_WITH_REFERENCE, (*claims, *append_arguments(command))).fetchone()

    row = with_retries(once)
    assert row is not None
    return Appended(*row[:5]), row[5]


def request_with_reference(conn: Connection[Any], authority: str, reference: str) -> UUID | None:
    """The request that *authority* has under its own *reference*."""
    found = conn.execute(
        """
        SELECT request
          FROM reference_claim
         WHERE authority = %(authority)s
           AND reference = %(reference)s
        """,
        {"authority": authority, "reference": reference},
    ).fetchone()
    return None if found is None else found[0]
