"""The live projection of the requests service, beside a plain kafka-python consumer of the same topic in a process of its own."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from kafka import KafkaConsumer, TopicPartition

from benchmarks.place import Place, ServersMissing
from benchmarks.queries import facts_in_log, facts_taken, streams
from shared.facts.identifiers import uuid7
from shared.facts.requests import StatusAsked
from shared.storage.event_log import Command, NewEvent, append_command, meta
from shared.storage.pool import connect
from shared.storage.relay_state import backlog
from shared.wire.codec import encode

TOPIC, PROJECTION = "mla.requests", "request_rows"
FACTS_EACH = 50
FINGERPRINT = b"f" * 32
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 120


def until(holds: Callable[[], bool], what: str) -> None:
    """Return when *holds*."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE_SECONDS} s: {what}")
        time.sleep(POLL_SECONDS)


def fill(place: Place) -> None:
    """Every request of the log gets a further fifty facts, so that there is something to follow."""
    at = datetime.now(UTC) - timedelta(hours=1)
    payload = encode(StatusAsked(occurred_at=at, by="cz-central", channel="email"))
    with connect(place.app_dsn, "bench") as conn:
        for stream, version in streams(conn, TOPIC):
            events = [NewEvent(uuid7(at), "StatusAsked", 1, payload) for _ in range(FACTS_EACH)]
            append_command(conn, Command(uuid4(), FINGERPRINT, TOPIC, stream, str(stream), version, events, meta()))


def require_empty(place: Place) -> None:
    """Refuse a topic that holds the facts of another log: its numbers would not fit."""
    consumer = KafkaConsumer(bootstrap_servers=place.env["KAFKA_BOOTSTRAP"], group_id=None)
    places = [TopicPartition(TOPIC, number) for number in consumer.partitions_for_topic(TOPIC) or ()]
    held = sum(consumer.end_offsets(places).values())
    consumer.close()
    if held:
        raise ServersMissing(f"{TOPIC} holds {held} records of another log; the projection is measured on a Kafka of its own, as `make bench` has it")


def carry_to_kafka(place: Place) -> int:
    """Every fact of the log is on Kafka; how many there are."""
    with connect(place.app_dsn, "bench") as conn, place.process("services.requests", "relay"):
        until(lambda: backlog(conn).facts == 0, "the relay has carried the log to Kafka")
        return facts_in_log(conn, TOPIC)


def projected(place: Place, total: int) -> float:
    """Facts a second that the projection takes into its rows, from its first batch to its last."""
    place.run("services.requests", "rebuild")
    with connect(place.app_dsn, "bench") as conn, place.process("services.requests", "project"):
        until(lambda: facts_taken(conn, PROJECTION, TOPIC) > 0, "the projection has begun")
        before, begun = facts_taken(conn, PROJECTION, TOPIC), time.perf_counter()
        until(lambda: facts_taken(conn, PROJECTION, TOPIC) >= total, "the projection has come to the end")
        return (total - before) / (time.perf_counter() - begun)


def consumed(place: Place, total: int) -> float:
    """Records a second that a bare consumer takes from the same topic."""
    return float(place.run("benchmarks.following", place.env["KAFKA_BOOTSTRAP"], str(total)).strip())


def consume(bootstrap: str, total: int) -> float:
    """Records a second from the first one on, nothing done with them."""
    consumer = KafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False, group_id=None, max_poll_records=1000)
    count, first, begun = 0, 0, 0.0
    while count < total:
        count += sum(len(batch) for batch in consumer.poll(timeout_ms=1000).values())
        if not begun and count:
            first, begun = count, time.perf_counter()
    elapsed = time.perf_counter() - begun
    consumer.close()
    return (count - first) / elapsed


if __name__ == "__main__":
    print(consume(sys.argv[1], int(sys.argv[2])))
