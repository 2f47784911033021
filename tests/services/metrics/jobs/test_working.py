"""A job is brought to its end once, whatever happens to the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from deploy.local.places import CHECKOUT
from services.metrics.jobs import queries, working
from services.metrics.jobs.making import make
from services.metrics.jobs.working import Worker
from shared.storage.pool import Pool
from tests.fixtures.postgres import ScratchDatabase
from tests.services.metrics.jobs.conftest import LEASE, QUESTION, Ordered
from tests.waiting import until


def standing(conn: Connection[Any], id: UUID) -> queries.Job:
    found = queries.job(conn, id, "de-central")
    assert found is not None
    return found


def expire(conn: Connection[Any], id: UUID) -> None:
    conn.execute("UPDATE report_job SET not_before = clock_timestamp() - interval '1 second' WHERE id = %s", (id,))


def test_a_job_is_taken_made_and_done(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    id = ordered()
    before = standing(given, id)

    assert worker.make_one()

    after, made = standing(given, id), queries.result(given, id)
    assert (before.state, before.progress, after.state, after.progress, after.doing) == ("waiting", 0, "done", 1, "done")
    assert made is not None
    assert after.checksum == made.checksum
    assert made.body.startswith(b"direction,kind,")
    assert not worker.make_one()


def test_progress_rises_part_by_part_and_says_what_is_done(worker: Worker) -> None:
    told: list[tuple[float, str]] = []

    make(worker.pool, "account", {**QUESTION, "beside": "2026-10-31T23:00:00Z", "format": "pdf"}, lambda done, doing: told.append((round(done, 2), doing)))

    assert told == [(0.0, "counting"), (0.24, "counting as known later"), (0.48, "looking for corrections"), (0.8, "writing pdf")]


def test_a_worker_killed_in_the_middle_of_a_job_loses_nothing(given: Connection[Any], worker: Worker, ordered: Ordered, database: ScratchDatabase) -> None:
    """The table of facts is locked, so that the worker is surely at work when it is killed -9."""
    id = ordered()
    env = {**os.environ, **database.env(), "HEALTH_PORT": "0", "REPORT_JOB_LEASE_SECONDS": "1"}
    with psycopg.connect(database.owner) as lock:
        lock.execute("LOCK TABLE request_fact IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen([sys.executable, "-m", "services.metrics", "jobs"], cwd=CHECKOUT, env=env, stderr=subprocess.DEVNULL)
        try:
            until(lambda: standing(given, id).doing == "taken", 30, "the job is taken")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(10)

    assert standing(given, id).state == "running"
    until(worker.make_one, 10, "the lease of the dead worker ends")
    assert standing(given, id).state == "done"
    assert given.execute("SELECT attempt FROM report_job").fetchone() == (2,)


def test_a_living_worker_keeps_its_job_for_longer_than_one_lease(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    ordered()
    taken = queries.take(given, timedelta(seconds=0))
    assert taken is not None

    assert queries.hold(given, taken, LEASE)
    assert queries.take(given, LEASE) is None


def test_who_lost_a_job_cannot_end_it(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    id = ordered()
    slow = queries.take(given, LEASE)
    assert slow is not None
    expire(given, id)
    assert worker.make_one()
    first = queries.result(given, id)

    assert not queries.hold(given, slow, LEASE)
    assert not queries.finish(given, slow, queries.Result("text/plain", "x", "0", "0", b"late"))
    queries.fail(given, slow, {"code": "late"})

    assert standing(given, id).state == "done"
    assert queries.result(given, id) == first


def test_a_job_that_ends_its_worker_again_and_again_is_given_up(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    id = ordered()
    for _ in range(3):
        assert queries.take(given, LEASE) is not None
        expire(given, id)

    assert worker.make_one()

    assert (standing(given, id).state, standing(given, id).problem["code"]) == ("failed", "gave_up")  # type: ignore[index]  # a failed job has one


def test_a_worker_that_is_asked_to_stop_hands_its_job_back(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    id = ordered()
    worker.stop.set()

    assert worker.make_one()

    assert standing(given, id).state == "waiting"
    assert given.execute("SELECT attempt FROM report_job").fetchone() == (0,)
    worker.stop.clear()
    assert worker.make_one()
    assert standing(given, id).state == "done"


def test_a_job_waits_while_it_is_not_known_what_has_arrived(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    """As after a rebuild: the figures come back, and with them the job."""
    id = ordered()
    given.execute("DELETE FROM watermark")

    assert worker.make_one()

    assert standing(given, id).doing == "waiting until everything up to its moment has arrived"
    assert not worker.make_one()


def test_a_report_that_cannot_be_made_says_why_and_the_next_one_is_made(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    bad, good = ordered(**{"from": "2026-01-01", "to": "2025-01-01"}), ordered()

    assert worker.make_one()
    assert worker.make_one()

    assert (standing(given, bad).state, standing(given, bad).problem) == ("failed", {"code": "validation_failed", "detail": "/to: must be after from"})
    assert standing(given, good).state == "done"


def test_a_fault_of_ours_fails_the_job_and_not_the_worker(given: Connection[Any], worker: Worker, ordered: Ordered, database: ScratchDatabase) -> None:
    """The worker may not read the facts for a while."""
    bad = ordered()
    with psycopg.connect(database.owner, autocommit=True) as owner:
        owner.execute("REVOKE SELECT ON request_fact FROM metrics_app")
        assert worker.make_one()
        owner.execute("GRANT SELECT ON request_fact TO metrics_app")

    good = ordered()
    assert worker.make_one()

    assert [standing(given, id).state for id in (bad, good)] == ["failed", "done"]
    assert standing(given, bad).problem["code"] == "internal_error"  # type: ignore[index]  # a failed job has one


def test_ready_says_how_many_wait_and_for_how_long(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    worker.stop.set()
    worker.run()
    ordered()
    given.execute("UPDATE report_job SET asked_at = clock_timestamp() - interval '90 seconds'")

    ready, parts = worker.health.readiness()

    assert ready
    assert parts["jobs"]["detail"]["waiting"] == 1
    assert 90 <= parts["jobs"]["detail"]["oldest_waiting_seconds"] < 150


def test_without_a_database_the_worker_is_not_ready(given: Connection[Any], worker: Worker) -> None:
    worker.stop.set()
    worker.run()
    worker.pool.close()

    assert not worker.health.readiness()[0]


def test_jobs_and_results_are_removed_after_their_time(given: Connection[Any], worker: Worker, ordered: Ordered) -> None:
    old, young = ordered(), ordered()
    assert worker.make_one()
    given.execute("UPDATE report_job SET asked_at = clock_timestamp() - interval '30 days 1 second' WHERE id = %s", (old,))
    given.execute("UPDATE report_job SET asked_at = clock_timestamp() - interval '29 days' WHERE id = %s", (young,))

    worker.tidy()

    assert queries.job(given, old, "de-central") is None
    assert queries.result(given, old) is None
    assert standing(given, young).state == "waiting"


def test_no_process_may_change_a_result(given: Connection[Any]) -> None:
    assert given.execute("SELECT has_table_privilege('report_result', 'UPDATE')").fetchone() == (False,)


def test_a_database_that_goes_away_uses_up_no_attempt(given: Connection[Any], worker: Worker, ordered: Ordered, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends the worker's connections in the middle of each try; the worker lives, so none of them was its end."""
    id = ordered()

    def away(pool: Pool, *_: object) -> queries.Result:
        with pool.connection() as conn:
            conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise AssertionError("the server has ended this connection")

    for _ in range(working.MOST_ATTEMPTS + 1):
        with monkeypatch.context() as patched:
            patched.setattr(working, "make", away)
            with pytest.raises(psycopg.OperationalError):
                worker.make_one()
        expire(given, id)

    assert worker.make_one()
    assert standing(given, id).state == "done"
    assert given.execute("SELECT attempt FROM report_job").fetchone() == (1,)
