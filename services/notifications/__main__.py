"""`python -m services.notifications COMMAND`: migrate, project (follow the facts), timers (fire levels), send (mail and webhooks), relay.

Each imports what it needs itself: all start at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from services.notifications.settings import Settings
from shared.calendars.working import CalendarFileFaulty
from shared.settings.environment import SettingsError
from shared.telemetry.daemon import Health, run_daemon
from shared.telemetry.logging import configure_logging

if TYPE_CHECKING:
    from services.notifications.channels.channel import Channel

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

Work = Callable[[threading.Event, Health], None]
"""What a process does until it is asked to stop."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "migrate": ("DATABASE_OWNER_URL",),
    "project": ("DATABASE_URL", "KAFKA_BOOTSTRAP"),
    "timers": ("DATABASE_URL",),
    "send": ("DATABASE_URL", "SECRETS_DIR"),
    "relay": ("DATABASE_URL", "KAFKA_BOOTSTRAP"),
}


def project(settings: Settings) -> Work:
    """Follow requests and the directory until somebody asks to stop."""
    from services.notifications.projector import DirectoryFollower, RequestFollower
    from services.notifications.telling import Place
    from shared.messaging.consumer import run_projections
    from shared.storage.pool import open_pool

    def work(stop: threading.Event, health: Health) -> None:
        pool = open_pool(settings.database_url, name="notifications-project", max_size=4)
        place = Place(settings.public_url, settings.sandbox)
        run_projections(pool, settings.kafka_bootstrap, "notifications", [DirectoryFollower(), RequestFollower(place)], stop, health=health)

    return work


def timers(settings: Settings) -> Work:
    """Fire levels when their time has come, until somebody asks to stop."""
    from services.notifications.calendars import own_calendars
    from services.notifications.standing import firing
    from services.notifications.telling import Place
    from services.notifications.timers import run_timers
    from services.notifications.warning import Warnings
    from shared.storage.pool import open_pool

    warnings = Warnings(Place(settings.public_url, settings.sandbox), own_calendars())

    def work(stop: threading.Event, health: Health) -> None:
        pool = open_pool(settings.database_url, name="notifications-timers", max_size=2)
        health.ask("timers", firing(pool))
        run_timers(pool, warnings, stop, sandbox=settings.sandbox, tick=health.tick)

    return work


def relay(settings: Settings) -> Work:
    """Carry what was reached to Kafka until somebody asks to stop."""
    from shared.messaging.relay import run_relay
    from shared.wire.topics import topics_of

    def work(stop: threading.Event, health: Health) -> None:
        run_relay(settings.database_url, settings.kafka_bootstrap, stop, topics_of("notifications"), sandbox=settings.sandbox, health=health)

    return work


def send(settings: Settings) -> Work:
    """Send what is due until somebody asks to stop."""
    from services.notifications.keys import WebhookKeys
    from services.notifications.sender import Sender
    from services.notifications.standing import sending
    from services.notifications.telling import Place
    from shared.storage.pool import open_pool

    ways = channels(settings)

    def work(stop: threading.Event, health: Health) -> None:
        pool = open_pool(settings.database_url, name="notifications-send", max_size=settings.sender_threads + 2)
        keys, place = WebhookKeys(settings.api_key_secret), Place(settings.public_url, settings.sandbox)
        sender = Sender(pool, ways, keys, place, threads=settings.sender_threads)
        health.ask("send", sending(pool, sender.last_attempts))
        sender.run(stop, health.tick)

    return work


def channels(settings: Settings) -> dict[str, Channel]:
    """Return the ways out, by name."""
    import ssl

    from services.notifications.channels.mail import MailChannel
    from services.notifications.channels.webhook import WebhookChannel

    tls = ssl.create_default_context() if settings.smtp_starttls else None
    mail = MailChannel(host=settings.smtp_host, port=settings.smtp_port, sender=settings.mail_from, tls=tls)
    webhook = WebhookChannel(private_allowed=settings.webhook_allow_private, own_ranges=settings.webhook_own_ranges)
    return {mail.name: mail, webhook.name: webhook}


DAEMONS: Mapping[str, Callable[[Settings], Work]] = {"project": project, "timers": timers, "send": send, "relay": relay}


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Exit code of the command."""
    parser = argparse.ArgumentParser(prog="python -m services.notifications", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in NEEDS:
        command = commands.add_parser(name)
        if name == "migrate":
            command.add_argument("phase", nargs="?", choices=["pre", "post"])
    given = parser.parse_args(arguments)
    try:
        return _carried_out(given, env)
    except (SettingsError, CalendarFileFaulty) as fault:
        print(fault, file=sys.stderr)
        return 2


def _carried_out(given: argparse.Namespace, env: Mapping[str, str]) -> int:
    settings = Settings.from_env(env, NEEDS[given.command])
    configure_logging(f"notifications-{given.command}", settings.log_level.upper())
    if given.command == "migrate":
        from shared.storage.migrate import migrate

        migrate(settings.database_owner_url, MIGRATIONS, "notifications", given.phase)
        return 0
    return run_daemon("notifications", DAEMONS[given.command](settings), health_port=settings.health_port or None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
