"""Settings come from the mapping that is passed in, and all faults are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.metrics.settings import Settings
from shared.settings.environment import SettingsError


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    env = {"SECRETS_DIR": str(tmp_path), "HEALTH_PORT": "many", "LOG_LEVEL": "loud", "REPORT_JOBS_KEPT_DAYS": "0"}

    with pytest.raises(SettingsError) as told:
        Settings.from_env(env)

    assert [name for name in ("DATABASE_URL", "api_key_secret", "HEALTH_PORT", "LOG_LEVEL", "REPORT_JOBS_KEPT_DAYS") if name not in str(told.value)] == []


def test_a_secret_loses_its_trailing_newline_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "api_key_secret").write_text("s" * 40 + "\n")

    settings = Settings.from_env({"DATABASE_URL": "postgresql://x", "SECRETS_DIR": str(tmp_path)})

    assert settings.api_key_secret == "s" * 40
    assert "ssss" not in repr(settings)
