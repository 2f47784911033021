"""Sending: at least once, by schedule, each receiver on its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from services.notifications.channels.mail import MailChannel
from services.notifications.channels.signing import verify
from services.notifications.channels.webhook import WebhookChannel
from services.notifications.keys import WebhookKeys
from services.notifications.queries.deliveries import claim, complete, insert_deliveries
from services.notifications.queries.subscriptions import Subscription, moment, rotate_key
from services.notifications.sender import Sender
from services.notifications.telling import to_subscription
from shared.storage.clock import set_test_clock
from shared.storage.pool import Pool
from tests.services.notifications.builders import API_KEY_SECRET, PLACE, E, R, Stream, acknowledged, drafted, follow, new_id, registered, rows, sent, subscribed
from tests.services.notifications.channels.receivers import Call, HttpReceiver, Reply, SmtpServer, http_receiver, smtp_server
from tests.waiting import until

KEYS = WebhookKeys(API_KEY_SECRET)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as opened:
        yield opened


@pytest.fixture
def sender(pool: Pool, smtp: SmtpServer) -> Sender:
    mail = MailChannel(host=smtp.host, port=smtp.port, sender="rogatory@house.example.org", time_limit_seconds=5)
    webhook = WebhookChannel(private_allowed=True, time_limit_seconds=2)
    return Sender(pool, {"mail": mail, "webhook": webhook}, KEYS, PLACE, chance=lambda: 0.0)


class Clock:
    """The test clock of the database: deliveries are due by it."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn
        self.now = datetime.now(UTC)
        set_test_clock(conn, self.now)

    def forward(self, span: timedelta) -> None:
        self.now += span
        assert set_test_clock(self._conn, self.now)


def tell(conn: Connection[Any], subscription: Subscription, count: int = 1) -> None:
    """Write *count* deliveries, each of a request of its own."""
    now = moment(conn)
    messages = [{"request": str(new_id()), "fact": str(new_id()), "timestamp": "2026-06-01T09:00:00Z"} for _ in range(count)]
    made = [to_subscription(subscription, "fact", "RequestSent", message, cause=message["fact"], version=1, now=now) for message in messages]
    insert_deliveries(conn, made)


def test_a_fact_arrives_as_mail_and_as_call(conn: Connection[Any], sender: Sender, smtp: SmtpServer, receiver: HttpReceiver) -> None:
    registered(conn, R)
    registered(conn, E)
    subscribed(conn, R, types=["RequestAcknowledged"])
    hook = subscribed(conn, E, receiver.url, types=["RequestAcknowledged"])
    stream = Stream()
    follow(conn, stream.add(drafted(), sent(), acknowledged()))

    assert sender.send_due() == 2

    assert smtp.mails[0]["Subject"] == "9 AR 12/26: The request was acknowledged"
    call = receiver.calls[0]
    verify(KEYS.key(hook.id, 1), call.headers, call.body, now=datetime.now(UTC))
    assert call.headers["webhook-id"] == stream.envelopes[2].id
    assert call.content["type"] == "RequestAcknowledged"
    assert {name: call.content["data"][name] for name in ("request", "version", "fact", "kind", "state")} == {
        "request": stream.id, "version": 3, "fact": stream.envelopes[2].id, "kind": "eio", "state": "acknowledged",
    }  # fmt: skip


def test_a_call_is_thin(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    """DLV-06: an allow-list of members; the reference and the other side's name stay out of calls."""
    registered(conn, R)
    subscribed(conn, R, receiver.url)
    follow(conn, Stream().add(drafted(), sent()))
    sender.send_due()

    for call in receiver.calls:
        assert set(call.content) == {"type", "timestamp", "data"}
        assert set(call.content["data"]) <= {"request", "version", "fact", "kind", "state", "link"}


def test_while_keys_rotate_a_call_is_signed_with_both(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    """DLV-03: two keys during rotation, one after it."""
    hook = subscribed(conn, R, receiver.url)
    clock = Clock(conn)
    rotate_key(conn, hook.id, clock.now + timedelta(hours=24))
    tell(conn, hook)
    sender.send_due()
    clock.forward(timedelta(hours=25))
    tell(conn, hook)
    sender.send_due()

    assert [len(call.headers["webhook-signature"].split(" ")) for call in receiver.calls] == [2, 1]
    for generation in (1, 2):
        verify(KEYS.key(hook.id, generation), receiver.calls[0].headers, receiver.calls[0].body, now=datetime.now(UTC))


def test_a_failed_message_comes_again_under_the_same_id_until_it_is_accepted(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    """DLV-01: at least once; the id and the body are the same at every attempt."""
    clock, replies = Clock(conn), [Reply(500), Reply(302, {"Location": "http://127.0.0.1:1/"}), Reply(404), Reply(204)]
    receiver.behaviour = lambda call: replies[len(receiver.calls) - 1]
    tell(conn, subscribed(conn, R, receiver.url))

    for _ in range(6):
        sender.send_due()
        clock.forward(timedelta(hours=2))

    assert [row["state"] for row in rows(conn)] == ["delivered"]
    assert len(receiver.calls) == 4
    assert len({(call.headers["webhook-id"], call.body) for call in receiver.calls}) == 1


def test_nothing_is_tried_before_it_is_due(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    """DLV-02: the schedule on a simulated clock."""
    clock = Clock(conn)
    receiver.behaviour = lambda call: Reply(500)
    tell(conn, subscribed(conn, R, receiver.url))
    made = []
    for wait in (timedelta(0), timedelta(seconds=4), timedelta(seconds=1), timedelta(minutes=4), timedelta(minutes=1)):
        clock.forward(wait)
        made.append(sender.send_due())

    assert made == [1, 0, 1, 0, 1]


def test_a_receiver_that_asks_for_time_gets_it_for_all_its_messages(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    """DLV-02: 429 and Retry-After are honoured."""
    clock = Clock(conn)
    hook = subscribed(conn, R, receiver.url)
    receiver.behaviour = lambda call: Reply(429, {"Retry-After": "600"})
    tell(conn, hook)
    sender.send_due()
    receiver.behaviour = lambda call: Reply(204)
    tell(conn, hook)

    clock.forward(timedelta(seconds=599))
    assert sender.send_due() == 0
    clock.forward(timedelta(seconds=2))
    assert sender.send_due() == 2


def test_a_receiver_that_is_gone_is_switched_off_and_its_owner_told(conn: Connection[Any], sender: Sender, receiver: HttpReceiver, smtp: SmtpServer) -> None:
    """DLV-02: 410 is honoured. DLV-05: the owner hears of it by another channel."""
    registered(conn, R, contacts={"administrator": "admin@authority.example.org"})
    hook = subscribed(conn, R, receiver.url)
    receiver.behaviour = lambda call: Reply(410)
    tell(conn, hook, 3)
    sender.send_due()
    sender.send_due()

    assert conn.execute("SELECT state FROM subscription WHERE id = %s", (hook.id,)).fetchone() == ("disabled",)
    assert {row["state"] for row in rows(conn) if row["purpose"] == "fact"} <= {"given_up", "cancelled"}
    assert [str(mail["To"]) for mail in smtp.mails] == ["admin@authority.example.org"]
    assert receiver.url in smtp.mails[0].get_content()


def test_an_exhausted_delivery_alerts_the_owner_once_a_day_and_can_be_sent_again(
    conn: Connection[Any], sender: Sender, receiver: HttpReceiver, smtp: SmtpServer
) -> None:
    """DLV-05: given up visibly, told by another channel, replayable."""
    clock = Clock(conn)
    receiver.behaviour = lambda call: Reply(500)
    tell(conn, subscribed(conn, R, receiver.url, alert_to="owner@authority.example.org"), 3)
    for _ in range(12):
        sender.send_due()
        clock.forward(timedelta(hours=25))
    sender.send_due()

    facts = [row for row in rows(conn) if row["purpose"] == "fact"]
    assert {(row["state"], row["reason"], row["attempts"]) for row in facts} == {("given_up", "exhausted", 10)}
    assert [str(mail["To"]) for mail in smtp.mails] == ["owner@authority.example.org"]


def test_a_mail_that_is_refused_for_good_alerts_by_call(conn: Connection[Any], sender: Sender, receiver: HttpReceiver, smtp: SmtpServer) -> None:
    """DLV-05: the other way round."""
    subscribed(conn, R, receiver.url, types=["RequestClosed"])
    smtp.refusals["desk@authority.example.org"] = "550 no such mailbox"
    tell(conn, subscribed(conn, R))
    sender.send_due()
    sender.send_due()

    assert [call.content["type"] for call in receiver.calls] == ["delivery.given_up"]


def test_a_mail_server_that_is_away_loses_nothing(conn: Connection[Any], sender: Sender, smtp: SmtpServer) -> None:
    """DLV-08: mails queue while the server is away and go when it is back, each once."""
    clock = Clock(conn)
    smtp.stop()
    tell(conn, subscribed(conn, R), 5)
    for _ in range(4):
        sender.send_due()
        clock.forward(timedelta(minutes=10))
    smtp.start()
    for _ in range(4):
        clock.forward(timedelta(hours=3))
        sender.send_due()

    assert {row["state"] for row in rows(conn)} == {"delivered"}
    assert len(smtp.mails) == len({mail["Message-ID"] for mail in smtp.mails}) == 5


def test_no_call_goes_out_before_the_receiver_has_sent_the_challenge_back(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    hook = subscribed(conn, R, receiver.url, state="unverified")
    tell(conn, hook)

    assert sender.send_due() == 0

    challenge = to_subscription(hook, "challenge", "subscription.challenge", {"challenge": hook.challenge}, cause="c1", now=datetime.now(UTC))
    insert_deliveries(conn, [challenge])
    sender.send_due()
    sender.send_due()

    assert [call.content["type"] for call in receiver.calls] == ["subscription.challenge", "RequestSent"]
    assert conn.execute("SELECT state FROM subscription").fetchone() == ("active",)


def test_a_receiver_that_does_not_send_the_challenge_back_is_never_told_anything(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    clock = Clock(conn)
    receiver.behaviour = lambda call: Reply(200, {}, b'{"ok": true}')
    hook = subscribed(conn, R, receiver.url, state="unverified")
    tell(conn, hook)
    insert_deliveries(conn, [to_subscription(hook, "challenge", "subscription.challenge", {"challenge": hook.challenge}, cause="c1", now=clock.now)])
    for _ in range(12):
        sender.send_due()
        clock.forward(timedelta(hours=25))

    assert {call.content["type"] for call in receiver.calls} == {"subscription.challenge"}
    assert conn.execute("SELECT state FROM subscription").fetchone() == ("disabled",)
    assert [row["state"] for row in rows(conn) if row["purpose"] == "fact"] == ["cancelled"]


def test_facts_of_one_request_are_told_in_their_order(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    subscribed(conn, R, receiver.url)
    streams = [Stream() for _ in range(5)]
    for stream in streams:
        follow(conn, stream.add(drafted(), sent(), acknowledged()))
    sender.send_due()

    for stream in streams:
        assert [call.content["data"]["version"] for call in receiver.calls if call.content["data"]["request"] == stream.id] == [1, 2, 3]


def test_a_hanging_receiver_does_not_hold_up_the_others(conn: Connection[Any], sender: Sender) -> None:
    """DLV-04: one receiver hangs, fifty healthy ones are served meanwhile."""
    release = threading.Event()
    with ExitStack() as ends:
        hanging = ends.enter_context(http_receiver(lambda call: Reply(204, before=lambda: release.wait(10))))
        ends.callback(release.set)
        healthy = [ends.enter_context(http_receiver()) for _ in range(50)]
        tell(conn, subscribed(conn, R, hanging.url), 40)
        for each in healthy:
            tell(conn, subscribed(conn, R, each.url), 2)
        stop = threading.Event()
        thread = threading.Thread(target=sender.run, args=(stop,))
        thread.start()
        ends.callback(thread.join, 15)
        ends.callback(stop.set)
        began = time.monotonic()

        until(lambda: all(len(each.calls) == 2 for each in healthy), 10, "all healthy receivers were called twice")

        assert time.monotonic() - began < 5


def test_two_senders_at_once_never_send_twice(conn: Connection[Any], pool: Pool, receiver: HttpReceiver, sender: Sender) -> None:
    tell(conn, subscribed(conn, R, receiver.url), 60)
    threads = [threading.Thread(target=sender.send_due) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    sender.send_due()

    assert len(receiver.calls) == len({call.headers["webhook-id"] for call in receiver.calls}) == 60


def test_an_attempt_whose_lease_ran_out_ends_nothing(conn: Connection[Any]) -> None:
    """Compare-and-set: who was too slow does not undo what its successor did."""
    tell(conn, subscribed(conn, R))
    slow = claim(conn, limit=1, lease=timedelta(0))[0]
    quick = claim(conn, limit=1, lease=timedelta(minutes=1))[0]

    assert (slow.id, slow.attempts, quick.attempts) == (quick.id, 1, 2)
    assert not complete(conn, slow, state="given_up", now=datetime.now(UTC))
    assert complete(conn, quick, state="delivered", now=datetime.now(UTC))


def test_every_attempt_is_kept_with_what_came_back(conn: Connection[Any], sender: Sender, receiver: HttpReceiver) -> None:
    clock = Clock(conn)

    def once(call: Call) -> Reply:
        return Reply(503) if len(receiver.calls) == 1 else Reply(204)

    receiver.behaviour = once
    tell(conn, subscribed(conn, R, receiver.url))
    sender.send_due()
    clock.forward(timedelta(minutes=1))
    sender.send_due()

    found = conn.execute("SELECT number, verdict, status FROM attempt ORDER BY number").fetchall()
    assert found == [(1, "failed", 503), (2, "accepted", 204)]
