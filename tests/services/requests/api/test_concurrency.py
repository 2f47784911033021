"""Several callers at once, and versions that are no longer current."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection, errors

from shared.storage import event_log
from tests.services.requests.calling import E, R, Service

NOTE: dict[str, Any] = {"text": "words of somebody"}


def facts(conn: Connection[Any], request: str) -> list[int]:
    return [row[0] for row in conn.execute("SELECT version FROM event WHERE stream = %s ORDER BY version", (request,))]


def test_a_move_needs_the_version_that_the_caller_has_seen(service: Service, conn: Connection[Any]) -> None:
    """CON-01: without one 428, with an old one 412; nothing is stored."""
    person = service.person(R)
    made = person.sends()

    path = f"/v1/requests/{made.id}/moves/transmit_again"
    answers = [person.call("POST", path, {"channel": "post"}, version=version) for version in (None, 1)]

    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [(428, "version_required"), (412, "stale_version")]
    assert facts(conn, made.id) == [1, 2]


def test_a_stale_move_is_told_the_current_version_and_what_happened_since(service: Service) -> None:
    """CON-01."""
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()
    requested.moves("acknowledge", made, reference="MOT 1", note="words")

    told = requesting.call("POST", f"/v1/requests/{made.id}/moves/withdraw", {"reason": "words"}, version=2)

    assert told.status_code == 412
    assert told.headers["ETag"] == '"3"'
    assert told.get_json()["current_version"] == 3
    assert [(fact["type"], fact["data"]) for fact in told.get_json()["facts"]] == [("RequestAcknowledged", {"reference": "MOT 1", "note": "words"})]


def test_an_internal_fact_of_the_other_side_makes_no_version_stale(service: Service) -> None:
    """D-40: the other side cannot see it, so it cannot have missed it."""
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()
    requested.moves("add_note", made, text="words of somebody")

    answer = requesting.call("POST", f"/v1/requests/{made.id}/moves/transmit_again", {"channel": "post"}, version=2)

    assert answer.status_code == 200, answer.text
    assert answer.get_json()["version"] == 4


def test_of_two_moves_on_the_same_version_one_is_made(service: Service, conn: Connection[Any]) -> None:
    """CON-02: checking the version and recording the move are one step, however many callers race."""
    person = service.person(R)
    for _ in range(8):
        made = person.sends()
        path = f"/v1/requests/{made.id}/moves/withdraw"

        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(lambda _, path=path: person.call("POST", path, {"reason": "words"}, version=2).status_code, range(6)))

        assert sorted(answers) == [200, 412, 412, 412, 412, 412]
        assert facts(conn, made.id) == [1, 2, 3]


def test_moves_that_do_not_contradict_each_other_are_all_made(service: Service, conn: Connection[Any]) -> None:
    """CON-02: internal notes of the two sides race; nobody's version becomes stale by the other's, so each is decided again until it is in."""
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()
    path = f"/v1/requests/{made.id}/moves/add_note"

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda person: person.call("POST", path, NOTE, version=2).status_code, (requesting, requested)))

    assert answers == [200, 200]
    assert facts(conn, made.id) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("failures", "status"),
    [pytest.param(2, 200, id="it is tried again"), pytest.param(1000, 503, id="at most a few times")],
)
def test_a_serialization_failure_is_tried_again(service: Service, conn: Connection[Any], monkeypatch: pytest.MonkeyPatch, failures: int, status: int) -> None:
    """CON-04."""
    person = service.person(R)
    made = person.sends()
    left = [failures]
    append = event_log._append_once

    def failing(connection: Connection[Any], command: event_log.Command) -> event_log.Appended:
        left[0] -= 1
        if left[0] >= 0:
            raise errors.SerializationFailure
        return append(connection, command)

    monkeypatch.setattr(event_log, "_append_once", failing)
    answer = person.call("POST", f"/v1/requests/{made.id}/moves/transmit_again", {"channel": "post"}, version=2)

    assert answer.status_code == status, answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert facts(conn, made.id) == ([1, 2, 3] if status == 200 else [1, 2])


def test_one_reference_belongs_to_one_request_however_many_ask_at_once(service: Service, conn: Connection[Any]) -> None:
    """CON-02: a duplicate (same requesting authority, same own reference) is refused with a pointer to the request that has it."""
    person = service.person(R)
    body = {"direction": "outgoing", "kind": "mla", "instrument": "COE-030", "requested": {"authority": E}, "own_reference": "R-1"}

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: person.call("POST", "/v1/requests", body), range(8)))

    made = [answer.get_json()["id"] for answer in answers if answer.status_code == 201]
    refused = [answer.get_json() for answer in answers if answer.status_code == 409]
    assert (len(made), len(refused)) == (1, 7)
    assert {(problem["code"], problem["parameters"]["request"], problem["errors"][0]["pointer"]) for problem in refused} == {
        ("duplicate_reference", made[0], "/own_reference")
    }


def test_a_reference_is_free_again_once_its_draft_is_given_up_or_has_another(service: Service) -> None:
    person = service.person(R)
    discarded, amended = person.drafts(own_reference="R-1"), person.drafts(own_reference="R-2")
    person.moves("discard", discarded)
    person.moves("amend", amended, own_reference="R-3")

    taken = [person.drafts(own_reference=reference) for reference in ("R-1", "R-2")]
    clash = person.call("POST", f"/v1/requests/{discarded.id}/moves/reopen", {"reason": "words"}, version=2)

    assert len({made.id for made in taken}) == 2
    assert (clash.status_code, clash.get_json()["code"]) == (409, "duplicate_reference")
