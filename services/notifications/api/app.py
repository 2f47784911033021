"""The application: the resources of this service on the common factory."""

from __future__ import annotations

from pathlib import Path

import psycopg
import psycopg_pool
from flask import Flask

from services.notifications.api import calendar, deliveries, escalations, ladders, sandbox, subscriptions
from services.notifications.api.shell import Shell
from services.notifications.calendars import own_calendars
from services.notifications.exposition import exposition
from services.notifications.keys import WebhookKeys
from services.notifications.settings import Settings
from services.notifications.telling import Place
from services.notifications.warning import Warnings
from shared.facts.members import moment
from shared.storage import parking, positions
from shared.storage.directory import DirectoryReader
from shared.storage.errors import TemporarilyUnavailable
from shared.storage.migrate import database_is_current
from shared.storage.pool import Pool, open_pool
from shared.web.app import WebSettings, create_app
from shared.web.errors import Problem
from shared.web.operations import Operations, Readiness
from shared.web.paging import Cursors
from shared.web.resource import Resource

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
VERSION = "0.1.0"
DESCRIPTION = "Who must be told: subscriptions, deliveries by mail and webhook, escalations."


def shell_of(settings: Settings, pool: Pool) -> Shell:
    """Return what the resources share."""
    return Shell(
        pool=pool,
        directory=DirectoryReader(pool, settings.api_key_secret, kept=not settings.sandbox),
        keys=WebhookKeys(settings.api_key_secret),
        cursors=Cursors(settings.cursor_secret),
        place=Place(settings.public_url, settings.sandbox),
        webhook_allow_private=settings.webhook_allow_private,
        webhook_own_ranges=settings.webhook_own_ranges,
        sandbox=settings.sandbox,
        owner_url=settings.database_owner_url,
    )


def readiness(pool: Pool) -> Readiness:
    """Return whether the database answers and has every table, and how far the projections are."""
    try:
        with pool.connection(timeout=1.0) as conn:
            if not database_is_current(conn, MIGRATIONS):
                return Readiness(False, {"database": "ok", "migrated": False})
            checks = {
                "database": "ok",
                "migrated": True,
                "watermarks": {topic: moment(reached) for topic, reached in positions.watermarks(conn).items()},
                "blocked_streams": parking.parked_streams(conn),
                "records_taken": {f"{projection} {topic}": count for projection, topic, count in positions.taken_records(conn)},
            }
    except (psycopg.Error, psycopg_pool.PoolTimeout) as fault:
        return Readiness(False, {"database": type(fault).__name__})
    return Readiness(True, checks)


def resources_of(shell: Shell) -> list[Resource]:
    """Return every resource; the sandbox's only in a sandbox."""
    modules = (subscriptions, deliveries, escalations, ladders, calendar)
    found = [module.resource(shell) for module in modules]
    return [*found, sandbox.resource(shell, Warnings(shell.place, own_calendars()))] if shell.sandbox else found


def away(fault: TemporarilyUnavailable) -> Problem:
    """Return how to say that something has not arrived yet."""
    return Problem("temporarily_unavailable", str(fault), retry_after_seconds=max(1, int(fault.retry_after)))


def make_app(settings: Settings) -> Flask:
    """Return the application; its pool is open at once, whether or not the database is there."""
    pool = open_pool(settings.database_url, name="notifications-api", max_size=settings.pool_size, statement_seconds=10)
    shell = shell_of(settings, pool)

    def metrics() -> bytes:
        with pool.connection() as conn:
            return exposition(conn)

    return create_app(
        WebSettings(
            service="notifications",
            title="Rogatory notifications",
            version=VERSION,
            description=DESCRIPTION,
            public_endpoints=frozenset({calendar.PUBLIC_ENDPOINT}),
        ),
        callers=shell.directory,
        resources=resources_of(shell),
        refusals={TemporarilyUnavailable: away},
        operations=Operations(readiness=lambda: readiness(pool), metrics=metrics),
    )
