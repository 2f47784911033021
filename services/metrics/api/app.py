"""The application: the resources of this service on the common factory."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import psycopg
import psycopg_pool
from flask import Flask

from services.metrics import queries
from services.metrics.api import early_warnings, figures, forecasts, jobs, members, reports, sandbox
from services.metrics.api.shell import REFUSALS, Shell
from services.metrics.courses.warming import keep_warm
from services.metrics.exposition import exposition
from services.metrics.projector import TOPICS
from services.metrics.settings import Settings
from shared.facts.members import moment as moment_text
from shared.storage import parking, positions
from shared.storage.directory import DirectoryReader
from shared.storage.migrate import database_is_current
from shared.storage.pool import Pool, open_pool
from shared.web.app import WebSettings, create_app
from shared.web.operations import Operations, Readiness

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
VERSION = "0.1.0"
DESCRIPTION = "What is counted, how long it takes, and as known when: figures, returns, forecasts."
STATEMENT_SECONDS = 30


def readiness(pool: Pool) -> Readiness:
    """Whether the database answers and has every table; how far the projections are, and what waits for a repair."""
    try:
        with pool.connection(timeout=1.0) as conn:
            if not database_is_current(conn, MIGRATIONS):
                return Readiness(False, {"database": "ok", "migrated": False})
            checks = {
                "database": "ok",
                "migrated": True,
                "watermarks": {topic: moment_text(reached) for topic, reached in queries.watermarks(conn, TOPICS)},
                "blocked_streams": parking.parked_streams(conn),
                "records_taken": {f"{projection} {topic}": count for projection, topic, count in positions.taken_records(conn)},
            }
    except (psycopg.Error, psycopg_pool.PoolTimeout) as fault:
        return Readiness(False, {"database": type(fault).__name__})
    return Readiness(True, checks)


def make_app(settings: Settings, *, reads_ahead: bool = False) -> Flask:
    """Return the application; its pool is open at once, whether or not the database is there.

    Args:
        reads_ahead: begin to read what the largest members will ask for, in a thread of its own.
    """
    pool = open_pool(settings.database_url, name="metrics-api", max_size=settings.pool_size, statement_seconds=STATEMENT_SECONDS)
    if reads_ahead and settings.read_ahead_members:
        Thread(target=keep_warm, args=(pool, settings.read_ahead_members, Event()), name="reading-ahead", daemon=True).start()
    directory = DirectoryReader(pool, settings.api_key_secret, kept=not settings.sandbox)
    shell = Shell(pool=pool, directory=directory, jobs_kept=settings.report_jobs_kept)

    def metrics() -> bytes:
        with pool.connection() as conn:
            return exposition(conn)

    resources = [
        figures.resource(shell),
        members.resource(shell),
        reports.resource(shell),
        jobs.resource(shell),
        forecasts.resource(shell),
        early_warnings.resource(shell),
    ]
    if settings.sandbox:
        resources.append(sandbox.resource(pool))
    return create_app(
        WebSettings(service="metrics", title="Rogatory metrics", version=VERSION, description=DESCRIPTION),
        callers=shell.directory,
        resources=resources,
        operations=Operations(readiness=lambda: readiness(pool), metrics=metrics),
        refusals=REFUSALS,
    )
