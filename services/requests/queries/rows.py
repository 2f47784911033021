"""Rows of lists: written by the projection, read by the work list."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request as one authority sees it in lists. The order of members is that of the table."""

    request: UUID
    authority: str
    side: str
    stream_version: int
    version: int
    visible: bool
    state: str
    hold: str | None
    holds: list[str]
    kind: str
    instrument: str | None
    requesting_authority: str
    requesting_state: str
    requesting_reference: str | None
    requested_authority: str
    requested_state: str
    requested_reference: str | None
    counterpart: str
    counterpart_state: str
    case_number: str | None
    subject: str | None
    urgency: str | None
    needed_by: date | None
    confidentiality: str
    holder: str | None
    holder_side: str | None
    desk: str | None
    officer: str | None
    primary_move: str | None
    next_clock: dict[str, Any] | None
    next_due: datetime | None
    promised_due: datetime | None
    overdue_from: datetime | None
    effects: list[str]
    began_at: datetime
    arrived_at: datetime | None
    ended_at: datetime | None
    last_asked_at: datetime | None
    last_fact: str
    updated_at: datetime


COLUMNS = tuple(RequestRow.__dataclass_fields__)
_of_row = attrgetter(*COLUMNS)


def known_versions(conn: Connection[Any], streams: Sequence[str]) -> dict[str, int]:
    """Last version of each of *streams* that the rows show."""
    rows = conn.execute(
        """
        SELECT request::text, max(stream_version)
          FROM request_row
         WHERE request = ANY(%(streams)s::uuid[])
         GROUP BY request
        """,
        {"streams": list(streams)},
    ).fetchall()
    return dict(rows)


def write_rows(conn: Connection[Any], rows: Iterable[RequestRow]) -> None:
    """Put *rows* in place of what was there, in one statement."""
    listed = [dict(zip(COLUMNS, _of_row(row), strict=True), due_order=_first(row.next_due, row.promised_due)) for row in rows]
    conn.execute(_MERGE, {"rows": Jsonb(listed, dumps=_dumps)})


_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode


def _first(*moments: datetime | None) -> str | datetime:
    return min((moment for moment in moments if moment is not None), default="infinity")


_NAMES = sql.SQL(", ").join(sql.Identifier(name) for name in COLUMNS)
_MERGE = sql.SQL(
    """
    INSERT INTO request_row ({columns}, due_order)
    SELECT {columns}, due_order
      FROM jsonb_populate_recordset(NULL::request_row, %(rows)s)
    ON CONFLICT (request, authority) DO UPDATE
       SET ({columns}, due_order) = ({excluded}, excluded.due_order)
     WHERE request_row.stream_version < excluded.stream_version
    """
).format(columns=_NAMES, excluded=sql.SQL(", ").join(sql.SQL("excluded.{}").format(sql.Identifier(name)) for name in COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """Which rows are meant. None and empty mean: no matter."""

    authority: str
    desk: str | None
    officer: str | None
    all_desks: bool
    everything: bool
    ids: list[UUID] | None = None
    states: list[str] | None = None
    holds: list[str] | None = None
    kinds: list[str] | None = None
    instruments: list[str] | None = None
    sides: list[str] | None = None
    counterparts: list[str] | None = None
    holders: list[str] | None = None
    holder_sides: list[str] | None = None
    urgencies: list[str] | None = None
    desks: list[str] | None = None
    effects: list[str] | None = None
    overdue: bool | None = None
    past_strict: bool | None = None
    asked_for: bool | None = None
    due_before: datetime | None = None
    promised_before: datetime | None = None
    closed_after: datetime | None = None
    reference: str | None = None
    q: str | None = None


_WHERE = sql.SQL(
    """
       authority = %(authority)s
       AND visible
       AND (confidentiality <> 'confidential' OR %(everything)s OR desk = %(desk)s OR desk IS NULL OR officer = %(officer)s)
       AND (%(ids)s::uuid[] IS NULL OR request = ANY(%(ids)s))
       AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
       AND (%(holds)s::text[] IS NULL OR holds && %(holds)s)
       AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
       AND (%(instruments)s::text[] IS NULL OR instrument = ANY(%(instruments)s))
       AND (%(sides)s::text[] IS NULL OR side = ANY(%(sides)s))
       AND (%(counterparts)s::text[] IS NULL OR counterpart = ANY(%(counterparts)s) OR counterpart_state = ANY(%(counterparts)s))
       AND (%(holders)s::text[] IS NULL OR holder = ANY(%(holders)s))
       AND (%(holder_sides)s::text[] IS NULL OR CASE WHEN holder_side = side THEN 'we' WHEN holder_side <> side THEN 'they' END = ANY(%(holder_sides)s))
       AND (%(urgencies)s::text[] IS NULL OR urgency = ANY(%(urgencies)s))
       AND (%(desks)s::text[] IS NULL OR desk = ANY(%(desks)s))
       AND (%(effects)s::text[] IS NULL OR effects && %(effects)s)
       AND (%(overdue)s::boolean IS NULL OR (overdue_from IS NOT NULL AND overdue_from <= %(now)s) = %(overdue)s)
       AND (%(past_strict)s::boolean IS NULL OR (next_due IS NOT NULL AND next_due <= %(now)s) = %(past_strict)s)
       AND (%(asked_for)s::boolean IS NULL OR (last_asked_at IS NOT NULL) = %(asked_for)s)
       AND (%(due_before)s::timestamptz IS NULL OR next_due < %(due_before)s)
       AND (%(promised_before)s::timestamptz IS NULL OR promised_due < %(promised_before)s)
       AND (%(closed_after)s::timestamptz IS NULL OR ended_at >= %(closed_after)s)
       AND (%(reference)s::text IS NULL OR requesting_reference = %(reference)s OR requested_reference = %(reference)s)
       AND (%(q)s::text IS NULL OR ((confidentiality = 'normal' OR %(all_desks)s OR desk IS NULL OR desk = %(desk)s OR officer = %(officer)s)
                                    AND subject ILIKE %(q)s)
            OR requesting_reference ILIKE %(q)s OR requested_reference ILIKE %(q)s OR case_number ILIKE %(q)s)
    """
)

_ORDER: Mapping[str, tuple[sql.SQL, sql.SQL, sql.SQL]] = {
    "next_due": (sql.SQL("due_order"), sql.SQL(">"), sql.SQL("ASC")),
    "updated": (sql.SQL("updated_at"), sql.SQL("<"), sql.SQL("DESC")),
    "age": (sql.SQL("began_at"), sql.SQL(">"), sql.SQL("ASC")),
}
SORTS = tuple(_ORDER)

_PAGE = {
    sort: sql.SQL(
        """
        SELECT {columns}, {key}::text AS sort_key
          FROM request_row
         WHERE {where}
           AND (%(after_key)s::text IS NULL OR ({key}, request) {comparison} (%(after_key)s::timestamptz, %(after_request)s::uuid))
         ORDER BY {key} {direction}, request {direction}
         LIMIT %(limit)s
        """
    ).format(columns=_NAMES, where=_WHERE, key=key, comparison=comparison, direction=direction)
    for sort, (key, comparison, direction) in _ORDER.items()
}


def page(conn: Connection[Any], chosen: RowFilter, *, now: datetime, sort: str, after: Sequence[Any] | None, limit: int) -> list[tuple[RequestRow, str]]:
    """The next *limit* rows after the key *after*, each with its own sort key."""
    values = _values(chosen, now)
    values |= {"after_key": after[0] if after else None, "after_request": after[1] if after else None, "limit": limit}
    with conn.cursor(row_factory=dict_row) as cur:
        found = cur.execute(_PAGE[sort], values).fetchall()
    return [(RequestRow(**{name: row[name] for name in COLUMNS}), row["sort_key"]) for row in found]


_COUNT = sql.SQL(
    """
    SELECT count(*)
      FROM (SELECT 1
              FROM request_row
             WHERE {where}
             LIMIT %(cap)s) AS counted
    """
).format(where=_WHERE)


def count(conn: Connection[Any], chosen: RowFilter, *, now: datetime, cap: int) -> int:
    """How many rows are meant, at most *cap*."""
    found = conn.execute(_COUNT, _values(chosen, now) | {"cap": cap}).fetchone()
    return int(found[0]) if found else 0


def _values(chosen: RowFilter, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(chosen, name) for name in RowFilter.__dataclass_fields__}
    if chosen.q is not None:
        escaped = chosen.q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values["q"] = f"%{escaped}%"
    return values | {"now": now}


def row_of(conn: Connection[Any], request: UUID, authority: str) -> RequestRow | None:
    """The row of *request* as *authority* has it."""
    with conn.cursor(row_factory=class_row(RequestRow)) as cur:
        cur.execute(_ONE, {"request": request, "authority": authority})
        return cur.fetchone()


_ONE = sql.SQL(
    """
    SELECT {columns}
      FROM request_row
     WHERE request = %(request)s
       AND authority = %(authority)s
    """
).format(columns=_NAMES)


def empty_rows(conn: Connection[Any]) -> None:
    """Every row is gone; the projection begins anew."""
    conn.execute(
        """
        TRUNCATE request_row
        """
    )
