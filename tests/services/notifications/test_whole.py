"""The whole service on a real broker: facts in, messages and escalations out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.notifications.projector import DirectoryFollower, RequestFollower
from services.notifications.timers import run_timers
from services.notifications.warning import Warnings
from shared.calendars.national import Calendars
from shared.messaging.consumer import run_projections
from shared.messaging.relay import run_relay
from shared.messaging.topics import declare_topics
from shared.storage.event_log import NewEvent, append, meta
from shared.storage.pool import Pool, connect
from shared.wire.topics import topics_of
from tests.fixtures.kafka import OwnBroker
from tests.fixtures.postgres import FreshDatabase, ScratchDatabase
from tests.services.notifications.builders import PLACE, R, Stream, acknowledged, clock_started, drafted, new_id, reached, rows, sent, subscribed
from tests.waiting import until


@contextmanager
def running(work: Any, *arguments: Any, **more: Any) -> Iterator[None]:
    """*work* in a thread, until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=lambda: work(*arguments, stop=stop, **more), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


def recorded(dsn: str, stream: Stream) -> None:
    """The facts of *stream* stand in the log of requests."""
    with connect(dsn, "test") as log:
        done = append(
            log,
            command_id=new_id(),
            fingerprint=b"",
            topic="mla.requests",
            stream=UUID(stream.id),
            subject=stream.id,
            expected=0,
            events=[NewEvent(UUID(each.id), each.type, each.schema_version, each.value) for each in stream.envelopes],
            meta=meta(),
        )
    assert done.outcome == "ok"


def test_a_fact_in_the_log_of_requests_becomes_a_delivery_and_a_level_a_fact_on_its_topic(
    own_broker: OwnBroker, fresh_database: FreshDatabase, database: ScratchDatabase, conn: Connection[Any], pool: Pool
) -> None:
    """OUT-10 of this service: through a real relay, broker, projection, timers and back to Kafka; the projection is fed again and tells nobody twice."""
    bootstrap = own_broker().bootstrap
    declare_topics(bootstrap)
    requests = fresh_database("requests")
    subscribed(conn, R, types=["RequestAcknowledged"])
    stream = Stream()
    stream.add(drafted(), sent(), acknowledged(), clock_started(stream))
    recorded(requests.app, stream)
    followers = [DirectoryFollower(), RequestFollower(PLACE)]
    with (
        running(run_relay, requests.app, bootstrap, topics=topics_of("requests")),
        running(run_projections, pool, bootstrap, "test", followers),
        running(run_timers, pool, Warnings(PLACE, Calendars()), sandbox=False),
        running(run_relay, database.app, bootstrap, topics=topics_of("notifications")),
    ):
        until(lambda: [row["type"] for row in rows(conn)] == ["RequestAcknowledged"], 60, "the delivery")
        until(lambda: reached(conn) == [("EIO-RECOG", 4, "legal")], 60, "the late clock's one level")
        until(lambda: conn.execute("SELECT seq::text LIKE '%mla.escalations%' FROM relay_state").fetchone() == (True,), 60, "the fact is on its topic")
