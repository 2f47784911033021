"""Lists and counts, from the rows."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from tests.services.requests.calling import OTHER, E, R, Service
from tests.services.requests.following import follow


@pytest.fixture
def register(service: Service, conn: Connection[Any]) -> dict[str, str]:
    """Five requests of R, named by their references."""
    requesting, requested = service.person(R), service.person(E)
    made = {
        "drafted": requesting.drafts(own_reference="drafted", subject="Bank records"),
        "sent": requesting.sends(own_reference="sent", urgency={"level": "urgent", "reason": "hearing"}),
        "held": requesting.sends(own_reference="held", kind="extradition", instrument="COE-024", persons=[{"role": "suspect"}], measures=[]),
        "returned": requesting.sends(own_reference="returned", case="7 Js 44/26"),
        "elsewhere": requesting.sends(OTHER, own_reference="elsewhere"),
    }
    for name in ("held", "returned"):
        requested.moves("acknowledge", made[name])
    requested.moves("request_information", made["held"], items=["words"])
    requested.moves("return", made["returned"], final=True)
    requesting.moves("ask_status", made["sent"], channel="email")
    follow(service, conn)
    return {each.id: name for name, each in made.items()}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"drafted", "sent", "held", "returned", "elsewhere"}),
        ("state=sent", {"sent", "elsewhere"}),
        ("state=sent,drafted", {"drafted", "sent", "elsewhere"}),
        ("state=sent&state=drafted", {"drafted", "sent", "elsewhere"}),
        ("hold=information_requested", {"held"}),
        ("kind=extradition", {"held"}),
        ("instrument=COE-030", {"drafted", "sent", "returned", "elsewhere"}),
        ("direction=incoming", set()),
        ("counterpart=FR", {"elsewhere"}),
        (f"counterpart={E}", {"drafted", "sent", "held", "returned"}),
        (f"holder={R}", {"drafted", "held"}),
        ("side=we", {"drafted", "held"}),
        ("side=they", {"sent", "elsewhere"}),
        ("urgency=urgent", {"sent"}),
        ("asked_for=true", {"sent"}),
        ("reference=held", {"held"}),
        ("reference=hel", set()),
        ("q=hel", {"held"}),
        ("q=bank", {"drafted"}),
        ("q=44/26", {"returned"}),
        ("q=%25", set()),
        ("closed_after=2020-01-01", {"returned"}),
        ("closed_after=2199-01-01T00:00:00Z", set()),
    ],
)
def test_filters(service: Service, register: dict[str, str], query: str, found: set[str]) -> None:
    rows = service.person(R).get(f"/v1/requests?{query}")["requests"]

    assert {register[row["id"]] for row in rows} == found


def test_a_list_of_ids_shows_those_that_the_caller_may_see(service: Service, register: dict[str, str]) -> None:
    known = {name: id for id, name in register.items()}
    wanted = f"{known['sent']},{known['drafted']}"

    assert {register[row["id"]] for row in service.person(R).get(f"/v1/requests?id={wanted}&id={known['held']}")["requests"]} == {"sent", "drafted", "held"}
    assert {register[row["id"]] for row in service.person(E).get(f"/v1/requests?id={wanted}")["requests"]} == {"sent"}


@pytest.mark.parametrize("ids", ["7", ",".join(["00000000-0000-0000-0000-000000000001"] * 51)], ids=["no id", "more than fifty"])
def test_a_list_of_ids_that_cannot_be_read_is_refused(service: Service, ids: str) -> None:
    answer = service.person(R).call("GET", f"/v1/requests?id={ids}")

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (400, "?id")


@pytest.mark.parametrize("sort", ["next_due", "updated", "age"])
def test_pages_are_in_a_stable_order_and_miss_and_double_nothing(service: Service, register: dict[str, str], sort: str) -> None:
    """R-08: keyset, with `next` in the body and in Link."""
    person = service.person(R)
    whole = [row["id"] for row in person.get(f"/v1/requests?sort={sort}")["requests"]]
    paged, cursor = [], ""
    while True:
        answer = person.call("GET", f"/v1/requests?sort={sort}&limit=2{cursor}")
        paged += [row["id"] for row in answer.get_json()["requests"]]
        following = answer.get_json()["next"]
        assert ("Link" in answer.headers) == (following is not None)
        if following is None:
            break
        cursor = f"&cursor={following}"

    assert paged == whole
    assert len(set(whole)) == 5


def test_a_cursor_of_other_filters_is_refused(service: Service, register: dict[str, str]) -> None:
    person = service.person(R)
    cursor = person.get("/v1/requests?limit=1")["next"]

    answer = person.call("GET", f"/v1/requests?limit=1&state=sent&cursor={cursor}")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed")


def test_counts_and_totals(service: Service, register: dict[str, str]) -> None:
    person = service.person(R)
    wanted = [{"name": "sent", "filters": {"state": ["sent"]}}, {"name": "ours", "filters": {"side": "we", "asked_for": False}}]

    counted = person.call("POST", "/v1/requests/counts", {"counts": wanted}, key="").get_json()["counts"]
    listed = person.get("/v1/requests?count=true&limit=1")

    assert counted == [{"name": "sent", "count": 2, "capped": False}, {"name": "ours", "count": 2, "capped": False}]
    assert (listed["count"], listed["capped"], len(listed["requests"])) == (5, False, 1)
    assert "count" not in person.get("/v1/requests")


@pytest.mark.parametrize(
    ("counts", "pointer"),
    [
        ([{"name": "a", "filters": {"state": ["asleep"]}}], "/counts/0/filters/state"),
        ([{"name": "a", "filters": {}}, {"name": "b", "filters": {"colour": "red"}}], "/counts/1/filters/colour"),
        ([{"name": "a", "filters": {"q": {"x": 1}}}], "/counts/0/filters/q"),
        ([], "/counts"),
        ([{"name": "a", "filters": {}}] * 13, "/counts"),
    ],
)
def test_counts_that_cannot_be_read_are_refused(service: Service, counts: Any, pointer: str) -> None:
    answer = service.person(R).call("POST", "/v1/requests/counts", {"counts": counts}, key="")

    assert (answer.status_code, answer.get_json()["code"]) == (422, "validation_failed")
    assert answer.get_json()["errors"][0]["pointer"] == pointer


def test_a_row_draws_itself(service: Service, register: dict[str, str]) -> None:
    rows = {register[row["id"]]: row for row in service.person(R).get("/v1/requests")["requests"]}

    assert (rows["sent"]["holder"], rows["sent"]["holder_name"], rows["sent"]["side_to_act"]) == (E, f"Authority {E}", "they")
    assert (rows["drafted"]["primary_move"], rows["held"]["primary_move"], rows["returned"]["primary_move"]) == (
        "send",
        "supply_information",
        "confirm_receipt",
    )
    assert rows["sent"]["requesting"] == {"authority": R, "state": "DE", "reference": "sent"}
    assert rows["sent"]["counterpart_name"] == f"Authority {E}"
    assert rows["sent"]["last_asked_at"] is not None


def test_a_list_waits_for_the_version_that_the_caller_has_made(service: Service, register: dict[str, str]) -> None:
    """R-12: min_version of a list names the request and its version."""
    request = next(id for id, name in register.items() if name == "sent")
    person = service.person(R)

    assert person.call("GET", f"/v1/requests?min_version={request}:3").status_code == 200
    assert person.call("GET", f"/v1/requests?min_version={request}:9").status_code == 503
