"""The application: every resource of this service under one factory."""

import importlib
import importlib.util
from datetime import UTC, datetime

import psycopg
from flask import Flask

from services.requests.api import authorities, feed, instruments, lists, me, present, read, sandbox, write
from services.requests.api.refusals import REFUSALS
from services.requests.exposition import exposition
from services.requests.queries import maintenance
from services.requests.settings import MIGRATIONS
from services.requests.shell import Shell
from shared.storage.directory import Caller
from shared.storage.migrate import database_is_current
from shared.storage.relay_state import backlog
from shared.web.app import WebSettings, create_app
from shared.web.operations import Operations, Readiness
from shared.web.resource import Resource

VERSION = "1.0.0"
RELAY_LATE_SECONDS = 60.0
OWN_RESOURCES = (lists.blp, write.blp, read.blp, feed.blp, instruments.blp, authorities.blp, me.blp)
FURTHER_MODULES = ("services.requests.api.imports", "services.requests.api.clocks")
"""Chapters of their own; each offers `blp`."""


def create(shell: Shell) -> Flask:
    """The request service's interface, with *shell* behind it."""
    settings = WebSettings(
        service="requests",
        title="Rogatory: requests",
        version=VERSION,
        description="Requests for mutual legal assistance and extradition between States: their moves, their facts, the directory of authorities.",
    )
    operations = Operations(lambda: readiness(present.shell()), lambda: metrics(present.shell()))
    resources = [*OWN_RESOURCES, *_further(), *([sandbox.resource(shell)] if shell.sandbox else [])]
    app = create_app(settings, callers=_Callers(), resources=resources, operations=operations, refusals=REFUSALS)
    present.attach(app, shell)
    return app


class _Callers:
    """Looks bearer tokens up in the directory of whatever shell the application has."""

    def caller(self, bearer: str) -> Caller | None:
        """Who holds *bearer*."""
        return present.shell().directory.caller(bearer)


def _further() -> list[Resource]:
    return [importlib.import_module(name).blp for name in FURTHER_MODULES if importlib.util.find_spec(name)]


def readiness(shell: Shell) -> Readiness:
    """Whether calls can be answered. How far Kafka and the rows are behind is told, but it stops nobody from making moves."""
    try:
        with shell.pool.connection() as conn:
            current = database_is_current(conn, MIGRATIONS)
            if not current:
                return Readiness(False, {"database": {"ready": True}, "migrations": {"ready": False}})
            waiting, rows = backlog(conn), maintenance.projection_state(conn, maintenance.ROWS)
    except (psycopg.Error, TimeoutError):
        return Readiness(False, {"database": {"ready": False}})
    return Readiness(
        True,
        {
            "database": {"ready": True},
            "migrations": {"ready": True},
            "relay": {"ready": waiting.oldest_seconds < RELAY_LATE_SECONDS, "backlog": waiting.facts, "oldest_seconds": round(waiting.oldest_seconds, 3)},
            "rows": {"ready": rows.blocked == 0, "behind_seconds": _behind(rows.watermark), "parked_streams": rows.blocked, "parked_facts": rows.parked},
        },
    )


def _behind(watermark: datetime | None) -> float | None:
    return None if watermark is None else round((datetime.now(UTC) - watermark).total_seconds(), 3)


def metrics(shell: Shell) -> bytes:
    """Figures from rows: the same on every replica and right after every restart."""
    with shell.pool.connection() as conn:
        return exposition(conn, shell.now(conn))
