"""Rows of the requests that are followed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from services.notifications.domain.following import Followed
from shared.facts.visibility import Parties


def known_versions(conn: Connection[Any], streams: Sequence[str]) -> dict[str, int]:
    """The last version that is known of each of *streams*."""
    rows = conn.execute(
        """
        SELECT id::text, version
          FROM followed_request
         WHERE id = ANY(%(streams)s::uuid[])
        """,
        {"streams": list(streams)},
    ).fetchall()
    return dict(rows)


def followed_requests(conn: Connection[Any], ids: Sequence[str]) -> dict[str, Followed]:
    """What is known of the requests *ids*."""
    with conn.cursor(row_factory=dict_row) as cur:
        cur.execute(
            """
            SELECT id::text, kind, instrument, state, last_open_state, holder, urgency, confidentiality, requesting, requested, sent,
                   requesting_state, requested_state, requesting_reference, requested_reference, requesting_desk, requested_desk
              FROM followed_request
             WHERE id = ANY(%(ids)s::uuid[])
            """,
            {"ids": list(ids)},
        )
        return {row["id"]: _followed(row) for row in cur}


def _followed(row: dict[str, Any]) -> Followed:
    parties = Parties(row.pop("requesting"), tuple(row.pop("requested")), row.pop("sent"))
    return Followed(parties=parties, **row)


def save_followed(conn: Connection[Any], requests: Mapping[str, tuple[Followed, int]]) -> None:
    """Write each request and the version it is known up to."""
    with conn.cursor() as cur:
        cur.executemany(
            """
            INSERT INTO followed_request (id, version, kind, instrument, state, last_open_state, holder, urgency, confidentiality, requesting, requested,
                   sent, requesting_state, requested_state, requesting_reference, requested_reference, requesting_desk, requested_desk)
            VALUES (%(id)s, %(version)s, %(kind)s, %(instrument)s, %(state)s, %(last_open_state)s, %(holder)s, %(urgency)s, %(confidentiality)s,
                   %(requesting)s, %(requested)s, %(sent)s, %(requesting_state)s, %(requested_state)s, %(requesting_reference)s, %(requested_reference)s,
                   %(requesting_desk)s, %(requested_desk)s)
            ON CONFLICT (id) DO UPDATE
               SET version = EXCLUDED.version,
                   kind = EXCLUDED.kind,
                   instrument = EXCLUDED.instrument,
                   state = EXCLUDED.state,
                   last_open_state = EXCLUDED.last_open_state,
                   holder = EXCLUDED.holder,
                   urgency = EXCLUDED.urgency,
                   confidentiality = EXCLUDED.confidentiality,
                   requested = EXCLUDED.requested,
                   sent = EXCLUDED.sent,
                   requested_state = EXCLUDED.requested_state,
                   requesting_reference = EXCLUDED.requesting_reference,
                   requested_reference = EXCLUDED.requested_reference,
                   requesting_desk = EXCLUDED.requesting_desk,
                   requested_desk = EXCLUDED.requested_desk
            """,
            [_columns(followed, version) for followed, version in requests.values()],
        )


def _columns(followed: Followed, version: int) -> dict[str, Any]:
    names = (
        "id", "kind", "instrument", "state", "last_open_state", "holder", "urgency", "confidentiality", "requesting_state", "requested_state",
        "requesting_reference", "requested_reference", "requesting_desk", "requested_desk",
    )  # fmt: skip
    parties = followed.parties
    members = {name: getattr(followed, name) for name in names}
    return {**members, "version": version, "requesting": parties.requesting, "requested": list(parties.requested), "sent": parties.sent}


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An authority as messages need it."""

    id: str
    name: str
    state: str
    time_zone: str
    calendar: str | None
    languages: list[str]
    member: bool
    contacts: dict[str, Any]


def offices(conn: Connection[Any], ids: Collection[str]) -> dict[str, Office]:
    """Those of *ids* that the directory has."""
    with conn.cursor(row_factory=class_row(Office)) as cur:
        cur.execute(
            """
            SELECT id, name, state, time_zone, calendar, languages, member,
                   CASE WHEN jsonb_typeof(contacts) = 'object' THEN contacts ELSE '{}'::jsonb END AS contacts
              FROM authority
             WHERE id = ANY(%(ids)s)
            """,
            {"ids": list(ids)},
        )
        return {office.id: office for office in cur}
