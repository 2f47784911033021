"""The event log: append facts, read a stream, prove that nobody has touched it. The rules are in sql/event_log.sql."""

import hashlib
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import Connection

from shared.storage.errors import TemporarilyUnavailable
from shared.storage.retrying import with_retries
from shared.wire.envelope import Envelope

OK: Final = "ok"
REPLAYED: Final = "replayed"
CONFLICT: Final = "conflict"
NO_HASH = bytes(32)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact that is to be appended."""

    id: UUID
    type: str
    schema_version: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class TextKey:
    """The (wrapped) key of a sealed text in one of the facts."""

    id: UUID
    key: bytes


@dataclass(frozen=True, slots=True)
class Due:
    """A moment at which time alone causes something on the stream; None takes the timer of that kind away."""

    kind: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a command.

    `ok`: its facts are versions *first* … *last*. `replayed`: it had been carried out before, and these are the values of then; compare *fingerprint* with
    your own. `conflict`: the stream is at version *last* by now; nothing was written.
    """

    outcome: str
    first: int | None
    last: int | None
    recorded_at: datetime | None
    fingerprint: bytes | None
    live_texts: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """The arguments of one append.

    Attributes:
        follows: the fact that version *expected* has to be: a log that was restored or emptied may hold another one there, and then the outcome is a
            `conflict` that names no version. With it the answer tells how many sealed texts of the stream could be opened before.
    """

    command_id: UUID
    fingerprint: bytes
    topic: str
    stream: UUID
    subject: str
    expected: int
    events: Sequence[NewEvent]
    meta: str
    text_keys: Sequence[TextKey] = ()
    due: Sequence[Due] = ()
    follows: UUID | None = None


def meta(correlation_id: str | None = None, causation_id: str | None = None, traceparent: str | None = None) -> str:
    """What is kept beside the facts of a command, as stored."""
    given = {"correlation_id": correlation_id, "causation_id": causation_id, "traceparent": traceparent}
    return json.dumps({name: value for name, value in given.items() if value is not None}, separators=(",", ":"))


_APPEND_ONE = b"SELECT * FROM append_one(%b, %b, %s, %b, %s, %s::int4, %b, %s, %s::int4, %b, %s)"
_APPEND = b"""
SELECT * FROM append(%b, %b, %s, %b, %s, %s::int4, %b::uuid[], %s::text[], %s::int4[], %b::bytea[], %s,
                     %s::text[], %s::timestamptz[], %b::uuid[], %b::bytea[])
"""

_APPEND_AFTER = b"""
SELECT a.*, (SELECT count(*) FROM text_key k WHERE k.stream = e.stream AND k.key IS NOT NULL)
  FROM event e
 CROSS JOIN LATERAL append(%b, %b, %s, e.stream, %s, e.version, %b::uuid[], %s::text[], %s::int4[], %b::bytea[], %s,
                           %s::text[], %s::timestamptz[], %b::uuid[], %b::bytea[]) a
 WHERE e.stream = %b
   AND e.version = %s::int4
   AND e.event_id = %b
"""
_APPEND_ONE_AFTER = b"""
SELECT a.*, (SELECT count(*) FROM text_key k WHERE k.stream = e.stream AND k.key IS NOT NULL)
  FROM event e
 CROSS JOIN LATERAL append_one(%b, %b, %s, e.stream, %s, e.version, %b, %s, %s::int4, %b, %s) a
 WHERE e.stream = %b
   AND e.version = %s::int4
   AND e.event_id = %b
"""


def append(
    conn: Connection[Any],
    *,
    command_id: UUID,
    fingerprint: bytes,
    topic: str,
    stream: UUID,
    subject: str,
    expected: int,
    events: Sequence[NewEvent],
    meta: str,
    text_keys: Sequence[TextKey] = (),
    due: Sequence[Due] = (),
    follows: UUID | None = None,
) -> Appended:
    """Append *events* after version *expected* of *stream*, in one round trip.

    In a transaction of the caller, it is part of that. Outside one it is tried again when the database asks for it.

    Raises:
        TemporarilyUnavailable: several tries met a serialization failure or a deadlock; nothing was written.
    """
    return append_command(conn, Command(command_id, fingerprint, topic, stream, subject, expected, events, meta, text_keys, due, follows))


def append_command(conn: Connection[Any], command: Command) -> Appended:
    """The same, with the arguments as one value."""
    if conn.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        return _append_once(conn, command)
    return with_retries(lambda: _append_once(conn, command))


def _append_once(conn: Connection[Any], command: Command) -> Appended:
    follows = command.follows
    if follows is not None:
        row = conn.execute(*_after(command, (command.stream, command.expected, follows))).fetchone()
        return Appended(CONFLICT, None, None, None, None) if row is None else Appended(*row)
    if _is_simple(command):
        event = command.events[0]
        head = (command.command_id, command.fingerprint, command.topic, command.stream, command.subject, command.expected)
        row = conn.execute(_APPEND_ONE, (*head, event.id, event.type, event.schema_version, event.payload, command.meta)).fetchone()
    else:
        row = conn.execute(_APPEND, append_arguments(command)).fetchone()
    assert row is not None
    return Appended(*row)


def _after(command: Command, place: tuple[UUID, int, UUID]) -> tuple[bytes, tuple[Any, ...]]:
    """The append onto the fact at *place*, which gives no row where there is none."""
    if _is_simple(command):
        event = command.events[0]
        head = (command.command_id, command.fingerprint, command.topic, command.subject)
        return _APPEND_ONE_AFTER, (*head, event.id, event.type, event.schema_version, event.payload, command.meta, *place)
    given = append_arguments(command)
    return _APPEND_AFTER, (*given[:3], given[4], *given[6:], *place)


def _is_simple(command: Command) -> bool:
    """Whether it is one fact and nothing else."""
    return len(command.events) == 1 and not command.text_keys and not command.due


def append_arguments(command: Command) -> tuple[Any, ...]:
    """The arguments of the append function for *command*, in its order."""
    events, due, keys = command.events, command.due, command.text_keys
    return (
        command.command_id,
        command.fingerprint,
        command.topic,
        command.stream,
        command.subject,
        command.expected,
        [event.id for event in events],
        [event.type for event in events],
        [event.schema_version for event in events],
        [event.payload for event in events],
        command.meta,
        [timer.kind for timer in due] or None,
        [timer.at for timer in due] or None,
        [key.id for key in keys] or None,
        [key.key for key in keys] or None,
    )


def find_command(conn: Connection[Any], command_id: UUID) -> Appended | None:
    """What became of a command that was carried out; None when it was not."""
    row = conn.execute(
        """
        SELECT 'replayed', first_version, last_version, recorded_at, fingerprint
          FROM command_log
         WHERE command_id = %(command_id)s
        """,
        {"command_id": command_id},
    ).fetchone()
    return None if row is None else Appended(*row)


# --- reading --------------------------------------------------------------------------------------------------------


def envelope(row: Sequence[Any]) -> Envelope:
    """The fact in *row*: event_id, type, schema_version, stream, subject, version, topic, recorded_at, payload, meta."""
    kept = json.loads(row[9])
    return Envelope(
        str(row[0]),
        row[1],
        row[2],
        str(row[3]),
        row[4],
        row[5],
        row[6],
        row[7].astimezone(UTC),
        row[8],
        kept.get("correlation_id"),
        kept.get("causation_id"),
        kept.get("traceparent"),
    )


def read_stream(conn: Connection[Any], stream: UUID, *, up_to_version: int | None = None, recorded_up_to: datetime | None = None) -> list[Envelope]:
    """The facts of *stream*, in order; both bounds are inclusive. Empty when there is no such stream."""
    with conn.cursor(binary=True) as cur:
        cur.execute(
            """
            SELECT event_id, type, schema_version, stream, subject, version, topic, recorded_at, payload, meta
              FROM event
             WHERE stream = %(stream)s
               AND version <= %(up_to_version)s
               AND recorded_at <= %(recorded_up_to)s
             ORDER BY version
            """,
            {"stream": stream, "up_to_version": up_to_version or 2**31 - 1, "recorded_up_to": recorded_up_to or datetime.max.replace(tzinfo=UTC)},
        )
        return [envelope(row) for row in cur]


def stream_version(conn: Connection[Any], stream: UUID) -> int:
    """Version of the stream's last fact; 0 when there is none."""
    row = conn.execute("SELECT coalesce(max(version), 0) FROM event WHERE stream = %s", (stream,)).fetchone()
    assert row is not None
    return int(row[0])


# --- proof ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a stream is as it was appended: *broken_at* is the first version that is not (or is missing), *head* the last good hash."""

    facts: int
    broken_at: int | None
    head: bytes | None

    @property
    def intact(self) -> bool:
        """Whether every link holds."""
        return self.broken_at is None


def _sized(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


def fact_hash(before: bytes, row: Sequence[Any]) -> bytes:
    """The hash that the row must carry: `fact_hash` of the database, computed here from the stored members.

    *row*: stream, version, event_id, type, schema_version, topic, subject, payload, meta, recorded_at.
    """
    stream, version, event_id, type_, schema_version, topic, subject, payload, kept, recorded_at = row
    told = (
        before
        + stream.bytes
        + struct.pack(">i", version)
        + event_id.bytes
        + _sized(type_.encode())
        + struct.pack(">i", schema_version)
        + _sized(topic.encode())
        + _sized(subject.encode())
        + _sized(payload)
        + _sized(kept.encode())
        + struct.pack(">q", (recorded_at - _EPOCH) // _MICROSECOND)
    )
    return hashlib.sha256(told).digest()


def _rows_with_hashes(conn: Connection[Any], stream: UUID) -> Iterator[tuple[Any, ...]]:
    with conn.cursor(binary=True) as cur:
        cur.execute(
            """
            SELECT stream, version, event_id, type, schema_version, topic, subject, payload, meta, recorded_at, hash
              FROM event
             WHERE stream = %(stream)s
             ORDER BY version
            """,
            {"stream": stream},
        )
        yield from cur


def verify_stream(conn: Connection[Any], stream: UUID) -> Verification:
    """Compute the stream's hash chain anew and compare it with what is stored."""
    facts, before = 0, NO_HASH
    for row in _rows_with_hashes(conn, stream):
        expected_version = facts + 1
        if row[1] != expected_version or fact_hash(before, row[:10]) != row[10]:
            return Verification(facts, expected_version, before if facts else None)
        facts, before = expected_version, row[10]
    return Verification(facts, None, before if facts else None)


__all__ = [
    "CONFLICT",
    "OK",
    "REPLAYED",
    "Appended",
    "Command",
    "Due",
    "NewEvent",
    "TemporarilyUnavailable",
    "TextKey",
    "Verification",
    "append",
    "append_command",
    "find_command",
    "meta",
    "read_stream",
    "stream_version",
    "verify_stream",
]
