"""Who sees what, and who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from shared.facts.codes import MOVING_ROLES, Role
from tests.services.requests.calling import OTHER, E, Made, R, Service, X
from tests.services.requests.following import follow

PATHS = ("", "/history", "/moves", "/clocks", "/verification")


def statuses(service: Service, authority: str, made: Made, role: str = "desk", desk: str | None = None) -> set[int]:
    person = service.person(authority, role, desk)
    return {person.call("GET", f"/v1/requests/{made.id}{path}").status_code for path in PATHS}


def test_a_request_does_not_exist_for_an_authority_on_neither_side(service: Service, conn: Any) -> None:
    """AZN-01, AZN-07: every path, the list, the feed and a move alike."""
    made = service.person(R).sends(subject="foreign marker")
    follow(service, conn)
    stranger = service.person(OTHER)

    move = stranger.call("POST", f"/v1/requests/{made.id}/moves/acknowledge", {}, version=2)
    seen = [stranger.call("GET", path).text for path in ("/v1/requests?q=marker", "/v1/events?expand=request", "/v1/requests?reference=R")]

    assert statuses(service, OTHER, made) == {404}
    assert (move.status_code, move.get_json()["code"]) == (404, "not_found")
    assert not any("marker" in text or made.id in text for text in seen)


def test_a_taken_reference_does_not_tell_a_stranger_whose_request_has_it(service: Service) -> None:
    """AZN-06: the clash is told, the request is not."""
    service.person(E).call("POST", "/v1/requests", {"direction": "incoming", "kind": "mla", "instrument": "COE-030", "from": X, "counterpart_reference": "X-1"})

    answer = service.person(OTHER).call(
        "POST", "/v1/requests", {"direction": "incoming", "kind": "mla", "instrument": "COE-030", "from": X, "counterpart_reference": "X-1"}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (409, "duplicate_reference")
    assert answer.get_json()["parameters"] == {"request": None}


def test_a_draft_is_seen_by_the_other_side_only_once_it_is_sent(service: Service) -> None:
    """D-40."""
    requesting = service.person(R)
    made = requesting.drafts()
    before = statuses(service, E, made)
    requesting.moves("send", made)

    assert before == {404}
    assert statuses(service, E, made) == {200}


def test_each_side_makes_its_own_moves_only(service: Service) -> None:
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()

    wrong = [
        requesting.call("POST", f"/v1/requests/{made.id}/moves/acknowledge", {}, version=2),
        requested.call("POST", f"/v1/requests/{made.id}/moves/withdraw", {"reason": "words"}, version=2),
    ]

    assert [(answer.status_code, answer.get_json()["code"]) for answer in wrong] == [(403, "wrong_side")] * 2


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_do_with_a_request(service: Service, role: Role) -> None:
    """AZN-02 (D-43): auditors read and make no move, administrators see no case, the others read and move."""
    made = service.person(R).sends()

    read = statuses(service, R, made, role)
    listed = service.person(R, role).call("GET", "/v1/requests").status_code
    moved = service.person(R, role).call("POST", f"/v1/requests/{made.id}/moves/transmit_again", {"channel": "post"}, version=2)

    assert read == ({403} if role is Role.ADMINISTRATOR else {200})
    assert listed == (403 if role is Role.ADMINISTRATOR else 200)
    assert (moved.status_code, moved.get_json().get("code")) == ((200, None) if role in MOVING_ROLES else (403, "not_allowed"))


def test_internal_facts_are_seen_by_their_own_side_only(service: Service, conn: Any) -> None:
    """D-40: history, document, version, list and feed agree."""
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()
    requested.moves("assign", made, desk="desk-2", officer="O-17")
    requested.moves("add_note", made, text="words for us alone")
    requested.moves("add_note", made, text="words for both", internal=False)
    follow(service, conn)

    for person, version, notes in ((requested, 5, ["words for us alone", "words for both"]), (requesting, 5, ["words for both"])):
        document = person.get(f"/v1/requests/{made.id}")
        told = [fact["data"]["text"] for fact in person.get(f"/v1/requests/{made.id}/history")["facts"] if fact["type"] == "NoteAdded"]
        assert (document["version"], told, [note["text"] for note in document["notes"]]) == (version, notes, notes)
    own, other = (person.get("/v1/requests")["requests"][0] for person in (requested, requesting))
    assert (own["desk"], own["officer"], other["desk"], other["officer"]) == ("desk-2", "O-17", None, None)
    fed = {event["type"] for event in requesting.get("/v1/events")["events"]}
    assert "RequestAssigned" not in fed


def test_a_version_counts_only_what_the_caller_may_see(service: Service) -> None:
    """D-40: the version of the side that cannot see the last fact is that of the one before."""
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()
    requested.moves("add_note", made, text="words for us alone")

    assert requested.get(f"/v1/requests/{made.id}")["version"] == 3
    assert requesting.get(f"/v1/requests/{made.id}")["version"] == 2


@pytest.mark.parametrize(
    ("confidentiality", "role", "desk", "status", "subject"),
    [
        ("normal", "desk", "desk-2", 200, "What it is about"),
        ("restricted", "desk", "desk-1", 200, "What it is about"),
        ("restricted", "desk", "desk-2", 200, None),
        ("restricted", "integrator", None, 200, None),
        ("restricted", "supervisor", "desk-2", 200, "What it is about"),
        ("restricted", "auditor", None, 200, "What it is about"),
        ("confidential", "desk", "desk-1", 200, "What it is about"),
        ("confidential", "desk", "desk-2", 404, None),
        ("confidential", "head", None, 404, None),
        ("confidential", "auditor", None, 200, "What it is about"),
    ],
)
def test_confidentiality_within_an_authority(
    service: Service, conn: Any, confidentiality: str, role: str, desk: str | None, status: int, subject: str | None
) -> None:
    """AZN-03 (D-42), in the document, the list, the search and the feed."""
    drafter = service.person(R, "desk", "desk-1")
    made = drafter.sends(confidentiality=confidentiality, subject="What it is about", persons=[{"role": "suspect"}])
    follow(service, conn)
    person = service.person(R, role, desk)

    document = person.call("GET", f"/v1/requests/{made.id}")
    rows = person.get("/v1/requests")["requests"]
    found = person.get("/v1/requests?q=about")["requests"]
    fed = person.get("/v1/events?expand=request")["events"]

    assert document.status_code == status
    assert [row["subject"] for row in rows] == ([] if status == 404 else [subject])
    assert len(found) == (1 if subject else 0)
    assert {event["request"]["subject"] for event in fed} == (set() if status == 404 else {subject})
    if status == 200 and subject is None:
        assert [document.get_json()[name] for name in ("subject", "offences", "fields", "persons", "items", "notes")] == [None] * 6
        assert document.get_json()["redacted"] is True
        assert "as the file says" not in person.call("GET", f"/v1/requests/{made.id}/history").text


@pytest.mark.parametrize("confidentiality", ["restricted", "confidential"])
@pytest.mark.parametrize(("authority", "officer", "full"), [(R, "O-17", True), (R, "O-18", False), (R, None, False), (E, "O-17", False)])
def test_the_officer_to_whom_it_is_assigned_sees_it_from_any_desk(
    service: Service, conn: Any, confidentiality: str, authority: str, officer: str | None, full: bool
) -> None:
    """AZN-03 (D-42): a named person, by the key; the same reference at the other side opens nothing there."""
    made = service.person(R, "desk", "desk-1").sends(confidentiality=confidentiality, subject="What it is about")
    service.person(R, "desk", "desk-1").moves("assign", made, desk="desk-1", officer="O-17")
    service.person(E, "desk", "desk-1").moves("acknowledge", made)
    follow(service, conn)
    person = service.person(authority, "desk", "desk-2", officer)

    document = person.call("GET", f"/v1/requests/{made.id}")
    rows = person.get("/v1/requests")["requests"]
    found = person.get("/v1/requests?q=about")["requests"]
    fed = person.get("/v1/events?expand=request")["events"]

    subject = "What it is about" if full else None
    hidden = confidentiality == "confidential" and not full
    assert (document.status_code, document.get_json().get("subject")) == ((404, None) if hidden else (200, subject))
    assert [row["subject"] for row in rows] == ([] if hidden else [subject])
    assert len(found) == (1 if full else 0)
    assert {event["request"]["subject"] for event in fed} == (set() if hidden else {subject})


def test_a_desk_that_may_not_read_it_makes_no_move_on_it(service: Service) -> None:
    """D-42."""
    made = service.person(R, "desk", "desk-1").sends(confidentiality="restricted")

    answer = service.person(R, "desk", "desk-2").call("POST", f"/v1/requests/{made.id}/moves/withdraw", {"reason": "words"}, version=2)

    assert (answer.status_code, answer.get_json()["code"]) == (403, "not_allowed")


def test_who_is_not_known_sees_nothing(service: Service) -> None:
    """AUT-01, AUT-03: every path of the map asks for a key, a revoked one is none."""
    admin, desk = service.person(R, "administrator"), service.person(R)
    key_id = desk.key.split("_")[1]
    desk.get("/v1/me")
    revoked = admin.call("DELETE", f"/v1/authorities/{R}/keys/{key_id}")
    client = service.app.test_client()
    open_paths = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"}

    for rule in service.app.url_map.iter_rules():
        path = str(rule).replace("<uuid:request_id>", "01a2058f-c313-7537-9242-dcd3ea2eea3b").replace("<", "").replace(">", "")
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}:
            expected = 401 if path not in open_paths else 200
            for headers in ({}, {"Authorization": "Bearer rog_x_y"}, {"Authorization": f"Bearer {desk.key}"}):
                if expected == 401 or not headers:
                    assert client.open(path, method=method, headers=headers).status_code in {expected, 404 if "uuid" in path else expected}, (method, path)

    assert revoked.status_code == 204
