"""The projection keeps both times of every fact, and nothing that figures do not read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Connection

from services.metrics import queries
from services.metrics.courses.keeping import Kept
from services.metrics.courses.queries import facts_of_requests
from services.metrics.domain.question import Question
from services.metrics.projector import REBUILT, Directory, RequestFacts, kept
from services.metrics.queries import KeptFact
from services.metrics.register import register_for
from shared.messaging.projection import Poison
from shared.wire.codec import canonical
from shared.wire.envelope import Envelope
from tests.services.metrics.envelopes import W, envelopes, follow, follow_given, given_lines, headers, of_directory, reach, request_id


def all_facts(conn: Connection[Any]) -> list[KeptFact]:
    return facts_of_requests(conn, [request_id(line["request"]) for line in given_lines()])


def test_both_times_of_every_fact_are_kept(conn: Connection[Any]) -> None:
    late = next(line for line in given_lines() if line["request"] == "R12")
    follow(conn, envelopes(late))

    found = all_facts(conn)

    assert [(fact.type, fact.occurred_at.isoformat(), fact.recorded_at.isoformat()) for fact in found[:1]] == [
        ("RequestRegistered", "2025-10-06T07:00:00+00:00", "2026-02-16T09:00:00+00:00")
    ]


def test_a_fact_that_comes_twice_is_kept_once(conn: Connection[Any]) -> None:
    line = given_lines()[0]
    follow(conn, envelopes(line))
    follow(conn, envelopes(line))

    assert len(all_facts(conn)) == len(line["facts"])
    assert RequestFacts().known(conn, [request_id("R01")]) == {request_id("R01"): len(line["facts"])}


def test_what_figures_do_not_read_is_not_kept() -> None:
    data = {
        "occurred_at": "2026-01-01T00:00:00Z",
        "subject": "Bank records",
        "note": {"sealed": "x"},
        "reason": {"sealed": "y"},
        "fields": {"facts_and_reasons": {"sealed": "z"}},
        "measures": [{"id": "m1", "type": "bank_records", "description": {"sealed": "w"}}],
        "values": {"void": True, "subject": "other", "occurred_at": "2026-01-02T00:00:00Z"},
        "changes": {"kind": "mla", "subject": "other"},
    }

    assert kept(data) == {
        "measures": [{"id": "m1", "type": "bank_records"}],
        "values": {"void": True, "occurred_at": "2026-01-02T00:00:00Z"},
        "changes": {"kind": "mla"},
    }


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"no json", id="no JSON"),
        pytest.param(b"[]", id="no object"),
        pytest.param(canonical({"by": "de-central"}), id="no moment"),
        pytest.param(canonical({"occurred_at": "2026-01-01T00:00:00Z", "kind": "mla"}), id="no sides"),
    ],
)
def test_a_fact_that_cannot_be_read_is_poison(conn: Connection[Any], value: bytes) -> None:
    broken = Envelope(request_id("R01"), "RequestDrafted", 1, request_id("R01"), request_id("R01"), 1, "mla.requests", W, value)

    with pytest.raises(Poison):
        follow(conn, [broken])


def test_a_type_from_a_newer_writer_is_kept_and_counted_nowhere(conn: Connection[Any]) -> None:
    value = canonical({"occurred_at": "2026-01-01T00:00:00Z", "by": "de-central", "colour": "red"})
    follow(
        conn,
        [*envelopes(given_lines()[0]), Envelope(request_id("R99"), "RequestPainted", 7, request_id("R01"), request_id("R01"), 13, "mla.requests", W, value)],
    )

    assert all_facts(conn)[-1].type == "RequestPainted"


def test_the_zone_of_an_authority_is_that_known_at_the_moment(conn: Connection[Any]) -> None:
    follow_given(conn, given_lines()[:1])
    moved = {"occurred_at": "2026-06-01T00:00:00Z", "by": "de-central", "id": "de-central", "name": "x", "state": "DE", "time_zone": "Europe/Lisbon"}
    with conn.transaction():
        Directory().apply(conn, [of_directory("de-central", 4, "AuthorityAmended", moved, datetime(2026, 6, 1, tzinfo=UTC))])

    register = register_for(conn, Question("de-central"), Kept(), lambda _: [])

    assert register.zone_of("de-central", datetime(2026, 5, 31, tzinfo=UTC)).name == "Europe/Berlin"
    assert register.zone_of("de-central", datetime(2026, 6, 1, tzinfo=UTC)).name == "Europe/Lisbon"
    assert register.zone_of("de-central", datetime(2019, 1, 1, tzinfo=UTC)).name == "Europe/Berlin"


def test_a_rebuild_gives_the_same_bytes_in_whatever_order_the_streams_come(client: Any, conn: Connection[Any]) -> None:
    follow_given(conn)
    query = {"from": "2025-01-01", "to": "2026-01-01", "as_known_at": "2026-10-31T23:00:00Z"}
    before = figures(client, query)
    with conn.transaction():
        queries.begin_anew(conn, REBUILT)
    for line in reversed(given_lines()):
        for one in envelopes(line):
            follow(conn, [one])
        if escalated := envelopes(line, escalations=True):
            follow(conn, escalated)
    reach(conn, W)

    assert figures(client, query) == before
    assert len(json.loads(before)["groups"]) > 10


def figures(client: Any, query: dict[str, str]) -> bytes:
    answer = client.get("/v1/figures", query_string=query, headers=headers("de-central"))
    assert answer.status_code == 200
    found: bytes = answer.data
    return found
