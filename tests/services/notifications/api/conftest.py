"""The application over a database of its own, with two authorities in its directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from services.notifications.api.app import make_app
from services.notifications.settings import Settings
from tests.fixtures.postgres import ScratchDatabase
from tests.services.notifications.builders import API_KEY_SECRET, E, R, key_for, registered

Client = Any  # the test client of the framework; its answers hold JSON of any shape


@pytest.fixture
def client(database: ScratchDatabase, tmp_path: Path) -> Client:
    for name in ("api_key_secret", "cursor_secret"):
        (tmp_path / name).write_text(API_KEY_SECRET)
    env = {**database.env(), "SECRETS_DIR": str(tmp_path), "WEBHOOK_ALLOW_PRIVATE": "1", "PUBLIC_URL": "https://console.example.org"}
    return make_app(Settings.from_env(env)).test_client()


@pytest.fixture
def directory(conn: Connection[Any]) -> None:
    registered(conn, R)
    registered(conn, E)


Headers = Callable[..., dict[str, str]]


@pytest.fixture
def key(conn: Connection[Any], directory: None) -> Headers:
    """Headers of a caller: `key("integrator")`, `key("desk", E, desk="1")`; with `once=` those of a POST."""

    def headers(role: str, authority: str = R, *, desk: str | None = None, once: str | None = None) -> dict[str, str]:
        token = key_for(conn, authority, role, desk)
        return {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": once} if once else {})

    return headers
