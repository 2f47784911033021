"""Nothing recorded before the watermark ever comes after it, whatever commits late."""

import random
from collections.abc import Sequence
from datetime import datetime
from threading import Event
from typing import Any
from uuid import uuid4

from psycopg import Connection

from shared.messaging.consumer import Follower
from shared.messaging.relay import Relay
from shared.storage import positions
from shared.storage.pool import Pool, connect
from shared.wire.envelope import Envelope
from shared.wire.topics import Topic
from tests.fixtures.log import LogDatabase, in_background, put
from tests.waiting import until

SAMPLES = 4


class Moments:
    """Remembers when each applied fact was recorded."""

    def __init__(self, topic: str) -> None:
        self.name = "moments"
        self.topics: tuple[str, ...] = (topic,)
        self.seen: list[datetime] = []

    def known(self, conn: Connection[Any], streams: Sequence[str]) -> dict[str, int]:
        return positions.known(conn, self.name, streams)

    def apply(self, conn: Connection[Any], batch: Sequence[Envelope]) -> None:
        positions.remember(conn, self.name, {envelope.stream: envelope.version for envelope in batch})
        self.seen += [envelope.recorded_at for envelope in batch]


def write_late(dsn: str, topic: str, seed: int, stop: Event) -> None:
    """Append in transactions that stay open for a while after the facts were stamped; some are given up."""
    dice = random.Random(seed)
    with connect(dsn, "late") as conn:
        while not stop.is_set():
            with conn.transaction(force_rollback=dice.random() < 0.1):
                put(conn, uuid4(), 0, dice.randint(1, 3), topic=topic)
                stop.wait(dice.choice([0, 0.01, 0.3]))


def test_whatever_commits_late_holds_the_watermark_back(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    facts, marks = own_topics
    projection, samples = Moments(facts.name), dict[datetime, int]()

    def sample() -> bool:
        reached = positions.watermark(log_conn, facts.name)
        if reached is not None:
            samples.setdefault(reached, sum(moment < reached for moment in projection.seen))
        return len(samples) >= SAMPLES

    with (
        in_background(lambda stop: Relay(log_database.app, kafka_bootstrap, stop, [facts], watermarks=marks.name).run()),
        in_background(lambda stop: Follower(log_pool, kafka_bootstrap, facts.name, [projection], stop, watermarks=marks.name).run()),
        in_background(lambda stop: write_late(log_database.app, facts.name, 1, stop)),
        in_background(lambda stop: write_late(log_database.app, facts.name, 2, stop)),
    ):
        until(sample, 20, f"{SAMPLES} watermarks")

    for reached, had in samples.items():
        row = log_conn.execute("SELECT count(*) FROM event WHERE recorded_at < %s", (reached,)).fetchone()
        assert row == (had,)
    assert max(samples.values()) > 0
