"""Every SQL statement of the metrics service, one typed function each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.types.json import Jsonb

# --- writing: the projections only ----------------------------------------------------------------------------------


class FactRow(NamedTuple):
    """A fact as figures keep it. *stream* is the request itself, or the stream of its escalations."""

    stream: str
    version: int
    request: str
    id: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    members: dict[str, Any]


class AuthoritySaid(NamedTuple):
    """What the directory said of an authority at one version of its stream."""

    authority: str
    version: int
    recorded_at: datetime
    state: str
    time_zone: str
    member: bool
    name: str | None


def known_requests(conn: Connection[Any], streams: Sequence[str]) -> dict[str, int]:
    """The last version kept of each of these requests."""
    rows = conn.execute(
        """
        SELECT request::text, max(version)
          FROM request_fact
         WHERE request = ANY (%(streams)s::uuid[])
         GROUP BY request
         ORDER BY request
        """,
        {"streams": list(streams)},
    ).fetchall()
    return dict(rows)


def known_escalations(conn: Connection[Any], streams: Sequence[str]) -> dict[str, int]:
    """The last version kept of each of these streams of escalations."""
    rows = conn.execute(
        """
        SELECT stream::text, max(version)
          FROM escalation_fact
         WHERE stream = ANY (%(streams)s::uuid[])
         GROUP BY stream
         ORDER BY stream
        """,
        {"streams": list(streams)},
    ).fetchall()
    return dict(rows)


def insert_request_facts(conn: Connection[Any], facts: Sequence[FactRow]) -> None:
    """Keep facts of requests; what is there stays."""
    conn.execute(
        """
        INSERT INTO request_fact (request, version, id, type, occurred_at, recorded_at, members)
        SELECT *
          FROM unnest(%(requests)s::uuid[], %(versions)s::int4[], %(ids)s::uuid[], %(types)s::text[],
                      %(occurred)s::timestamptz[], %(recorded)s::timestamptz[], %(members)s::jsonb[])
        ON CONFLICT DO NOTHING
        """,
        _columns(facts),
    )


def insert_escalation_facts(conn: Connection[Any], facts: Sequence[FactRow]) -> None:
    """Keep facts of escalations; what is there stays."""
    conn.execute(
        """
        INSERT INTO escalation_fact (stream, version, request, id, type, occurred_at, recorded_at, members)
        SELECT *
          FROM unnest(%(streams)s::uuid[], %(versions)s::int4[], %(requests)s::uuid[], %(ids)s::uuid[], %(types)s::text[],
                      %(occurred)s::timestamptz[], %(recorded)s::timestamptz[], %(members)s::jsonb[])
        ON CONFLICT DO NOTHING
        """,
        _columns(facts),
    )


def _columns(facts: Sequence[FactRow]) -> dict[str, Any]:
    return {
        "streams": [fact.stream for fact in facts],
        "versions": [fact.version for fact in facts],
        "requests": [fact.request for fact in facts],
        "ids": [fact.id for fact in facts],
        "types": [fact.type for fact in facts],
        "occurred": [fact.occurred_at for fact in facts],
        "recorded": [fact.recorded_at for fact in facts],
        "members": [Jsonb(fact.members) for fact in facts],
    }


def insert_involved(conn: Connection[Any], pairs: Sequence[tuple[str, str]]) -> None:
    """These (authority, request) belong together."""
    conn.execute(
        """
        INSERT INTO involved (authority, request)
        SELECT *
          FROM unnest(%(authorities)s::text[], %(requests)s::uuid[])
        ON CONFLICT DO NOTHING
        """,
        {"authorities": [authority for authority, _ in pairs], "requests": [request for _, request in pairs]},
    )


def insert_authorities_said(conn: Connection[Any], said: Sequence[AuthoritySaid]) -> None:
    """Keep what the directory said; what is there stays."""
    with conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO authority_said (authority, version, recorded_at, state, time_zone, member, name)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT DO NOTHING
            """,
            said,
        )


def begin_anew(conn: Connection[Any], projections: Sequence[str]) -> None:
    """No fact is kept and these projections are at the beginning; a running projector fills the rows again. Counters stay: they never fall."""
    conn.execute("TRUNCATE request_fact, escalation_fact, involved")
    forget_courses(conn)
    for statement in _FORGET_PLACES:
        conn.execute(statement, {"projections": list(projections)})


def empty_rows(conn: Connection[Any], kept: Sequence[str]) -> None:
    """Forget every fact, and what was said of any authority but *kept*. The places in the topics stay."""
    conn.execute("DELETE FROM request_fact")
    conn.execute("DELETE FROM escalation_fact")
    conn.execute("DELETE FROM involved")
    forget_courses(conn)
    conn.execute("DELETE FROM counted")
    conn.execute("DELETE FROM counter")
    conn.execute("DELETE FROM authority_said WHERE authority <> ALL (%(kept)s)", {"kept": list(kept)})


def forget_courses(conn: Connection[Any]) -> None:
    """No course is kept, nor how a request stands, and whoever remembers one must not use it any more."""
    conn.execute("DELETE FROM course")
    for statement in _FORGET_STANDING:
        conn.execute(statement)
    conn.execute("DELETE FROM touched")
    conn.execute("UPDATE course_era SET era = era + 1")


_FORGET_STANDING = ("DELETE FROM standing", "DELETE FROM standing_clock", "DELETE FROM account_flow", "DELETE FROM waiting_quantiles")
_FORGET_PLACES = (
    "DELETE FROM position WHERE projection = ANY (%(projections)s)",
    "DELETE FROM watermark WHERE projection = ANY (%(projections)s)",
    "DELETE FROM parked WHERE projection = ANY (%(projections)s)",
    "DELETE FROM blocked WHERE projection = ANY (%(projections)s)",
)


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeptFact:
    """A fact of a request, or of its escalations."""

    request: str
    version: int
    id: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    members: dict[str, Any]


def authority_said(conn: Connection[Any], authority: str) -> list[AuthoritySaid]:
    """What the directory ever said of *authority*, in order of version."""
    rows = conn.execute(
        """
        SELECT authority, version, recorded_at, state, time_zone, member, name
          FROM authority_said
         WHERE authority = %(authority)s
         ORDER BY version
        """,
        {"authority": authority},
    ).fetchall()
    return [AuthoritySaid(*row) for row in rows]


def members_now(conn: Connection[Any]) -> list[tuple[str, str]]:
    """The members of this deployment and their time zones."""
    return conn.execute(
        """
        SELECT id, time_zone
          FROM authority
         WHERE member
         ORDER BY id
        """
    ).fetchall()


def watermarks(conn: Connection[Any], topics: Sequence[str]) -> list[tuple[str, datetime]]:
    """For each of these topics that has one: everything recorded before this moment is kept."""
    return conn.execute(
        """
        SELECT topic, min(w)
          FROM watermark
         WHERE topic = ANY (%(topics)s)
         GROUP BY topic
         ORDER BY topic
        """,
        {"topics": list(topics)},
    ).fetchall()


def newest_facts(conn: Connection[Any]) -> list[tuple[str, datetime | None]]:
    """When the newest fact of each projection was recorded."""
    return conn.execute(
        """
        SELECT 'metrics-requests', max(recorded_at) FROM request_fact
        UNION ALL
        SELECT 'metrics-escalations', max(recorded_at) FROM escalation_fact
        UNION ALL
        SELECT 'metrics-directory', max(updated_at) FROM authority
        ORDER BY 1
        """
    ).fetchall()
