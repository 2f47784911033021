"""Every SQL statement about uploaded registers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from services.requests.exchange.report import RowResult


@dataclass(frozen=True, slots=True)
class StoredImport:
    """An uploaded register, without its content."""

    id: UUID
    authority: str
    desk: str | None
    name: str
    fingerprint: bytes
    created_at: datetime
    state: str
    unused: list[str]
    rows: int
    done_row: int
    committed_at: datetime | None


def add_import(
    conn: Connection[Any],
    *,
    id: UUID,
    authority: str,
    key_id: str,
    role: str,
    desk: str | None,
    name: str,
    fingerprint: bytes,
    mapping: str | None,
    content: str,
    content_key: bytes,
    unused: list[str],
    rows: int,
) -> bool:
    """A register is stored; False when it was stored before."""
    done = conn.execute(
        """
        INSERT INTO import (id, authority, key_id, role, desk, name, fingerprint, state, mapping, content, content_key, unused, rows)
        VALUES (%(id)s, %(authority)s, %(key_id)s, %(role)s, %(desk)s, %(name)s, %(fingerprint)s, 'checked', %(mapping)s, %(content)s, %(content_key)s,
                %(unused)s, %(rows)s)
        ON CONFLICT (id) DO NOTHING
        """,
        {
            "id": id,
            "authority": authority,
            "key_id": key_id,
            "role": role,
            "desk": desk,
            "name": name,
            "fingerprint": fingerprint,
            "mapping": mapping,
            "content": content,
            "content_key": content_key,
            "unused": unused,
            "rows": rows,
        },
    )
    return done.rowcount == 1


def put_rows(conn: Connection[Any], id: UUID, results: Iterable[RowResult]) -> None:
    """What became of rows, in place of what was said of them before."""
    with conn.cursor() as cur:
        cur.executemany(
            """
            INSERT INTO import_row (import, row, outcome, reference, request, faults, remarks)
            VALUES (%(import)s, %(row)s, %(outcome)s, %(reference)s, %(request)s, %(faults)s, %(remarks)s)
            ON CONFLICT (import, row) DO UPDATE
               SET outcome = excluded.outcome,
                   request = excluded.request,
                   faults = excluded.faults,
                   remarks = excluded.remarks
            """,
            [
                {
                    "import": id,
                    "row": result.row,
                    "outcome": result.outcome,
                    "reference": result.reference,
                    "request": result.request,
                    "faults": Jsonb(result.as_json()["faults"]),
                    "remarks": list(result.remarks),
                }
                for result in results
            ],
        )


def stored_import(conn: Connection[Any], id: UUID, authority: str) -> StoredImport | None:
    """The register with this id, when it is one of *authority*."""
    with conn.cursor(row_factory=class_row(StoredImport)) as cur:
        cur.execute(
            """
            SELECT id, authority, desk, name, fingerprint, created_at, state, unused, rows, done_row, committed_at
              FROM import
             WHERE id = %(id)s
               AND authority = %(authority)s
            """,
            {"id": id, "authority": authority},
        )
        return cur.fetchone()


def imports_of(conn: Connection[Any], authority: str, before: datetime | None, limit: int) -> list[StoredImport]:
    """Registers of *authority* stored before a moment, newest first."""
    with conn.cursor(row_factory=class_row(StoredImport)) as cur:
        cur.execute(
            """
            SELECT id, authority, desk, name, fingerprint, created_at, state, unused, rows, done_row, committed_at
              FROM import
             WHERE authority = %(authority)s
               AND created_at < coalesce(%(before)s::timestamptz, 'infinity')
             ORDER BY created_at DESC, id
             LIMIT %(limit)s
            """,
            {"authority": authority, "before": before, "limit": limit},
        )
        return cur.fetchall()


def numbers(conn: Connection[Any], id: UUID) -> dict[str, int]:
    """Rows by outcome."""
    rows = conn.execute(
        """
        SELECT outcome, count(*)
          FROM import_row
         WHERE import = %(id)s
         GROUP BY outcome
         ORDER BY outcome
        """,
        {"id": id},
    ).fetchall()
    return dict(rows)


def rows_of(conn: Connection[Any], id: UUID, outcome: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """Rows after a number, in order; of one outcome when it is named."""
    with conn.cursor(row_factory=dict_row) as cur:
        cur.execute(
            """
            SELECT row, outcome, reference, request::text AS request, faults, remarks
              FROM import_row
             WHERE import = %(id)s
               AND row > %(after)s
               AND (%(outcome)s::text IS NULL OR outcome = %(outcome)s)
             ORDER BY row
             LIMIT %(limit)s
            """,
            {"id": id, "outcome": outcome, "after": after, "limit": limit},
        )
        return cur.fetchall()


def claim(conn: Connection[Any], id: UUID, lease: timedelta) -> bool:
    """Whether the register is now this caller's to work on, for as long as the lease; False when another call is at it."""
    done = conn.execute(
        """
        UPDATE import
           SET claimed_until = clock_timestamp() + %(lease)s,
               state = 'committing'
         WHERE id = %(id)s
           AND state <> 'committed'
           AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
        """,
        {"id": id, "lease": lease},
    )
    return done.rowcount == 1


def content(conn: Connection[Any], id: UUID) -> tuple[str, bytes, str | None]:
    """The sealed file, its wrapped key, and the mapping."""
    row = conn.execute(
        """
        SELECT content, content_key, mapping
          FROM import
         WHERE id = %(id)s
           AND content IS NOT NULL
        """,
        {"id": id},
    ).fetchone()
    if row is None:
        raise LookupError(f"the file of the import {id} is gone")
    return row[0], row[1], row[2]


def advance(conn: Connection[Any], id: UUID, done_row: int, lease: timedelta) -> None:
    """Rows up to *done_row* are done; the work goes on."""
    conn.execute(
        """
        UPDATE import
           SET done_row = %(done_row)s,
               claimed_until = clock_timestamp() + %(lease)s
         WHERE id = %(id)s
        """,
        {"id": id, "done_row": done_row, "lease": lease},
    )


def release(conn: Connection[Any], id: UUID) -> None:
    """Another call may go on."""
    conn.execute("UPDATE import SET claimed_until = NULL WHERE id = %(id)s", {"id": id})


def finish(conn: Connection[Any], id: UUID) -> None:
    """Every row is done; the file is erased."""
    conn.execute(
        """
        UPDATE import
           SET state = 'committed',
               committed_at = clock_timestamp(),
               claimed_until = NULL,
               content = NULL,
               content_key = NULL
         WHERE id = %(id)s
        """,
        {"id": id},
    )


def erase_old_files(conn: Connection[Any], kept: timedelta) -> int:
    """How many files were never committed and are older than *kept*; they are erased, with what was said of them."""
    done = conn.execute(
        """
        DELETE FROM import
         WHERE state = 'checked'
           AND created_at < clock_timestamp() - %(kept)s
        """,
        {"kept": kept},
    )
    return done.rowcount
