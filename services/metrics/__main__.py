"""`python -m services.metrics COMMAND`: migrate, project (follow the facts), rebuild, evaluate (figures of a file of facts)."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from services.metrics import queries
from services.metrics.domain.errors import FiguresError
from services.metrics.evaluate import answer, questions, register_of
from services.metrics.projector import FOLLOWED, REBUILT
from services.metrics.settings import Settings
from shared.settings.environment import SettingsError
from shared.storage.migrate import migrate as carry_out
from shared.storage.pool import connect, open_pool
from shared.telemetry.daemon import Health, run_daemon
from shared.telemetry.logging import configure_logging

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def migrate(given: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Bring the database up to date."""
    settings = _settings("metrics-migrate", env, ("DATABASE_OWNER_URL",))
    carry_out(settings.database_owner_url, MIGRATIONS, "metrics", given.phase)
    return 0


def project(_: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Follow requests and the directory until somebody asks to stop."""
    from shared.messaging.consumer import run_projections  # only this process needs Kafka

    settings = _settings("metrics-project", env, ("DATABASE_URL", "KAFKA_BOOTSTRAP"))

    def work(stop: threading.Event, health: Health) -> None:
        with open_pool(settings.database_url, name="metrics-project", max_size=4) as pool:
            run_projections(pool, settings.kafka_bootstrap, "metrics", list(FOLLOWED), stop, health=health)

    return run_daemon("metrics", work, health_port=settings.health_port or None)


def jobs(_: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Make the reports that were ordered until somebody asks to stop."""
    from services.metrics.jobs.working import Worker

    settings = _settings("metrics-jobs", env, ("DATABASE_URL",))

    def work(stop: threading.Event, health: Health) -> None:
        times = {"lease": settings.report_job_lease, "longest": settings.report_job_longest, "kept": settings.report_jobs_kept}
        with open_pool(settings.database_url, name="metrics-jobs", max_size=4) as pool:
            Worker(pool=pool, stop=stop, health=health, **times).run()

    return run_daemon("metrics", work, health_port=settings.health_port or None)


def rebuild(_: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Empty the rows of facts; a running projector fills them again. Until it has caught up there are no figures."""
    settings = _settings("metrics-rebuild", env, ("DATABASE_URL",))
    with connect(settings.database_url, "metrics-rebuild") as conn, conn.transaction():
        queries.begin_anew(conn, REBUILT)
    return 0


def evaluate(given: argparse.Namespace, _: Mapping[str, str]) -> int:
    """Print one JSON answer a question, each on a line of its own."""
    register = register_of(given.facts, given.authorities)
    document = json.loads(given.queries.read_text(encoding="utf-8"))
    for question in questions(document):
        print(json.dumps(answer(register, question), ensure_ascii=False, separators=(",", ":")))
    return 0


def _settings(name: str, env: Mapping[str, str], needs: Sequence[str]) -> Settings:
    settings = Settings.from_env(env, needs)
    configure_logging(name, settings.log_level.upper())
    return settings


COMMANDS: Mapping[str, tuple[Callable[[argparse.Namespace, Mapping[str, str]], int], str]] = {
    "migrate": (migrate, "bring the database up to date"),
    "project": (project, "follow the facts"),
    "jobs": (jobs, "make the reports that were ordered"),
    "rebuild": (rebuild, "empty the rows, so that the projection fills them again"),
    "evaluate": (evaluate, "figures of a file of facts, without a database"),
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(prog="python -m services.metrics", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)
    own = {name: commands.add_parser(name, help=told) for name, (_, told) in COMMANDS.items()}
    own["migrate"].add_argument("phase", nargs="?", choices=["pre", "post"])
    own["evaluate"].add_argument("facts", type=Path, help="one line of JSON a stream")
    own["evaluate"].add_argument("queries", type=Path, help="the questions, as a JSON list")
    own["evaluate"].add_argument("--authorities", type=Path, help="State and time zone of each authority")
    return whole


def main(words: Sequence[str], env: Mapping[str, str]) -> int:
    """Exit code of the command; a refusal is one sentence and 2."""
    given = parser().parse_args(words)
    run, _ = COMMANDS[given.command]
    try:
        return run(given, env)
    except (FiguresError, SettingsError, OSError, json.JSONDecodeError) as error:
        print(f"metrics: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
