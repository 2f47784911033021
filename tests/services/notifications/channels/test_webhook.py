"""Webhooks, against hostile receivers and a resolver that changes its mind."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.channels.channel import Parcel
from services.notifications.channels.webhook import LARGEST_ANSWER, WebhookChannel, body_of, echoes, wait_asked_for
from services.notifications.domain.answers import Answer, Verdict
from tests.services.notifications.builders import new_secret
from tests.services.notifications.channels.receivers import Reply, http_receiver
from tests.services.notifications.channels.test_conformance import MESSAGE

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
PARCEL = Parcel(
    message_id="m1", target="http://hook.example.org:1/", type="RequestSent", language="en", message=MESSAGE, sent_at=NOW, secrets=(new_secret(),)
)  # fmt: skip


@contextmanager
def raw_receiver(answer: bytes, pause_seconds: float = 0.0) -> Iterator[int]:
    """A server that accepts one connection and writes *answer* byte by byte, however long that takes."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                for byte in answer:
                    connection.sendall(bytes([byte]))
                    if ended.wait(pause_seconds):
                        return
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        ended.set()
        listener.close()
        thread.join(5)


def test_a_call_goes_to_the_address_that_was_checked_under_its_own_name() -> None:
    """NET-01: resolved once; no second look-up; the Host header is kept."""
    asked = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with http_receiver() as receiver:
        target = f"http://hook.example.org:{receiver.port}/in?x=1"
        answer = WebhookChannel(private_allowed=True, resolver=resolver).deliver(replace(PARCEL, target=target))

        assert answer.verdict is Verdict.ACCEPTED
        assert asked == ["hook.example.org"]
        assert receiver.calls[0].headers["host"] == f"hook.example.org:{receiver.port}"
        assert receiver.calls[0].path == "/in?x=1"


def test_a_name_that_leads_inside_at_a_later_attempt_is_not_called() -> None:
    """NET-01: checked again at each attempt."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]])
    channel = WebhookChannel(resolver=lambda host, port: next(answers), time_limit_seconds=0.01)
    target = replace(PARCEL, target="https://hook.example.org/")

    assert not channel.deliver(target).detail.startswith("address_not_public")
    assert channel.deliver(target).detail.startswith("address_not_public")
    assert channel.deliver(target).detail.startswith("address_not_public")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_never_followed(status: int) -> None:
    """NET-03, DLV-02."""
    with http_receiver() as inside, http_receiver(lambda call: Reply(status, {"Location": inside.url})) as receiver:
        answer = WebhookChannel(private_allowed=True).deliver(replace(PARCEL, target=receiver.url))

        assert (answer.verdict, answer.status) == (Verdict.FAILED, status)
        assert inside.calls == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", id="a body that never comes"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000, id="headers without end"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", id="another protocol"),
    ],
)
def test_a_receiver_that_does_not_answer_properly_is_a_failure_within_the_limit(answer: bytes) -> None:
    """NET-03: a drip of single bytes outlasts no limit."""
    with raw_receiver(answer, pause_seconds=0.05) as port:
        began = time.monotonic()
        got = WebhookChannel(private_allowed=True, time_limit_seconds=1.0).deliver(replace(PARCEL, target=f"http://127.0.0.1:{port}/"))

        assert got.verdict is Verdict.FAILED
        assert time.monotonic() - began < 4


def test_of_a_large_answer_only_the_beginning_is_read() -> None:
    """NET-03."""
    with http_receiver(lambda call: Reply(200, {}, b"a" * 1_000_000)) as receiver:
        answer = WebhookChannel(private_allowed=True).deliver(replace(PARCEL, target=receiver.url))

        assert (answer.verdict, len(answer.body)) == (Verdict.ACCEPTED, LARGEST_ANSWER)


def test_a_call_carries_no_header_of_the_house() -> None:
    """NET-03: an allow-list."""
    with http_receiver() as receiver:
        WebhookChannel(private_allowed=True).deliver(replace(PARCEL, target=receiver.url))

        standard = {"host", "content-type", "content-length", "user-agent", "accept", "accept-encoding", "connection"}
        assert set(receiver.calls[0].headers) <= standard | {"webhook-id", "webhook-timestamp", "webhook-signature"}


def test_a_plain_port_is_no_answer_to_a_secure_call() -> None:
    """NET-04: TLS is verified; there is no way back to plain text."""
    with http_receiver() as receiver:
        answer = WebhookChannel(private_allowed=True, time_limit_seconds=2).deliver(replace(PARCEL, target=receiver.url.replace("http://", "https://")))

        assert answer.verdict is Verdict.FAILED
        assert receiver.calls == []


def test_the_body_is_the_same_bytes_at_every_attempt() -> None:
    assert body_of(PARCEL) == body_of(replace(PARCEL, attempt=7, sent_at=NOW + timedelta(days=1)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"challenge": "abc"}', True),
        (b"abc", True),
        (b" abc\n", True),
        (b'{"challenge": "abd"}', False),
        (b"", False),
        (b"[1]", False),
        (b'{"x": "abc"}', False),
    ],
)
def test_only_the_challenge_itself_is_an_echo(body: bytes, expected: bool) -> None:
    assert echoes(Answer(Verdict.ACCEPTED, 200, body=body), "abc") is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        ("0", timedelta(0)),
        ("Mon, 01 Jun 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 01 Jun 2026 08:00:00 GMT", timedelta(0)),
        ("-5", None),
        ("soon", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, expected: timedelta | None) -> None:
    """DLV-02."""
    assert wait_asked_for(value, NOW) == expected
