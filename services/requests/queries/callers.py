"""What callers have set for themselves: settings, saved views."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True)
class CallerSetting:
    """Settings of one caller, and the feed's cursor up to which it has seen the news."""

    settings: dict[str, Any]
    news_seen: str | None


@dataclass(frozen=True, slots=True)
class SavedView:
    """Filters under a name; shared ones are seen by the whole desk."""

    id: UUID
    name: str
    filters: dict[str, Any]
    shared: bool
    own: bool


def settings_of(conn: Connection[Any], key_id: str) -> CallerSetting | None:
    """What the caller has set."""
    with conn.cursor(row_factory=class_row(CallerSetting)) as cur:
        cur.execute(
            """
            SELECT settings, news_seen
              FROM caller_setting
             WHERE key_id = %(key_id)s
            """,
            {"key_id": key_id},
        )
        return cur.fetchone()


def set_settings(conn: Connection[Any], key_id: str, authority: str, settings: dict[str, Any], news_seen: str | None, now: datetime) -> None:
    """The caller's settings are these."""
    conn.execute(
        """
        INSERT INTO caller_setting (key_id, authority, settings, news_seen, updated_at)
        VALUES (%(key_id)s, %(authority)s, %(settings)s, %(news_seen)s, %(now)s)
        ON CONFLICT (key_id) DO UPDATE
           SET settings = excluded.settings, news_seen = excluded.news_seen, updated_at = excluded.updated_at
        """,
        {"key_id": key_id, "authority": authority, "settings": Jsonb(settings), "news_seen": news_seen, "now": now},
    )


def views_of(conn: Connection[Any], key_id: str, authority: str, desk: str | None) -> list[SavedView]:
    """The caller's own views in their order, then those that others share with its desk."""
    with conn.cursor(row_factory=class_row(SavedView)) as cur:
        cur.execute(
            """
            SELECT id, name, filters, shared, key_id = %(key_id)s AS own
              FROM saved_view
             WHERE authority = %(authority)s
               AND (key_id = %(key_id)s OR (shared AND desk IS NOT DISTINCT FROM %(desk)s::text))
             ORDER BY key_id <> %(key_id)s, place, name, id
            """,
            {"key_id": key_id, "authority": authority, "desk": desk},
        )
        return cur.fetchall()


def set_views(conn: Connection[Any], key_id: str, authority: str, desk: str | None, views: Sequence[SavedView]) -> None:
    """The caller's own views are these."""
    conn.execute(
        """
        DELETE FROM saved_view
         WHERE key_id = %(key_id)s
        """,
        {"key_id": key_id},
    )
    for place, view in enumerate(views):
        conn.execute(
            """
            INSERT INTO saved_view (id, authority, desk, key_id, place, name, filters, shared)
            VALUES (%(id)s, %(authority)s, %(desk)s, %(key_id)s, %(place)s, %(name)s, %(filters)s, %(shared)s)
            """,
            {
                "id": view.id,
                "authority": authority,
                "desk": desk,
                "key_id": key_id,
                "place": place,
                "name": view.name,
                "filters": Jsonb(view.filters),
                "shared": view.shared,
            },
        )
