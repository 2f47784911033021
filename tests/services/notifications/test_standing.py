"""What the sender and the worker of timers answer when somebody asks whether they are ready."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection

from services.notifications.__main__ import DAEMONS
from services.notifications.queries.subscriptions import moment
from services.notifications.settings import Settings
from services.notifications.standing import firing, sending
from shared.storage.pool import Pool
from shared.telemetry.daemon import Health
from tests.services.notifications.builders import R, Stream, drafted, follow, sent, subscribed


def test_the_sender_tells_what_is_due_and_since_when_even_to_a_receiver_left_alone(conn: Connection[Any], pool: Pool) -> None:
    subscribed(conn, R)
    follow(conn, Stream().add(drafted(), sent()))
    since = moment(conn) - timedelta(hours=2)
    conn.execute("UPDATE delivery SET due_at = %s", (since,))
    conn.execute("UPDATE lane SET open_from = 'infinity'")
    last = {"mail": {"verdict": "failed", "status": None}}

    told = sending(pool, last)()

    assert told == (True, {"due": 2, "oldest_due": since, "last_attempts": last})


def test_the_worker_of_timers_tells_since_when_the_oldest_level_waits(conn: Connection[Any], pool: Pool) -> None:
    now = moment(conn)
    for hours in (-3, -1, 2):
        at = now + timedelta(hours=hours)
        conn.execute("INSERT INTO pending_level (clock, revision, ladder_on, level, due_at, ready_at) VALUES (%s, 1, 'strict', 1, %s, %s)", (uuid4(), at, at))

    assert firing(pool)() == (True, {"oldest_ready": now - timedelta(hours=3)})


@pytest.mark.parametrize("command", ["send", "timers"])
def test_a_process_whose_database_is_away_is_not_ready(command: str, tmp_path: Path) -> None:
    for name in ("api_key_secret", "cursor_secret"):
        (tmp_path / name).write_text("x" * 40 + "\n")
    settings = Settings.from_env({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "SECRETS_DIR": str(tmp_path)})
    stop, health = threading.Event(), Health()
    stop.set()
    DAEMONS[command](settings)(stop, health)

    assert health.readiness() == (False, {command: {"ready": False, "detail": {"database": "PoolTimeout"}}})
