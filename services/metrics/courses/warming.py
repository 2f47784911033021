"""Reads the courses of the largest members when a worker starts, and what has changed now and then, so that no reader waits for it."""

from __future__ import annotations

from threading import Event

import structlog

from services.metrics.asking import keeping_of, snapshot
from services.metrics.courses import queries
from services.metrics.domain.errors import NothingKnownYet, StillSettling
from services.metrics.watermark import latest_known
from shared.storage.pool import Pool
from shared.telemetry.metrics import LOOP_FAILURES

log = structlog.get_logger(__name__)
PAUSE_SECONDS = 30
ROOM = 0.75
"""The share of the memory that may be filled before anybody has asked."""


def warm(pool: Pool, most: int) -> list[str]:
    """Read what the *most* members with the most requests have that is not read yet, as far as there is room. Returns the members.

    Raises:
        NothingKnownYet, StillSettling.
    """
    with pool.connection() as conn:
        largest = queries.largest_members(conn, most)
    keeping, read = keeping_of(pool), list[str]()
    for authority in largest:
        if keeping.bytes > ROOM * keeping.most_bytes:
            break
        with snapshot(pool) as conn:
            latest = latest_known(conn)
            keeping.followed(conn, authority, latest, latest)
        read.append(authority)
    return read


def keep_warm(pool: Pool, most: int, stop: Event, pause: float = PAUSE_SECONDS) -> None:
    """Do so until *stop* is set."""
    before: list[str] = []
    while not stop.is_set():
        try:
            read = warm(pool, most)
            if read != before:
                log.info("courses_read", authorities=read)
            before = read
        except (NothingKnownYet, StillSettling):
            log.debug("courses_not_read_yet")
        except Exception:  # the top of a loop: whoever asks reads by himself
            LOOP_FAILURES.labels("warming").inc()
            log.exception("courses_not_read")
        stop.wait(pause)
