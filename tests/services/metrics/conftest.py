"""A database of this service, migrated and empty, connections to it, and the application over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from services.metrics.api.app import make_app
from services.metrics.settings import Settings
from shared.storage.pool import connect
from tests.fixtures.postgres import FreshDatabase, ScratchDatabase
from tests.services.metrics.envelopes import API_KEY_SECRET


@pytest.fixture
def database(fresh_database: FreshDatabase) -> ScratchDatabase:
    return fresh_database("metrics")


@pytest.fixture
def conn(database: ScratchDatabase) -> Iterator[Connection[Any]]:
    with connect(database.app, "test") as connection:
        yield connection


@pytest.fixture
def client(database: ScratchDatabase, tmp_path: Path) -> Any:
    (tmp_path / "api_key_secret").write_text(API_KEY_SECRET)
    return make_app(Settings.from_env({**database.env(), "SECRETS_DIR": str(tmp_path)})).test_client()
