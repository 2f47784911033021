"""Settings: all faults at once, secrets from files."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from services.requests.settings import Settings
from shared.settings.environment import SettingsError

KEY = base64.b64encode(bytes(range(32))).decode()


def secrets(folder: Path, **changes: str) -> str:
    for name, value in {"api_key_secret": "a" * 40, "text_wrapping_key": KEY, "cursor_secret": "c" * 40, **changes}.items():
        (folder / name).write_text(value + "\n")
    return str(folder)


def test_secrets_come_from_files_without_their_newline(tmp_path: Path) -> None:
    """CRY-06."""
    settings = Settings.from_env({"DATABASE_URL": "postgresql://x", "SECRETS_DIR": secrets(tmp_path), "SANDBOX": "1"})

    assert (settings.api_key_secret, settings.text_wrapping_key, settings.sandbox) == ("a" * 40, bytes(range(32)), True)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """OPS-02, AUT-08."""
    env = {"SECRETS_DIR": secrets(tmp_path, api_key_secret="short", text_wrapping_key="x" * 40), "POOL_SIZE": "many", "LOG_LEVEL": "loud"}

    with pytest.raises(SettingsError) as refused:
        Settings.from_env(env)

    for fault in ("DATABASE_URL is not set", "api_key_secret", "text_wrapping_key must be 32 bytes", "POOL_SIZE", "LOG_LEVEL"):
        assert fault in str(refused.value)


def test_a_process_that_needs_no_secret_starts_without() -> None:
    assert Settings.from_env({"DATABASE_OWNER_URL": "postgresql://x"}, ("DATABASE_OWNER_URL",)).api_key_secret == ""
