"""The rows brought up to the log, without Kafka in between: what the relay and the consumer would bring, in batches."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from services.requests.projector import RequestRows
from shared.storage.feed import feed_page
from shared.wire.envelope import Envelope
from tests.services.requests.calling import Service

SECRET = b"feed of the tests, not a secret"


def all_facts(conn: Connection[Any], topic: str = "mla.requests") -> list[Envelope]:
    """Every fact of *topic*, in an order in which Kafka might bring them."""
    found: list[Envelope] = []
    cursor: str | None = None
    while True:
        page, cursor = feed_page(conn, cursor, 200, secret=SECRET, topic=topic)
        found += page
        if len(page) < 200:
            return found


def follow(service: Service, conn: Connection[Any], projection: RequestRows | None = None, batch: int = 50) -> RequestRows:
    """The rows know every fact of the log; what they have already is left out, as the consumer does."""
    rows = projection or RequestRows(service.shell.clockwork)
    facts = all_facts(conn)
    for start in range(0, len(facts), batch):
        piece = facts[start : start + batch]
        with conn.transaction():
            known = rows.known(conn, [each.stream for each in piece])
            fresh = [each for each in piece if each.version > known.get(each.stream, 0)]
            if fresh:
                rows.apply(conn, fresh)
    return rows
