"""The first answer of a call that appends nothing, kept with its effect and given again when the call is repeated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer that a call got the first time."""

    fingerprint: bytes
    status: int
    headers: dict[str, str]
    body: bytes


def kept_answer(conn: Connection[Any], command_id: UUID) -> KeptAnswer | None:
    """The first answer of the command, when it had one."""
    with conn.cursor(row_factory=class_row(KeptAnswer)) as cur:
        cur.execute(
            """
            SELECT fingerprint, status, headers, body
              FROM idempotency
             WHERE command_id = %(command_id)s
            """,
            {"command_id": command_id},
        )
        return cur.fetchone()


def keep_answer(conn: Connection[Any], command_id: UUID, fingerprint: bytes, *, status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Keep the answer, in the transaction of its effect. False when the command is known already: roll back and give the kept one.

    A second call with the same key waits here until the first one's transaction has ended.
    """
    done = conn.execute(
        """
        INSERT INTO idempotency (command_id, fingerprint, status, headers, body)
        VALUES (%(command_id)s, %(fingerprint)s, %(status)s, %(headers)s, %(body)s)
        ON CONFLICT (command_id) DO NOTHING
        """,
        {"command_id": command_id, "fingerprint": fingerprint, "status": status, "headers": Jsonb(dict(headers)), "body": body},
    )
    return done.rowcount == 1


def forget_old_answers(conn: Connection[Any], kept: timedelta = KEPT) -> int:
    """How many answers were older than *kept*; they are gone."""
    done = conn.execute(
        """
        DELETE FROM idempotency
         WHERE recorded_at < clock_timestamp() - %(kept)s
        """,
        {"kept": kept},
    )
    return done.rowcount
