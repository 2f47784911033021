"""Webhooks after Standard Webhooks 1.0: thin, signed, to a checked public address, without redirects, within limits of time and size."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from services.notifications.channels.addresses import Address, Network, Resolver, Target, TargetNotAllowed, checked_addresses, parsed, resolve
from services.notifications.channels.channel import Parcel
from services.notifications.channels.signing import signed_headers
from services.notifications.domain.answers import Answer, Verdict

DATA_MEMBERS = frozenset(
    {"request", "version", "fact", "kind", "state", "link", "escalation", "clock", "row", "revision", "on", "level"}
    | {"due_on", "due_at", "delivery", "subscription", "reason"}
)
"""All that a call may carry beside its type and time. Whoever is told asks the interface for the rest, with a key of its own."""

MAY_RECOVER = frozenset({"name_not_found", "address_not_public"})
LARGEST_ANSWER = 4_096
TOO_LATE = "no answer within the time limit"


def body_of(parcel: Parcel) -> bytes:
    """Return the body: canonical JSON, the same bytes at every attempt."""
    data = {name: value for name, value in parcel.message.items() if name in DATA_MEMBERS and value is not None}
    content: dict[str, Any] = {"type": parcel.type, "timestamp": parcel.message.get("timestamp"), "data": data}
    if "challenge" in parcel.message:
        content["challenge"] = parcel.message["challenge"]
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def echoes(answer: Answer, challenge: str) -> bool:
    """Return whether a receiver sent the challenge back, as JSON ``{"challenge": …}`` or as plain text."""
    if answer.verdict is not Verdict.ACCEPTED:
        return False
    if answer.body.strip() == challenge.encode():
        return True
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("challenge") == challenge


class WebhookChannel:
    """POSTs to the receiver's URL. Resolves and checks the name at every attempt and connects to the very address it checked."""

    name = "webhook"

    def __init__(
        self,
        *,
        private_allowed: bool = False,
        own_ranges: Sequence[Network] = (),
        time_limit_seconds: float = 15.0,
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._private_allowed = private_allowed
        self._own_ranges = own_ranges
        self._time_limit_seconds = time_limit_seconds
        self._tls = tls or ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._resolver = resolver

    def deliver(self, parcel: Parcel) -> Answer:
        """Make one attempt."""
        try:
            target = parsed(parcel.target, private_allowed=self._private_allowed)
            addresses = checked_addresses(target, resolver=self._resolver, private_allowed=self._private_allowed, own=self._own_ranges)
        except TargetNotAllowed as fault:
            return Answer(Verdict.FAILED if fault.code in MAY_RECOVER else Verdict.REJECTED, detail=f"{fault.code}: {fault}")
        body = body_of(parcel)
        headers = {
            "Host": target.authority,
            "Content-Type": "application/json",
            "User-Agent": "Rogatory-Webhooks/1",
            "Accept": "application/json",
            "Connection": "close",
            **signed_headers(parcel.secrets, parcel.message_id, parcel.sent_at, body),
        }
        return self._call(target, addresses, headers, body)

    def _call(self, target: Target, addresses: Sequence[Address], headers: Mapping[str, str], body: bytes) -> Answer:
        deadline = time.monotonic() + self._time_limit_seconds
        try:
            connected = self._connected(addresses, target.port, deadline)
        except OSError as fault:
            return Answer(Verdict.FAILED, detail=f"no connection: {type(fault).__name__}")
        try:
            with cut_off(connected, deadline):
                answer = self._exchange(connected, target, headers, body)
            return Answer(Verdict.FAILED, detail=TOO_LATE) if time.monotonic() >= deadline else answer
        except (OSError, http.client.HTTPException, ValueError) as fault:
            late = time.monotonic() >= deadline
            return Answer(Verdict.FAILED, detail=TOO_LATE if late else f"no usable answer: {type(fault).__name__}")
        finally:
            connected.close()

    @staticmethod
    def _connected(addresses: Sequence[Address], port: int, deadline: float) -> socket.socket:
        fault: OSError = TimeoutError("no time left")
        for address in addresses:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                return socket.create_connection((str(address), port), timeout=left)
            except OSError as this:
                fault = this
        raise fault

    def _exchange(self, connected: socket.socket, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        if target.scheme == "https":
            connected = self._tls.wrap_socket(connected, server_hostname=target.host)
        try:
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = connected
            connection.request("POST", target.path, body=body, headers=dict(headers))
            with connection.getresponse() as response:
                return answer_from(response.status, dict(response.headers), response.read(LARGEST_ANSWER))
        finally:
            connected.close()


@contextlib.contextmanager
def cut_off(connected: socket.socket, deadline: float) -> Iterator[None]:
    """End the conversation at *deadline* whatever the receiver does; a drip of single bytes would outlast any per-read timeout."""
    duplicate = connected.dup()

    def end() -> None:
        with contextlib.suppress(OSError):
            duplicate.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        duplicate.close()


def answer_from(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Return what an HTTP answer means: 2xx accepted, 410 gone for good, everything else (3xx too) a failure that is tried again."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Answer(Verdict.ACCEPTED, status, body=body)
    if status == HTTPStatus.GONE:
        return Answer(Verdict.GONE, status, "the receiver asks not to be called again")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Answer(Verdict.FAILED, status, "redirects are not followed")
    asked = {name.lower(): value for name, value in headers.items()}.get("retry-after")
    return Answer(Verdict.FAILED, status, f"answered {status}", retry_after=wait_asked_for(asked, datetime.now(UTC)))


def wait_asked_for(value: str | None, now: datetime) -> timedelta | None:
    """Return the wait of a Retry-After header, in seconds or as a date; None when there is none or it cannot be read."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10_000_000))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(0), moment - now)
