"""Rows of escalations: written when a level is reached, answered by people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from services.notifications.domain.ladder import Key
from services.notifications.queries.delivery_list import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEscalation:
    """A level that was reached just now."""

    id: UUID
    request: str
    clock: str
    row_id: str
    run: int
    revision: int
    ladder_on: str
    level: int
    authority: str
    hard: bool
    phase: str
    reached_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """An escalation as its readers see it, with what is known of its request and clock."""

    id: UUID
    seq: int
    request: UUID
    clock: UUID
    row_id: str
    run: int
    revision: int
    ladder_on: str
    level: int
    authority: str
    hard: bool
    phase: str
    reached_at: datetime
    recorded_at: datetime
    state: str
    until_on: date | None
    reason: str | None
    answered_by: str | None
    answered_at: datetime | None
    is_open: bool
    kind: str
    reference: str | None
    counterpart: str
    own_side: bool
    zone: str | None
    course: str
    current_revision: int
    strict_due: str | None
    nominal_due: str | None
    adjusted_due: str | None
    promised: str | None


def fired_of(conn: Connection[Any], clocks: Collection[str]) -> dict[str, frozenset[Key]]:
    """The levels of *clocks* that were reached."""
    found: dict[str, set[Key]] = {clock: set() for clock in clocks}
    rows = conn.execute(
        """
        SELECT clock::text, revision, ladder_on, level
          FROM escalation
         WHERE clock = ANY(%(clocks)s::uuid[])
        """,
        {"clocks": list(clocks)},
    ).fetchall()
    for clock, revision, on, level in rows:
        found[clock].add(Key(clock, revision, on, level))
    return {clock: frozenset(keys) for clock, keys in found.items()}


def insert_escalations(conn: Connection[Any], escalations: Sequence[NewEscalation]) -> None:
    """Write what was reached. A level that was reached before stops the transaction."""
    with conn.cursor() as cur:
        cur.executemany(
            """
            INSERT INTO escalation (id, request, clock, row_id, run, revision, ladder_on, level, authority, hard, phase, reached_at, recorded_at, state)
            VALUES (%(id)s, %(request)s, %(clock)s, %(row_id)s, %(run)s, %(revision)s, %(ladder_on)s, %(level)s, %(authority)s, %(hard)s, %(phase)s,
                   %(reached_at)s, %(recorded_at)s, 'open')
            """,
            [{name: getattr(each, name) for name in NewEscalation.__slots__} for each in escalations],
        )


def stream_versions(conn: Connection[Any], streams: Sequence[UUID]) -> dict[UUID, int]:
    """Version of each of *streams* in this service's log; those that have not begun are left out."""
    rows = conn.execute(
        """
        SELECT stream, max(version)
          FROM event
         WHERE stream = ANY(%(streams)s)
         GROUP BY stream
        """,
        {"streams": list(streams)},
    ).fetchall()
    return dict(rows)


SEEN = """
WITH seen AS (
    SELECT escalation.id, seq, escalation.request, escalation.clock, escalation.row_id, escalation.run, escalation.revision, ladder_on, level,
           escalation.authority, hard, phase, reached_at, recorded_at, escalation.state, until_on, reason, answered_by, answered_at,
           escalation.state = 'open' OR coalesce(until_at <= moment(), false) AS is_open,
           kind,
           CASE WHEN requesting = %(authority)s THEN coalesce(requesting_reference, requested_reference)
                ELSE coalesce(requested_reference, requesting_reference) END AS reference,
           CASE WHEN requesting = %(authority)s THEN requested[cardinality(requested)] ELSE requesting END AS counterpart,
           (escalation.authority = requesting) = (requesting = %(authority)s) AS own_side,
           clock_run.zone, clock_run.course, clock_run.revision AS current_revision, clock_run.strict_due, clock_run.nominal_due, clock_run.adjusted_due,
           clock_run.promised
      FROM escalation
      JOIN followed_request ON followed_request.id = escalation.request
      JOIN clock_run ON clock_run.clock = escalation.clock
     WHERE (requesting = %(authority)s OR (%(authority)s = ANY(requested) AND sent))
       AND delivery_is_seen(escalation.request, %(authority)s, %(desk)s, %(all_desks)s)
)
"""

LIST = (
    SEEN
    + """
SELECT *
  FROM seen
 WHERE (%(request)s::uuid IS NULL OR request = %(request)s)
   AND (%(state)s::text IS NULL OR %(state)s = CASE WHEN is_open THEN 'open' ELSE state END)
   AND (%(level)s::integer IS NULL OR level = %(level)s)
   AND (%(hard)s::boolean IS NULL OR hard = %(hard)s)
   AND (NOT is_open, seq) > (%(after_closed)s, %(after_seq)s)
 ORDER BY NOT is_open, seq
 LIMIT %(limit)s
"""
)

ONE = SEEN + "SELECT * FROM seen WHERE id = %(id)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of escalations is narrowed to; null members do not narrow."""

    request: UUID | None = None
    state: str | None = None
    level: int | None = None
    hard: bool | None = None


def escalations_seen(conn: Connection[Any], sight: Sight, filters: Filters, *, after: tuple[bool, int] | None, limit: int) -> list[Escalation]:
    """The escalations within *sight*, open ones first, each group in the order in which they were reached."""
    closed, seq = after or (False, 0)
    with conn.cursor(row_factory=class_row(Escalation)) as cur:
        cur.execute(LIST, asdict(sight) | asdict(filters) | {"after_closed": closed, "after_seq": seq, "limit": limit})
        return cur.fetchall()


def escalation_seen(conn: Connection[Any], sight: Sight, id_: UUID) -> Escalation | None:
    """One escalation within *sight*."""
    with conn.cursor(row_factory=class_row(Escalation)) as cur:
        cur.execute(ONE, asdict(sight) | {"id": id_})
        return cur.fetchone()


def answer_escalation(
    conn: Connection[Any], id_: UUID, *, state: str, until_on: date | None, until_at: datetime | None, reason: str | None, by: str, now: datetime
) -> None:
    """Write what somebody answered."""
    conn.execute(
        """
        UPDATE escalation
           SET state = %(state)s,
               until_on = %(until_on)s,
               until_at = %(until_at)s,
               reason = %(reason)s,
               answered_by = %(by)s,
               answered_at = %(now)s
         WHERE id = %(id)s
        """,
        {"id": id_, "state": state, "until_on": until_on, "until_at": until_at, "reason": reason, "by": by, "now": now},
    )


def told_of(conn: Connection[Any], authority: str, escalations: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The deliveries to *authority* that each escalation caused."""
    found: dict[UUID, list[dict[str, Any]]] = {id_: [] for id_ in escalations}
    rows = conn.execute(
        """
        SELECT told.escalation, delivery.id, delivery.channel, delivery.target, delivery.state
          FROM told
          JOIN delivery ON delivery.id = told.delivery
         WHERE told.escalation = ANY(%(escalations)s)
           AND delivery.authority = %(authority)s
         ORDER BY told.escalation, delivery.seq
        """,
        {"escalations": list(escalations), "authority": authority},
    ).fetchall()
    for escalation, delivery, channel, target, state in rows:
        found[escalation].append({"delivery": str(delivery), "channel": channel, "target": target, "state": state})
    return found
