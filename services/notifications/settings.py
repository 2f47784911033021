"""Settings of the notification service, read once from the environment that is passed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from services.notifications.channels.addresses import Network, networks
from services.notifications.channels.mail import MailboxNotValid, mailbox
from shared.settings.environment import Environment


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
        told = Environment(env, needs)
        settings = cls(
            database_url=told.text("DATABASE_URL"),
            database_owner_url=told.text("DATABASE_OWNER_URL"),
            kafka_bootstrap=told.text("KAFKA_BOOTSTRAP"),
            health_port=told.number("HEALTH_PORT", 0),
            log_level=told.log_level(),
            sandbox=told.claim("SANDBOX"),
            public_url=told.text("PUBLIC_URL").rstrip("/"),
            smtp_host=told.text("SMTP_HOST", "127.0.0.1"),
            smtp_port=told.number("SMTP_PORT", 25, lowest=1),
            smtp_starttls=told.claim("SMTP_STARTTLS"),
            mail_from=_sender(told),
            webhook_allow_private=told.claim("WEBHOOK_ALLOW_PRIVATE"),
            webhook_own_ranges=_ranges(told),
            sender_threads=told.number("SENDER_THREADS", 16, lowest=1),
            pool_size=told.number("POOL_SIZE", 12, lowest=1),
            api_key_secret=told.secret("api_key_secret"),
            cursor_secret=told.secret("cursor_secret"),
        )
        told.check()
        return settings


def _ranges(told: Environment) -> tuple[Network, ...]:
    try:
        return networks(told.text("WEBHOOK_OWN_RANGES"))
    except ValueError as fault:
        told.fault(f"WEBHOOK_OWN_RANGES: {fault}")
        return ()


def _sender(told: Environment) -> str:
    text = told.text("MAIL_FROM", "rogatory@localhost")
    try:
        mailbox(text)
    except MailboxNotValid as fault:
        told.fault(f"MAIL_FROM: {fault}")
    return text
