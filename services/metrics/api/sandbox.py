"""The sandbox of metrics: the test clock moves when every fact recorded before has arrived; a reset forgets all facts."""

from __future__ import annotations

from datetime import datetime

from services.metrics import queries
from services.metrics.courses.queries import begin_settling
from services.metrics.jobs.queries import forget_all_jobs
from services.metrics.projector import FOLLOWED
from shared.storage import sandbox
from shared.storage.clock import set_test_clock, test_clock
from shared.storage.pool import Pool
from shared.web.resource import Resource
from shared.web.sandbox import sandbox_resource

NEEDED = tuple((topic, projection.name) for projection in FOLLOWED for topic in projection.topics)


def resource(pool: Pool) -> Resource:
    """`/v1/sandbox` of this service."""
    return sandbox_resource(lambda now: advance(pool, now), lambda: empty(pool))


def advance(pool: Pool, now: datetime) -> bool:
    """Move the test clock to *now* once everything recorded before has arrived. False when it would go back."""
    with pool.connection() as conn:
        stands = test_clock(conn)
        if stands is not None and now < stands:
            return False
        sandbox.await_watermark(conn, NEEDED, now)
        return set_test_clock(conn, now)


def empty(pool: Pool) -> None:
    """Every fact goes, and every authority but the operators."""
    with pool.connection() as conn:
        sandbox.await_quiet(conn)
        with conn.transaction():
            begin_settling(conn)
            kept = sandbox.operators(conn)
            queries.empty_rows(conn, kept)
            forget_all_jobs(conn)
            sandbox.empty_directory(conn, kept)
            sandbox.rewind(conn)
