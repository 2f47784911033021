"""The processes of `python -m services.requests` that stand between database and Kafka. Each imports what it needs itself: all start at once."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from threading import Event

from services.requests.settings import MIGRATIONS, Settings
from shared.telemetry.daemon import Health, run_daemon


def migrate(argv: Sequence[str], settings: Settings) -> int:
    """Carry out the migrations of the phase named, or of both."""
    from shared.storage.migrate import migrate as carry_out

    parser = argparse.ArgumentParser(prog="python -m services.requests migrate")
    parser.add_argument("phase", nargs="?", choices=["pre", "post"])
    carry_out(settings.database_owner_url, MIGRATIONS, "requests", parser.parse_args(argv).phase)
    return 0


def relay(argv: Sequence[str], settings: Settings) -> int:
    """Carry the log to Kafka until somebody asks to stop."""
    from shared.messaging.relay import run_relay
    from shared.wire.topics import topics_of

    def work(stop: Event, health: Health) -> None:
        run_relay(settings.database_url, settings.kafka_bootstrap, stop, topics_of("requests"), sandbox=settings.sandbox, health=health)

    return run_daemon("requests", work, health_port=settings.health_port or None)


def project(argv: Sequence[str], settings: Settings) -> int:
    """Follow the topic and write the rows until somebody asks to stop."""
    from services.requests.assembly import clockwork_with
    from services.requests.projector import RequestRows
    from services.requests.queries.directory import authority_with_memberships
    from shared.messaging.consumer import run_projections
    from shared.storage.directory import DirectoryReader
    from shared.storage.pool import open_pool

    def work(stop: Event, health: Health) -> None:
        with closing(open_pool(settings.database_url, name="requests-project")) as pool:
            directory = DirectoryReader(pool, "", kept=not settings.sandbox, read=authority_with_memberships)
            rows = RequestRows(clockwork_with(directory))
            run_projections(pool, settings.kafka_bootstrap, "requests-project", [rows], stop, health=health)

    return run_daemon("requests", work, health_port=settings.health_port or None)
