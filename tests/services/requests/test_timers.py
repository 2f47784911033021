"""The worker of timers, round by round."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from psycopg import Connection

from services.requests.timers import go_round
from shared.storage.idempotency import keep_answer
from shared.telemetry.daemon import Health
from tests.services.requests.calling import Service


def test_an_answer_is_kept_seven_days_and_then_forgotten(service: Service, conn: Connection[Any]) -> None:
    """The nonce of an issued key is such an answer: nothing brings the key back once it is gone."""
    young, old = uuid4(), uuid4()
    for command in (young, old):
        keep_answer(conn, command, b"fingerprint", status=201, headers={}, body=b"nonce")
    conn.execute("UPDATE idempotency SET recorded_at = clock_timestamp() - interval '6 days 23 hours' WHERE command_id = %s", (young,))
    conn.execute("UPDATE idempotency SET recorded_at = clock_timestamp() - interval '7 days 1 hour' WHERE command_id = %s", (old,))

    assert go_round(service.shell, Health()) is False

    left = {row[0] for row in conn.execute("SELECT command_id FROM idempotency").fetchall()}
    assert young in left
    assert old not in left
