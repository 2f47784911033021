"""Settings of the notification service, read once from the environment that is passed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.notifications.channels.addresses import Network, networks
from services.notifications.channels.mail import MailboxNotValid, mailbox

SECRETS = ("api_key_secret", "cursor_secret")
SECRET_LENGTH = 32
LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(ValueError):
    """The environment does not describe a process that could start; the text names every fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process of this service is told. Members that it does not need are empty."""

    database_url: str
    database_owner_url: str
    kafka_bootstrap: str
    health_port: int
    log_level: str
    sandbox: bool
    public_url: str
    smtp_host: str
    smtp_port: int
    smtp_starttls: bool
    mail_from: str
    webhook_allow_private: bool
    webhook_own_ranges: tuple[Network, ...]
    sender_threads: int
    pool_size: int
    api_key_secret: str = field(repr=False)
    cursor_secret: str = field(repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str], needs: Collection[str] = ("DATABASE_URL", "SECRETS_DIR")) -> Settings:
        """Settings from *env*; *needs* are the variables without which this process cannot start.

        Raises:
            SettingsError: naming every missing or wrong variable at once.
        """
        faults = [f"{name} is not set" for name in needs if not env.get(name)]
        secrets = _secrets(env["SECRETS_DIR"], faults) if env.get("SECRETS_DIR") else dict.fromkeys(SECRETS, "")
        numbers = {name: _number(env, name, default, faults) for name, default in NUMBERS.items()}
        level = env.get("LOG_LEVEL", "info").lower()
        if level not in LOG_LEVELS:
            faults.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
        sender = env.get("MAIL_FROM", "rogatory@localhost")
        own = _ranges(env.get("WEBHOOK_OWN_RANGES", ""), faults)
        _check_mailbox(sender, faults)
        if faults:
            raise SettingsError("; ".join(faults))
        return cls(
            database_url=env.get("DATABASE_URL", ""),
            database_owner_url=env.get("DATABASE_OWNER_URL", ""),
            kafka_bootstrap=env.get("KAFKA_BOOTSTRAP", ""),
            health_port=numbers["HEALTH_PORT"],
            log_level=level,
            sandbox=env.get("SANDBOX", "") == "1",
            public_url=env.get("PUBLIC_URL", "").rstrip("/"),
            smtp_host=env.get("SMTP_HOST", "127.0.0.1"),
            smtp_port=numbers["SMTP_PORT"],
            smtp_starttls=env.get("SMTP_STARTTLS", "") == "1",
            mail_from=sender,
            webhook_allow_private=env.get("WEBHOOK_ALLOW_PRIVATE", "") == "1",
            webhook_own_ranges=own,
            sender_threads=numbers["SENDER_THREADS"],
            pool_size=numbers["POOL_SIZE"],
            **secrets,
        )


NUMBERS: Mapping[str, int] = {"HEALTH_PORT": 0, "POOL_SIZE": 12, "SMTP_PORT": 25, "SENDER_THREADS": 16}


def _secrets(folder: str, faults: list[str]) -> dict[str, str]:
    """The secrets in the files of *folder*, without their trailing newline."""
    found = {}
    for name in SECRETS:
        file = Path(folder, name)
        found[name] = file.read_text().strip() if file.is_file() else ""
        if len(found[name]) < SECRET_LENGTH:
            faults.append(f"SECRETS_DIR must hold a file {name} with at least {SECRET_LENGTH} characters")
    return found


def _number(env: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    value = env.get(name, "")
    if value and not value.isdigit():
        faults.append(f"{name} must be a whole number")
        return default
    return int(value) if value else default


def _ranges(text: str, faults: list[str]) -> tuple[Network, ...]:
    try:
        return networks(text)
    except ValueError as fault:
        faults.append(f"WEBHOOK_OWN_RANGES: {fault}")
        return ()


def _check_mailbox(text: str, faults: list[str]) -> None:
    try:
        mailbox(text)
    except MailboxNotValid as fault:
        faults.append(f"MAIL_FROM: {fault}")
