"""Reads the courses of the largest members when a worker starts, and later what has changed of those that it remembers, so that no reader waits for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event

import structlog

from services.metrics.asking import keeping_of, snapshot
from services.metrics.courses import queries
from services.metrics.courses.keeping import Kept
from services.metrics.domain.errors import NothingKnownYet, StillSettling
from services.metrics.watermark import latest_known
from shared.storage.pool import Pool
from shared.telemetry.metrics import LOOP_FAILURES

log = structlog.get_logger(__name__)
PAUSE_SECONDS = 30


def read_largest(pool: Pool, most: int) -> list[str]:
    """Read the courses of the *most* members with the most requests, as far as there is room. Returns the members.

    Raises:
        NothingKnownYet, StillSettling.
    """
    with pool.connection() as conn:
        largest = queries.largest_members(conn, most)
    keeping, read = keeping_of(pool), list[str]()
    for authority in largest:
        if not keeping.has_room():
            break
        _bring_up_to_date(pool, keeping.of(authority), authority)
        read.append(authority)
    return read


def follow_remembered(pool: Pool) -> None:
    """Read what has changed of the authorities that are remembered; none is remembered longer for it. What is not folded yet is read the next time.

    Raises:
        NothingKnownYet.
    """
    keeping = keeping_of(pool)
    for authority in keeping.authorities():
        kept = keeping.seen(authority)
        if kept is not None:
            with suppress(StillSettling):
                _bring_up_to_date(pool, kept, authority)


def _bring_up_to_date(pool: Pool, kept: Kept, authority: str) -> None:
    with kept.lock, snapshot(pool) as conn:
        latest = latest_known(conn)
        kept.reach_to(conn, authority, latest, latest)


def keep_warm(pool: Pool, most: int, stop: Event, pause: float = PAUSE_SECONDS) -> None:
    """Read the courses of the *most* largest members once, then what changes, every *pause* seconds until *stop* is set."""
    read: list[str] = []

    def first() -> None:
        read.extend(read_largest(pool, most))
        if read:
            log.info("courses_read", authorities=read)

    while not stop.is_set():
        _tried(lambda: follow_remembered(pool) if read else first())
        stop.wait(pause)


def _tried(work: Callable[[], None]) -> None:
    try:
        work()
    except (NothingKnownYet, StillSettling):
        log.debug("courses_not_read_yet")
    except Exception:  # the top of a loop: whoever asks reads by himself
        LOOP_FAILURES.labels("reading-ahead").inc()
        log.exception("courses_not_read")
