"""Variables and secret files: what is taken, and what is told of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.settings.environment import Environment, SettingsError


@pytest.mark.parametrize("value", ["many", "-1", "1.5", "٣", " 7", "0x10"])
def test_what_is_no_whole_number_is_told(value: str) -> None:
    env = Environment({"POOL_SIZE": value})

    assert env.number("POOL_SIZE", 12) == 12
    with pytest.raises(SettingsError, match="POOL_SIZE must be a whole number"):
        env.check()


def test_a_number_that_is_too_low_is_told() -> None:
    env = Environment({"POOL_SIZE": "0"})

    assert env.number("POOL_SIZE", 12, lowest=1) == 12
    with pytest.raises(SettingsError, match="POOL_SIZE must be 1 or more"):
        env.check()


@pytest.mark.parametrize("value", ["true", "yes", "on", "2"])
def test_a_claim_is_one_or_nought_and_else_is_told(value: str) -> None:
    env = Environment({"SMTP_STARTTLS": value})

    assert not env.claim("SMTP_STARTTLS")
    with pytest.raises(SettingsError, match="SMTP_STARTTLS must be 1 or 0"):
        env.check()


@pytest.mark.parametrize("fault", ["no folder", "a file for a folder", "no file", "a folder for a file", "short", "not UTF-8"])
def test_a_secret_that_cannot_be_read_is_told_by_its_name(tmp_path: Path, fault: str) -> None:
    """CRY-06: whatever lies there, the process ends with a sentence."""
    folder = tmp_path / "secrets"
    if fault == "a file for a folder":
        folder.write_text("x" * 40)
    elif fault != "no folder":
        folder.mkdir()
    if fault == "a folder for a file":
        (folder / "cursor_secret").mkdir()
    elif fault in ("short", "not UTF-8"):
        (folder / "cursor_secret").write_bytes(b"short" if fault == "short" else b"\xff" * 40)
    env = Environment({"SECRETS_DIR": str(folder)})

    assert len(env.secret("cursor_secret")) < 32
    with pytest.raises(SettingsError, match="cursor_secret"):
        env.check()


def test_every_fault_is_told_at_once() -> None:
    env = Environment({"URL": "ftp://x", "LOG_LEVEL": "loud", "N": "x"}, needs=("DATABASE_URL",))
    env.address("URL")
    env.log_level()
    env.number("N", 1)

    with pytest.raises(SettingsError) as told:
        env.check()

    assert [name for name in ("URL must", "LOG_LEVEL", "N must", "DATABASE_URL is not set") if name not in str(told.value)] == []


def test_nothing_wrong_is_nothing_told(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("s" * 40 + "\n")
    env = Environment({"SECRETS_DIR": str(tmp_path), "SANDBOX": "1"}, needs=("SECRETS_DIR",))
    env.check()

    assert (env.secret("s"), env.claim("SANDBOX"), env.claim("OTHER"), env.text("X", "y"), env.number("N", 3)) == ("s" * 40, True, False, "y", 3)
