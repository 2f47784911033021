"""A database of this service, migrated and empty, and connections to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection

from shared.storage.pool import Pool, connect, open_pool
from tests.fixtures.postgres import FreshDatabase, ScratchDatabase


@pytest.fixture
def database(fresh_database: FreshDatabase) -> ScratchDatabase:
    return fresh_database("notifications")


@pytest.fixture
def conn(database: ScratchDatabase) -> Iterator[Connection[Any]]:
    with connect(database.app, "test") as connection:
        yield connection


@pytest.fixture
def pool(database: ScratchDatabase) -> Iterator[Pool]:
    opened = open_pool(database.app, name="test", max_size=24, timeout=10)
    try:
        yield opened
    finally:
        opened.close()
