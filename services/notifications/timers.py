"""The worker that fires levels when their time has come. Any number may run side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import psycopg_pool
import structlog
from psycopg import Connection

from services.notifications.escalating import StreamMoved, fire_due
from services.notifications.queries.clocks import next_ready
from services.notifications.warning import Warnings
from shared.storage.clock import set_test_clock, test_clock
from shared.storage.idempotency import forget_old_answers
from shared.storage.pool import Pool
from shared.telemetry.metrics import LOOP_FAILURES

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.5


def run_timers(pool: Pool, warnings: Warnings, stop: threading.Event, *, sandbox: bool, tick: Callable[[], None] = lambda: None) -> None:
    """Fire what is due until somebody asks to stop; where nothing is, forget answers kept long enough."""
    while not stop.is_set():
        tick()
        try:
            with pool.connection() as conn:
                fired = fire_due(conn, warnings, sandbox=sandbox)
                if fired == 0:
                    forget_old_answers(conn)
        except StreamMoved:
            fired = 1
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as fault:
            LOOP_FAILURES.labels("timers").inc()
            log.warning("database_away", error=type(fault).__name__)
            fired = 0
        stop.wait(0 if fired else POLL_SECONDS)


def fire_all(conn: Connection[Any], warnings: Warnings, *, sandbox: bool) -> int:
    """Fire everything that is ready now; return how many fired."""
    total = 0
    while True:
        try:
            fired = fire_due(conn, warnings, sandbox=sandbox)
        except StreamMoved:
            continue
        if fired == 0:
            return total
        total += fired


def fire_up_to(conn: Connection[Any], warnings: Warnings, to: datetime) -> int:
    """Move the test clock to *to*, from one due moment to the next, and fire at each: as if the time had passed."""
    total = 0
    while (due_at := next_ready(conn, to)) is not None:
        standing = test_clock(conn)
        if standing is None or standing < due_at:
            set_test_clock(conn, due_at)
        fired = fire_all(conn, warnings, sandbox=True)
        if fired == 0:
            break
        total += fired
    set_test_clock(conn, to)
    return total + fire_all(conn, warnings, sandbox=True)
