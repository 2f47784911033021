"""Reading one request: conditional calls, moments of the past, corrections, the chain."""

from __future__ import annotations

import time
from typing import Any

from psycopg import Connection, sql

from shared.storage.pool import connect
from tests.fixtures.postgres import ScratchDatabase
from tests.services.requests.calling import E, R, Service


def test_who_has_the_version_already_gets_304(service: Service) -> None:
    person = service.person(R)
    made = person.sends()

    answers = [person.call("GET", f"/v1/requests/{made.id}", headers={"If-None-Match": tag}).status_code for tag in ('"2"', 'W/"2"', '"1", "2"', '"1"')]

    assert answers == [304, 304, 304, 200]


def test_min_version_waits_for_a_while_and_then_says_when_to_come_again(service: Service) -> None:
    """R-12: nobody reads behind their own write; what has not arrived is not made up."""
    person = service.person(R)
    made = person.sends()
    begun = time.monotonic()

    there, missing = (person.call("GET", f"/v1/requests/{made.id}?min_version={version}") for version in (2, 3))

    assert there.status_code == 200
    assert (missing.status_code, missing.headers["Retry-After"]) == (503, "1")
    assert time.monotonic() - begun > 2


def test_as_of_shows_what_was_recorded_up_to_then(service: Service) -> None:
    requesting = service.person(R)
    made = requesting.sends()
    sent = requesting.get(f"/v1/requests/{made.id}")
    service.person(E).moves("acknowledge", made)

    then = requesting.get(f"/v1/requests/{made.id}?as_of={sent['recorded_at']}")
    before = requesting.call("GET", f"/v1/requests/{made.id}?as_of=2020-01-01T00:00:00Z")
    facts = requesting.get(f"/v1/requests/{made.id}/history?as_of={sent['recorded_at']}")["facts"]

    assert (then["state"], then["version"]) == ("sent", 2)
    assert before.status_code == 404
    assert [fact["version"] for fact in facts] == [1, 2]


def test_a_correction_is_a_fact_and_the_old_value_stays_visible(service: Service) -> None:
    """EVT-09: with author and reason, linked both ways."""
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()
    wrong = requested.moves("acknowledge", made, reference="MOT 1")["facts"][0]["id"]

    requested.moves("correct", made, fact=wrong, values={"reference": "MOT 2"}, reason="the digits were swapped")

    facts = {fact["type"]: fact for fact in requesting.get(f"/v1/requests/{made.id}/history")["facts"]}
    correction = facts["FactCorrected"]
    assert facts["RequestAcknowledged"]["data"]["reference"] == "MOT 1"
    assert facts["RequestAcknowledged"]["corrected_by"] == [correction["id"]]
    assert (correction["corrects"], correction["by"]) == (wrong, E)
    assert (correction["data"]["values"], correction["data"]["was"]) == ({"reference": "MOT 2"}, {"reference": "MOT 1"})
    assert correction["data"]["reason"] == "the digits were swapped"
    assert requesting.get(f"/v1/requests/{made.id}")["requested"]["reference"] == "MOT 2"


def test_history_after_a_version(service: Service) -> None:
    person = service.person(R)
    made = person.sends()

    assert [fact["version"] for fact in person.get(f"/v1/requests/{made.id}/history?after_version=1")["facts"]] == [2]


def test_a_changed_row_is_found_by_verification(service: Service, conn: Connection[Any], database: ScratchDatabase, pg_admin_dsn: str) -> None:
    """EVT-01 and TAM-02 by the interface: no role may change a row; whoever gets past that is found."""
    person = service.person(R)
    made = person.sends()
    before = person.get(f"/v1/requests/{made.id}/verification")
    with connect(pg_admin_dsn.rsplit("/", 1)[0] + f"/{database.name}", "test") as admin:
        admin.execute("ALTER TABLE event DISABLE TRIGGER ALL")
        payload = "convert_to(replace(convert_from(payload, 'UTF8'), 'portal', 'postal'), 'UTF8')"
        admin.execute(sql.SQL("UPDATE event SET payload = " + payload + " WHERE stream = {} AND version = 2").format(made.id))

    after = person.get(f"/v1/requests/{made.id}/verification")

    assert (before["intact"], before["facts"], before["broken_at"]) == (True, 2, None)
    assert (after["intact"], after["broken_at"]) == (False, 2)


def test_a_preview_tells_what_would_be_recorded_and_stores_nothing(service: Service, conn: Connection[Any]) -> None:
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()

    answer = requested.call("POST", f"/v1/requests/{made.id}/moves/acknowledge?dry_run=true", {"reference": "MOT 1", "note": "words"}, key="")

    told = answer.get_json()
    facts = [fact for fact in told["facts"] if not fact["type"].startswith("Clock")]
    assert answer.status_code == 200, answer.text
    assert [(fact["type"], fact["data"]) for fact in facts] == [("RequestAcknowledged", {"reference": "MOT 1", "note": "words"})]
    assert (told["dry_run"], told["request"]["state"], told["request"]["requested"]["reference"]) == (True, "acknowledged", "MOT 1")
    assert conn.execute("SELECT max(version) FROM event WHERE stream = %s", (made.id,)).fetchone() == (2,)
    assert requested.call("POST", f"/v1/requests/{made.id}/moves/acknowledge?dry_run=true", {}, version=1, key="").status_code == 412


def test_moves_say_what_forbids_them_and_what_their_forms_want(service: Service) -> None:
    requested = service.person(E)
    made = service.person(R).sends()

    moves = {move["move"]: move for move in requested.get(f"/v1/requests/{made.id}/moves")["moves"]}

    assert moves["acknowledge"]["possible"]
    assert {field["name"] for field in moves["acknowledge"]["fields"]} >= {"reference", "received_at", "occurred_at", "note"}
    assert (moves["withdraw"]["possible"], moves["withdraw"]["code"], moves["withdraw"]["forbidden_by"]) == (False, "wrong_side", "side")
    assert (moves["decide"]["code"], moves["decide"]["parameters"]["allowed"]) == ("move_not_possible", {"states": ["acknowledged"]})


def test_request_and_trace_ids_are_taken_over_when_well_formed(service: Service, conn: Connection[Any]) -> None:
    """R-20, OBS-04: echoed, and kept beside the fact."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = service.person(R).call(
        "POST",
        "/v1/requests",
        {"direction": "outgoing", "kind": "mla", "instrument": "COE-030", "requested": {"authority": E}},
        headers={"Request-Id": "ask-7", "traceparent": trace},
    )
    odd = service.person(R).call("GET", "/v1/me", headers={"Request-Id": "a b\tc", "traceparent": "00-zz"})

    event = service.person(R).get("/v1/events")["events"][0]
    assert (answer.headers["Request-Id"], answer.headers["traceparent"]) == ("ask-7", trace)
    assert (event["correlationid"], event["traceparent"]) == ("ask-7", trace)
    assert odd.headers["Request-Id"] not in ("", "a b\tc")
    assert len(odd.headers["traceparent"]) == len(trace)
