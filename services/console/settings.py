"""Settings of the console, read once from the environment that is passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.settings.environment import Environment


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the three services are and how the session is sealed."""

    requests_url: str
    notifications_url: str
    metrics_url: str
    session_secret: str
    public_url: str
    session_minutes: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Settings from *env*.

        Raises:
            SettingsError: naming every missing or wrong variable at once.
        """
        told = Environment(env, needs=("SECRETS_DIR",))
        settings = cls(
            requests_url=told.address("REQUESTS_URL"),
            notifications_url=told.address("NOTIFICATIONS_URL"),
            metrics_url=told.address("METRICS_URL"),
            session_secret=told.secret("session_secret"),
            public_url=told.text("PUBLIC_URL"),
            session_minutes=told.number("SESSION_MINUTES", 30, lowest=1),
        )
        told.check()
        return settings
