"""Settings: all faults at once, secrets without a default."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.notifications.settings import Settings
from shared.settings.environment import SettingsError


def secrets(folder: Path) -> str:
    for name in ("api_key_secret", "cursor_secret"):
        (folder / name).write_text("x" * 40 + "\n")
    return str(folder)


def test_a_process_learns_what_it_needs(tmp_path: Path) -> None:
    env = {"DATABASE_URL": "postgresql://x", "SECRETS_DIR": secrets(tmp_path), "SMTP_PORT": "2525", "WEBHOOK_OWN_RANGES": "203.0.113.0/24", "SANDBOX": "1"}

    found = Settings.from_env(env)

    assert (found.smtp_port, found.sandbox, found.webhook_allow_private, len(found.webhook_own_ranges)) == (2525, True, False, 1)
    assert found.api_key_secret == "x" * 40


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    env = {"SECRETS_DIR": str(tmp_path), "SMTP_PORT": "x", "LOG_LEVEL": "loud", "MAIL_FROM": "nobody", "WEBHOOK_OWN_RANGES": "there"}

    with pytest.raises(SettingsError) as fault:
        Settings.from_env(env)

    for word in ("DATABASE_URL", "api_key_secret", "cursor_secret", "SMTP_PORT", "LOG_LEVEL", "MAIL_FROM", "WEBHOOK_OWN_RANGES"):
        assert word in str(fault.value)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """CRY-06."""
    found = Settings.from_env({"DATABASE_URL": "postgresql://x", "SECRETS_DIR": secrets(tmp_path)})

    assert "x" * 40 not in repr(found)
