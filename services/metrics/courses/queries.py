"""Every SQL statement about kept courses, one typed function each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from services.metrics.queries import KeptFact

SETTLING = 0x0_6D6C_6102
"""Advisory lock: one process settles at a time, so that numbers of change appear in their order."""


class Mark(NamedTuple):
    """A request with a fact that is not folded in."""

    no: int
    request: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What is kept at all: which era of courses, and the number of the last change."""

    era: int
    changed_no: int


@dataclass(frozen=True, slots=True)
class Packed:
    """Courses of some requests: their ids one after the other, and of each kind the rows and their lengths, as PostgreSQL sends numbers."""

    requests: str
    rows: Sequence[bytes]
    lengths: Sequence[bytes]


# --- writing --------------------------------------------------------------------------------------------------------


def touch(conn: Connection[Any], requests: Sequence[str]) -> None:
    """These requests have facts that are not folded in."""
    conn.execute("INSERT INTO touched (request) SELECT unnest(%(requests)s::uuid[])", {"requests": list(requests)})


def touch_all(conn: Connection[Any]) -> None:
    """Every request is to be folded anew."""
    conn.execute("INSERT INTO touched (request) SELECT DISTINCT request FROM request_fact ORDER BY request")


def begin_settling(conn: Connection[Any]) -> None:
    """Wait until nobody else settles, until the end of this transaction."""
    conn.execute("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": SETTLING})


def marks(conn: Connection[Any], limit: int) -> list[Mark]:
    """The oldest marks."""
    rows = conn.execute(
        """
        SELECT no, request::text
          FROM touched
         ORDER BY no
         LIMIT %(limit)s
        """,
        {"limit": limit},
    ).fetchall()
    return [Mark(*row) for row in rows]


def remove_marks(conn: Connection[Any], numbers: Sequence[int]) -> None:
    """These marks are settled."""
    conn.execute("DELETE FROM touched WHERE no = ANY (%(numbers)s)", {"numbers": list(numbers)})


def keep_words(conn: Connection[Any], words: Sequence[tuple[int, str]]) -> None:
    """Keep texts under their codes; what is there stays."""
    conn.execute(
        """
        INSERT INTO word (code, text)
        SELECT *
          FROM unnest(%(codes)s::int8[], %(texts)s::text[])
        ON CONFLICT DO NOTHING
        """,
        {"codes": [code for code, _ in words], "texts": [text for _, text in words]},
    )


def keep_courses(conn: Connection[Any], courses: Sequence[tuple[str, Mapping[str, bytes]]]) -> None:
    """Keep these courses; one that is the same as before is not changed."""
    conn.execute(
        """
        INSERT INTO course (request, changed_no, head, episode, hold, rest, event, wait, clock, holder)
        SELECT n.request, s.changed_no, n.head, n.episode, n.hold, n.rest, n.event, n.wait, n.clock, n.holder
          FROM (SELECT nextval('course_changed') AS changed_no) s,
               unnest(%(requests)s::uuid[], %(head)s::bytea[], %(episode)s::bytea[], %(hold)s::bytea[], %(rest)s::bytea[],
                      %(event)s::bytea[], %(wait)s::bytea[], %(clock)s::bytea[], %(holder)s::bytea[])
                 AS n (request, head, episode, hold, rest, event, wait, clock, holder)
         ORDER BY n.request
            ON CONFLICT (request) DO UPDATE
           SET changed_no = EXCLUDED.changed_no, head = EXCLUDED.head, episode = EXCLUDED.episode, hold = EXCLUDED.hold, rest = EXCLUDED.rest,
               event = EXCLUDED.event, wait = EXCLUDED.wait, clock = EXCLUDED.clock, holder = EXCLUDED.holder
         WHERE (course.head, course.episode, course.hold, course.rest, course.event, course.wait, course.clock, course.holder)
            IS DISTINCT FROM
               (EXCLUDED.head, EXCLUDED.episode, EXCLUDED.hold, EXCLUDED.rest, EXCLUDED.event, EXCLUDED.wait, EXCLUDED.clock, EXCLUDED.holder)
        """,
        {
            "requests": [request for request, _ in courses],
            **{kind: [own[kind] for _, own in courses] for kind in ("head", "episode", "hold", "rest", "event", "wait", "clock", "holder")},
        },
    )


# --- reading --------------------------------------------------------------------------------------------------------


def reach(conn: Connection[Any]) -> Reach:
    """How far the courses are."""
    row = conn.execute("SELECT era, coalesce((SELECT max(changed_no) FROM course), 0) FROM course_era").fetchone()
    return Reach(*row) if row else Reach(0, 0)


def words(conn: Connection[Any]) -> dict[int, str]:
    """All texts by their codes."""
    return dict(conn.execute("SELECT code, text FROM word ORDER BY code").fetchall())


def largest_members(conn: Connection[Any], limit: int) -> list[str]:
    """The members of this deployment that take part in the most requests, the largest first."""
    rows = conn.execute(
        """
        SELECT i.authority
          FROM involved i
          JOIN authority a ON a.id = i.authority AND a.member
         GROUP BY i.authority
         ORDER BY count(*) DESC, i.authority
         LIMIT %(limit)s
        """,
        {"limit": limit},
    ).fetchall()
    return [authority for (authority,) in rows]


def unsettled(conn: Connection[Any], authority: str, limit: int) -> list[str]:
    """Requests of *authority* with facts that are not folded in."""
    rows = conn.execute(
        """
        SELECT DISTINCT t.request::text
          FROM touched t
          JOIN involved i ON i.authority = %(authority)s AND i.request = t.request
         ORDER BY 1
         LIMIT %(limit)s
        """,
        {"authority": authority, "limit": limit},
    ).fetchall()
    return [request for (request,) in rows]


def marks_waiting(conn: Connection[Any]) -> int:
    """How many marks are not settled."""
    row = conn.execute("SELECT count(*) FROM touched").fetchone()
    return int(row[0]) if row else 0


def courses_after(conn: Connection[Any], authority: str, changed_after: int, after: str, limit: int) -> Packed | None:
    """The courses of *authority* that have changed since, in order of request from *after* on; nothing where there are no more."""
    with conn.cursor(binary=True) as cursor:
        row = cursor.execute(_COURSES, {"authority": authority, "changed_after": changed_after, "after": after, "limit": limit}).fetchone()
    return _packed(row)


def courses_changed(conn: Connection[Any], authority: str, changed_after: int, limit: int) -> Packed | None:
    """The courses of *authority* that have changed since; only where few have: none but these are looked at."""
    with conn.cursor(binary=True) as cursor:
        row = cursor.execute(_COURSES_CHANGED, {"authority": authority, "changed_after": changed_after, "limit": limit}).fetchone()
    return _packed(row)


def changes_since(conn: Connection[Any], changed_after: int, limit: int) -> int:
    """How many courses have changed since, of all authorities, up to *limit*."""
    row = conn.execute(
        "SELECT count(*) FROM (SELECT 1 FROM course WHERE changed_no > %(changed_after)s LIMIT %(limit)s) c", {"changed_after": changed_after, "limit": limit}
    ).fetchone()
    return int(row[0]) if row else 0


def _packed(row: Any) -> Packed | None:
    return None if row is None or row[0] is None else Packed(row[0], row[1:9], row[9:])


_COURSES = """
    SELECT string_agg(c.request::text, ''),
           string_agg(c.head, ''), string_agg(c.episode, ''), string_agg(c.hold, ''), string_agg(c.rest, ''),
           string_agg(c.event, ''), string_agg(c.wait, ''), string_agg(c.clock, ''), string_agg(c.holder, ''),
           string_agg(int4send(length(c.head)), ''), string_agg(int4send(length(c.episode)), ''), string_agg(int4send(length(c.hold)), ''),
           string_agg(int4send(length(c.rest)), ''), string_agg(int4send(length(c.event)), ''), string_agg(int4send(length(c.wait)), ''),
           string_agg(int4send(length(c.clock)), ''), string_agg(int4send(length(c.holder)), '')
      FROM (
            SELECT c.*
              FROM involved i
              JOIN course c ON c.request = i.request
             WHERE i.authority = %(authority)s AND i.request > %(after)s::uuid AND c.changed_no > %(changed_after)s
             ORDER BY i.request
             LIMIT %(limit)s
           ) c
"""

_COURSES_CHANGED = """
    SELECT string_agg(c.request::text, ''),
           string_agg(c.head, ''), string_agg(c.episode, ''), string_agg(c.hold, ''), string_agg(c.rest, ''),
           string_agg(c.event, ''), string_agg(c.wait, ''), string_agg(c.clock, ''), string_agg(c.holder, ''),
           string_agg(int4send(length(c.head)), ''), string_agg(int4send(length(c.episode)), ''), string_agg(int4send(length(c.hold)), ''),
           string_agg(int4send(length(c.rest)), ''), string_agg(int4send(length(c.event)), ''), string_agg(int4send(length(c.wait)), ''),
           string_agg(int4send(length(c.clock)), ''), string_agg(int4send(length(c.holder)), '')
      FROM (
            SELECT c.*
              FROM (SELECT * FROM course WHERE changed_no > %(changed_after)s ORDER BY changed_no LIMIT %(limit)s) c
             CROSS JOIN LATERAL (
                    SELECT 1
                      FROM involved i
                     WHERE i.authority = %(authority)s AND i.request = c.request
                     LIMIT 1
                   ) own
           ) c
"""


def confidential_among(conn: Connection[Any], requests: Sequence[str]) -> list[str]:
    """Those of *requests* of which any fact ever said that they are confidential."""
    rows = conn.execute(
        """
        SELECT DISTINCT request::text
          FROM request_fact
         WHERE request = ANY (string_to_array(%(requests)s, ',')::uuid[])
           AND 'confidential' IN (members ->> 'confidentiality', members -> 'changes' ->> 'confidentiality', members -> 'values' ->> 'confidentiality')
         ORDER BY 1
        """,
        {"requests": ",".join(requests)},
    ).fetchall()
    return [request for (request,) in rows]


def facts_of_requests(conn: Connection[Any], requests: Sequence[str], recorded_up_to: datetime | None = None) -> list[KeptFact]:
    """All facts of these requests, recorded up to a moment or ever; by request and version, escalations after the request's own."""
    rows = conn.execute(
        """
        SELECT f.request::text, f.version, f.id::text, f.type, f.occurred_at, f.recorded_at, f.members
          FROM (
                SELECT request, 0 AS chapter, version, id, type, occurred_at, recorded_at, members
                  FROM request_fact
                 WHERE request = ANY (%(requests)s::uuid[])
                UNION ALL
                SELECT request, 1, version, id, type, occurred_at, recorded_at, members
                  FROM escalation_fact
                 WHERE request = ANY (%(requests)s::uuid[])
               ) f
         WHERE %(recorded_up_to)s::timestamptz IS NULL OR f.recorded_at <= %(recorded_up_to)s
         ORDER BY f.request, f.chapter, f.version
        """,
        {"requests": list(requests), "recorded_up_to": recorded_up_to},
    ).fetchall()
    return [KeptFact(*row) for row in rows]
