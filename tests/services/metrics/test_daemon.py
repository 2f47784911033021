"""The projection as a process, fed by the relay of a real log over a real broker, up to the watermark."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from services.metrics import queries
from services.metrics.projector import FOLLOWED, REBUILT, TOPICS
from shared.messaging.consumer import run_projections
from shared.messaging.relay import run_relay
from shared.messaging.topics import declare_topics
from shared.storage.directory import key_hash
from shared.storage.event_log import NewEvent, append, meta
from shared.storage.pool import connect, open_pool
from shared.wire.envelope import Envelope
from shared.wire.topics import topics_of
from tests.fixtures.kafka import OwnBroker
from tests.fixtures.postgres import FreshDatabase, ScratchDatabase
from tests.services.metrics.envelopes import API_KEY_SECRET, SECRET_OF_KEY, envelopes, given_lines, headers, key_id, of_directory
from tests.waiting import until

ARRIVAL_SECONDS = 60


@contextmanager
def running(*work: Any) -> Iterator[None]:
    """Daemons in threads, stopped at the end."""
    stop = threading.Event()
    threads = [threading.Thread(target=one, args=(stop,), daemon=True) for one in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def logged(conn: Connection[Any], facts: list[Envelope]) -> None:
    """Append facts to the log of requests, all of a stream at once."""
    events = [NewEvent(uuid4(), fact.type, fact.schema_version, fact.value) for fact in facts]
    first = facts[0]
    done = append(
        conn, command_id=uuid4(), fingerprint=b"x", topic=first.topic, stream=UUID(first.stream), subject=first.subject, expected=0, events=events, meta=meta()
    )
    assert done.outcome == "ok"


def member(authority: str) -> list[Envelope]:
    """What the directory says of a member and of its key."""
    said = {
        "occurred_at": "2020-01-01T00:00:00Z",
        "by": authority,
        "id": authority,
        "name": authority,
        "state": "DE",
        "time_zone": "Europe/Berlin",
        "member": True,
    }
    key = {"key": key_id(authority, "head"), "authority": authority, "hash": key_hash(API_KEY_SECRET, SECRET_OF_KEY), "role": "head"}
    issued = {"occurred_at": "2020-01-01T00:00:00Z", "by": authority, **key}
    return [of_directory(authority, 1, "AuthorityRegistered", said), of_directory(authority, 2, "KeyIssued", issued)]


def test_what_is_logged_is_in_the_figures_once_the_watermark_has_passed_it(
    client: Any, conn: Connection[Any], database: ScratchDatabase, fresh_database: FreshDatabase, own_broker: OwnBroker
) -> None:
    bootstrap, requests, notifications = own_broker().bootstrap, fresh_database("requests"), fresh_database("notifications")
    declare_topics(bootstrap)
    with connect(requests.app, "test") as log:
        logged(log, member("de-central"))
        for line in given_lines():
            logged(log, envelopes(line))
    with connect(notifications.app, "test") as log:
        for levels in filter(None, (envelopes(line, escalations=True) for line in given_lines())):
            logged(log, levels)
    pool = open_pool(database.app, name="test", max_size=4)
    with (
        pool,
        running(
            lambda stop: run_relay(requests.app, bootstrap, stop, topics_of("requests")),
            lambda stop: run_relay(notifications.app, bootstrap, stop, topics_of("notifications")),
            lambda stop: run_projections(pool, bootstrap, "metrics", list(FOLLOWED), stop),
        ),
    ):
        began_at = datetime.now(UTC)
        until(lambda: watermark_of(conn) > began_at, ARRIVAL_SECONDS, "the watermark passes the facts")
        known, escalated = counted(client)
        with conn.transaction():
            queries.begin_anew(conn, REBUILT)
        until(lambda: watermark_of(conn) > began_at, ARRIVAL_SECONDS, "the rows are filled again")

        assert known > 20
        assert escalated == {"1": 1, "2": 1, "3": 1, "4": 1}
        assert counted(client) == (known, escalated)


def watermark_of(conn: Connection[Any]) -> datetime:
    """The earliest watermark of all topics; long ago while one has none."""
    found = dict(queries.watermarks(conn, TOPICS))
    return min(found.values()) if len(found) == len(TOPICS) else datetime(2000, 1, 1, tzinfo=UTC)


def counted(client: Any) -> tuple[int, dict[str, int]]:
    """How many requests of the given set came in or went out in 2025, and the escalations of those that went out."""
    answer = client.get("/v1/figures", query_string={"from": "2025-01-01", "to": "2026-01-01"}, headers=headers("de-central"))
    assert answer.status_code == 200, answer.json
    totals = [group for group in answer.json["groups"] if group["kind"] is None]
    return sum(group["account"]["new"] for group in totals), totals[-1]["escalations"]
