"""Rows of clock runs, of the levels that will be reached, and of silences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from services.notifications.domain.ladder import Key, Pending, Silence
from services.notifications.domain.running import ClockRun, Course
from shared.facts.base import When
from shared.facts.members import parse_when

DATES = ("started_at", "nominal_due", "adjusted_due", "strict_due", "promised")

READ_RUNS = """
SELECT clock::text, request::text, row_id AS row, authority, run, revision, stage, zone, length AS limit, effect, nature, instrument, citation,
       started_at, nominal_due, adjusted_due, strict_due, promised, promised_by, course, turned_by, course_before, lapsed_at, ending,
       legal_floor, promise_floor, changes
  FROM clock_run
 WHERE request = ANY(%(requests)s::uuid[])
 ORDER BY clock
"""
LOCK_RUNS = READ_RUNS + "   FOR UPDATE"


def when_text(when: When | None) -> str | None:
    """Return a day or a moment as the tables hold it."""
    return None if when is None else when.isoformat()


def _run(row: dict[str, Any]) -> ClockRun:
    for name in DATES:
        if row[name] is not None:
            row[name] = parse_when(row[name])
    row["course"], row["course_before"] = Course(row["course"]), Course(row["course_before"])
    return ClockRun(**row)


def runs_of(conn: Connection[Any], requests: Collection[str], *, lock: bool = False) -> list[ClockRun]:
    """Every run of the clocks of *requests*; locked until the end of the transaction when it is to be changed."""
    with conn.cursor(row_factory=dict_row) as cur:
        cur.execute(LOCK_RUNS if lock else READ_RUNS, {"requests": list(requests)})
        return [_run(row) for row in cur]


def requests_of_clocks(conn: Connection[Any], authority: str) -> list[str]:
    """The requests on which *authority* has a clock that has not ended."""
    rows = conn.execute(
        """
        SELECT DISTINCT request::text
          FROM clock_run
         WHERE authority = %(authority)s
           AND course IN ('running', 'suspended')
         ORDER BY 1
        """,
        {"authority": authority},
    ).fetchall()
    return [row[0] for row in rows]


def save_runs(conn: Connection[Any], runs: Iterable[ClockRun], changed_at: datetime) -> None:
    """Write each run as it is now."""
    with conn.cursor() as cur:
        cur.executemany(
            """
            INSERT INTO clock_run (clock, request, row_id, authority, run, revision, stage, zone, length, effect, nature, instrument, citation, started_at,
                   nominal_due, adjusted_due, strict_due, promised, promised_by, course, turned_by, course_before, lapsed_at, ending,
                   legal_floor, promise_floor, changes, changed_at)
            VALUES (%(clock)s, %(request)s, %(row)s, %(authority)s, %(run)s, %(revision)s, %(stage)s, %(zone)s, %(limit)s, %(effect)s, %(nature)s,
                   %(instrument)s, %(citation)s, %(started_at)s, %(nominal_due)s, %(adjusted_due)s, %(strict_due)s, %(promised)s, %(promised_by)s,
                   %(course)s, %(turned_by)s, %(course_before)s, %(lapsed_at)s, %(ending)s, %(legal_floor)s, %(promise_floor)s, %(changes)s, %(changed_at)s)
            ON CONFLICT (clock) DO UPDATE
               SET revision = EXCLUDED.revision, zone = EXCLUDED.zone, length = EXCLUDED.length, started_at = EXCLUDED.started_at,
                   nominal_due = EXCLUDED.nominal_due, adjusted_due = EXCLUDED.adjusted_due, strict_due = EXCLUDED.strict_due,
                   promised = EXCLUDED.promised, promised_by = EXCLUDED.promised_by, course = EXCLUDED.course, turned_by = EXCLUDED.turned_by,
                   course_before = EXCLUDED.course_before, lapsed_at = EXCLUDED.lapsed_at, ending = EXCLUDED.ending,
                   legal_floor = EXCLUDED.legal_floor, promise_floor = EXCLUDED.promise_floor, changes = EXCLUDED.changes,
                   changed_at = EXCLUDED.changed_at
            """,
            [_columns(run) | {"changed_at": changed_at} for run in runs],
        )


def _columns(run: ClockRun) -> dict[str, Any]:
    members = {name: getattr(run, name) for name in ClockRun.__slots__}
    return members | {name: when_text(members[name]) for name in DATES} | {"course": run.course.value, "course_before": run.course_before.value}


def pending_of(conn: Connection[Any], clocks: Collection[str]) -> dict[str, dict[Key, Pending]]:
    """What is pending for each of *clocks*."""
    found: dict[str, dict[Key, Pending]] = {clock: {} for clock in clocks}
    rows = conn.execute(
        """
        SELECT clock::text, revision, ladder_on, level, due_at, ready_at
          FROM pending_level
         WHERE clock = ANY(%(clocks)s::uuid[])
        """,
        {"clocks": list(clocks)},
    ).fetchall()
    for clock, revision, on, level, due_at, ready_at in rows:
        found[clock][Key(clock, revision, on, level)] = Pending(due_at, ready_at)
    return found


def replace_pending(conn: Connection[Any], before: Collection[Key], pending: Mapping[Key, Pending]) -> None:
    """Write what is pending now in the place of what was pending *before*."""
    gone = [key for key in before if key not in pending]
    with conn.cursor() as cur:
        if gone:
            cur.executemany(
                """
                DELETE FROM pending_level
                 WHERE clock = %(clock)s
                   AND revision = %(revision)s
                   AND ladder_on = %(on)s
                   AND level = %(level)s
                """,
                [{"clock": key.clock, "revision": key.revision, "on": key.on, "level": key.level} for key in gone],
            )
        if pending:
            cur.executemany(
                """
                INSERT INTO pending_level (clock, revision, ladder_on, level, due_at, ready_at)
                VALUES (%(clock)s, %(revision)s, %(on)s, %(level)s, %(due_at)s, %(ready_at)s)
                ON CONFLICT (clock, revision, ladder_on, level) DO UPDATE
                   SET due_at = EXCLUDED.due_at,
                       ready_at = EXCLUDED.ready_at
                """,
                [
                    {"clock": key.clock, "revision": key.revision, "on": key.on, "level": key.level, "due_at": each.due_at, "ready_at": each.ready_at}
                    for key, each in pending.items()
                ],
            )


def silences_of(conn: Connection[Any], clocks: Collection[str]) -> dict[str, Silence]:
    """The answers that keep *clocks* silent."""
    rows = conn.execute(
        """
        SELECT clock::text, revision, until_at
          FROM clock_silence
         WHERE clock = ANY(%(clocks)s::uuid[])
        """,
        {"clocks": list(clocks)},
    ).fetchall()
    return {clock: Silence(revision, until_at) for clock, revision, until_at in rows}


def set_silence(conn: Connection[Any], clock: str, silence: Silence) -> None:
    """Keep the ladder of the clock silent."""
    conn.execute(
        """
        INSERT INTO clock_silence (clock, revision, until_at)
        VALUES (%(clock)s, %(revision)s, %(until_at)s)
        ON CONFLICT (clock) DO UPDATE
           SET revision = EXCLUDED.revision,
               until_at = EXCLUDED.until_at
        """,
        {"clock": clock, "revision": silence.revision, "until_at": silence.until},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A pending level that may fire, locked with its clock."""

    clock: str
    revision: int
    ladder_on: str
    level: int
    due_at: datetime
    ready_at: datetime
    request: str

    @property
    def key(self) -> Key:
        """What fires."""
        return Key(self.clock, self.revision, self.ladder_on, self.level)


def ready_levels(conn: Connection[Any], *, watermark: datetime | None, blind_before: datetime | None, now: datetime, limit: int) -> list[Ready]:
    """The levels that may fire, in the order in which they were reached; their clocks are locked, those that others hold are left out.

    A level may fire when everything recorded before its moment is known (*watermark*); one that a late fact brought, when everything recorded
    with that fact is known too. What was ready before *blind_before* fires on what is known.
    """
    with conn.cursor(row_factory=class_row(Ready)) as cur:
        cur.execute(
            """
            SELECT pending_level.clock::text, pending_level.revision, ladder_on, level, due_at, ready_at, clock_run.request::text
              FROM pending_level
              JOIN clock_run ON clock_run.clock = pending_level.clock
             WHERE ready_at <= %(now)s
               AND (ready_at <= %(blind_before)s
                    OR (ready_at <= %(watermark)s AND (due_at = ready_at OR ready_at < %(watermark)s)))
             ORDER BY ready_at, due_at, pending_level.clock, level
             LIMIT %(limit)s
               FOR UPDATE SKIP LOCKED
            """,
            {"watermark": watermark or "-infinity", "blind_before": blind_before or "-infinity", "now": now, "limit": limit},
        )
        return cur.fetchall()


def next_ready(conn: Connection[Any], not_after: datetime) -> datetime | None:
    """When the next level becomes ready, up to *not_after*."""
    row = conn.execute(
        """
        SELECT min(ready_at)
          FROM pending_level
         WHERE ready_at <= %(not_after)s
        """,
        {"not_after": not_after},
    ).fetchone()
    return row[0] if row else None


def remove_pending(conn: Connection[Any], keys: Sequence[Key]) -> None:
    """Take fired levels away."""
    replace_pending(conn, keys, {})


def next_levels(conn: Connection[Any], clocks: Collection[UUID]) -> dict[UUID, tuple[int, str, datetime]]:
    """The level of each clock that is reached next: level, on what, when."""
    rows = conn.execute(
        """
        SELECT DISTINCT ON (clock) clock, level, ladder_on, due_at
          FROM pending_level
         WHERE clock = ANY(%(clocks)s)
         ORDER BY clock, due_at, level
        """,
        {"clocks": list(clocks)},
    ).fetchall()
    return {clock: (level, on, due_at) for clock, level, on, due_at in rows}


def open_runs_seen(conn: Connection[Any], authority: str, desk: str | None, since: date) -> list[dict[str, Any]]:
    """The runs on requests of *authority* (and *desk*) with a date, running or ended since; with what a calendar says of them."""
    with conn.cursor(row_factory=dict_row) as cur:
        cur.execute(
            """
            SELECT clock_run.clock::text, clock_run.row_id, clock_run.revision, clock_run.strict_due, clock_run.zone, clock_run.course, clock_run.changes,
                   clock_run.changed_at, clock_run.authority, clock_run.request::text, clock_run.nature,
                   CASE WHEN requesting = %(authority)s THEN coalesce(requesting_reference, requested_reference)
                        ELSE coalesce(requested_reference, requesting_reference) END AS reference
              FROM clock_run
              JOIN followed_request ON followed_request.id = clock_run.request
             WHERE (requesting = %(authority)s OR (%(authority)s = ANY(requested) AND sent))
               AND clock_run.strict_due IS NOT NULL
               AND (clock_run.course IN ('running', 'suspended') OR clock_run.changed_at >= %(since)s)
               AND (%(desk)s::text IS NULL
                    OR %(desk)s = CASE WHEN requesting = %(authority)s THEN requesting_desk ELSE requested_desk END)
               AND (confidentiality <> 'confidential'
                    OR %(desk)s IS NOT DISTINCT FROM CASE WHEN requesting = %(authority)s THEN requesting_desk ELSE requested_desk END)
             ORDER BY clock_run.strict_due, clock_run.clock
             LIMIT 5000
            """,
            {"authority": authority, "desk": desk, "since": since},
        )
        return cur.fetchall()
