"""`python -m services.metrics COMMAND`: migrate, project (follow the facts), jobs (make reports), rebuild, settle, evaluate (figures of a file), backtest.

Each imports what it needs itself: all start at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from services.metrics.domain.errors import FiguresError, QuestionInvalid
from services.metrics.settings import Settings
from shared.settings.environment import SettingsError
from shared.telemetry.daemon import Health, run_daemon
from shared.telemetry.logging import configure_logging

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def migrate(given: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Bring the database up to date."""
    from shared.storage.migrate import migrate as carry_out

    settings = _settings("metrics-migrate", env, ("DATABASE_OWNER_URL",))
    carry_out(settings.database_owner_url, MIGRATIONS, "metrics", given.phase)
    return 0


def project(_: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Follow requests and the directory until somebody asks to stop."""
    from services.metrics.courses.settling import keep_settling
    from services.metrics.projector import FOLLOWED
    from shared.messaging.consumer import run_projections
    from shared.storage.pool import open_pool

    settings = _settings("metrics-project", env, ("DATABASE_URL", "KAFKA_BOOTSTRAP"))

    def work(stop: threading.Event, health: Health) -> None:
        with open_pool(settings.database_url, name="metrics-project", max_size=4) as pool:
            settling = threading.Thread(target=keep_settling, args=(pool, stop), name="settling", daemon=True)
            settling.start()
            run_projections(pool, settings.kafka_bootstrap, "metrics", list(FOLLOWED), stop, health=health)
            settling.join()

    return run_daemon("metrics", work, health_port=settings.health_port or None)


def jobs(_: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Make the reports that were ordered, and once a day a backtest of every member, until somebody asks to stop."""
    from services.metrics.backtests.daily import keep_proving
    from services.metrics.jobs.working import Worker
    from shared.storage.pool import open_pool

    settings = _settings("metrics-jobs", env, ("DATABASE_URL",))

    def work(stop: threading.Event, health: Health) -> None:
        times = {"lease": settings.report_job_lease, "longest": settings.report_job_longest, "kept": settings.report_jobs_kept}
        with open_pool(settings.database_url, name="metrics-jobs", max_size=6) as pool:
            proving = threading.Thread(target=keep_proving, args=(pool, stop), name="proving", daemon=True)
            proving.start()
            Worker(pool=pool, stop=stop, health=health, **times).run()

    return run_daemon("metrics", work, health_port=settings.health_port or None)


def rebuild(_: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Empty the rows of facts; a running projector fills them again. Until it has caught up there are no figures."""
    from services.metrics import queries
    from services.metrics.projector import REBUILT
    from shared.storage.pool import connect

    settings = _settings("metrics-rebuild", env, ("DATABASE_URL",))
    with connect(settings.database_url, "metrics-rebuild") as conn, conn.transaction():
        queries.begin_anew(conn, REBUILT)
    return 0


def settle(given: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Fold what facts have touched; with --all every request anew. What comes out is the same."""
    from services.metrics.courses.queries import touch_all
    from services.metrics.courses.settling import settle_everything
    from shared.storage.pool import connect

    settings = _settings("metrics-settle", env, ("DATABASE_URL",))
    with connect(settings.database_url, "metrics-settle") as conn:
        if given.all:
            touch_all(conn)
        print(f"{settle_everything(conn)} settled")
    return 0


def evaluate(given: argparse.Namespace, _: Mapping[str, str]) -> int:
    """Print one JSON answer a question, each on a line of its own."""
    from services.metrics.evaluate import answer, questions, register_of

    register = register_of(given.facts, given.authorities)
    for question in questions(given.queries):
        print(json.dumps(answer(register, question), ensure_ascii=False, separators=(",", ":")))
    return 0


def backtest(given: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Replay the past and print how the forecasts did; with --store, let the interface go by it."""
    from services.metrics.backtests.replaying import of_database, of_file
    from shared.storage.pool import open_pool

    months = (given.first, given.last)
    if given.facts is None:
        settings = _settings("metrics-backtest", env, ("DATABASE_URL",))
        with open_pool(settings.database_url, name="metrics-backtest", max_size=2) as pool:
            _tell(of_database(pool, given.authority, months, store=given.store), as_json=given.json)
    elif given.store:
        raise QuestionInvalid((("/store", "only what the database holds can be stored"),))
    else:
        _tell(of_file(given.facts, given.authorities, given.authority, months), as_json=given.json)
    return 0


def _tell(found: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    from services.metrics.backtests.replaying import table

    for tested in found:
        print(json.dumps(tested, separators=(",", ":")) if as_json else table(tested))


def _settings(name: str, env: Mapping[str, str], needs: Sequence[str]) -> Settings:
    settings = Settings.from_env(env, needs)
    configure_logging(name, settings.log_level.upper())
    return settings


def month(text: str) -> date:
    """The first day of a month written YYYY-MM.

    Raises:
        ValueError: no month.
    """
    return date.fromisoformat(f"{text}-01")


COMMANDS: Mapping[str, tuple[Callable[[argparse.Namespace, Mapping[str, str]], int], str]] = {
    "migrate": (migrate, "bring the database up to date"),
    "project": (project, "follow the facts"),
    "jobs": (jobs, "make the reports that were ordered, and a backtest a day"),
    "rebuild": (rebuild, "empty the rows, so that the projection fills them again"),
    "backtest": (backtest, "how forecasts and early warnings would have done"),
    "settle": (settle, "fold what facts have touched, which a running projector does by itself"),
    "evaluate": (evaluate, "figures of a file of facts, without a database"),
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(prog="python -m services.metrics", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)
    own = {name: commands.add_parser(name, help=told) for name, (_, told) in COMMANDS.items()}
    own["migrate"].add_argument("phase", nargs="?", choices=["pre", "post"])
    own["settle"].add_argument("--all", action="store_true", help="every request anew")
    own["evaluate"].add_argument("facts", type=Path, help="one line of JSON a stream")
    own["evaluate"].add_argument("queries", type=Path, help="the questions, as a JSON list")
    own["evaluate"].add_argument("--authorities", type=Path, help="State and time zone of each authority")
    _of_backtest(own["backtest"])
    return whole


def _of_backtest(own: argparse.ArgumentParser) -> None:
    own.add_argument("facts", type=Path, nargs="?", help="one line of JSON a stream; without it, the database")
    own.add_argument("--authorities", type=Path, help="State and time zone of each authority of the file")
    own.add_argument("--authority", help="this one only")
    own.add_argument("--from", dest="first", type=month, metavar="MONTH", help="first month replayed, YYYY-MM; default: 36 months")
    own.add_argument("--to", dest="last", type=month, metavar="MONTH", help="last month replayed, YYYY-MM")
    own.add_argument("--json", action="store_true", help="one line of JSON an authority")
    own.add_argument("--store", action="store_true", help="keep the verdicts: forecasts that failed are shown no longer")


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
