"""Repeated calls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from services.requests.assembly import make_shell
from services.requests.queries import streams
from tests.fixtures.postgres import ScratchDatabase
from tests.services.requests.calling import E, R, Service, application, settings_for

DRAFT = {"direction": "outgoing", "kind": "mla", "instrument": "COE-030", "requested": {"authority": E}, "own_reference": "R-1", "note": "words"}


def facts(conn: Connection[Any]) -> int:
    row = conn.execute("SELECT count(*) FROM event WHERE topic = 'mla.requests'").fetchone()
    assert row is not None
    return int(row[0])


def test_the_same_call_in_parallel_has_one_effect_and_one_answer(service: Service, conn: Connection[Any]) -> None:
    """IDM-01."""
    person = service.person(R)

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: person.call("POST", "/v1/requests", DRAFT, key="k-1"), range(24)))

    assert facts(conn) == 1
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


def test_a_move_is_answered_the_same_after_a_restart_and_after_later_moves(service: Service, database: ScratchDatabase) -> None:
    """IDM-01: a restart forgets everything that was in memory."""
    person, made = service.person(R), service.person(R).drafts()
    path = f"/v1/requests/{made.id}/moves/send"
    first = person.call("POST", path, {"channel": "portal", "note": "words"}, version=1, key="k-1")
    service.person(E).moves("acknowledge", made)

    again = serve_again(service, database)
    second = again.call("POST", path, {"channel": "portal", "note": "words"}, version=1, key="k-1")

    assert (second.status_code, second.data) == (200, first.data)
    assert second.headers["ETag"] == first.headers["ETag"] == '"2"'
    assert second.headers["Idempotency-Replayed"] == "true"


def serve_again(service: Service, database: ScratchDatabase) -> Any:
    shell = make_shell(settings_for(database))
    restarted = Service(shell, application(shell), dict(service.people))
    person = service.person(R)
    return type(person)(restarted, person.authority, person.key)


def test_the_same_key_for_another_call_is_refused_and_changes_nothing(service: Service, conn: Connection[Any]) -> None:
    """IDM-02: another body, and another path."""
    person = service.person(R)
    made = person.call("POST", "/v1/requests", DRAFT, key="k-1").get_json()

    answers = [
        person.call("POST", "/v1/requests", {**DRAFT, "subject": "another"}, key="k-1"),
        person.call("POST", f"/v1/requests/{made['id']}/moves/discard", {}, key="k-1", version=1),
    ]

    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [(422, "idempotency_key_reused")] * 2
    assert facts(conn) == 1


def test_a_key_of_one_caller_means_nothing_for_another(service: Service, conn: Connection[Any]) -> None:
    """IDM-03: another key of the same authority is another caller too."""
    first = service.person(R).call("POST", "/v1/requests", DRAFT, key="k-1")
    second = service.person(R, "head").call("POST", "/v1/requests", {**DRAFT, "own_reference": "R-2"}, key="k-1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json()["id"] != second.get_json()["id"]
    assert facts(conn) == 2


def test_a_failure_is_not_kept_and_nothing_half_done_remains(service: Service, conn: Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """IDM-04: the connection breaks after the append was asked for; the retry does the work."""
    person = service.person(R)

    def broken(*arguments: Any, **more: Any) -> Any:
        raise psycopg.OperationalError("the server closed the connection")

    with monkeypatch.context() as failing:
        failing.setattr(streams, "append_with_reference", broken)
        failed = person.call("POST", "/v1/requests", DRAFT, key="k-1")
    before = facts(conn)
    retried = person.call("POST", "/v1/requests", DRAFT, key="k-1")

    assert (failed.status_code, failed.get_json()["code"], failed.headers["Retry-After"]) == (503, "temporarily_unavailable", "1")
    assert before == 0
    assert retried.status_code == 201
    assert "Idempotency-Replayed" not in retried.headers
    assert facts(conn) == 1


def test_a_post_without_a_key_is_refused(service: Service, conn: Connection[Any]) -> None:
    answer = service.person(R).call("POST", "/v1/requests", DRAFT, key="")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_required")
    assert facts(conn) == 0


def test_a_new_key_is_told_again_to_whoever_asks_twice(service: Service) -> None:
    """An answer that got lost on its way must not leave a key that nobody has."""
    admin = service.person(R, "administrator")

    first, second = (admin.call("POST", f"/v1/authorities/{E}/keys", {"role": "desk"}, key="k-1") for _ in range(2))

    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    assert second.headers["Idempotency-Replayed"] == "true"
    assert service.app.test_client().get("/v1/me", headers={"Authorization": f"Bearer {first.get_json()['key']}"}).get_json()["authority"]["id"] == E
