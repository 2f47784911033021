"""/v1/deliveries, and what every service answers about itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from psycopg import Connection

from shared.storage.positions import take_watermark
from tests.services.notifications.api.conftest import Client, Headers
from tests.services.notifications.builders import T0, E, R, Stream, drafted, follow, sent, subscribed


def test_deliveries_are_listed_newest_first_with_their_attempts(client: Client, key: Headers, conn: Connection[Any]) -> None:
    subscribed(conn, R)
    stream = Stream()
    follow(conn, stream.add(drafted(), sent()))

    listed = client.get("/v1/deliveries", headers=key("desk")).json

    assert [one["type"] for one in listed["deliveries"]] == ["RequestSent", "RequestDrafted"]
    assert listed["deliveries"][0]["request"] == stream.id
    assert listed["deliveries"][0]["reference"] == "9 AR 12/26"
    assert listed["deliveries"][0]["attempts"] == []
    assert listed["next"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?state=waiting", 2),
        ("?state=delivered", 0),
        ("?state=delivered&state=waiting", 2),
        ("?channel=mail", 2),
        ("?channel=webhook", 0),
        ("?purpose=fact", 2),
        ("?purpose=alert", 0),
        ("?request={request}", 2),
        ("?request=019a0000-0000-7000-8000-000000000001", 0),
        ("?before=2020-01-01T00:00:00Z", 0),
        ("?from=2020-01-01T00:00:00Z", 2),
    ],
)
def test_deliveries_are_filtered(client: Client, key: Headers, conn: Connection[Any], query: str, count: int) -> None:
    subscribed(conn, R)
    stream = Stream()
    follow(conn, stream.add(drafted(), sent()))

    assert len(client.get("/v1/deliveries" + query.format(request=stream.id), headers=key("desk")).json["deliveries"]) == count


def test_pages_of_deliveries_follow_one_another(client: Client, key: Headers, conn: Connection[Any]) -> None:
    subscribed(conn, R)
    for _ in range(3):
        follow(conn, Stream().add(drafted(), sent()))
    headers, seen, cursor = key("desk"), [], ""
    while True:
        page = client.get(f"/v1/deliveries?limit=4{cursor}", headers=headers).json
        seen += [one["id"] for one in page["deliveries"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert len(seen) == len(set(seen)) == 6


def test_the_deliveries_of_another_authority_do_not_exist(client: Client, key: Headers, conn: Connection[Any]) -> None:
    """AZN-01, AZN-07."""
    subscribed(conn, R)
    follow(conn, Stream().add(drafted()))
    mine = client.get("/v1/deliveries", headers=key("desk")).json["deliveries"][0]["id"]

    assert client.get("/v1/deliveries", headers=key("desk", E)).json["deliveries"] == []
    assert client.get(f"/v1/deliveries/{mine}", headers=key("desk", E)).status_code == 404
    assert client.post(f"/v1/deliveries/{mine}/resend", headers=key("desk", E, once="a")).status_code == 404


def test_other_desks_do_not_read_of_a_confidential_request(client: Client, key: Headers, conn: Connection[Any]) -> None:
    """AZN-07: confidential means confidential, here too."""
    subscribed(conn, R, desk="1")
    follow(conn, Stream().add(drafted(desk="1", confidentiality="confidential")))

    counts = {desk: len(client.get("/v1/deliveries", headers=key("desk", desk=desk)).json["deliveries"]) for desk in ("1", "2")}

    assert counts == {"1": 1, "2": 0}
    assert len(client.get("/v1/deliveries", headers=key("auditor")).json["deliveries"]) == 1


def test_an_administrator_sees_that_something_was_sent_but_no_case(client: Client, key: Headers, conn: Connection[Any]) -> None:
    """AZN-03: no reference, no request."""
    subscribed(conn, R)
    follow(conn, Stream().add(drafted()))

    one = client.get("/v1/deliveries", headers=key("administrator")).json["deliveries"][0]

    assert (one["state"], one["request"], one["reference"]) == ("waiting", None, None)


def test_a_delivery_that_was_given_up_is_sent_again(client: Client, key: Headers, conn: Connection[Any]) -> None:
    """DLV-05: replayable."""
    subscribed(conn, R)
    follow(conn, Stream().add(drafted()))
    conn.execute("UPDATE delivery SET state = 'given_up', attempts = 10, tries = 10, reason = 'exhausted', ended_at = clock_timestamp()")
    id_ = client.get("/v1/deliveries?state=given_up", headers=key("desk")).json["deliveries"][0]["id"]

    again = client.post(f"/v1/deliveries/{id_}/resend", headers=key("desk", once="a"))

    assert (again.status_code, again.json["state"], again.json["reason"]) == (202, "waiting", None)
    assert conn.execute("SELECT attempts, tries FROM delivery").fetchone() == (10, 0)


def test_a_delivery_that_has_not_ended_is_not_sent_again(client: Client, key: Headers, conn: Connection[Any]) -> None:
    subscribed(conn, R)
    follow(conn, Stream().add(drafted()))
    id_ = client.get("/v1/deliveries", headers=key("desk")).json["deliveries"][0]["id"]

    assert client.post(f"/v1/deliveries/{id_}/resend", headers=key("desk", once="a")).status_code == 409
    assert client.post(f"/v1/deliveries/{id_}/resend", headers=key("desk")).status_code == 400
    assert client.post(f"/v1/deliveries/{id_}/resend", headers=key("auditor", once="a")).status_code == 403


def test_every_route_but_the_open_ones_asks_who_calls(client: Client) -> None:
    """AUT-01."""
    open_ones = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/v1/calendar/<string(maxlength=80):token>.ics"}
    for rule in client.application.url_map.iter_rules():
        plain = rule.rule.replace("<uuid:id>", "019a0000-0000-7000-8000-000000000001").replace("<any(pause, resume):what>", "pause")
        path = re.sub(r"<[^>]*>", "x", plain)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            status = client.open(path, method=method).status_code
            assert (status == 401) != (rule.rule in open_ones), f"{method} {rule.rule}: {status}"


def test_figures_come_from_rows(client: Client, conn: Connection[Any]) -> None:
    subscribed(conn, R)
    follow(conn, Stream().add(drafted(), sent()))

    told = client.get("/metrics").text

    assert 'mla_deliveries{channel="mail",purpose="fact",state="waiting"} 2.0' in told
    assert 'mla_subscriptions{channel="mail",state="active"} 1.0' in told
    assert "mla_ladder_oldest_ready_timestamp_seconds" in told


def test_ready_says_how_far_the_facts_have_arrived(client: Client, conn: Connection[Any]) -> None:
    take_watermark(conn, "notifications", "mla.requests", 1, T0)

    checks = client.get("/readyz").json["checks"]

    assert checks["watermarks"] == {"mla.requests": "2026-06-01T09:00:00Z"}


def test_a_service_with_its_tables_is_ready_and_describes_itself(client: Client, database: object) -> None:
    assert client.get("/readyz").status_code == 200
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert {"/v1/subscriptions", "/v1/deliveries", "/v1/deliveries/{id}/resend"} <= set(document["paths"])
