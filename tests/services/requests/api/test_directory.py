"""Authorities, keys, and what a caller sets for itself."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from tests.services.requests.calling import E, R, Service

NEW = {"id": "sk-central", "state": "SK", "name": "Central authority, Slovakia"}


def test_an_authority_is_registered_amended_and_read(service: Service) -> None:
    admin, desk = service.person(R, "administrator"), service.person(R)
    made = admin.call("POST", "/v1/authorities", NEW)
    changed = admin.call("POST", "/v1/authorities/sk-central", {"languages": ["sk", "en"], "contacts": {"mla": {"phone": "1"}}}, version=1)
    stale = admin.call("POST", "/v1/authorities/sk-central", {"languages": []}, version=1)
    twice = admin.call("POST", "/v1/authorities", NEW)

    read = desk.get("/v1/authorities/sk-central")
    assert (made.status_code, made.headers["Location"], made.headers["ETag"]) == (201, "/v1/authorities/sk-central", '"1"')
    assert (read["time_zone"], read["calendar"], read["member"]) == ("Europe/Bratislava", "SK", True)
    assert (changed.status_code, read["languages"], read["contacts"], read["version"]) == (200, ["sk", "en"], {"mla": {"phone": "1"}}, 2)
    assert (stale.status_code, stale.get_json()["parameters"]["current_version"]) == (412, 2)
    assert (twice.status_code, twice.get_json()["errors"][0]["pointer"]) == (422, "/id")


def test_the_directory_is_a_stream_of_facts_without_any_secret(service: Service, conn: Connection[Any]) -> None:
    admin = service.person(R, "administrator")
    key = admin.call("POST", f"/v1/authorities/{E}/keys", {"role": "desk", "desk": "desk-1"}).get_json()

    facts = conn.execute(
        "SELECT type, convert_from(payload, 'UTF8') FROM event WHERE topic = 'mla.directory' AND subject = %s ORDER BY version", (E,)
    ).fetchall()

    secret = key["key"].split("_", 2)[2]
    assert [fact[0] for fact in facts] == ["AuthorityRegistered", "KeyIssued"]
    assert key["id"] in facts[1][1]
    assert not any(secret in fact[1] for fact in facts)
    assert secret not in str(conn.execute("SELECT hash FROM api_key").fetchall())


def test_the_id_of_an_authority_ends_where_it_ends(service: Service) -> None:
    answer = service.person(R, "administrator").call("POST", "/v1/authorities", {**NEW, "id": "sk-central\n"})

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/id")


def test_a_key_may_be_that_of_one_officer_who_is_named_by_a_reference(service: Service) -> None:
    """D-42."""
    admin = service.person(R, "administrator")
    issued = admin.call("POST", f"/v1/authorities/{R}/keys", {"role": "desk", "desk": "desk-1", "officer": "O-17"})
    wrong = [admin.call("POST", f"/v1/authorities/{R}/keys", {"role": "desk", "officer": officer}) for officer in ("a name with spaces", "O-17\n")]

    listed = [key["officer"] for key in admin.get(f"/v1/authorities/{R}/keys")["keys"] if key["id"] == issued.get_json()["id"]]
    assert (issued.status_code, issued.get_json()["officer"], listed) == (201, "O-17", ["O-17"])
    assert [(answer.status_code, answer.get_json()["errors"][0]["pointer"]) for answer in wrong] == [(422, "/officer")] * 2
    assert (service.person(R, "desk", None, "O-17").get("/v1/me")["officer"], service.person(R).get("/v1/me")["officer"]) == ("O-17", None)


def test_keys_are_listed_without_secrets_and_revoked_for_good(service: Service) -> None:
    admin, desk = service.person(R, "administrator"), service.person(E)
    desk.get("/v1/me")
    key_id = desk.key.split("_")[1]

    first, second = (admin.call("DELETE", f"/v1/authorities/{E}/keys/{key_id}").status_code for _ in range(2))

    keys = admin.get(f"/v1/authorities/{E}/keys")["keys"]
    assert (first, second) == (204, 204)
    assert [(key["id"], key["revoked_at"] is not None, "key" in key) for key in keys] == [(key_id, True, False)]
    assert desk.call("GET", "/v1/me").status_code == 401


@pytest.mark.parametrize("role", ["desk", "supervisor", "head", "auditor", "integrator"])
def test_only_administrators_change_the_directory(service: Service, role: str) -> None:
    """AZN-02."""
    person = service.person(R, role)

    answers = [
        person.call("POST", "/v1/authorities", NEW),
        person.call("POST", f"/v1/authorities/{E}", {"name": "x"}, version=1),
        person.call("POST", f"/v1/authorities/{E}/keys", {"role": "desk"}),
        person.call("GET", f"/v1/authorities/{E}/keys"),
        person.call("DELETE", f"/v1/authorities/{E}/keys/x"),
    ]

    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [(403, "not_allowed")] * 5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**NEW, "state": "XX"}, "/state"),
        ({**NEW, "time_zone": "Mars/Olympus"}, "/time_zone"),
        ({**NEW, "id": "with blanks"}, "/id"),
        ({**NEW, "languages": ["Slovak"]}, "/languages/0"),
        ({**NEW, "colour": "red"}, "/colour"),
        ({**NEW, "member": "yes"}, "/member"),
        ({"id": "sk-central", "state": "SK"}, "/name"),
    ],
)
def test_an_authority_that_makes_no_sense_is_refused(service: Service, body: dict[str, Any], pointer: str) -> None:
    answer = service.person(R, "administrator").call("POST", "/v1/authorities", body)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "validation_failed")
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [pointer]


def test_a_caller_finds_itself_and_what_it_has_set(service: Service) -> None:
    person, colleague, other = service.person(R, "desk", "desk-1"), service.person(R, "head", "desk-1"), service.person(R, "desk", "desk-2")
    views = [{"name": "Mine", "filters": {"state": ["sent"]}}, {"name": "Ours", "filters": {"side": ["we"]}, "shared": True}]

    person.call("PUT", "/v1/me", {"settings": {"language": "de"}, "views": views, "news_seen": "cursor"})
    person.call("PUT", "/v1/me", {"settings": {"keys": False}})

    me = person.get("/v1/me")
    assert (me["authority"]["id"], me["desk"], me["roles"], me["makes_moves"]) == (R, "desk-1", ["desk"], True)
    assert (me["settings"], me["news_seen"]) == ({"language": "de", "keys": False}, "cursor")
    assert [(view["name"], view["own"]) for view in me["views"]] == [("Mine", True), ("Ours", True)]
    assert [(view["name"], view["own"]) for view in colleague.get("/v1/me")["views"]] == [("Ours", False)]
    assert other.get("/v1/me")["views"] == []


def test_operations_are_open_and_told_from_rows(service: Service, conn: Connection[Any]) -> None:
    """OBS-03: readiness names what it looked at; facts that wait for Kafka stop nobody."""
    service.person(R).sends()
    client = service.app.test_client()

    health, ready, metrics = (client.get(path) for path in ("/healthz", "/readyz", "/metrics"))

    assert (health.status_code, ready.status_code) == (200, 200)
    assert ready.get_json()["checks"]["relay"]["backlog"] > 0
    assert "mla_relay_backlog_facts" in metrics.text
    assert health.headers["X-Content-Type-Options"] == "nosniff"
    assert health.headers["Cache-Control"] == "no-store"
