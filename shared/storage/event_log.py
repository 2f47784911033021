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
from shared.storage.prepared import ARRAY_OF, BYTES, INT4, MOMENT, TEXT, UUID_TYPE, Row, Statement, Value, array, int4, moment_in, moment_out, number
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


_ONE = (UUID_TYPE, BYTES, TEXT, UUID_TYPE, TEXT, INT4, UUID_TYPE, TEXT, INT4, BYTES, TEXT)
_MANY = (*_ONE[:6], *(ARRAY_OF[kind] for kind in _ONE[6:10]), TEXT, ARRAY_OF[TEXT], ARRAY_OF[MOMENT], ARRAY_OF[UUID_TYPE], ARRAY_OF[BYTES])

_APPEND_ONE = Statement(b"SELECT * FROM append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", _ONE)
_APPEND = Statement(b"SELECT * FROM append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)", _MANY)
_APPEND_ONE_AFTER = Statement(
    b"""
SELECT a.*, (SELECT count(*) FROM text_key k WHERE k.stream = e.stream AND k.key IS NOT NULL)
  FROM event e
 CROSS JOIN LATERAL append_one($1, $2, $3, e.stream, $5, e.version, $7, $8, $9, $10, $11) a
 WHERE e.stream = $4
   AND e.version = $6
   AND e.event_id = $12
""",
    (*_ONE, UUID_TYPE),
)
_APPEND_AFTER = Statement(
    b"""
SELECT a.*, (SELECT count(*) FROM text_key k WHERE k.stream = e.stream AND k.key IS NOT NULL)
  FROM event e
 CROSS JOIN LATERAL append($1, $2, $3, e.stream, $5, e.version, $7, $8, $9, $10, $11, $12, $13, $14, $15) a
 WHERE e.stream = $4
   AND e.version = $6
   AND e.event_id = $16
""",
    (*_MANY, UUID_TYPE),
)


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
    simple, follows = _is_simple(command), command.follows
    values = _one(command) if simple else _many(command)
    if follows is None:
        rows = (_APPEND_ONE if simple else _APPEND).rows(conn, values)
    else:
        rows = (_APPEND_ONE_AFTER if simple else _APPEND_AFTER).rows(conn, [*values, follows.bytes])
    return _appended(rows[0]) if rows else Appended(CONFLICT, None, None, None, None)


def _appended(row: Row) -> Appended:
    outcome, first, last, recorded_at, fingerprint = row[:5]
    assert outcome is not None
    return Appended(
        outcome.decode(),
        None if first is None else number(first),
        None if last is None else number(last),
        None if recorded_at is None else moment_out(recorded_at),
        fingerprint,
        number(row[5]) if len(row) > 5 else None,
    )


def _is_simple(command: Command) -> bool:
    """Whether it is one fact and nothing else."""
    return len(command.events) == 1 and not command.text_keys and not command.due


def _head(command: Command) -> list[Value]:
    """The values that both functions begin with."""
    return [
        command.command_id.bytes,
        command.fingerprint,
        command.topic.encode(),
        command.stream.bytes,
        command.subject.encode(),
        int4(command.expected),
    ]


def _one(command: Command) -> list[Value]:
    event = command.events[0]
    return [*_head(command), event.id.bytes, event.type.encode(), int4(event.schema_version), event.payload, command.meta.encode()]


def _many(command: Command) -> list[Value]:
    events, due, keys = command.events, command.due, command.text_keys
    return [
        *_head(command),
        array(UUID_TYPE, [event.id.bytes for event in events]),
        array(TEXT, [event.type.encode() for event in events]),
        array(INT4, [int4(event.schema_version) for event in events]),
        array(BYTES, [event.payload for event in events]),
        command.meta.encode(),
        array(TEXT, [timer.kind.encode() for timer in due]) if due else None,
        array(MOMENT, [None if timer.at is None else moment_in(timer.at) for timer in due]) if due else None,
        array(UUID_TYPE, [key.id.bytes for key in keys]) if keys else None,
        array(BYTES, [key.key for key in keys]) if keys else None,
    ]


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
