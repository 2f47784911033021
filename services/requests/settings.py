"""Settings of the request service, read once from the environment that is passed in."""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.settings.environment import Environment

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


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
        told = Environment(env, needs)
        settings = cls(
            database_url=told.text("DATABASE_URL"),
            database_owner_url=told.text("DATABASE_OWNER_URL"),
            kafka_bootstrap=told.text("KAFKA_BOOTSTRAP"),
            health_port=told.number("HEALTH_PORT", 0),
            log_level=told.log_level(),
            sandbox=told.claim("SANDBOX"),
            api_key_secret=told.secret("api_key_secret"),
            text_wrapping_key=_wrapping_key(told),
            cursor_secret=told.secret("cursor_secret"),
            pool_size=told.number("POOL_SIZE", 12, lowest=1),
        )
        told.check()
        return settings


def _wrapping_key(told: Environment) -> bytes:
    text = told.secret("text_wrapping_key")
    if not text:
        return b""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        told.fault("text_wrapping_key must be 32 bytes in base64")
    return key
