"""Reading the directory's rows for the interface: authorities and their keys, without secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from shared.facts.directory import AuthorityView
from shared.storage.directory import authority_view, stream_of


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """An authority as the directory has it."""

    id: str
    version: int
    state: str
    name: str
    role: str | None
    time_zone: str
    calendar: str | None
    member: bool
    languages: list[str]
    channels: list[str]
    declarations: Mapping[str, Any]
    contacts: Mapping[str, Any]
    hours: str | None
    phone: str | None
    registered_at: datetime
    updated_at: datetime


def authority_with_memberships(conn: Connection[Any], authority: str) -> AuthorityView | None:
    """What rules need to know of an authority, and, from its facts, since when it was a member or none."""
    view = authority_view(conn, authority)
    if view is None:
        return None
    told = conn.execute(
        """
        SELECT recorded_at, coalesce((convert_from(payload, 'UTF8')::jsonb ->> 'member')::boolean, true)
          FROM event
         WHERE stream = %(stream)s
           AND type IN ('AuthorityRegistered', 'AuthorityAmended')
         ORDER BY version
        """,
        {"stream": stream_of(authority)},
    ).fetchall()
    return replace(view, memberships=tuple((at, member) for at, member in told))


@dataclass(frozen=True, slots=True)
class KeyListed:
    """A key as an administrator sees it."""

    id: str
    role: str
    desk: str | None
    label: str | None
    officer: str | None
    issued_at: datetime
    revoked_at: datetime | None


def authorities(conn: Connection[Any], *, states: list[str] | None, member: bool | None, q: str | None, after: str | None, limit: int) -> list[AuthorityRow]:
    """The next *limit* authorities after the id *after*, by id."""
    with conn.cursor(row_factory=class_row(AuthorityRow)) as cur:
        cur.execute(
            """
            SELECT id, version, state, name, role, time_zone, calendar, member, languages, channels, declarations, contacts, hours, phone,
                   registered_at, updated_at
              FROM authority
             WHERE (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
               AND (%(member)s::boolean IS NULL OR member = %(member)s)
               AND (%(q)s::text IS NULL OR strpos(lower(name), lower(%(q)s)) > 0 OR strpos(id, lower(%(q)s)) > 0)
               AND (%(after)s::text IS NULL OR id > %(after)s)
             ORDER BY id
             LIMIT %(limit)s
            """,
            {"states": states, "member": member, "q": q, "after": after, "limit": limit},
        )
        return cur.fetchall()


def authority(conn: Connection[Any], authority_id: str) -> AuthorityRow | None:
    """One authority."""
    with conn.cursor(row_factory=class_row(AuthorityRow)) as cur:
        cur.execute(
            """
            SELECT id, version, state, name, role, time_zone, calendar, member, languages, channels, declarations, contacts, hours, phone,
                   registered_at, updated_at
              FROM authority
             WHERE id = %(id)s
            """,
            {"id": authority_id},
        )
        return cur.fetchone()


def names_of(conn: Connection[Any], authority_ids: list[str]) -> dict[str, str]:
    """Names of authorities by id."""
    rows = conn.execute(
        """
        SELECT id, name
          FROM authority
         WHERE id = ANY(%(ids)s)
        """,
        {"ids": authority_ids},
    ).fetchall()
    return dict(rows)


def keys(conn: Connection[Any], authority_id: str) -> list[KeyListed]:
    """The keys of an authority, the oldest first."""
    with conn.cursor(row_factory=class_row(KeyListed)) as cur:
        cur.execute(
            """
            SELECT id, role, desk, label, officer, issued_at, revoked_at
              FROM api_key
             WHERE authority = %(authority)s
             ORDER BY issued_at, id
            """,
            {"authority": authority_id},
        )
        return cur.fetchall()
