"""What every channel must do, whatever it is made of: one suite, run for each of them against a real receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from services.notifications.channels.channel import Channel, Parcel
from services.notifications.channels.mail import MailChannel
from services.notifications.channels.webhook import WebhookChannel
from services.notifications.domain.answers import Verdict
from tests.services.notifications.builders import new_secret
from tests.services.notifications.channels.receivers import Reply, http_receiver, smtp_server

MESSAGE = {
    "request": "019a0000-0000-7000-8000-000000000001", "version": 3, "fact": "019a0000-0000-7000-8000-0000000000f3", "kind": "eio", "state": "acknowledged",
    "reference": "9 AR 12/26", "counterpart": "Central authority E", "happened_on": "2026-06-01", "timestamp": "2026-06-01T09:00:00Z",
    "link": "https://console.example.org/requests/019a0000-0000-7000-8000-000000000001",
}  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """A channel, an address it reaches, and what the receiver can be told to do."""

    channel: Channel
    target: str
    arrived: Callable[[], list[str]]  # the ids of the messages, as the receiver sees them
    refuse_for_now: Callable[[], None]
    refuse_for_good: Callable[[], None]
    go_away: Callable[[], None]


def webhook_bench(ends: ExitStack) -> Bench:
    receiver = ends.enter_context(http_receiver())

    def behave(status: int) -> Callable[[], None]:
        return lambda: setattr(receiver, "behaviour", lambda call: Reply(status))

    def arrived() -> list[str]:
        return [call.headers["webhook-id"] for call in receiver.calls]

    return Bench(WebhookChannel(private_allowed=True), receiver.url, arrived, behave(503), behave(410), receiver.server.server_close)


def mail_bench(ends: ExitStack) -> Bench:
    server = ends.enter_context(smtp_server())
    target = "desk@authority.example.org"

    def refuse(answer: str) -> Callable[[], None]:
        return lambda: server.refusals.update({target: answer})

    def arrived() -> list[str]:
        return [str(mail["Message-ID"]).removeprefix("<").split("@")[0] for mail in server.mails]

    channel = MailChannel(host=server.host, port=server.port, sender="rogatory@authority.example.org")
    return Bench(channel, target, arrived, refuse("451 try later"), refuse("550 no such mailbox"), server.stop)


@pytest.fixture(params=[webhook_bench, mail_bench], ids=["webhook", "mail"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with ExitStack() as ends:
        yield request.param(ends)


def parcel(bench: Bench) -> Parcel:
    moment = datetime(2026, 6, 1, 9, 0, 5, tzinfo=UTC)
    keys = (new_secret(),)
    return Parcel(message_id="msg-1", target=bench.target, type="RequestAcknowledged", language="en", message=MESSAGE, sent_at=moment, secrets=keys)


def test_a_message_arrives_under_its_id(bench: Bench) -> None:
    answer = bench.channel.deliver(parcel(bench))

    assert answer.verdict is Verdict.ACCEPTED
    assert bench.arrived() == ["msg-1"]


def test_a_second_attempt_carries_the_same_id(bench: Bench) -> None:
    """DLV-01: a receiver recognises a repeat by its id."""
    first = parcel(bench)
    bench.channel.deliver(first)
    bench.channel.deliver(replace(first, attempt=2, sent_at=datetime(2026, 6, 2, 9, 0, tzinfo=UTC)))

    assert bench.arrived() == ["msg-1", "msg-1"]


def test_a_refusal_for_now_is_a_failure_that_may_be_tried_again(bench: Bench) -> None:
    bench.refuse_for_now()

    assert bench.channel.deliver(parcel(bench)).verdict is Verdict.FAILED


def test_a_refusal_for_good_is_never_tried_again(bench: Bench) -> None:
    bench.refuse_for_good()

    assert bench.channel.deliver(parcel(bench)).verdict in {Verdict.GONE, Verdict.REJECTED}


def test_an_absent_receiver_is_an_answer_and_no_exception(bench: Bench) -> None:
    bench.go_away()

    answer = bench.channel.deliver(parcel(bench))

    assert answer.verdict is Verdict.FAILED
    assert answer.status is None


@pytest.mark.parametrize("target", ["", "nobody", "not an address", "javascript:alert(1)", "a@b@c\r\nBcc: x@y.example"])
def test_nonsense_as_an_address_is_rejected_and_no_exception(bench: Bench, target: str) -> None:
    assert bench.channel.deliver(replace(parcel(bench), target=target)).verdict is Verdict.REJECTED
