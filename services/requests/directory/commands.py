"""Authorities and keys as commands: each appends facts of `mla.directory` and, in the same transaction, brings this service's own copy up to date.

So the directory works with Kafka absent; the other services follow the topic.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.requests.queries import directory as rows
from services.requests.queries.streams import done_command
from services.requests.shell import Shell
from shared.facts.base import Fact
from shared.facts.directory import AuthorityAmended, AuthorityRegistered, KeyIssued, KeyRevoked
from shared.facts.identifiers import uuid7
from shared.storage.directory import DIRECTORY_TOPIC, KEY_PREFIX, apply_directory, key_hash, stream_of
from shared.storage.errors import TemporarilyUnavailable
from shared.storage.event_log import CONFLICT, OK, NewEvent, append, meta
from shared.storage.idempotency import keep_answer, kept_answer
from shared.wire.codec import encode
from shared.wire.envelope import Envelope

TRIES = 5


class DirectoryRefusal(Exception):
    """The directory does not take the command. `code` as in the table of problems, `pointer` to the member to blame."""

    def __init__(self, code: str, detail: str, pointer: str = "", **parameters: Any) -> None:
        super().__init__(detail)
        self.code, self.detail, self.pointer, self.parameters = code, detail, pointer, parameters


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks for a change of the directory, and under which command."""

    by: str
    command_id: UUID
    fingerprint: bytes
    traceparent: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of it: the stream's version after it."""

    version: int
    replayed: bool


class _Conflict(Exception):
    """Somebody else changed the authority in between."""


def register_authority(shell: Shell, order: Order, described: Mapping[str, Any]) -> Changed:
    """A new authority is in the directory."""

    def decide(conn: Connection[Any], now: datetime) -> tuple[int, Fact]:
        if rows.authority(conn, described["id"]) is not None:
            raise DirectoryRefusal("validation_failed", "an authority has this id already", "/id")
        return 0, AuthorityRegistered(occurred_at=now, by=order.by, **described)

    return _change(shell, order, described["id"], decide)


def amend_authority(shell: Shell, order: Order, authority_id: str, changes: Mapping[str, Any], expected: int) -> Changed:
    """The authority is described anew: as it was, with *changes*. Refused when its version is not *expected* any more."""

    def decide(conn: Connection[Any], now: datetime) -> tuple[int, Fact]:
        known = _known(conn, authority_id)
        if known.version != expected:
            raise DirectoryRefusal("stale_version", "the authority was changed in between", current_version=known.version)
        before: dict[str, Any] = {name: getattr(known, name) for name in DESCRIBED}
        after: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in {**before, **changes}.items()}
        return known.version, AuthorityAmended(occurred_at=now, by=order.by, **after)

    return _change(shell, order, authority_id, decide)


DESCRIBED = ("id", "name", "state", "role", "time_zone", "calendar", "member", "languages", "channels", "declarations", "contacts", "hours", "phone")


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. *key* is the whole of it; nobody can read it again."""

    id: str
    key: str
    replayed: bool


def issue_key(shell: Shell, order: Order, authority_id: str, *, role: str, desk: str | None, label: str | None, officer: str | None = None) -> IssuedKey:
    """The authority has a further key. Asked again under the same command within seven days, the same key is told again.

    With *officer*, a reference, it is the key of one person: what is assigned to that officer is open to it on whatever desk it lies.
    The secret is drawn from a nonce that is kept as long as answers are; after that nothing can bring it back.
    """
    nonce = secrets.token_bytes(32)
    key_id = hashlib.sha256(order.command_id.bytes).hexdigest()[:16]
    secret = _secret(shell, nonce)

    def decide(conn: Connection[Any], now: datetime) -> tuple[int, Fact]:
        known = _known(conn, authority_id)
        if not known.member:
            raise DirectoryRefusal("not_allowed", "an authority that is no member gets no key", authority=authority_id)
        keep_answer(conn, order.command_id, order.fingerprint, status=201, headers={}, body=nonce)
        hashed = key_hash(shell.api_key_secret, secret)
        return known.version, KeyIssued(
            occurred_at=now, by=order.by, key=key_id, authority=authority_id, hash=hashed, role=role, desk=desk, label=label, officer=officer
        )

    done = _change(shell, order, authority_id, decide)
    if done.replayed:
        with shell.pool.connection() as conn:
            kept = kept_answer(conn, order.command_id)
        secret = _secret(shell, kept.body) if kept else ""
    return IssuedKey(key_id, f"{KEY_PREFIX}_{key_id}_{secret}" if secret else "", done.replayed)


def revoke_key(shell: Shell, order: Order, authority_id: str, key_id: str) -> Changed:
    """The key opens nothing any more."""

    def decide(conn: Connection[Any], now: datetime) -> tuple[int, Fact]:
        known = _known(conn, authority_id)
        if not any(key.id == key_id and key.revoked_at is None for key in rows.keys(conn, authority_id)):
            raise DirectoryRefusal("not_found", "there is no such key")
        return known.version, KeyRevoked(occurred_at=now, by=order.by, key=key_id, authority=authority_id)

    return _change(shell, order, authority_id, decide)


def _secret(shell: Shell, nonce: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(shell.api_key_secret.encode(), b"api key\0" + nonce, hashlib.sha256)).rstrip(b"=").decode()


def _known(conn: Connection[Any], authority_id: str) -> rows.AuthorityRow:
    known = rows.authority(conn, authority_id)
    if known is None:
        raise DirectoryRefusal("not_found", "the directory does not know this authority")
    return known


def _change(shell: Shell, order: Order, authority_id: str, decide: Any) -> Changed:
    """Decide and append, anew when somebody else was faster; a command that was carried out before is told as it was."""
    for _ in range(TRIES):
        try:
            with shell.pool.connection() as conn:
                before = done_command(conn, order.command_id)
                if before is not None:
                    return _replayed(before.fingerprint, order, before.last_version)
                with conn.transaction():
                    changed = _append(shell, conn, order, authority_id, decide)
            shell.directory.forget()
            return changed
        except _Conflict:
            continue
    raise TemporarilyUnavailable("the authority is being changed by others")


def _append(shell: Shell, conn: Connection[Any], order: Order, authority_id: str, decide: Any) -> Changed:
    now = shell.now(conn)
    expected, fact = decide(conn, now)
    event = NewEvent(uuid7(now), type(fact).__name__, type(fact).schema_version, encode(fact))
    stream = stream_of(authority_id)
    done = append(
        conn,
        command_id=order.command_id,
        fingerprint=order.fingerprint,
        topic=DIRECTORY_TOPIC,
        stream=stream,
        subject=authority_id,
        expected=expected,
        events=[event],
        meta=meta(correlation_id=order.correlation_id, traceparent=order.traceparent),
    )
    if done.outcome == CONFLICT:
        raise _Conflict
    if done.outcome != OK:
        raise _Conflict  # the same command at the same time: the next round finds it
    assert done.recorded_at is not None
    assert done.last is not None
    stored = Envelope(str(event.id), event.type, event.schema_version, str(stream), authority_id, done.last, DIRECTORY_TOPIC, done.recorded_at, event.payload)
    apply_directory(conn, [stored])
    return Changed(done.last, False)


def _replayed(stored: bytes, order: Order, version: int) -> Changed:
    if stored != order.fingerprint:
        raise DirectoryRefusal("idempotency_key_reused", "the same Idempotency-Key came with another method, path or body")
    return Changed(version, True)
