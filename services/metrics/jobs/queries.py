"""Every SQL statement about jobs, one typed function each. `not_before` of a running job is the end of its lease."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands; its checksum once it is done."""

    id: UUID
    fingerprint: bytes
    authority: str
    report: str
    question: dict[str, Any]
    state: str
    progress: float
    doing: str
    asked_at: datetime
    finished_at: datetime | None
    problem: dict[str, Any] | None
    checksum: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that a worker has taken: its own as long as the attempt is the last one."""

    id: UUID
    attempt: int
    report: str
    question: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What a job has made."""

    media_type: str
    file_name: str
    checksum: str
    digest: str
    body: bytes


# --- ordering and reading -------------------------------------------------------------------------------------------


def open_jobs(conn: Connection[Any], authority: str) -> int:
    """How many jobs of *authority* wait or run."""
    row = conn.execute(
        """
        SELECT count(*)
          FROM report_job
         WHERE authority = %(authority)s AND state IN ('waiting', 'running')
        """,
        {"authority": authority},
    ).fetchone()
    return 0 if row is None else int(row[0])


def insert_job(conn: Connection[Any], id: UUID, fingerprint: bytes, authority: str, report: str, question: Mapping[str, Any]) -> bool:
    """Keep a new job. False when there is one of this id."""
    done = conn.execute(
        """
        INSERT INTO report_job (id, fingerprint, authority, report, question)
        VALUES (%(id)s, %(fingerprint)s, %(authority)s, %(report)s, %(question)s)
        ON CONFLICT (id) DO NOTHING
        """,
        {"id": id, "fingerprint": fingerprint, "authority": authority, "report": report, "question": Jsonb(dict(question))},
    )
    return done.rowcount == 1


def job(conn: Connection[Any], id: UUID, authority: str) -> Job | None:
    """The job, when it is one of *authority*."""
    with conn.cursor(row_factory=class_row(Job)) as cur:
        cur.execute(
            """
            SELECT j.id, j.fingerprint, j.authority, j.report, j.question, j.state, j.progress, j.doing, j.asked_at, j.finished_at, j.problem, r.checksum
              FROM report_job j
              LEFT JOIN report_result r ON r.job = j.id
             WHERE j.id = %(id)s AND j.authority = %(authority)s
            """,
            {"id": id, "authority": authority},
        )
        return cur.fetchone()


def result(conn: Connection[Any], id: UUID) -> Result | None:
    """What the job has made."""
    with conn.cursor(row_factory=class_row(Result)) as cur:
        cur.execute(
            """
            SELECT media_type, file_name, checksum, digest, body
              FROM report_result
             WHERE job = %(id)s
            """,
            {"id": id},
        )
        return cur.fetchone()


# --- working --------------------------------------------------------------------------------------------------------


def take(conn: Connection[Any], lease: timedelta) -> Taken | None:
    """Take the oldest job that waits, or whose worker has not been heard of until the end of its lease."""
    with conn.cursor(row_factory=class_row(Taken)) as cur:
        cur.execute(
            """
            UPDATE report_job
               SET state = 'running', attempt = attempt + 1, progress = 0, doing = 'taken', not_before = clock_timestamp() + %(lease)s
             WHERE id = (
                    SELECT id
                      FROM report_job
                     WHERE state IN ('waiting', 'running') AND not_before <= clock_timestamp()
                     ORDER BY asked_at, id
                     LIMIT 1
                       FOR UPDATE SKIP LOCKED
                   )
            RETURNING id, attempt, report, question
            """,
            {"lease": lease},
        )
        return cur.fetchone()


def waiting(conn: Connection[Any]) -> tuple[int, float]:
    """How many jobs wait for a worker, and for how many seconds the oldest has."""
    row = conn.execute(
        """
        SELECT count(*), coalesce(round(extract(epoch FROM clock_timestamp() - min(asked_at)), 1), 0)::float8
          FROM report_job
         WHERE state = 'waiting'
        """
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def hold(conn: Connection[Any], taken: Taken, lease: timedelta) -> bool:
    """Prolong the lease. False when the job belongs to another attempt by now."""
    done = conn.execute(
        """
        UPDATE report_job
           SET not_before = clock_timestamp() + %(lease)s
         WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'running'
        """,
        {"id": taken.id, "attempt": taken.attempt, "lease": lease},
    )
    return done.rowcount == 1


def tell(conn: Connection[Any], taken: Taken, progress: float, doing: str) -> None:
    """Say how much is done, and what is done now."""
    conn.execute(
        """
        UPDATE report_job
           SET progress = %(progress)s, doing = %(doing)s
         WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'running'
        """,
        {"id": taken.id, "attempt": taken.attempt, "progress": progress, "doing": doing},
    )


def hand_back(conn: Connection[Any], taken: Taken, doing: str, pause: timedelta) -> None:
    """The job waits again, at least for *pause*; the attempt was none."""
    conn.execute(
        """
        UPDATE report_job
           SET state = 'waiting', attempt = attempt - 1, progress = 0, doing = %(doing)s, not_before = clock_timestamp() + %(pause)s
         WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'running'
        """,
        {"id": taken.id, "attempt": taken.attempt, "doing": doing, "pause": pause},
    )


def finish(conn: Connection[Any], taken: Taken, made: Result) -> bool:
    """The job is done and its result kept, both or neither. False when the job belongs to another attempt by now."""
    with conn.transaction():
        done = conn.execute(
            """
            UPDATE report_job
               SET state = 'done', progress = 1, doing = 'done', finished_at = clock_timestamp()
             WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'running'
            """,
            {"id": taken.id, "attempt": taken.attempt},
        )
        if done.rowcount == 1:
            _insert_result(conn, taken.id, made)
        return done.rowcount == 1


def _insert_result(conn: Connection[Any], job: UUID, made: Result) -> None:
    conn.execute(
        """
        INSERT INTO report_result (job, media_type, file_name, checksum, digest, body)
        VALUES (%(job)s, %(media_type)s, %(file_name)s, %(checksum)s, %(digest)s, %(body)s)
        """,
        {
            "job": job,
            "media_type": made.media_type,
            "file_name": made.file_name,
            "checksum": made.checksum,
            "digest": made.digest,
            "body": made.body,
        },
    )


def fail(conn: Connection[Any], taken: Taken, problem: Mapping[str, Any]) -> None:
    """The job cannot be done, and why."""
    conn.execute(
        """
        UPDATE report_job
           SET state = 'failed', doing = 'failed', finished_at = clock_timestamp(), problem = %(problem)s
         WHERE id = %(id)s AND attempt = %(attempt)s AND state = 'running'
        """,
        {"id": taken.id, "attempt": taken.attempt, "problem": Jsonb(dict(problem))},
    )


# --- tidying --------------------------------------------------------------------------------------------------------


def forget_old_jobs(conn: Connection[Any], kept: timedelta) -> int:
    """How many jobs were asked for longer ago than *kept*; they and their results are gone."""
    done = conn.execute(
        """
        DELETE FROM report_job
         WHERE asked_at < clock_timestamp() - %(kept)s
        """,
        {"kept": kept},
    )
    return done.rowcount


def forget_all_jobs(conn: Connection[Any]) -> None:
    """No job is kept: a sandbox begins anew."""
    conn.execute("DELETE FROM report_job")
