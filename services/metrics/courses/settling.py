"""Folds what facts have touched, in batches; afterwards each course is what folding it from its facts alone gives."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from threading import Event
from typing import Any

import structlog
from psycopg import Connection

from services.metrics.courses import queries
from services.metrics.domain.facts import Fact, Stream
from services.metrics.domain.weave import woven
from services.metrics.domain.words import Words
from services.metrics.queries import KeptFact
from services.metrics.series.keeping import count_again, following, keep_series
from services.metrics.series.queries import courses_to_follow, keep_reach
from services.metrics.series.waiting import keep_quantiles
from shared.storage.pool import Pool
from shared.telemetry.metrics import LOOP_FAILURES

log = structlog.get_logger(__name__)
BATCH = 500
PAUSE_SECONDS = 0.5
AT_ONCE = timedelta()


def streams_of(facts: Iterable[KeptFact]) -> list[Stream]:
    """Streams of rows that are in order of request; escalations are numbered on after the request's own facts."""
    found = []
    for request, own in groupby(facts, key=lambda kept: kept.request):
        rows = enumerate(own, start=1)
        facts_of_one = tuple(Fact(kept.id, kept.type, kept.occurred_at, kept.recorded_at, place, kept.members) for place, kept in rows)
        found.append(Stream(request, facts_of_one))
    return found


def settle(conn: Connection[Any], most: int = BATCH) -> int:
    """Fold the oldest touched requests, in one transaction. Returns how many marks are settled; 0 when there are none."""
    with conn.transaction():
        queries.begin_settling(conn)
        marks = queries.marks(conn, most)
        if not marks:
            return 0
        words = Words()
        streams = streams_of(queries.facts_of_requests(conn, sorted({mark.request for mark in marks})))
        courses = [(stream.request, woven(stream, words)) for stream in streams]
        queries.keep_words(conn, list(words.used()))
        with following(conn):
            queries.keep_courses(conn, courses)
            keep_series(conn, streams, courses, words)
        queries.remove_marks(conn, [mark.no for mark in marks])
        return len(marks)


def follow_courses(conn: Connection[Any], most: int = BATCH) -> int:
    """Bring the series on by the courses that were settled without them, in one transaction. Returns how many; 0 when there are none."""
    with conn.transaction():
        queries.begin_settling(conn)
        found = courses_to_follow(conn, most)
        if not found:
            return 0
        words = Words()
        streams = streams_of(queries.facts_of_requests(conn, sorted(request for request, _ in found)))
        keep_series(conn, streams, [(stream.request, woven(stream, words)) for stream in streams], words)
        keep_reach(conn, found[-1][1])
        return len(found)


def settle_everything(conn: Connection[Any]) -> int:
    """Fold until no request is touched, and count the sums again. Returns how many marks are settled."""
    total = 0
    while settled := settle(conn):
        total += settled
    while follow_courses(conn):
        pass
    with conn.transaction():
        queries.begin_settling(conn)
        count_again(conn)
        keep_quantiles(conn, every=AT_ONCE)
    return total


def keep_settling(pool: Pool, stop: Event) -> None:
    """Fold whatever is touched until *stop* is set."""
    while not stop.is_set():
        try:
            with pool.connection() as conn:
                settled = settle(conn)
                if settled < BATCH:
                    settled += follow_courses(conn)
                if settled < BATCH:
                    keep_quantiles(conn)
        except Exception:  # the top of a loop: what is touched stays marked, and a reader folds it meanwhile
            LOOP_FAILURES.labels("settling").inc()
            log.exception("courses_not_settled")
            settled = 0
        if not settled:
            stop.wait(PAUSE_SECONDS)
