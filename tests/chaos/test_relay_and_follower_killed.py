"""The relay, two relays, the follower: killed, doubled, repeated. The topic holds everything in order, the rows hold everything once."""

import random
from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import Any
from uuid import uuid4

from psycopg import Connection

from shared.messaging.consumer import Follower
from shared.messaging.numbering import numbered
from shared.messaging.producer import discard, make_producer, send_page
from shared.messaging.relay import Relay
from shared.storage.pool import Pool
from shared.storage.relay_state import Numbers
from shared.wire.envelope import Envelope
from shared.wire.topics import Topic
from tests.chaos.processes import follow, process, relay, write_until
from tests.fixtures.log import LogDatabase, Tally, in_background, in_topic, tallied, told_by_log
from tests.waiting import until

KILLS = 4


def check_topic(conn: Connection[Any], bootstrap: str, topic: Topic) -> int:
    """Every fact of the log is in *topic*; one number is one fact, for ever; first copies come in the order of each stream. Returns the count of copies."""
    sent = in_topic(bootstrap, topic)
    facts: dict[tuple[int, int, int], str] = {}
    reached: dict[str, int] = defaultdict(int)
    for envelope in sent:
        number = (envelope.partition, envelope.run, envelope.seq)
        if number not in facts:
            facts[number] = envelope.id
            assert envelope.version == reached[envelope.stream] + 1
            reached[envelope.stream] += 1
        assert facts[number] == envelope.id
    in_log = {str(row[0]): row[1] for row in conn.execute("SELECT stream, max(version) FROM event GROUP BY stream").fetchall()}
    assert dict(reached) == in_log
    return len(sent) - len(facts)


def is_all_acknowledged(conn: Connection[Any]) -> bool:
    row = conn.execute(
        "SELECT (SELECT count(*) FROM event) = (SELECT sum(n::int) FROM relay_state, jsonb_each(seq) t, jsonb_array_elements_text(t.value) n)"
    ).fetchone()
    return bool(row and row[0])


def test_a_relay_killed_again_and_again_loses_nothing_and_keeps_the_order(
    log_database: LogDatabase, log_conn: Connection[Any], kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    """OUT-02."""
    facts, marks = own_topics
    where = (log_database.app, kafka_bootstrap, facts, marks)
    with in_background(partial(write_until, log_database.app, facts.name, 7)):
        for _ in range(KILLS):
            before = log_conn.execute("SELECT seq FROM relay_state").fetchone()
            with process(relay, *where) as killed:
                until(lambda before=before: log_conn.execute("SELECT seq FROM relay_state").fetchone() != before, 15)  # type: ignore[misc]  # bound at once
                killed.kill()
    with process(relay, *where):
        until(lambda: is_all_acknowledged(log_conn), 15)

    check_topic(log_conn, kafka_bootstrap, facts)


def test_two_relays_without_a_lock_waste_work_and_reorder_nothing(
    log_database: LogDatabase, log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    """OUT-07."""
    facts, marks = own_topics

    def rival(stop: Event) -> None:
        Relay(log_database.app, kafka_bootstrap, stop, [facts], watermarks=marks.name, lock=False, page=10).run()

    with ExitStack() as running:
        for _ in range(2):
            running.enter_context(in_background(rival))
        running.enter_context(
            in_background(lambda stop: Follower(log_pool, kafka_bootstrap, facts.name, [Tally(facts.name)], stop, watermarks=marks.name).run())
        )
        with in_background(partial(write_until, log_database.app, facts.name, 5)):
            until(lambda: (log_conn.execute("SELECT epoch FROM relay_state").fetchone() or (0,))[0] >= 8, 15, "they take over from one another")
        until(lambda: is_all_acknowledged(log_conn), 15)
        until(lambda: tallied(log_conn) == told_by_log(log_conn), 10)

    check_topic(log_conn, kafka_bootstrap, facts)


def test_followers_killed_again_and_again_apply_each_fact_once(
    log_database: LogDatabase, log_conn: Connection[Any], kafka_bootstrap: str, own_topics: tuple[Topic, Topic]
) -> None:
    """OUT-04: kill -9 between effect and commit, or anywhere else; sums and counts stay right."""
    facts, marks = own_topics
    where = (log_database.app, kafka_bootstrap, facts, marks)

    def applied() -> int:
        row = log_conn.execute("SELECT coalesce(sum(facts), 0) FROM tally").fetchone()
        assert row is not None
        return int(row[0])

    with process(relay, *where), in_background(partial(write_until, log_database.app, facts.name, 7)) as writing:
        for _ in range(2):
            before = applied()
            with process(follow, *where) as killed:
                until(lambda before=before: applied() > before, 15)  # type: ignore[misc]  # bound at once
                killed.kill()
        writing.set()
        with process(follow, *where):
            until(lambda: tallied(log_conn) == told_by_log(log_conn), 15)


def test_a_fact_delivered_several_times_counts_once(log_conn: Connection[Any], log_pool: Pool, kafka_bootstrap: str, own_topics: tuple[Topic, Topic]) -> None:
    """OUT-03: pages sent one to three times, earlier pages again behind later ones, streams mixed."""
    facts, marks = own_topics
    dice, streams = random.Random(7), [str(uuid4()) for _ in range(9)]
    versions: dict[str, int] = defaultdict(int)
    envelopes = []
    for _ in range(200):
        stream = dice.choice(streams)
        versions[stream] += 1
        value = b'{"number":%d}' % versions[stream]
        envelopes.append(Envelope(str(uuid4()), "NumberNoted", 1, stream, stream, versions[stream], facts.name, datetime.now(UTC), value))
    pages, seq = [], Numbers()
    for start in range(0, len(envelopes), 20):
        page, seq = numbered(envelopes[start : start + 20], seq, 1, {facts.name: facts})
        pages.append(page)
    producer = make_producer(kafka_bootstrap)
    for index, page in enumerate(pages):
        for _ in range(dice.randint(1, 3)):
            send_page(producer, page, 10, Event())
        send_page(producer, dice.choice(pages[: index + 1]), 10, Event())
    discard(producer)

    with in_background(lambda stop: Follower(log_pool, kafka_bootstrap, facts.name, [Tally(facts.name)], stop, watermarks=marks.name).run()):
        wanted = {stream: (version, version, version * (version + 1) // 2) for stream, version in versions.items()}
        until(lambda: {str(row[0]): row[1:] for row in tallied(log_conn)} == wanted, 10)
