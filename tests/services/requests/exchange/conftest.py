"""A request service on a scratch database, with one authority whose register comes in and one that is no member."""

import base64
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from services.requests.api.application import create
from services.requests.assembly import make_shell
from services.requests.directory.commands import Order, issue_key, register_authority
from services.requests.settings import Settings
from services.requests.shell import Shell
from tests.fixtures.postgres import FreshDatabase

AUTHORITIES = (
    {"id": "cz-central", "name": "Central Authority", "state": "CZ", "time_zone": "Europe/Prague", "calendar": "CZ", "member": True},
    {"id": "ch-central", "name": "Outside authority", "state": "CH", "time_zone": "Europe/Zurich", "calendar": "CH", "member": False},
)


@pytest.fixture
def secrets_folder(tmp_path: Path) -> Path:
    """Secrets of a deployment."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in ("api_key_secret", "cursor_secret"):
        (folder / name).write_text("0123456789abcdef" * 3)
    (folder / "text_wrapping_key").write_text(base64.b64encode(bytes(range(32))).decode())
    return folder


@pytest.fixture
def shell(fresh_database: FreshDatabase, secrets_folder: Path) -> Iterator[Shell]:
    """One process of the service."""
    database = fresh_database("requests")
    made = make_shell(Settings.from_env({"DATABASE_URL": database.app, "SECRETS_DIR": str(secrets_folder)}), "test-import")
    for described in AUTHORITIES:
        register_authority(made, Order("test", uuid4(), b""), described)
    yield made
    made.pool.close()


@pytest.fixture
def client(shell: Shell) -> FlaskClient:
    """The interface of that process."""
    return create(shell).test_client()


def bearer(shell: Shell, role: str, desk: str | None = None) -> dict[str, str]:
    """The header of a caller of cz-central."""
    key = issue_key(shell, Order("test", uuid4(), b""), "cz-central", role=role, desk=desk, label=None).key
    return {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid4())}
