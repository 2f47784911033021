"""Every SQL statement of the measurements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection


def make_floor_table(conn: Connection[Any]) -> None:
    """The table that floors write to and read from."""
    conn.execute("CREATE TABLE floor_row (id uuid PRIMARY KEY, body bytea NOT NULL, made_at timestamptz NOT NULL DEFAULT clock_timestamp())")
    conn.execute("GRANT SELECT, INSERT ON floor_row TO requests_app")


def insert_floor_row(conn: Connection[Any], id: UUID, body: bytes) -> None:
    """One row: the least that a command can write."""
    conn.execute("INSERT INTO floor_row (id, body) VALUES (%(id)s, %(body)b)", {"id": id, "body": body})


def floor_row(conn: Connection[Any], id: UUID) -> bytes | None:
    """One row by its key: the least that a read can do."""
    row = conn.execute("SELECT body FROM floor_row WHERE id = %(id)s", {"id": id}).fetchone()
    return row[0] if row else None


def facts_in_log(conn: Connection[Any], topic: str) -> int:
    """How many facts of *topic* the log holds."""
    row = conn.execute("SELECT count(*) FROM event WHERE topic = %(topic)s", {"topic": topic}).fetchone()
    return int(row[0]) if row else 0


def facts_taken(conn: Connection[Any], projection: str, topic: str) -> int:
    """How many facts of *topic* the projection has taken."""
    row = conn.execute(
        """
        SELECT coalesce(sum(last_seq), 0)
          FROM position
         WHERE projection = %(projection)s
           AND topic = %(topic)s
        """,
        {"projection": projection, "topic": topic},
    ).fetchone()
    return int(row[0]) if row else 0


def streams(conn: Connection[Any], topic: str) -> list[tuple[UUID, int]]:
    """Every stream of *topic* with its version."""
    return conn.execute(
        """
        SELECT stream, max(version)
          FROM event
         WHERE topic = %(topic)s
         GROUP BY stream
         ORDER BY stream
        """,
        {"topic": topic},
    ).fetchall()


def make_open_clocks(conn: Connection[Any], *, clocks: int, due: int, moment: datetime) -> None:
    """*clocks* running clocks with four pending levels each; of the first *due* of them the first level is ready at *moment*, all others come later."""
    conn.execute(
        """
        INSERT INTO followed_request (
               id, version, kind, instrument, state, last_open_state, holder, urgency, confidentiality, requesting, requested, sent,
               requesting_state, requested_state, requesting_reference)
        SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, 3, 'eio', 'EU-EIO', 'sent', 'sent', 'e-central', 'routine', 'normal',
               'r-central', ARRAY['e-central'], true, 'DE', 'CZ', 'R-' || g
          FROM generate_series(1, %(clocks)s) g
        """,
        {"clocks": clocks},
    )
    conn.execute(
        """
        INSERT INTO clock_run (
               clock, request, row_id, authority, run, revision, zone, length, effect, nature, nominal_due, adjusted_due, strict_due,
               course, course_before, legal_floor, promise_floor, changes, changed_at)
        SELECT ('10000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, ('00000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid,
               'EIO-RECOG', 'e-central', 1, 1, 'Europe/Prague', 'P30D', 'none', 'duty', '2026-07-01', '2026-07-01', '2026-07-01',
               'running', 'running', 0, 0, 0, %(moment)s
          FROM generate_series(1, %(clocks)s) g
        """,
        {"clocks": clocks, "moment": moment},
    )
    conn.execute(
        """
        INSERT INTO pending_level (clock, revision, ladder_on, level, due_at, ready_at)
        SELECT ('10000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, 1, 'legal', l, at.due_at, at.due_at
          FROM generate_series(1, %(clocks)s) g
         CROSS JOIN generate_series(1, 4) l
         CROSS JOIN LATERAL (SELECT %(moment)s + (l - CASE WHEN g <= %(due)s THEN 1 ELSE 0 END) * interval '7 days' AS due_at) at
        """,
        {"clocks": clocks, "due": due, "moment": moment},
    )
    conn.execute("ANALYZE followed_request, clock_run, pending_level")


@dataclass(frozen=True, slots=True)
class Laid:
    """One history of metrics, packed, and the authorities that it names."""

    authorities: Sequence[str]
    rows: Mapping[str, bytes]


KINDS = ("head", "episode", "hold", "rest", "event", "wait", "clock", "holder")


def lay_courses(conn: Connection[Any], laid: Sequence[Laid], copies: int) -> None:
    """Lay each history so many times under other ids, all histories in turn, so that the courses of one authority lie apart."""
    conn.execute(
        """
        CREATE TEMPORARY TABLE history (
               no int, sides text[], head bytea, episode bytea, hold bytea, rest bytea, event bytea, wait bytea, clock bytea, holder bytea)
        """
    )
    with conn.cursor().copy("COPY history FROM STDIN") as copy:
        for number, one in enumerate(laid):
            copy.write_row((number, list(one.authorities), *(one.rows[kind] for kind in KINDS)))
    conn.execute("CREATE TEMPORARY TABLE laid AS SELECT gen_random_uuid() AS request, no, copy FROM generate_series(1, %s) copy, history", (copies,))
    conn.execute(
        """
        INSERT INTO course (request, changed_no, head, episode, hold, rest, event, wait, clock, holder)
        SELECT l.request, nextval('course_changed'), h.head, h.episode, h.hold, h.rest, h.event, h.wait, h.clock, h.holder
          FROM laid l
          JOIN history h ON h.no = l.no
         ORDER BY l.copy, l.no
        """
    )
    conn.execute("INSERT INTO involved (authority, request) SELECT unnest(h.sides), l.request FROM laid l JOIN history h ON h.no = l.no ORDER BY 1, 2")
    conn.execute("ANALYZE course, involved")


def involve(conn: Connection[Any], request: str, authorities: Sequence[str]) -> None:
    """These authorities take part in the request."""
    conn.execute(
        "INSERT INTO involved (authority, request) SELECT unnest(%(authorities)s::text[]), %(request)s ON CONFLICT DO NOTHING",
        {"authorities": list(authorities), "request": request},
    )


def plan_of_courses(conn: Connection[Any], authority: str) -> list[str]:
    """How PostgreSQL reads a page of the courses of an authority."""
    rows = conn.execute(
        """
        EXPLAIN (ANALYZE, BUFFERS)
        SELECT c.*
          FROM involved i
          JOIN course c ON c.request = i.request
         WHERE i.authority = %(authority)s AND i.request > '00000000-0000-0000-0000-000000000000' AND c.changed_no > 0
         ORDER BY i.request
         LIMIT 25000
        """,
        {"authority": authority},
    ).fetchall()
    return [line for (line,) in rows]


def plan_of_unsettled(conn: Connection[Any], authority: str) -> list[str]:
    """How PostgreSQL finds what has changed since a question before, and what is not settled."""
    changed = conn.execute(
        """
        EXPLAIN (ANALYZE, BUFFERS)
        SELECT c.*
          FROM (SELECT * FROM course WHERE changed_no > (SELECT max(changed_no) - 100 FROM course) ORDER BY changed_no LIMIT 5000) c
         CROSS JOIN LATERAL (SELECT 1 FROM involved i WHERE i.authority = %(authority)s AND i.request = c.request LIMIT 1) own
        """,
        {"authority": authority},
    ).fetchall()
    unsettled = conn.execute(
        """
        EXPLAIN (ANALYZE, BUFFERS)
        SELECT DISTINCT t.request
          FROM touched t
          JOIN involved i ON i.authority = %(authority)s AND i.request = t.request
         LIMIT 2001
        """,
        {"authority": authority},
    ).fetchall()
    return [line for (line,) in [*changed, ("",), *unsettled]]


def lay_members(conn: Connection[Any], members: Sequence[tuple[str, str, str]]) -> None:
    """These authorities, with State and zone, are members of the deployment."""
    with conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO authority (id, stream, version, state, name, time_zone, member, languages, channels, declarations, contacts, registered_at, updated_at)
            VALUES (%s, gen_random_uuid(), 1, %s, 'measured', %s, true, '{}', '{}', '{}', '[]', now(), now())
            """,
            members,
        )


def lay_key(conn: Connection[Any], id: str, authority: str, hash: str) -> None:
    """A key of the head of an authority."""
    conn.execute(
        "INSERT INTO api_key (id, authority, hash, role, label, issued_at) VALUES (%(id)s, %(authority)s, %(hash)s, 'head', 'measured', now())",
        {"id": id, "authority": authority, "hash": hash},
    )


def lay_series(conn: Connection[Any]) -> None:
    """Lay the rows behind the series of each history for every course laid from it; the templates bear the number of their history."""
    conn.execute("CREATE TEMPORARY TABLE template AS SELECT DISTINCT no, lpad(to_hex(no), 32, '0')::uuid AS request FROM laid")
    conn.execute(
        """
        INSERT INTO counted (request, requesting, requested, kind, arrived, ends, turnaround, levels)
        SELECT l.request, c.requesting, c.requested, c.kind, c.arrived, c.ends, c.turnaround, c.levels
          FROM laid l
          JOIN template t ON t.no = l.no
          JOIN counted c ON c.request = t.request
         ORDER BY l.copy, l.no
        """
    )
    conn.execute(
        """
        INSERT INTO standing (request, requesting, requested, kind, stage, arrived_at, left_at, open_since, due, came, went)
        SELECT l.request, s.requesting, s.requested, s.kind, s.stage, s.arrived_at, s.left_at, s.open_since, s.due, s.came, s.went
          FROM laid l
          JOIN template t ON t.no = l.no
          JOIN standing s ON s.request = t.request
         ORDER BY l.copy, l.no
        """
    )
    conn.execute(
        """
        INSERT INTO standing_clock (request, place, requesting, requested, clock_row, state, due)
        SELECT l.request, c.place, c.requesting, c.requested, c.clock_row, c.state, c.due
          FROM laid l
          JOIN template t ON t.no = l.no
          JOIN standing_clock c ON c.request = t.request
         ORDER BY l.copy, l.no
        """
    )


def remove_templates(conn: Connection[Any], requests: Sequence[str]) -> None:
    """Only what was laid stays."""
    for statement in (
        "DELETE FROM counted WHERE request = ANY (%(requests)s::uuid[])",
        "DELETE FROM standing WHERE request = ANY (%(requests)s::uuid[])",
        "DELETE FROM standing_clock WHERE request = ANY (%(requests)s::uuid[])",
    ):
        conn.execute(statement, {"requests": list(requests)})
    conn.execute("VACUUM ANALYZE counted, standing, standing_clock")
