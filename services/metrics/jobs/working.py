"""The worker that makes ordered reports, one after the other. Any number may run side by side; a job whose worker died is taken again after its lease."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import psycopg_pool
import structlog
from prometheus_client import Counter

from services.metrics.domain.errors import BeyondWatermark, FiguresError, NothingKnownYet
from services.metrics.jobs import queries
from services.metrics.jobs.making import make
from services.metrics.jobs.queries import Taken
from shared.storage.pool import Pool
from shared.telemetry.daemon import Health
from shared.telemetry.metrics import LOOP_FAILURES

log = structlog.get_logger(__name__)
ENDED = Counter("mla_report_jobs_total", "Report jobs that ended", ["state"])
POLL_SECONDS = 0.5
TIDY_SECONDS = 3600
PAUSE = timedelta(seconds=5)
MOST_ATTEMPTS = 3
GAVE_UP: Mapping[str, Any] = {"code": "gave_up", "detail": f"the worker ended {MOST_ATTEMPTS} times while it made this report"}
FAULT: Mapping[str, Any] = {"code": "internal_error", "detail": "the report could not be made; the log of the worker says why"}


class LetGo(Exception):
    """Somebody asked the worker to stop, or the job belongs to another attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One process that makes reports."""

    pool: Pool
    stop: threading.Event
    lease: timedelta
    longest: timedelta
    kept: timedelta
    health: Health = field(default_factory=Health)
    owed: list[Taken] = field(default_factory=list, init=False)
    """Jobs that the database left in the middle: their attempts are no attempts, and are handed back when it is there again."""

    def run(self) -> None:
        """Make what is ordered until somebody asks to stop; forget what is old."""
        self.health.ask("jobs", self._standing)
        tidied = -float(TIDY_SECONDS)
        while not self.stop.is_set():
            self.health.tick()
            done = False
            try:
                if time.monotonic() - tidied >= TIDY_SECONDS:
                    self.tidy()
                    tidied = time.monotonic()
                done = self.make_one()
            except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as fault:
                LOOP_FAILURES.labels("jobs").inc()
                log.warning("database_away", error=type(fault).__name__)
            if not done:
                self.stop.wait(POLL_SECONDS)

    def _standing(self) -> tuple[bool, Any]:
        """Ready while the database answers; how many jobs wait, and since when the oldest."""
        try:
            with self.pool.connection(timeout=1) as conn:
                count, seconds = queries.waiting(conn)
        except (psycopg.Error, psycopg_pool.PoolTimeout) as fault:
            return False, {"database": type(fault).__name__}
        return True, {"waiting": count, "oldest_waiting_seconds": seconds}

    def tidy(self) -> None:
        """Forget jobs that were kept long enough."""
        with self.pool.connection() as conn:
            gone = queries.forget_old_jobs(conn, self.kept)
        if gone:
            log.info("jobs_forgotten", count=gone)

    def make_one(self) -> bool:
        """Take a job and bring it to its end. False when there is none."""
        with self.pool.connection() as conn:
            while self.owed:
                queries.hand_back(conn, self.owed[-1], "waiting", timedelta())
                self.owed.pop()
            taken = queries.take(conn, self.lease)
            if taken is not None and taken.attempt > MOST_ATTEMPTS:
                queries.fail(conn, taken, GAVE_UP)
                ENDED.labels("failed").inc()
                log.error("job_given_up", job=str(taken.id))
                return True
        if taken is None:
            return False
        log.info("job_taken", job=str(taken.id), report=taken.report, attempt=taken.attempt)
        with self._held(taken) as lost:
            self._bring_to_its_end(taken, lost)
        return True

    def _bring_to_its_end(self, taken: Taken, lost: threading.Event) -> None:
        def told(done: float, doing: str) -> None:
            if self.stop.is_set() or lost.is_set():
                raise LetGo
            with self.pool.connection() as conn:
                queries.tell(conn, taken, done, doing)

        try:
            self._finish(taken, make(self.pool, taken.report, taken.question, told))
        except LetGo:
            self._hand_back(taken, "waiting", timedelta())
        except (BeyondWatermark, NothingKnownYet):
            self._hand_back(taken, "waiting until everything up to its moment has arrived", PAUSE)
        except FiguresError as refusal:
            self._fail(taken, {"code": refusal.code, "detail": str(refusal)})
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout):
            self.owed.append(taken)
            raise
        except Exception:  # the top of a job: one that cannot be made must not end the others
            LOOP_FAILURES.labels("jobs").inc()
            log.exception("job_failed", job=str(taken.id))
            self._fail(taken, FAULT)

    def _finish(self, taken: Taken, made: queries.Result) -> None:
        with self.pool.connection(timeout=30) as conn:
            if queries.finish(conn, taken, made):
                ENDED.labels("done").inc()
                log.info("job_done", job=str(taken.id), bytes=len(made.body))

    def _hand_back(self, taken: Taken, doing: str, pause: timedelta) -> None:
        with self.pool.connection() as conn:
            queries.hand_back(conn, taken, doing, pause)

    def _fail(self, taken: Taken, problem: Mapping[str, Any]) -> None:
        with self.pool.connection(timeout=30) as conn:
            queries.fail(conn, taken, problem)
        ENDED.labels("failed").inc()
        log.warning("job_refused", job=str(taken.id), code=problem["code"])

    @contextmanager
    def _held(self, taken: Taken) -> Iterator[threading.Event]:
        """The lease is prolonged inside the block, at most until the job has run for the longest time; gives the event that it was lost."""
        lost, over = threading.Event(), threading.Event()
        thread = threading.Thread(target=self._hold, args=(taken, lost, over), name="lease", daemon=True)
        thread.start()
        try:
            yield lost
        finally:
            over.set()
            thread.join()

    def _hold(self, taken: Taken, lost: threading.Event, over: threading.Event) -> None:
        until = time.monotonic() + self.longest.total_seconds()
        while not over.wait(self.lease.total_seconds() / 3) and time.monotonic() < until:
            self.health.tick()
            try:
                with self.pool.connection() as conn:
                    if not queries.hold(conn, taken, self.lease):
                        lost.set()
            except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as fault:
                log.warning("lease_not_prolonged", job=str(taken.id), error=type(fault).__name__)
