"""`python -m services.requests timers` and `settle-clocks`: what time alone causes, and what a changed law makes of requests that are open."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from threading import Event

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from services.requests.assembly import make_shell
from services.requests.clockwork import LAPSE
from services.requests.commands import Overtaken
from services.requests.queries.timers import oldest_due
from services.requests.settings import Settings
from services.requests.settling import BATCH, Lacking, fire_due, lacking, settle_stream
from services.requests.shell import Shell
from shared.calendars import CalendarNotCovered
from shared.facts.members import plain
from shared.storage.idempotency import forget_old_answers
from shared.telemetry import metrics
from shared.telemetry.daemon import Health, run_daemon

log = structlog.get_logger(__name__)
IDLE_SECONDS = 1.0
LATE_SECONDS = 60.0
TRIES = 5


def run(argv: Sequence[str], settings: Settings) -> int:
    """Fire the timers of requests until somebody asks to stop. In a sandbox the test clock fires them instead."""

    def work(stop: Event, health: Health) -> None:
        shell = make_shell(settings, "requests-timers")
        try:
            while not stop.is_set():
                health.tick()
                if settings.sandbox or not go_round(shell, health):
                    stop.wait(IDLE_SECONDS)
        finally:
            shell.pool.close()

    return run_daemon("requests", work, health_port=settings.health_port or None)


def go_round(shell: Shell, health: Health) -> bool:
    """Fire what is due, forget answers kept long enough where nothing is; whether there may be more."""
    try:
        with shell.pool.connection() as conn:
            now = shell.now(conn)
            fired = fire_due(shell, conn, now)
            oldest = oldest_due(conn, LAPSE, now=now)
            if fired == 0:
                forget_old_answers(conn)
        health.report("timers", oldest is None or (now - oldest).total_seconds() < LATE_SECONDS, {"oldest_due": oldest})
        return fired == BATCH
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as fault:
        health.report("timers", False, type(fault).__name__)
        log.warning("timers_interrupted", fault=type(fault).__name__)
    except Exception:  # the top of a loop: the timers stay due
        metrics.LOOP_FAILURES.labels("timers").inc()
        health.report("timers", False, "failed")
        log.exception("timers_failed")
    return False


def settle_clocks(argv: Sequence[str], settings: Settings) -> int:
    """Give open requests the clock facts that the law as loaded wants of them: for requests of before the clocks, a new calendar, a new treaty file."""
    parser = argparse.ArgumentParser(prog="python -m services.requests settle-clocks", description=settle_clocks.__doc__)
    parser.add_argument("--dry-run", action="store_true", help="list what would be recorded, one JSON line a request, and record nothing")
    dry_run = parser.parse_args(argv).dry_run
    shell = make_shell(settings, "requests-settle-clocks")
    counts: Counter[str] = Counter()
    try:
        with shell.pool.connection() as conn:
            now = shell.now(conn)
            for found in lacking(shell, conn, now):
                counts["requests"] += 1
                counts["facts"] += len(found.facts)
                sys.stdout.write(json.dumps(_shown(found)) + "\n")
                if not dry_run:
                    _settle(shell, found, now)
    except CalendarNotCovered as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    finally:
        shell.pool.close()
    sys.stdout.write(json.dumps({"dry_run": dry_run, "requests": counts["requests"], "facts": counts["facts"]}) + "\n")
    return 0


def _settle(shell: Shell, found: Lacking, now: datetime) -> None:
    for _ in range(TRIES):
        try:
            with shell.pool.connection() as conn:
                settle_stream(shell, conn, found.stream.id, now)
        except Overtaken:
            continue
        return


def _shown(found: Lacking) -> dict[str, object]:
    facts = [{"type": type(each.fact).__name__, "members": {name: plain(getattr(each.fact, name)) for name in _named(each.fact)}} for each in found.facts]
    return {"request": str(found.stream.id), "facts": facts}


def _named(fact: object) -> list[str]:
    wanted = ("row", "clock", "reason", "nominal_due", "adjusted_due", "strict_due", "occurred_at")
    return [name for name in wanted if getattr(fact, name, None) is not None]
