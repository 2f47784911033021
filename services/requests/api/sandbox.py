"""The sandbox of requests: lapses fire at their own moments as the test clock goes by; a reset empties the log."""

from datetime import datetime

from services.requests.clockwork import LAPSE
from services.requests.queries.sandbox import empty_rows, next_timer
from services.requests.settling import fire_due
from services.requests.shell import Shell
from shared.storage import sandbox
from shared.storage.clock import set_test_clock, test_clock
from shared.storage.pool import connect
from shared.web.resource import Resource
from shared.web.sandbox import sandbox_resource
from shared.wire.topics import DIRECTORY


def resource(shell: Shell) -> Resource:
    """`/v1/sandbox` of this service."""
    return sandbox_resource(lambda now: advance(shell, now), lambda: empty(shell))


def advance(shell: Shell, now: datetime) -> bool:
    """Move the test clock to *now*, stopping at each lapse on the way. False when it would go back."""
    with shell.pool.connection() as conn:
        stands = test_clock(conn)
        if stands is not None and now < stands:
            return False
        while (due := next_timer(conn, LAPSE, not_after=now)) is not None:
            stands = due if stands is None else max(due, stands)
            set_test_clock(conn, stands)
            fire_due(shell, conn, stands)
        return set_test_clock(conn, now)


def empty(shell: Shell) -> None:
    """Everything goes but the operators and their keys."""
    with shell.pool.connection() as conn, connect(shell.owner_url, "requests-reset") as owner:
        sandbox.await_quiet(conn)
        kept = sandbox.operators(conn)
        with owner.transaction():
            sandbox.empty_log(owner, {DIRECTORY: sandbox.directory_streams(owner, kept)})
            sandbox.rewind(owner)
            sandbox.empty_directory(owner, kept)
            empty_rows(owner)
    shell.streams.forget()
