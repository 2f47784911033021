"""Relay and projections together, on a real broker and a real database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection
from psycopg.errors import SerializationFailure

from shared.messaging.consumer import Follower
from shared.messaging.producer import SETTINGS, discard, make_producer, send_page
from shared.messaging.projection import Poison
from shared.messaging.relay import Relay
from shared.storage import parking, positions, relay_state
from shared.storage.clock import set_test_clock
from shared.storage.pool import Pool
from shared.telemetry import metrics
from shared.telemetry.daemon import Health
from shared.wire.envelope import Envelope
from shared.wire.topics import Topic
from tests.fixtures.log import LogDatabase, Tally, fact, in_background, in_topic, put, tallied, told_by_log
from tests.waiting import until


@contextmanager
def relaying(log: LogDatabase, bootstrap: str, topics: tuple[Topic, Topic], **given: Any) -> Iterator[None]:
    facts, marks = topics
    with in_background(lambda stop: Relay(log.app, bootstrap, stop, [facts], watermarks=marks.name, **given).run()):
        yield


@contextmanager
def following(pool: Pool, bootstrap: str, topics: tuple[Topic, Topic], *projections: Any, health: Health | None = None) -> Iterator[None]:
    marks, group = topics[1].name, f"group-{topics[1].name}"
    with in_background(lambda stop: Follower(pool, bootstrap, group, projections, stop, watermarks=marks, health=health).run()):
        yield


def test_what_is_appended_reaches_the_projection_once(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    streams = [uuid4() for _ in range(6)]
    for version in range(0, 6, 2):
        for stream in streams:
            put(log_conn, stream, version, 2, topic=own_topics[0].name)
    with relaying(log_database, kafka_bootstrap, own_topics, page=5), following(log_pool, kafka_bootstrap, own_topics, Tally(own_topics[0].name)):
        until(lambda: tallied(log_conn) == told_by_log(log_conn), 15)
        put(log_conn, streams[0], 6, topic=own_topics[0].name)
        until(lambda: tallied(log_conn) == told_by_log(log_conn), 5)

    sent = in_topic(kafka_bootstrap, own_topics[0])
    for partition in range(3):
        assert [envelope.seq for envelope in sent if envelope.partition == partition] == list(range(1, 1 + sum(e.partition == partition for e in sent)))


def test_the_watermark_follows_and_covers_what_was_recorded(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    topic = own_topics[0].name
    with relaying(log_database, kafka_bootstrap, own_topics), following(log_pool, kafka_bootstrap, own_topics, Tally(topic)):
        recorded_at = put(log_conn, uuid4(), 0, topic=topic).recorded_at
        assert recorded_at is not None
        until(lambda: (positions.watermark(log_conn, topic) or datetime.min.replace(tzinfo=UTC)) > recorded_at, 10, "W passes the fact")

        assert tallied(log_conn) == told_by_log(log_conn)


def test_in_a_sandbox_the_watermark_stands_at_the_test_clock(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    topic, noon = own_topics[0].name, datetime(2026, 3, 2, 12, tzinfo=UTC)
    with relaying(log_database, kafka_bootstrap, own_topics, sandbox=True), following(log_pool, kafka_bootstrap, own_topics, Tally(topic)):
        for step in range(3):
            now = noon + timedelta(days=step)
            assert set_test_clock(log_conn, now)
            assert put(log_conn, uuid4(), 0, topic=topic).recorded_at == now
            until(lambda now=now: positions.watermark(log_conn, topic) == now, 10)  # type: ignore[misc]  # bound at once

    assert not set_test_clock(log_conn, noon)


class Choosy(Tally):
    """Refuses some facts: by Poison, by a fault of its own, by a fault of the database."""

    def __init__(self, topic: str, refused: dict[str, int], how: str) -> None:
        super().__init__(topic)
        self.refused, self.how = refused, how

    def apply(self, conn: Connection[Any], batch: Any) -> None:
        for envelope in batch:
            if self.refused.get(envelope.stream) == envelope.version:
                if self.how == "poison":
                    raise Poison(envelope, "cannot be read")
                if self.how == "database":
                    conn.execute("SELECT 1 / 0")
                raise KeyError("member")
        super().apply(conn, batch)


@pytest.mark.parametrize("how", ["poison", "fault", "database"])
def test_a_fact_that_cannot_be_taken_parks_its_stream_and_no_other(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic], how: str
) -> None:
    topic, streams = own_topics[0].name, [uuid4() for _ in range(4)]
    for version in range(4):
        for stream in streams:
            put(log_conn, stream, version, topic=topic)
    projection = Choosy(topic, {str(streams[0]): 2}, how)
    with relaying(log_database, kafka_bootstrap, own_topics), following(log_pool, kafka_bootstrap, own_topics, projection):
        until(lambda: sum(row[2] for row in tallied(log_conn)) == 13, 15)
        put(log_conn, streams[0], 4, topic=topic)
        rows = "SELECT stream::uuid, version FROM parked ORDER BY version"
        until(lambda: log_conn.execute(rows).fetchall() == [(streams[0], version) for version in (2, 3, 4, 5)], 5)

    assert {row[0]: row[1] for row in tallied(log_conn)} == {streams[0]: 1, **dict.fromkeys(streams[1:], 4)}
    assert parking.parked_streams(log_conn) == {"tally": 1}


def test_a_projection_that_refuses_too_much_stops_and_keeps_its_position(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    topic, streams, health = own_topics[0].name, [uuid4() for _ in range(30)], Health()
    for stream in streams:
        put(log_conn, stream, 0, topic=topic)
    projection = Choosy(topic, {str(stream): 1 for stream in streams}, "poison")
    with relaying(log_database, kafka_bootstrap, own_topics), following(log_pool, kafka_bootstrap, own_topics, projection, health=health):
        until(lambda: health.readiness()[1].get("projection") == {"ready": False, "detail": "too_many_parked"}, 15)

    parked = log_conn.execute("SELECT count(*) FROM parked").fetchone()
    passed = log_conn.execute("SELECT sum(last_seq) FROM position").fetchone()
    assert parked is not None
    assert parked[0] < 30
    assert passed == parked


class Held(Tally):
    """Takes nothing while it is held: the database says each time that it may be asked again."""

    held = False

    def apply(self, conn: Connection[Any], batch: Any) -> None:
        if self.held:
            raise SerializationFailure("held")
        super().apply(conn, batch)


def test_readiness_tells_how_many_records_a_projection_is_behind(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    topic, stream, health = own_topics[0].name, uuid4(), Health()
    projection = Held(topic)

    def lag() -> object:
        return health.readiness()[1].get("lag", {}).get("detail")

    with relaying(log_database, kafka_bootstrap, own_topics), following(log_pool, kafka_bootstrap, own_topics, projection, health=health):
        put(log_conn, stream, 0, 3, topic=topic)
        until(lambda: tallied(log_conn) == told_by_log(log_conn) and lag() == {"tally": 0}, 15)
        projection.held = True
        put(log_conn, stream, 3, 2, topic=topic)
        until(lambda: lag() == {"tally": 2}, 15)
        projection.held = False
        until(lambda: lag() == {"tally": 0}, 15)


def test_effect_and_position_are_written_together_or_not_at_all(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    """OUT-04: the connection dies after the effect and before the commit; neither remains, and the next try has both once."""
    topic, stream = own_topics[0].name, uuid4()
    put(log_conn, stream, 0, 3, topic=topic)

    class Interrupted(Tally):
        times = 0

        def apply(self, conn: Connection[Any], batch: Any) -> None:
            super().apply(conn, batch)
            if self.times < 2:
                self.times += 1
                conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    projection = Interrupted(topic)
    with relaying(log_database, kafka_bootstrap, own_topics), following(log_pool, kafka_bootstrap, own_topics, projection):
        until(lambda: tallied(log_conn) == [(stream, 3, 3, 6)], 20)

    assert projection.times == 2
    assert log_conn.execute("SELECT sum(last_seq) FROM position").fetchone() == (3,)


def test_two_projections_of_one_process_each_have_a_position_of_their_own(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    topic, stream = own_topics[0].name, uuid4()
    put(log_conn, stream, 0, 3, topic=topic)

    class Names:
        name, topics = "names", (topic,)

        def known(self, conn: Connection[Any], streams: Any) -> dict[str, int]:
            return positions.known(conn, self.name, streams)

        def apply(self, conn: Connection[Any], batch: Any) -> None:
            positions.remember(conn, self.name, {envelope.stream: envelope.version for envelope in batch})

    with relaying(log_database, kafka_bootstrap, own_topics):
        with following(log_pool, kafka_bootstrap, own_topics, Tally(topic)):
            until(lambda: tallied(log_conn) == [(stream, 3, 3, 6)], 15)
        with following(log_pool, kafka_bootstrap, own_topics, Tally(topic), Names()):
            until(lambda: positions.known(log_conn, "names", [str(stream)]) == {str(stream): 3}, 15)

    assert tallied(log_conn) == [(stream, 3, 3, 6)]


def test_a_projection_follows_its_topics_into_the_next_incarnation(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    """The log is sent again from its beginning under the next run: what the rows have is skipped by version, what is new is taken, W goes on."""
    topic, streams = own_topics[0].name, [uuid4() for _ in range(5)]
    for stream in streams:
        put(log_conn, stream, 0, 2, topic=topic)
    with following(log_pool, kafka_bootstrap, own_topics, Tally(topic)):
        with relaying(log_database, kafka_bootstrap, own_topics):
            until(lambda: tallied(log_conn) == told_by_log(log_conn), 15)
        log_conn.execute("UPDATE relay_state SET run = 2, epoch = epoch + 1, prev = '1:1:', target = NULL, last_id = 0, seq = '{}', ends = '{}'")
        put(log_conn, streams[0], 2, topic=topic)
        with relaying(log_database, kafka_bootstrap, own_topics):
            until(lambda: tallied(log_conn) == told_by_log(log_conn), 15)
            runs = "SELECT DISTINCT run FROM position WHERE run > 0"
            until(lambda: log_conn.execute(runs).fetchall() == [(2,)], 10)
            until(lambda: log_conn.execute("SELECT run FROM watermark").fetchall() == [(2,)], 10)


def test_a_relay_that_finds_its_topic_emptied_halts(log_database: LogDatabase, log_conn: Connection[Any], kafka_bootstrap: str, own_topics: Any) -> None:
    health, facts = Health(), own_topics[0]
    log_conn.execute("UPDATE relay_state SET ends = %s", (json.dumps({facts.name: [900, 900, 900]}),))
    put(log_conn, uuid4(), 0, topic=facts.name)

    with relaying(log_database, kafka_bootstrap, own_topics, health=health):
        until(lambda: health.readiness()[1].get("relay") == {"ready": False, "detail": "topic_emptied"}, 10)

    assert relay_state.read_state(log_conn).prev == "1:1:"


def test_a_relay_refuses_the_position_of_another_cluster(log_database: LogDatabase, log_conn: Connection[Any], kafka_bootstrap: str, own_topics: Any) -> None:
    health = Health()
    log_conn.execute("UPDATE relay_state SET system_identifier = 17")

    with relaying(log_database, kafka_bootstrap, own_topics, health=health):
        until(lambda: health.readiness()[1].get("relay") == {"ready": False, "detail": "other_cluster"}, 10)


def test_the_producer_proves_every_record(kafka_bootstrap: str, own_topics: tuple[Topic, Topic]) -> None:
    """OUT-10: acknowledged by all replicas, idempotent, bounded in time; a failure is an exception and a count."""
    assert (SETTINGS["acks"], SETTINGS["enable_idempotence"]) == ("all", True)
    assert SETTINGS["delivery_timeout_ms"] <= 120_000
    producer = make_producer(kafka_bootstrap)
    assert producer.config["acks"] in ("all", -1)
    assert producer.config["enable_idempotence"] is True
    discard(producer)


def test_without_a_broker_relay_and_projection_wait_and_still_stop_at_once(log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool) -> None:
    """OUT-10, the visible failure: not ready, counted, the backlog measured."""
    relay, member = Health(), Health()
    before = metrics.RELAY_RESENDS._value.get()
    put(log_conn, uuid4(), 0, 3)
    nowhere = "127.0.0.1:9"
    with (
        in_background(lambda stop: Relay(log_database.app, nowhere, stop, [], health=relay).run()),
        in_background(lambda stop: Follower(log_pool, nowhere, "nobody", [Tally("nothing")], stop, health=member).run()),
    ):
        until(lambda: all(part.readiness()[1]["kafka"]["detail"] == "BrokerNotAvailableError" for part in (relay, member)), 10)
        until(lambda: metrics.RELAY_BACKLOG._value.get() == 3, 10)

    assert not relay.readiness()[0]
    assert not member.readiness()[0]
    assert metrics.RELAY_RESENDS._value.get() > before


def test_a_page_that_is_not_answered_in_time_is_a_failure(kafka_bootstrap: str, own_topics: tuple[Topic, Topic]) -> None:
    from shared.messaging.numbering import numbered
    from shared.messaging.producer import PageFailed

    stream = str(uuid4())
    made = fact()
    envelope = Envelope(str(made.id), made.type, 1, stream, stream, 1, own_topics[0].name, datetime.now(UTC), made.payload)
    page, _ = numbered([envelope], {}, 1, {own_topics[0].name: own_topics[0]})
    producer = make_producer(kafka_bootstrap)
    assert send_page(producer, page, 10, Event()) == [0]
    with pytest.raises(PageFailed):
        send_page(producer, [page[0]._replace(topic="not.declared")], 10, Event())
    discard(producer)
