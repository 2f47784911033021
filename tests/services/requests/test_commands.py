"""Moves decided on a request as the process remembers it: one round trip, and never on a memory that is wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from services.requests.streams import Streams
from shared.storage.pool import connect
from tests.fixtures.postgres import ScratchDatabase
from tests.services.requests.calling import R, Service

WORDS = "words of somebody"


def types(conn: Connection[Any], request: str) -> list[str]:
    return [row[0] for row in conn.execute("SELECT type FROM event WHERE stream = %s ORDER BY version", (request,))]


def unread(streams: Streams, conn: Connection[Any], id: UUID) -> None:
    raise AssertionError("the request was read")


def test_a_request_that_is_remembered_is_not_read_for_a_move(service: Service, conn: Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    person = service.person(R)
    made = person.sends()
    monkeypatch.setattr(Streams, "read", unread)

    path = f"/v1/requests/{made.id}/moves/ask_status"
    answers = [person.call("POST", path, {"channel": "post"}, version=version) for version in (2, 3)]

    assert [(answer.status_code, answer.get_json()["version"]) for answer in answers] == [(200, 3), (200, 4)]
    assert types(conn, made.id)[2:] == ["StatusAsked", "StatusAsked"]


def lose(database: ScratchDatabase, request: str, version: int) -> None:
    """What a restored copy of the log does: the last fact is gone."""
    with connect(database.owner, "owner") as owner:
        owner.execute("ALTER TABLE event DISABLE TRIGGER event_is_only_added_to")
        owner.execute("DELETE FROM event WHERE stream = %s AND version = %s", (request, version))
        owner.execute("ALTER TABLE event ENABLE TRIGGER event_is_only_added_to")


def test_a_move_is_decided_anew_when_a_restored_log_went_another_way(service: Service, conn: Connection[Any], database: ScratchDatabase) -> None:
    """Version 3 is there, but it is not the fact that this process remembers."""
    person, streams = service.person(R), service.shell.streams
    made = person.sends()
    person.moves("ask_status", made, channel="post")
    known = streams.remembered(UUID(made.id))
    assert known is not None
    lose(database, made.id, 3)
    streams.forget()
    person.moves("withdraw", made, reason=WORDS)
    streams.forget()
    streams.keep(known)

    answer = person.call("POST", f"/v1/requests/{made.id}/moves/ask_status", {"channel": "post"}, version=3)

    assert (answer.status_code, answer.get_json()["code"]) == (409, "move_not_possible")
    assert types(conn, made.id)[2:] == ["RequestWithdrawn"]


def test_a_repeated_move_is_told_as_it_was_though_it_is_refused_by_now(service: Service, conn: Connection[Any]) -> None:
    """IDM: with the memory before it, and with the memory after it."""
    person, streams = service.person(R), service.shell.streams
    made = person.sends()
    before = streams.remembered(UUID(made.id))
    path, body = f"/v1/requests/{made.id}/moves/withdraw", {"reason": WORDS}
    first = person.call("POST", path, body, version=2, key="once")

    after = person.call("POST", path, body, version=2, key="once")
    streams.forget()
    streams.keep(before or pytest.fail("nothing was remembered"))
    earlier = person.call("POST", path, body, version=2, key="once")

    assert first.status_code == 200
    assert [(answer.data, answer.headers["Idempotency-Replayed"]) for answer in (after, earlier)] == [(first.data, "true")] * 2
    assert types(conn, made.id)[2:] == ["RequestWithdrawn"]


def test_words_whose_key_was_destroyed_are_not_in_the_answer_to_the_next_move(service: Service, conn: Connection[Any]) -> None:
    person = service.person(R)
    made = person.drafts(fields={"object_and_reason": WORDS, "offence": WORDS, "summary_of_facts": WORDS})
    conn.execute("UPDATE text_key SET key = NULL, destroyed_at = clock_timestamp() WHERE stream = %s", (made.id,))

    answer = person.call("POST", f"/v1/requests/{made.id}/moves/send", {"channel": "post"}, version=made.version)

    assert answer.status_code == 200
    assert WORDS not in answer.text
    assert answer.get_json()["fields"]["object_and_reason"] is None
