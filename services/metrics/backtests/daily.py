"""The past of every member replayed once a day, by one process at a time; whoever asks for a forecast reads the verdicts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

import psycopg
import psycopg_pool
import structlog

from services.metrics import queries
from services.metrics.backtests.queries import alone, last_proof_known_at
from services.metrics.backtests.replaying import of_database
from services.metrics.domain.errors import FiguresError
from shared.storage.pool import Pool
from shared.telemetry.metrics import LOOP_FAILURES

log = structlog.get_logger(__name__)
EVERY = timedelta(days=1)
LOOK_SECONDS = 3_600.0
"""Between two looks at what is due, and before the first: a process that has just started has better things to do."""


def keep_proving(pool: Pool, stop: Event, now: Callable[[], datetime] = lambda: datetime.now(UTC), look_seconds: float = LOOK_SECONDS) -> None:
    """Replay the past of whoever is due until *stop* is set."""
    while not stop.wait(look_seconds):
        try:
            prove_due(pool, stop, now())
        except Exception:  # the top of a loop: the next look may succeed
            LOOP_FAILURES.labels("backtest").inc()
            log.exception("backtest_failed")


def prove_due(pool: Pool, stop: Event, now: datetime) -> list[str]:
    """Replay the past of every member whose verdicts are a day old, or that has none; nobody's while another process does. Returns whose."""
    with pool.connection() as conn, alone(conn) as is_alone:
        due = [member for member, _ in queries.members_now(conn) if is_alone and _is_due(last_proof_known_at(conn, member), now)]
        proved = []
        for member in due:
            if stop.is_set():
                break
            try:
                for _ in of_database(pool, member, (None, None), store=True):
                    proved.append(member)
            except FiguresError as refusal:  # nothing is known yet, or much is still being folded
                log.info("backtest_put_off", authority=member, code=refusal.code)
            except (psycopg.OperationalError, psycopg_pool.PoolTimeout):
                raise
            except Exception:  # the top of a member: one that cannot be replayed must not keep the others from it
                LOOP_FAILURES.labels("backtest").inc()
                log.exception("backtest_failed", authority=member)
        if proved:
            log.info("backtests_kept", members=len(proved))
        return proved


def _is_due(known_at: datetime | None, now: datetime) -> bool:
    return known_at is None or now - known_at >= EVERY
