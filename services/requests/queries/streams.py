"""What the request service reads of its log beside whole streams: tails, several streams at once, commands, keys of texts, claims of references."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from shared.storage.event_log import envelope
from shared.wire.envelope import Envelope

REQUESTS_TOPIC = "mla.requests"


def read_tail(conn: Connection[Any], stream: UUID, after_version: int) -> list[Envelope]:
    """The facts of a request after *after_version*, in order."""
    with conn.cursor(binary=True) as cur:
        cur.execute(
            """
            SELECT event_id, type, schema_version, stream, subject, version, topic, recorded_at, payload, meta
              FROM event
             WHERE stream = %(stream)s
               AND version > %(after_version)s
             ORDER BY version
            """,
            {"stream": stream, "after_version": after_version},
        )
        return [envelope(row) for row in cur]


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


def claim_reference(conn: Connection[Any], authority: str, reference: str, request: UUID) -> UUID | None:
    """The request that has *reference* of *authority* already; None once it belongs to *request*."""
    conn.execute(
        """
        INSERT INTO reference_claim (authority, reference, request)
        VALUES (%(authority)s, %(reference)s, %(request)s)
        ON CONFLICT (authority, reference) DO NOTHING
        """,
        {"authority": authority, "reference": reference, "request": request},
    )
    found = conn.execute(
        """
        SELECT request
          FROM reference_claim
         WHERE authority = %(authority)s
           AND reference = %(reference)s
        """,
        {"authority": authority, "reference": reference},
    ).fetchone()
    return None if found is None or found[0] == request else found[0]


def give_up_reference(conn: Connection[Any], authority: str, reference: str, request: UUID) -> None:
    """*request* no longer has *reference*; another may take it."""
    conn.execute(
        """
        DELETE FROM reference_claim
         WHERE authority = %(authority)s
           AND reference = %(reference)s
           AND request = %(request)s
        """,
        {"authority": authority, "reference": reference, "request": request},
    )


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
