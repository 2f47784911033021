"""The given set in the rows, a worker, and jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from services.metrics.jobs import queries
from services.metrics.jobs.working import Worker
from shared.storage.pool import open_pool
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.envelopes import follow_given

LEASE = timedelta(seconds=30)
QUESTION = {"authority": "de-central", "from": "2025-01-01", "to": "2026-01-01", "as_known_at": "2026-01-31T23:00:00Z", "format": "csv"}
Ordered = Callable[..., UUID]


@pytest.fixture
def given(conn: Connection[Any]) -> Connection[Any]:
    follow_given(conn)
    return conn


@pytest.fixture
def worker(database: ScratchDatabase, given: Connection[Any]) -> Iterator[Worker]:
    with open_pool(database.app, name="test-jobs", max_size=3) as pool:
        yield Worker(pool=pool, stop=threading.Event(), lease=LEASE, longest=timedelta(minutes=5), kept=timedelta(days=30))


@pytest.fixture
def ordered(given: Connection[Any]) -> Ordered:
    """Orders a report and gives the id of the job."""

    def order(report: str = "account", **members: Any) -> UUID:
        id = uuid4()
        assert queries.insert_job(given, id, b"print", "de-central", report, {**QUESTION, **members})
        return id

    return order
