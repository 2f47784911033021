"""A worker reads the courses of the largest members before anybody asks, and what is new as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from psycopg import Connection

from services.metrics.asking import ask, keeping_of
from services.metrics.courses.settling import settle_everything
from services.metrics.courses.warming import keep_warm, read_largest
from services.metrics.domain.answers import figures
from services.metrics.domain.question import Question
from shared.storage.pool import Pool, open_pool
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.envelopes import follow_given
from tests.waiting import until

PAUSE_SECONDS = 0.05
QUESTION = Question.read({"authority": "de-central", "from": "2025-01-01", "to": "2026-01-01", "as_known_at": "2026-10-31T12:00:00Z"})


@pytest.fixture
def pool(database: ScratchDatabase) -> Iterator[Pool]:
    with open_pool(database.app, name="test", max_size=4) as opened:
        yield opened


def new(pool: Pool) -> int:
    """What came in at the measured authority in 2025."""
    groups = ask(pool, QUESTION, lambda register: figures(register, QUESTION))["groups"]
    return sum(group["account"]["new"] for group in groups if group["kind"] is None)


def take_away_courses(conn: Connection[object]) -> None:
    """Whoever reads now finds nothing."""
    conn.execute("TRUNCATE course")


def test_what_the_largest_member_asks_for_is_read_before_it_asks(pool: Pool, conn: Connection[object], database: ScratchDatabase) -> None:
    follow_given(conn)
    settle_everything(conn)
    expected = new(pool)
    with open_pool(database.app, name="another process", max_size=4) as fresh:
        read = read_largest(fresh, 1)
        take_away_courses(conn)

        assert (read, new(fresh), expected > 0) == (["de-central"], expected, True)


def test_where_nothing_has_arrived_nothing_is_read(pool: Pool) -> None:
    assert read_largest(pool, 1) == []


def test_once_something_has_arrived_it_is_read_and_nobody_is_needed_for_it(pool: Pool, conn: Connection[object], database: ScratchDatabase) -> None:
    stop = Event()
    with open_pool(database.app, name="another process", max_size=4) as fresh:
        reading = Thread(target=keep_warm, args=(fresh, 1, stop, PAUSE_SECONDS))
        reading.start()
        try:
            follow_given(conn)
            settle_everything(conn)
            until(lambda: keeping_of(fresh).authorities() == ["de-central"], what="courses read")
            expected = new(pool)
        finally:
            stop.set()
            reading.join(timeout=10)
        take_away_courses(conn)

        assert (new(fresh), reading.is_alive()) == (expected, False)
