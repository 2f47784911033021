"""A service's copy of the directory: who may call, and what is known of each authority."""

import hmac
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from shared.facts.directory import AuthorityView
from shared.facts.identifiers import AUTHORITIES, caused
from shared.wire.envelope import Envelope

DIRECTORY_TOPIC = "mla.directory"
CACHE_SECONDS = 2.0
CACHED_ENTRIES = 20_000
KEY_PREFIX = "rog"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a key of an authority, for a role and perhaps a desk, perhaps that of one officer (a reference)."""

    key_id: str
    authority: str
    role: str
    desk: str | None
    label: str | None = None
    officer: str | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One API key as stored."""

    id: str
    authority: str
    hash: str
    role: str
    desk: str | None
    label: str | None
    officer: str | None


def stream_of(authority: str) -> UUID:
    """Id of the stream that tells everything about *authority*."""
    return caused(AUTHORITIES, authority)


def key_hash(api_key_secret: str, secret: str) -> str:
    """What is stored of a key's secret."""
    return hmac.digest(api_key_secret.encode(), secret.encode(), "sha256").hex()


# --- projection -----------------------------------------------------------------------------------------------------


def known_versions(conn: Connection[Any], streams: Sequence[str]) -> dict[str, int]:
    """Last version of each of *streams* that the copy has."""
    rows = conn.execute(
        """
        SELECT stream::text, version
          FROM authority
         WHERE stream = ANY(%(streams)s::uuid[])
        """,
        {"streams": list(streams)},
    ).fetchall()
    return dict(rows)


def apply_directory(conn: Connection[Any], envelopes: Iterable[Envelope]) -> None:
    """Take facts of `mla.directory` over, streams in order. What the copy already has changes nothing."""
    for envelope in envelopes:
        _WRITERS[envelope.type](conn, envelope, json.loads(envelope.value))


def _describe(conn: Connection[Any], envelope: Envelope, fact: Mapping[str, Any]) -> None:
    """Registered and amended alike describe the authority in full."""
    values = {
        "stream": envelope.stream,
        "version": envelope.version,
        "at": envelope.recorded_at,
        **{name: fact.get(name) for name in ("id", "state", "name", "role", "calendar", "hours", "phone")},
        "time_zone": fact.get("time_zone") or "UTC",
        "member": fact.get("member", True),
        "languages": list(fact.get("languages", ())),
        "channels": list(fact.get("channels", ())),
        "declarations": Jsonb(fact.get("declarations") or {}),
        "contacts": Jsonb(fact.get("contacts") or {}),
    }
    conn.execute(
        """
        INSERT INTO authority (id, stream, version, state, name, role, time_zone, calendar, member, languages, channels,
                               declarations, contacts, hours, phone, registered_at, updated_at)
        VALUES (%(id)s, %(stream)s, %(version)s, %(state)s, %(name)s, %(role)s, %(time_zone)s, %(calendar)s, %(member)s, %(languages)s, %(channels)s,
                %(declarations)s, %(contacts)s, %(hours)s, %(phone)s, %(at)s, %(at)s)
        ON CONFLICT (id) DO UPDATE
           SET version = excluded.version, state = excluded.state, name = excluded.name, role = excluded.role, time_zone = excluded.time_zone,
               calendar = excluded.calendar, member = excluded.member, languages = excluded.languages, channels = excluded.channels,
               declarations = excluded.declarations, contacts = excluded.contacts, hours = excluded.hours, phone = excluded.phone,
               updated_at = excluded.updated_at
         WHERE authority.version < excluded.version
        """,
        values,
    )


def _issue_key(conn: Connection[Any], envelope: Envelope, fact: Mapping[str, Any]) -> None:
    values = {
        "id": fact["key"],
        "authority": envelope.subject,
        "hash": fact["hash"],
        "role": fact["role"],
        "desk": fact.get("desk"),
        "label": fact.get("label"),
        "officer": fact.get("officer"),
        "at": envelope.recorded_at,
    }
    conn.execute(
        """
        INSERT INTO api_key (id, authority, hash, role, desk, label, officer, issued_at)
        VALUES (%(id)s, %(authority)s, %(hash)s, %(role)s, %(desk)s, %(label)s, %(officer)s, %(at)s)
        ON CONFLICT (id) DO NOTHING
        """,
        values,
    )
    _reach(conn, envelope)


def _revoke_key(conn: Connection[Any], envelope: Envelope, fact: Mapping[str, Any]) -> None:
    conn.execute(
        """
        UPDATE api_key
           SET revoked_at = %(at)s
         WHERE id = %(id)s
           AND revoked_at IS NULL
        """,
        {"id": fact["key"], "at": envelope.recorded_at},
    )
    _reach(conn, envelope)


def _reach(conn: Connection[Any], envelope: Envelope) -> None:
    conn.execute(
        """
        UPDATE authority
           SET version = %(version)s
         WHERE stream = %(stream)s
           AND version < %(version)s
        """,
        {"stream": envelope.stream, "version": envelope.version},
    )


_WRITERS: Mapping[str, Callable[[Connection[Any], Envelope, Mapping[str, Any]], None]] = {
    "AuthorityRegistered": _describe,
    "AuthorityAmended": _describe,
    "KeyIssued": _issue_key,
    "KeyRevoked": _revoke_key,
}


# --- reading --------------------------------------------------------------------------------------------------------


class _Cache(Generic[T]):
    """Values of the last two seconds. What is not there is never remembered as absent: a new key works at once."""

    def __init__(self, now: Callable[[], float], seconds: float) -> None:
        self._now, self._seconds = now, seconds
        self._entries: dict[str, tuple[float, T]] = {}
        self._lock = threading.Lock()

    def get(self, name: str, read: Callable[[str], T | None]) -> T | None:
        kept = self._entries.get(name)
        now = self._now()
        if kept is not None and kept[0] > now:
            return kept[1]
        found = read(name)
        with self._lock:
            if len(self._entries) >= CACHED_ENTRIES:
                self._entries.clear()
            if found is None:
                self._entries.pop(name, None)
            else:
                self._entries[name] = (now + self._seconds, found)
        return found

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


class DirectoryReader:
    """Looks callers and authorities up; what it gives is at most two seconds old, or read each time when nothing is *kept* (a sandbox).

    A secret that was proven is not proven again while the same reading of its key is kept: the keyed hash takes longer than all the rest.

    Args:
        read: reads an authority with more than the copy has of it.
    """

    def __init__(
        self,
        pool: ConnectionPool[Any],
        api_key_secret: str,
        now: Callable[[], float] = time.monotonic,
        *,
        kept: bool = True,
        read: Callable[[Connection[Any], str], AuthorityView | None] | None = None,
    ) -> None:
        self._pool = pool
        self._secret, self._view = api_key_secret, read or authority_view
        seconds = CACHE_SECONDS if kept else 0.0
        self._keys: _Cache[KeyRow] = _Cache(now, seconds)
        self._authorities: _Cache[AuthorityView] = _Cache(now, seconds)
        self._proven: dict[str, tuple[KeyRow, bytes, Caller]] = {}

    def caller(self, bearer: str) -> Caller | None:
        """Who holds the key *bearer*; None when it is unknown or revoked."""
        prefix, _, rest = bearer.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != KEY_PREFIX or not key_id or not secret or len(bearer) > 200:
            return None
        row = self._keys.get(key_id, self._read_key)
        if row is None:
            return None
        shown, proven = sha256(secret.encode()).digest(), self._proven.get(key_id)
        if proven is not None and proven[0] is row and hmac.compare_digest(proven[1], shown):
            return proven[2]
        if not hmac.compare_digest(row.hash, key_hash(self._secret, secret)):
            return None
        known = Caller(row.id, row.authority, row.role, row.desk, row.label, row.officer)
        self._proven[key_id] = (row, shown, known)
        return known

    def authority(self, authority_id: str) -> AuthorityView | None:
        """What is known of an authority; None when it is not in the directory."""
        return self._authorities.get(authority_id, self._read_authority)

    def forget(self) -> None:
        """Read everything anew: this process has just changed the directory."""
        self._keys.clear()
        self._authorities.clear()
        self._proven.clear()

    def _read_key(self, key_id: str) -> KeyRow | None:
        with self._pool.connection() as conn:
            return live_key(conn, key_id)

    def _read_authority(self, authority_id: str) -> AuthorityView | None:
        with self._pool.connection() as conn:
            return self._view(conn, authority_id)


def live_key(conn: Connection[Any], key_id: str) -> KeyRow | None:
    """The key that goes by *key_id*, unless it is revoked."""
    with conn.cursor(row_factory=class_row(KeyRow)) as cur:
        cur.execute(
            """
            SELECT id, authority, hash, role, desk, label, officer
              FROM api_key
             WHERE id = %(id)s
               AND revoked_at IS NULL
            """,
            {"id": key_id},
        )
        return cur.fetchone()


def authority_view(conn: Connection[Any], authority_id: str) -> AuthorityView | None:
    """What rules need to know of an authority."""
    with conn.cursor(row_factory=dict_row) as cur:
        cur.execute(
            """
            SELECT id, state, name, role, time_zone, member, declarations
              FROM authority
             WHERE id = %(id)s
            """,
            {"id": authority_id},
        )
        row = cur.fetchone()
    return None if row is None else AuthorityView(**row)
