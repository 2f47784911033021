"""The feed."""

from __future__ import annotations

from typing import Any

from tests.services.requests.calling import E, Person, R, Service


def read(person: Person, query: str = "", limit: int = 3) -> list[dict[str, Any]]:
    """Everything in the feed, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = person.get(f"/v1/events?limit={limit}{after}{query}")
        found += page["events"]
        after = f"&after={page['next']}"
        if not page["events"]:
            return found


def numbers(events: list[dict[str, Any]]) -> dict[str, list[int]]:
    by_request: dict[str, list[int]] = {}
    for event in events:
        by_request.setdefault(event["subject"], []).append(event["streamversion"])
    return by_request


def test_each_request_comes_in_order_and_nothing_is_left_out(service: Service) -> None:
    """R-09."""
    requesting, requested = service.person(R), service.person(E)
    made = [requesting.sends() for _ in range(4)]
    for each in made:
        requested.moves("acknowledge", each)

    events = read(requesting)

    for each in made:
        history = requesting.get(f"/v1/requests/{each.id}/history")["facts"]
        assert [event["id"] for event in events if event["subject"] == each.id] == [fact["id"] for fact in history]
    assert all(event["specversion"] == "1.0" and event["source"] == "/rogatory/requests" for event in events)


def test_what_was_before_a_request_came_into_sight_comes_with_the_fact_that_brought_it(service: Service) -> None:
    """D-40: a reader who has passed the draft long ago misses none of it once it is sent, and gets nothing twice."""
    requesting, requested = service.person(R), service.person(E)
    made = requesting.drafts()
    cursor = requested.get("/v1/events")["next"]
    before = requested.get("/v1/events")["events"]
    requesting.moves("amend", made, subject="words")
    requesting.moves("send", made)

    late = requested.get(f"/v1/events?after={cursor}")["events"]
    whole = read(requested)

    assert before == []
    assert [event["streamversion"] for event in late if not event["type"].startswith("Clock")] == [1, 2, 3]
    assert [event["id"] for event in whole] == [event["id"] for event in late]


def test_a_cursor_goes_on_where_it_was_left(service: Service) -> None:
    requesting = service.person(R)
    requesting.sends()
    cursor = requesting.get("/v1/events?after=now")["next"]
    later = requesting.sends()

    events = requesting.get(f"/v1/events?after={cursor}")["events"]

    assert {event["subject"] for event in events} == {later.id}


def test_filters_and_the_request_beside_the_fact(service: Service) -> None:
    requesting, requested = service.person(R), service.person(E)
    made = requesting.sends()
    requested.moves("acknowledge", made)

    others = requesting.get(f"/v1/events?not_by={R}")["events"]
    sent = requesting.get("/v1/events?types=RequestSent&expand=request")["events"]

    assert {event["data"]["by"] for event in others} == {E}
    assert [(event["type"], event["request"]["state"]) for event in sent] == [("RequestSent", "acknowledged")]


def test_words_stay_sealed_in_the_feed(service: Service) -> None:
    """As committed: what is opened is opened by reading the request."""
    service.person(R).sends(note="words of a person")

    event = service.person(R).get("/v1/events")["events"][0]

    assert set(event["data"]["note"]) == {"sealed"}


def test_a_cursor_that_was_not_made_here_is_refused(service: Service) -> None:
    answer = service.person(R).call("GET", "/v1/events?after=AAAA")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed")
