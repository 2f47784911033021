"""Sending with proof. A producer of which one send failed, or was not answered in time, is never used again: it may have gone silent for good."""

import time
from collections.abc import Sequence
from threading import Event
from typing import Any, NamedTuple

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from shared.messaging.reachable import require_broker
from shared.wire.envelope import Headers

log = structlog.get_logger(__name__)
SLICE_SECONDS = 0.25
STOPPING_SECONDS = 3.0
DISCARD_SECONDS = 2.0
SETTINGS: dict[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    "linger_ms": 5,
    "batch_size": 65_536,
    "max_request_size": 4_194_304,
    "request_timeout_ms": 10_000,
    "delivery_timeout_ms": 120_000,
    "reconnect_backoff_max_ms": 1_000,
    "metadata_max_age_ms": 30_000,
    "max_block_ms": 5_000,
    "bootstrap_timeout_ms": 2_000,
    "allow_auto_create_topics": False,
}


class Outgoing(NamedTuple):
    """A record that is to be sent."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Headers


class PageFailed(Exception):
    """Not every record of a page was acknowledged in time. Some of them may be in the topic all the same."""

    code = "page_failed"


def make_producer(bootstrap: str) -> KafkaProducer:
    """A connected producer.

    Raises:
        KafkaError: no broker answered within two seconds.
    """
    require_broker(bootstrap)
    return KafkaProducer(bootstrap_servers=bootstrap, **SETTINGS)


def discard(producer: KafkaProducer) -> None:
    """End *producer*, whatever state it is in, and its thread with it."""
    try:
        producer.close(timeout=DISCARD_SECONDS)
        return
    except KafkaError as fault:
        log.info("producer_discarded", fault=type(fault).__name__)
    # Its own close gives up at the first record without an answer and leaves the thread running; once that has let go of all records, close succeeds.
    producer._sender.force_close()
    try:
        producer.close(timeout=DISCARD_SECONDS)
    except KafkaError as fault:
        log.warning("producer_left_behind", fault=type(fault).__name__)


def send_page(producer: KafkaProducer, page: Sequence[Outgoing], deadline_seconds: float, stop: Event) -> list[int]:
    """Send *page* and return the offset of each record when all are acknowledged (-1 where the broker knew the record already).

    Raises:
        PageFailed: a send failed, or not all were answered by the deadline (3 s after a wish to stop). Discard the producer.
    """
    try:
        futures = [producer.send(record.topic, record.value, record.key, record.headers, record.partition) for record in page]
    except (KafkaError, AssertionError) as fault:
        raise PageFailed(type(fault).__name__) from fault
    deadline = time.monotonic() + deadline_seconds
    while True:
        try:
            producer.flush(timeout=SLICE_SECONDS)
        except KafkaTimeoutError:
            if stop.is_set():
                deadline = min(deadline, time.monotonic() + STOPPING_SECONDS)
                stop = Event()  # the grace begins once
            if time.monotonic() < deadline:
                continue
        break
    for future in futures:
        if not future.succeeded():
            raise PageFailed(type(future.exception).__name__ if future.is_done else "not answered in time") from future.exception
    return [future.value.offset for future in futures]
