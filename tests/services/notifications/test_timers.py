"""The worker of timers, beside the levels that it fires."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

from psycopg import Connection

from services.notifications.timers import run_timers
from services.notifications.warning import Warnings
from shared.calendars.national import Calendars
from shared.storage.idempotency import keep_answer
from shared.storage.pool import Pool
from tests.services.notifications.builders import PLACE


def test_an_answer_kept_longer_than_seven_days_is_forgotten(conn: Connection[Any], pool: Pool) -> None:
    old, stop = uuid4(), threading.Event()
    keep_answer(conn, old, b"fingerprint", status=201, headers={}, body=b"{}")
    conn.execute("UPDATE idempotency SET recorded_at = clock_timestamp() - interval '7 days 1 hour'")
    rounds = iter((None, stop.set))

    def tick() -> None:
        done = next(rounds)
        if done is not None:
            done()

    run_timers(pool, Warnings(PLACE, Calendars()), stop, sandbox=False, tick=tick)

    assert conn.execute("SELECT command_id FROM idempotency").fetchall() == []
