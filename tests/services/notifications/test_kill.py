"""A sender that is killed between the call and its completion."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from deploy.local.places import CHECKOUT
from services.notifications.channels.webhook import WebhookChannel
from services.notifications.keys import WebhookKeys
from services.notifications.sender import Sender
from shared.storage.pool import Pool
from tests.fixtures.postgres import ScratchDatabase
from tests.services.notifications.builders import API_KEY_SECRET, PLACE, R, rows, subscribed
from tests.services.notifications.channels.receivers import Reply, http_receiver
from tests.services.notifications.test_sender import tell
from tests.waiting import until


@contextmanager
def sending_process(database: ScratchDatabase, secrets: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m services.notifications send`, as the supervisor starts it."""
    for name in ("api_key_secret", "cursor_secret"):
        (secrets / name).write_text(API_KEY_SECRET)
    env = {**os.environ, **database.env(), "SECRETS_DIR": str(secrets), "WEBHOOK_ALLOW_PRIVATE": "1", "LOG_LEVEL": "error"}
    process = subprocess.Popen([sys.executable, "-m", "services.notifications", "send"], env=env, cwd=CHECKOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def test_a_message_whose_sender_was_killed_after_the_call_comes_again_under_its_id(
    conn: Connection[Any], pool: Pool, database: ScratchDatabase, tmp_path: Path
) -> None:
    """DLV-01: kill -9 between call and completion; the message is not lost, and the receiver recognises the repeat."""
    answered = threading.Event()
    with http_receiver(lambda call: Reply(204, before=lambda: answered.wait(20))) as receiver:
        tell(conn, subscribed(conn, R, receiver.url))
        with sending_process(database, tmp_path) as process:
            until(lambda: receiver.calls, 20, "the first call")
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        answered.set()
        assert [(row["state"], row["attempts"]) for row in rows(conn)] == [("sending", 1)]
        conn.execute("UPDATE delivery SET leased_until = clock_timestamp() - interval '1 second'")  # a minute later

        Sender(pool, {"webhook": WebhookChannel(private_allowed=True)}, WebhookKeys(API_KEY_SECRET), PLACE, lease=timedelta(seconds=60)).send_due()

        assert [(row["state"], row["attempts"]) for row in rows(conn)] == [("delivered", 2)]
        first, second = receiver.calls
        assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_a_sender_that_is_asked_to_stop_ends_what_it_has_begun(conn: Connection[Any], database: ScratchDatabase, tmp_path: Path) -> None:
    answered = threading.Event()
    with http_receiver(lambda call: Reply(204, before=lambda: answered.wait(20))) as receiver:
        tell(conn, subscribed(conn, R, receiver.url))
        with sending_process(database, tmp_path) as process:
            until(lambda: receiver.calls, 20, "the first call")
            process.send_signal(signal.SIGTERM)
            answered.set()

            assert process.wait(20) == 0

    assert [(row["state"], row["attempts"]) for row in rows(conn)] == [("delivered", 1)]
