"""What the resources of one process share, and how a POST is made repeatable."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response
from psycopg import Connection

from services.notifications.channels.addresses import Network
from services.notifications.keys import WebhookKeys
from services.notifications.telling import Place
from shared.storage.directory import DirectoryReader
from shared.storage.idempotency import KeptAnswer, keep_answer, kept_answer
from shared.storage.pool import Pool
from shared.web.answers import json_answer, json_bytes
from shared.web.auth import caller
from shared.web.idempotency import REPLAYED, check_fingerprint, command_id, fingerprint, idempotency_key
from shared.web.paging import Cursors


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The outer ring of one process."""

    pool: Pool
    directory: DirectoryReader
    keys: WebhookKeys
    cursors: Cursors
    place: Place
    webhook_allow_private: bool = False
    webhook_own_ranges: tuple[Network, ...] = ()
    sandbox: bool = False
    owner_url: str = ""  # a sandbox only: what empties it


@dataclass(frozen=True, slots=True)
class Answer:
    """What a POST answers. ``body`` is kept for repetitions, so it never holds a secret; what is shown once is added on the way out."""

    body: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Dress = Callable[[dict[str, Any]], dict[str, Any]]


def plain(body: dict[str, Any]) -> dict[str, Any]:
    """Return *body* as it is."""
    return body


class _Repeated(Exception):
    """Another call with the same key was quicker."""


def repeatable(shell: Shell, perform: Callable[[Connection[Any]], Answer], dress: Dress = plain) -> Response:
    """Carry out a POST once for each Idempotency-Key of the caller; a repetition gets the first answer again."""
    id_, print_ = command_id(caller(), idempotency_key()), fingerprint()
    with shell.pool.connection() as conn:
        kept = kept_answer(conn, id_)
        if kept is None:
            try:
                with conn.transaction():
                    answer = perform(conn)
                    if not keep_answer(conn, id_, print_, status=answer.status, headers=answer.headers, body=json_bytes(answer.body)):
                        raise _Repeated
                return json_answer(dress(dict(answer.body)), answer.status, answer.headers)
            except _Repeated:
                kept = kept_answer(conn, id_)
                assert kept is not None, "a key that is taken has an answer"
        return replayed(kept, print_, dress)


def replayed(kept: KeptAnswer, print_: bytes, dress: Dress) -> Response:
    """Return the first answer again."""
    check_fingerprint(kept.fingerprint, print_)
    return json_answer(dress(json.loads(kept.body)), kept.status, {**kept.headers, **REPLAYED})
