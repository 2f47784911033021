"""A worker reads the courses of the largest members before anybody asks, and what is new as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from psycopg import Connection

from services.metrics.asking import ask, keeping_of
from services.metrics.courses.settling import settle_everything
from services.metrics.courses.warming import follow_remembered, keep_warm, read_largest
from services.metrics.domain.answers import figures
from services.metrics.domain.question import Question
from services.metrics.watermark import ONE_MICROSECOND
from shared.storage.pool import Pool, open_pool
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.envelopes import W, follow_given, reach
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


def read_by(pool: Pool) -> datetime | None:
    """Up to when everything of the measured authority is in the memory behind *pool*."""
    kept = keeping_of(pool).seen("de-central")
    return None if kept is None else kept.complete_to


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


def test_what_has_changed_of_what_is_remembered_is_read_without_being_asked_for(pool: Pool, conn: Connection[object]) -> None:
    follow_given(conn)
    settle_everything(conn)
    keeping_of(pool).of("pt-central")
    read_largest(pool, 1)
    before = read_by(pool)
    reach(conn, W + timedelta(days=1))
    follow_remembered(pool)

    assert (before, read_by(pool)) == (W - ONE_MICROSECOND, W + timedelta(days=1) - ONE_MICROSECOND)
    assert keeping_of(pool).authorities() == ["pt-central", "de-central"]


def test_how_much_memory_it_takes_is_known_once_it_is_read_and_again_once_it_is_counted(pool: Pool, conn: Connection[object]) -> None:
    follow_given(conn)
    settle_everything(conn)
    read_largest(pool, 1)
    kept = keeping_of(pool).of("de-central")
    when_read, rows = kept.bytes, kept.panel.bytes
    new(pool)

    assert when_read >= rows > 0
    assert kept.bytes > when_read


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
            until(lambda: read_by(fresh) is not None, what="courses read")
            expected = new(pool)
        finally:
            stop.set()
            reading.join(timeout=10)
        take_away_courses(conn)

        assert (new(fresh), reading.is_alive()) == (expected, False)
