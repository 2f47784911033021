"""Rows of authorities' own ladders, and of calendar addresses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb


def ladder_setting(conn: Connection[Any], authority: str) -> tuple[int, dict[str, Any]] | None:
    """Version and document of what *authority* has set; None when it has set nothing."""
    row: tuple[int, dict[str, Any]] | None = conn.execute(
        """
        SELECT version, document
          FROM ladder_setting
         WHERE authority = %(authority)s
        """,
        {"authority": authority},
    ).fetchone()
    return row


def ladder_settings(conn: Connection[Any], authorities: Collection[str]) -> dict[str, dict[str, Any]]:
    """The documents of those of *authorities* that have set something."""
    rows = conn.execute(
        """
        SELECT authority, document
          FROM ladder_setting
         WHERE authority = ANY(%(authorities)s)
        """,
        {"authorities": list(authorities)},
    ).fetchall()
    return dict(rows)


def set_ladder(conn: Connection[Any], authority: str, document: dict[str, Any], *, expected: int, by: str, now: datetime) -> int | None:
    """Write the document in the place of version *expected* (0: none); return the new version, or None when the present one is another."""
    row = conn.execute(
        """
        INSERT INTO ladder_setting (authority, version, document, updated_at, updated_by)
        SELECT %(authority)s, 1, %(document)s, %(now)s, %(by)s
         WHERE %(expected)s = 0
            OR EXISTS (SELECT FROM ladder_setting WHERE authority = %(authority)s)
        ON CONFLICT (authority) DO UPDATE
           SET version = ladder_setting.version + 1,
               document = EXCLUDED.document,
               updated_at = EXCLUDED.updated_at,
               updated_by = EXCLUDED.updated_by
         WHERE ladder_setting.version = %(expected)s
        RETURNING version
        """,
        {"authority": authority, "document": Jsonb(document), "expected": expected, "by": by, "now": now},
    ).fetchone()
    return row[0] if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One calendar address, without its secret."""

    id: UUID
    authority: str
    desk: str | None
    created_at: datetime
    created_by: str


def insert_feed(conn: Connection[Any], feed: Feed, token_hash: str) -> None:
    """Write a new address."""
    conn.execute(
        """
        INSERT INTO calendar_feed (id, authority, desk, token_hash, created_at, created_by)
        VALUES (%(id)s, %(authority)s, %(desk)s, %(token_hash)s, %(created_at)s, %(created_by)s)
        """,
        {name: getattr(feed, name) for name in Feed.__slots__} | {"token_hash": token_hash},
    )


def feed_by_token(conn: Connection[Any], token_hash: str) -> Feed | None:
    """The address with that secret, unless it is revoked."""
    with conn.cursor(row_factory=class_row(Feed)) as cur:
        cur.execute(
            """
            SELECT id, authority, desk, created_at, created_by
              FROM calendar_feed
             WHERE token_hash = %(token_hash)s
               AND revoked_at IS NULL
            """,
            {"token_hash": token_hash},
        )
        return cur.fetchone()


def feeds_of(conn: Connection[Any], authority: str) -> list[Feed]:
    """The addresses of *authority* that are not revoked."""
    with conn.cursor(row_factory=class_row(Feed)) as cur:
        cur.execute(
            """
            SELECT id, authority, desk, created_at, created_by
              FROM calendar_feed
             WHERE authority = %(authority)s
               AND revoked_at IS NULL
             ORDER BY created_at, id
             LIMIT 200
            """,
            {"authority": authority},
        )
        return cur.fetchall()


def revoke_feed(conn: Connection[Any], id_: UUID, authority: str, now: datetime) -> bool:
    """The address answers no more; False when there is none."""
    done = conn.execute(
        """
        UPDATE calendar_feed
           SET revoked_at = %(now)s
         WHERE id = %(id)s
           AND authority = %(authority)s
           AND revoked_at IS NULL
        """,
        {"id": id_, "authority": authority, "now": now},
    )
    return done.rowcount == 1
