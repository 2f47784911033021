"""The requests behind a figure over HTTP: those that the number counts, as far as the reader may see them, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from tests.services.metrics.envelopes import envelope, follow, follow_given, headers, request_id

PATH = "/v1/figures/members"
YEAR = {"from": "2025-01-01", "to": "2026-01-01"}
AS_KNOWN = {**YEAR, "as_known_at": "2026-01-31T23:00:00Z"}
RULES = {"recorded_at": "2025-03-03T08:00:00Z", "occurred_at": "2025-03-03T08:00:00Z"}


@pytest.fixture
def given(conn: Connection[Any]) -> Connection[Any]:
    follow_given(conn)
    return conn


def asked(client: Any, role: str = "head", **more: Any) -> Any:
    return client.get(PATH, query_string={**AS_KNOWN, "direction": "incoming", "cell": "account.new", **more}, headers=headers("de-central", role))


def test_the_link_of_the_figures_leads_to_as_many_requests_as_each_number(client: Any, given: Connection[Any]) -> None:
    figures = client.get("/v1/figures", query_string={**AS_KNOWN, "group_by": "counterpart"}, headers=headers("de-central")).json
    link = figures["links"]["members"]
    path, _, open_ones = link.partition("{")

    assert open_ones == "&direction,counterpart,cell}"
    for group in figures["groups"]:
        place = f"&direction={group['direction']}" + (f"&counterpart={group['counterpart']}" if group["counterpart"] else "")
        answer = client.get(f"{path}{place}&cell=account.continuing", headers=headers("de-central")).json
        assert (answer["count"], len(answer["requests"])) == (group["account"]["continuing"],) * 2, group
        assert answer["query"]["as_known_at"] == figures["as_known_at"]


def test_pages_follow_one_another_until_all_were_shown(client: Any, given: Connection[Any]) -> None:
    whole = asked(client).json
    first = asked(client, limit=10)
    second = client.get(first.headers["Link"].split(";")[0].strip("<>"), headers=headers("de-central")).json

    assert whole["count"] == 18
    assert first.json["next"] is not None
    assert first.json["requests"] + second["requests"] == whole["requests"]
    assert second["next"] is None


def test_a_confidential_request_is_counted_and_not_listed(client: Any, conn: Connection[Any], given: Connection[Any]) -> None:
    sides = {"requesting": {"authority": "fr-central", "state": "FR"}, "requested": {"authority": "de-central", "state": "DE"}}
    head = {"kind": "eio", "instrument": "EU-EIO", **sides, "measures": ["m1"], "confidentiality": "confidential", "desk": "desk-9"}
    follow(conn, [envelope({"id": "R900.1", "type": "RequestRegistered", **RULES, **head}, request_id("R900"), 1)])

    answer = asked(client).json

    assert (answer["count"], answer["hidden"], len(answer["requests"])) == (19, 1, 18)
    assert request_id("R900") not in answer["requests"]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        pytest.param({"cell": "account.heads"}, "?cell", id="no such number"),
        pytest.param({"direction": ""}, "?direction", id="no direction"),
        pytest.param({"stage": "decide"}, "?stage", id="a dimension that was not asked for"),
        pytest.param({"publish": "true"}, "?publish", id="what is published shows no request"),
        pytest.param({"colour": "red"}, "?colour", id="an unknown parameter"),
    ],
)
def test_a_question_that_counts_no_request_is_refused(client: Any, given: Connection[Any], more: dict[str, str], pointer: str) -> None:
    answer = asked(client, **more)

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, pointer)


def test_who_administers_sees_no_request(client: Any, given: Connection[Any]) -> None:
    assert asked(client, "administrator").status_code == 403
