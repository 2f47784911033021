"""/v1/subscriptions, as an integrator meets it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Connection

from services.notifications.channels.mail import MailChannel
from services.notifications.channels.signing import verify
from services.notifications.channels.webhook import WebhookChannel
from services.notifications.keys import WebhookKeys
from services.notifications.sender import Sender
from shared.storage.pool import Pool
from tests.services.notifications.api.conftest import Client, Headers
from tests.services.notifications.builders import API_KEY_SECRET, PLACE, E, Stream, drafted, follow, rows, sent
from tests.services.notifications.channels.receivers import http_receiver

HOOK = {"channel": "webhook", "target": "http://127.0.0.1:9/hook"}
MAIL = {"channel": "mail", "target": "desk@authority.example.org"}


def sender(pool: Pool) -> Sender:
    mail = MailChannel(host="127.0.0.1", port=9, sender="rogatory@house.example.org")
    return Sender(pool, {"webhook": WebhookChannel(private_allowed=True), "mail": mail}, WebhookKeys(API_KEY_SECRET), PLACE)


def test_a_webhook_is_made_verified_told_and_its_secret_checks_the_signature(client: Client, key: Headers, conn: Connection[Any], pool: Pool) -> None:
    with http_receiver() as receiver:
        made = client.post("/v1/subscriptions", json={**HOOK, "target": receiver.url, "kinds": ["eio"]}, headers=key("integrator", once="a"))
        assert (made.status_code, made.json["state"]) == (201, "unverified")
        sender(pool).send_due()
        assert client.get(made.headers["Location"], headers=key("integrator")).json["state"] == "active"

        follow(conn, Stream().add(drafted(), sent()))
        sender(pool).send_due()

        for call in receiver.calls:
            verify(made.json["secret"], call.headers, call.body, now=datetime.now(UTC))
        assert [call.content["type"] for call in receiver.calls] == ["subscription.challenge", "RequestDrafted", "RequestSent"]


def test_the_secret_is_shown_once(client: Client, key: Headers) -> None:
    headers = key("administrator", once="a")
    made = client.post("/v1/subscriptions", json=HOOK, headers=headers)
    again = client.post("/v1/subscriptions", json=HOOK, headers=headers)

    assert made.json["secret"].startswith("whsec_")
    assert again.data == made.data
    assert again.headers["Idempotency-Replayed"] == "true"
    listed = client.get("/v1/subscriptions", headers=key("integrator")).json["subscriptions"]
    assert [one["id"] for one in listed] == [made.json["id"]]
    assert "secret" not in listed[0]


def test_no_secret_is_stored(client: Client, key: Headers, conn: Connection[Any]) -> None:
    made = client.post("/v1/subscriptions", json=HOOK, headers=key("integrator", once="a"))
    secret = made.json["secret"].removeprefix("whsec_")

    stored = [
        *conn.execute("SELECT to_jsonb(subscription)::text FROM subscription").fetchall(),
        *conn.execute("SELECT to_jsonb(delivery)::text FROM delivery").fetchall(),
        *conn.execute("SELECT convert_from(body, 'UTF8') || headers::text FROM idempotency").fetchall(),
    ]
    assert len(stored) == 3
    assert not [text for (text,) in stored if secret in text]


def test_a_new_secret_is_another_one_and_the_old_one_has_an_end(client: Client, key: Headers) -> None:
    made = client.post("/v1/subscriptions", json=HOOK, headers=key("integrator", once="a")).json
    rotated = client.post(f"/v1/subscriptions/{made['id']}/secret", headers=key("integrator", once="b"))

    assert rotated.status_code == 201
    assert rotated.json["secret"] != made["secret"]
    assert rotated.json["previous_secret_until"] is not None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/channel"),
        ({**HOOK, "channel": "pigeon"}, "/channel"),
        ({**HOOK, "target": "ftp://x.example.org"}, "/target"),
        ({**HOOK, "target": "http://user:word@127.0.0.1/"}, "/target"),
        ({**MAIL, "target": "a@b.example\r\nBcc: c@d.example"}, "/target"),
        ({**MAIL, "alert_to": "nobody"}, "/alert_to"),
        ({**MAIL, "kinds": ["nothing"]}, "/kinds/0"),
        ({**MAIL, "types": ["AuthorityRegistered"]}, "/types/0"),
        ({**MAIL, "colour": "red"}, "/colour"),
    ],
)
def test_a_body_that_cannot_work_is_refused_with_its_place(client: Client, key: Headers, conn: Connection[Any], body: dict[str, Any], pointer: str) -> None:
    answer = client.post("/v1/subscriptions", json=body, headers=key("integrator", once="a"))

    assert answer.status_code == 422
    assert pointer in {fault["pointer"] for fault in answer.json["errors"]}
    assert conn.execute("SELECT count(*) FROM subscription").fetchone() == (0,)


@pytest.mark.parametrize(
    ("role", "may_read", "may_write"),
    [
        ("administrator", True, True),
        ("integrator", True, True),
        ("head", True, False),
        ("supervisor", True, False),
        ("auditor", True, False),
        ("desk", False, False),
    ],
)
def test_administrators_and_integrators_keep_subscriptions(client: Client, key: Headers, role: str, may_read: bool, may_write: bool) -> None:
    """AZN-02: the table of roles."""
    assert client.get("/v1/subscriptions", headers=key(role)).status_code == (200 if may_read else 403)
    assert client.post("/v1/subscriptions", json=MAIL, headers=key(role, once="a")).status_code == (201 if may_write else 403)


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/resend"), ("POST", "/pause"), ("POST", "/secret")])
def test_the_subscription_of_another_authority_does_not_exist(client: Client, key: Headers, method: str, tail: str) -> None:
    """AZN-01: object level."""
    made = client.post("/v1/subscriptions", json=HOOK, headers=key("integrator", once="a")).json

    assert client.open(f"/v1/subscriptions/{made['id']}{tail}", method=method, headers=key("administrator", E, once="b")).status_code == 404


def test_after_unsubscribing_nothing_more_is_told(client: Client, key: Headers, conn: Connection[Any]) -> None:
    made = client.post("/v1/subscriptions", json=MAIL, headers=key("integrator", once="a")).json
    stream = Stream()
    follow(conn, stream.add(drafted()))
    assert client.delete(f"/v1/subscriptions/{made['id']}", headers=key("integrator")).status_code == 204
    follow(conn, stream.add(sent()))

    assert [(row["type"], row["state"]) for row in rows(conn)] == [("RequestDrafted", "cancelled")]
    assert client.get(f"/v1/subscriptions/{made['id']}", headers=key("integrator")).status_code == 404


def test_a_paused_subscription_keeps_what_happens_and_sends_it_later(client: Client, key: Headers, conn: Connection[Any], pool: Pool) -> None:
    with http_receiver() as receiver:
        made = client.post("/v1/subscriptions", json={**HOOK, "target": receiver.url}, headers=key("integrator", once="a")).json
        sender(pool).send_due()
        client.post(f"/v1/subscriptions/{made['id']}/pause", headers=key("integrator", once="b"))
        follow(conn, Stream().add(drafted()))
        assert sender(pool).send_due() == 0
        client.post(f"/v1/subscriptions/{made['id']}/resume", headers=key("integrator", once="c"))
        sender(pool).send_due()

        assert [call.content["type"] for call in receiver.facts()] == ["RequestDrafted"]


def test_a_test_message_reaches_a_working_receiver(client: Client, key: Headers, pool: Pool) -> None:
    with http_receiver() as receiver:
        made = client.post("/v1/subscriptions", json={**HOOK, "target": receiver.url}, headers=key("integrator", once="a")).json
        sender(pool).send_due()
        asked = client.post(f"/v1/subscriptions/{made['id']}/test", headers=key("integrator", once="b"))
        sender(pool).send_due()

        assert (asked.status_code, asked.json["challenge"]) == (202, False)
        assert [call.content["type"] for call in receiver.facts()] == ["subscription.test"]


def test_ended_deliveries_are_sent_again_under_their_ids(client: Client, key: Headers, conn: Connection[Any], pool: Pool) -> None:
    with http_receiver() as receiver:
        made = client.post("/v1/subscriptions", json={**HOOK, "target": receiver.url}, headers=key("integrator", once="a")).json
        sender(pool).send_due()
        follow(conn, Stream().add(drafted(), sent()))
        sender(pool).send_due()
        again = client.post(f"/v1/subscriptions/{made['id']}/resend", json={"states": ["delivered"]}, headers=key("integrator", once="b"))
        sender(pool).send_due()

        assert again.json == {"resent": 2}
        ids = [call.headers["webhook-id"] for call in receiver.facts()]
        assert (len(ids), len(set(ids))) == (4, 2)


def test_pages_of_subscriptions_follow_one_another(client: Client, key: Headers) -> None:
    made = [client.post("/v1/subscriptions", json=MAIL, headers=key("integrator", once=str(i))).json["id"] for i in range(5)]
    headers, seen, cursor = key("integrator"), [], ""
    while True:
        page = client.get(f"/v1/subscriptions?limit=2{cursor}", headers=headers).json
        seen += [one["id"] for one in page["subscriptions"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert seen == made
