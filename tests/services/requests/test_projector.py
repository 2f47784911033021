"""The rows: whatever the batches, they show what the fold of the stream shows."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from services.requests.projector import RequestRows, rows_of
from services.requests.queries import rows as queries
from services.requests.queries.rows import RequestRow
from shared.messaging.projection import Poison
from tests.services.requests.calling import E, Made, R, Service, X
from tests.services.requests.following import all_facts, follow

MOVES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (E, "acknowledge", {"reference": "MOT 1"}),
    (E, "request_information", {"items": ["words"]}),
    (R, "supply_information", {"items": ["words"]}),
    (E, "add_note", {"text": "words"}),
    (E, "forward", {"to": X}),
    (R, "ask_status", {"channel": "email"}),
    (E, "postpone", {"reason": "ongoing_investigation"}),
    (E, "assign", {"desk": "desk-2"}),
    (R, "withdraw", {"reason": "words"}),
    (R, "reopen", {"reason": "words"}),
    (R, "transmit_again", {"channel": "post"}),
)


def travelled(service: Service, requests: int, seed: int) -> list[Made]:
    """Requests that each went some way, in turn."""
    made = [service.person(R).sends() for _ in range(requests)]
    ways = {each.id: random.Random(f"{seed} {place}").randint(0, len(MOVES)) for place, each in enumerate(made)}
    for place in range(len(MOVES)):
        for each in made:
            if place < ways[each.id]:
                authority, move, body = MOVES[place]
                service.person(authority).moves(move, each, **body)
    return made


def stored(conn: Connection[Any], made: list[Made]) -> list[RequestRow | None]:
    return [queries.row_of(conn, UUID(each.id), authority) for each in made for authority in (R, E)]


def folded(service: Service, conn: Connection[Any], made: list[Made]) -> list[RequestRow | None]:
    found: list[RequestRow | None] = []
    for each in made:
        stream = service.shell.streams.read(conn, UUID(each.id))
        assert stream is not None
        by_authority = {row.authority: row for row in rows_of(stream, service.shell.clockwork)}
        found += [by_authority[authority] for authority in (R, E)]
    return found


@pytest.mark.parametrize("batch", [1, 7, 500])
def test_the_live_rows_are_what_the_fold_gives(service: Service, conn: Connection[Any], batch: int) -> None:
    """EVT-04, in small batches and large, and again after a restart in between; EVT-03: versions without a gap."""
    made = travelled(service, 5, batch)
    follow(service, conn, batch=batch)
    service.person(R).moves("add_note", made[0], text="words")
    follow(service, conn, RequestRows(service.shell.clockwork), batch=batch)

    assert stored(conn, made) == folded(service, conn, made)
    gaps = conn.execute("SELECT stream FROM event GROUP BY stream HAVING max(version) <> count(*) OR min(version) <> 1").fetchall()
    assert gaps == []


def test_a_rebuild_from_nothing_gives_the_same_rows(service: Service, conn: Connection[Any]) -> None:
    """EVT-04."""
    made = travelled(service, 5, 1)
    follow(service, conn, batch=3)
    before = stored(conn, made)

    queries.empty_rows(conn)
    follow(service, conn, batch=500)

    assert stored(conn, made) == before


def test_a_batch_that_was_rolled_back_is_taken_again(service: Service, conn: Connection[Any]) -> None:
    """OUT-04: what the projection remembers in memory must not be ahead of its rows."""
    made = travelled(service, 2, 2)
    rows = RequestRows(service.shell.clockwork)
    facts = all_facts(conn)
    with conn.transaction(force_rollback=True):
        rows.apply(conn, facts)

    follow(service, conn, rows, batch=2)

    assert stored(conn, made) == folded(service, conn, made)


def test_a_fact_that_cannot_be_read_is_named(service: Service, conn: Connection[Any]) -> None:
    """OUT-06: so that its stream alone is put aside."""
    service.person(R).sends()
    facts = all_facts(conn)
    bad = replace_value(facts[1], b"{}")

    with pytest.raises(Poison) as poison, conn.transaction():
        RequestRows(service.shell.clockwork).apply(conn, [facts[0], bad])

    assert poison.value.envelope == bad


def replace_value(envelope: Any, value: bytes) -> Any:
    return envelope._replace(value=value)
