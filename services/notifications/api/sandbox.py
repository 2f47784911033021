"""The sandbox of notifications: levels fire at their own moments as the test clock goes by; a reset empties everything of this service."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from psycopg import Connection

from services.notifications.api.shell import Shell
from services.notifications.projector import DirectoryFollower, RequestFollower
from services.notifications.queries.sandbox import due_deliveries, empty_rows
from services.notifications.timers import fire_up_to
from services.notifications.warning import Warnings
from shared.storage import sandbox
from shared.storage.clock import test_clock
from shared.storage.pool import connect
from shared.web.resource import Resource
from shared.web.sandbox import sandbox_resource
from shared.wire.topics import DIRECTORY, REQUESTS

DELIVERY_SECONDS = 3.0
POLL_SECONDS = 0.02
NEEDED = ((REQUESTS, RequestFollower.name), (DIRECTORY, DirectoryFollower.name))


def resource(shell: Shell, warnings: Warnings) -> Resource:
    """`/v1/sandbox` of this service."""
    return sandbox_resource(lambda now: advance(shell, warnings, now), lambda: empty(shell))


def advance(shell: Shell, warnings: Warnings, now: datetime) -> bool:
    """Once the facts of requests up to *now* are here, move the test clock to *now*, stopping at each level on the way. False when it would go back."""
    with shell.pool.connection() as conn:
        stands = test_clock(conn)
        if stands is not None and now < stands:
            return False
        sandbox.await_watermark(conn, NEEDED, now)
        fire_up_to(conn, warnings, now)
        await_deliveries(conn)
        return True


def await_deliveries(conn: Connection[Any]) -> None:
    """Return when every delivery that is due was tried; not longer than a few seconds, for a receiver may hang."""
    deadline = time.monotonic() + DELIVERY_SECONDS
    while due_deliveries(conn) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def empty(shell: Shell) -> None:
    """Everything goes but the operators and their keys."""
    with shell.pool.connection() as conn, connect(shell.owner_url, "notifications-reset") as owner:
        sandbox.await_quiet(conn)
        kept = sandbox.operators(conn)
        with owner.transaction():
            sandbox.empty_log(owner, {})
            sandbox.rewind(owner)
            sandbox.empty_directory(owner, kept)
            empty_rows(owner)
