"""Settings of the console, read once from the environment that is passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """The environment does not describe a console that could start; the text names every fault."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the three services are and how the session is sealed."""

    requests_url: str
    notifications_url: str
    metrics_url: str
    session_secret: str
    public_url: str
    api_seconds: float
    figures_seconds: float
    session_minutes: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Settings from *env*.

        Raises:
            SettingsError: naming every missing or wrong variable at once.
        """
        faults: list[str] = []
        urls = {name: env.get(name, "").rstrip("/") for name in ("REQUESTS_URL", "NOTIFICATIONS_URL", "METRICS_URL")}
        faults += [f"{name} must be an http or https address" for name, url in urls.items() if not url.startswith(("http://", "https://"))]
        secret = Path(env.get("SECRETS_DIR", ""), "session_secret")
        text = secret.read_text().strip() if env.get("SECRETS_DIR") and secret.is_file() else ""
        if len(text) < 32:
            faults.append("SECRETS_DIR must hold a file session_secret with at least 32 characters")
        minutes = env.get("SESSION_MINUTES", "30")
        if not minutes.isdigit():
            faults.append("SESSION_MINUTES must be a whole number of minutes")
        if faults:
            raise SettingsError("; ".join(faults))
        return cls(
            requests_url=urls["REQUESTS_URL"],
            notifications_url=urls["NOTIFICATIONS_URL"],
            metrics_url=urls["METRICS_URL"],
            session_secret=text,
            public_url=env.get("PUBLIC_URL", ""),
            api_seconds=2.0,
            figures_seconds=15.0,
            session_minutes=int(minutes),
        )
