"""What the sender and the worker of timers say of themselves when somebody asks whether they are ready: their database, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import psycopg_pool
from psycopg import Connection

from services.notifications.queries.figures import due_now, oldest_ready_level
from shared.storage.pool import Pool
from shared.telemetry.daemon import Check

ASK_SECONDS = 1.0


def sending(pool: Pool, last_attempts: Mapping[str, Mapping[str, Any]]) -> Check:
    """Ready while the database answers, whatever receivers do: how many deliveries are due, since when, how the last attempt of each channel ended."""

    def told(conn: Connection[Any]) -> dict[str, Any]:
        count, oldest = due_now(conn)
        return {"due": count, "oldest_due": oldest, "last_attempts": dict(last_attempts)}

    return _asked(pool, told)


def firing(pool: Pool) -> Check:
    """Ready while the database answers: since when the oldest level that is reached waits to be fired."""
    return _asked(pool, lambda conn: {"oldest_ready": oldest_ready_level(conn)})


def _asked(pool: Pool, told: Callable[[Connection[Any]], dict[str, Any]]) -> Check:
    def check() -> tuple[bool, Any]:
        try:
            with pool.connection(timeout=ASK_SECONDS) as conn:
                return True, told(conn)
        except (psycopg.Error, psycopg_pool.PoolTimeout) as fault:
            return False, {"database": type(fault).__name__}

    return check
