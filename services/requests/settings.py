"""Settings of the request service, read once from the environment that is passed in."""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SECRETS = ("api_key_secret", "text_wrapping_key", "cursor_secret")
SECRET_LENGTH = 32
LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(ValueError):
    """The environment does not describe a process that could start; the text names every fault."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process of this service is told. Members that it does not need are empty."""

    database_url: str
    database_owner_url: str
    kafka_bootstrap: str
    health_port: int
    log_level: str
    sandbox: bool
    api_key_secret: str = field(repr=False)
    text_wrapping_key: bytes = field(repr=False)
    cursor_secret: str = field(repr=False)
    pool_size: int

    @classmethod
    def from_env(cls, env: Mapping[str, str], needs: Collection[str] = ("DATABASE_URL", "SECRETS_DIR")) -> "Settings":
        """Settings from *env*; *needs* are the variables without which this process cannot start.

        Raises:
            SettingsError: naming every missing or wrong variable at once.
        """
        faults = [f"{name} is not set" for name in needs if not env.get(name)]
        secrets = _secrets(env["SECRETS_DIR"], faults) if env.get("SECRETS_DIR") else dict.fromkeys(SECRETS, "")
        numbers = {name: _number(env, name, default, faults) for name, default in (("HEALTH_PORT", 0), ("POOL_SIZE", 12))}
        level = env.get("LOG_LEVEL", "info").lower()
        if level not in LOG_LEVELS:
            faults.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
        wrapping_key = _wrapping_key(secrets["text_wrapping_key"], faults)
        if faults:
            raise SettingsError("; ".join(faults))
        return cls(
            database_url=env.get("DATABASE_URL", ""),
            database_owner_url=env.get("DATABASE_OWNER_URL", ""),
            kafka_bootstrap=env.get("KAFKA_BOOTSTRAP", ""),
            health_port=numbers["HEALTH_PORT"],
            log_level=level,
            sandbox=env.get("SANDBOX", "") == "1",
            api_key_secret=secrets["api_key_secret"],
            text_wrapping_key=wrapping_key,
            cursor_secret=secrets["cursor_secret"],
            pool_size=numbers["POOL_SIZE"],
        )


def _secrets(folder: str, faults: list[str]) -> dict[str, str]:
    """The secrets in the files of *folder*, without their trailing newline."""
    found = {}
    for name in SECRETS:
        file = Path(folder, name)
        found[name] = file.read_text().strip() if file.is_file() else ""
        if len(found[name]) < SECRET_LENGTH:
            faults.append(f"SECRETS_DIR must hold a file {name} with at least {SECRET_LENGTH} characters")
    return found


def _wrapping_key(text: str, faults: list[str]) -> bytes:
    if not text:
        return b""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        faults.append("text_wrapping_key must be 32 bytes in base64")
    return key


def _number(env: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    value = env.get(name, "")
    if value and not value.isdigit():
        faults.append(f"{name} must be a whole number")
        return default
    return int(value) if value else default
