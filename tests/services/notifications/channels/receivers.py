"""A real HTTP receiver and a real SMTP server on loopback, each told how to behave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Call:
    """One call as the receiver saw it."""

    path: str
    headers: Mapping[str, str]  # names in small letters
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        return cast(dict[str, Any], json.loads(self.body))


@dataclass(frozen=True)
class Reply:
    """What the receiver answers; ``before`` runs first, and may wait."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    before: Callable[[], object] = lambda: None


Behaviour = Callable[[Call], Reply]


def echo_challenges(call: Call) -> Reply:
    """A receiver that does what the documentation asks of it."""
    content = call.content
    if "challenge" in content:
        return Reply(200, {"Content-Type": "application/json"}, json.dumps({"challenge": content["challenge"]}).encode())
    return Reply(204)


class HttpReceiver:
    """Keeps every call; answers as ``behaviour`` says, which a test may change at any time."""

    def __init__(self, behaviour: Behaviour = echo_challenges) -> None:
        self.behaviour = behaviour
        self.calls: list[Call] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                call = Call(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                receiver.calls.append(call)
                reply = receiver.behaviour(call)
                reply.before()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                """A caller that hangs up is expected here."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(5)

    def facts(self) -> list[Call]:
        """The calls that are no challenge."""
        return [call for call in list(self.calls) if "challenge" not in call.content]


@contextmanager
def http_receiver(behaviour: Behaviour = echo_challenges) -> Iterator[HttpReceiver]:
    receiver = HttpReceiver(behaviour)
    try:
        yield receiver
    finally:
        receiver.stop()


class _Inbox:
    """Handler of the SMTP server: keeps mails, refuses recipients as told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(message_from_bytes(envelope.original_content or b"", policy=policy.default))
        return "250 accepted"


class SmtpServer:
    """A real SMTP server; ``refusals`` maps a mailbox to the answer it gets."""

    def __init__(self) -> None:
        self._inbox = _Inbox()
        self.mails, self.refusals = self._inbox.mails, self._inbox.refusals
        self.host = "127.0.0.1"
        self._controller: Controller | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        controller = Controller(self._inbox, hostname=self.host, port=self.port)
        if self.port == 0:
            controller.port = free_port()
        controller.start()
        self._controller, self.port = controller, controller.port

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


def free_port() -> int:
    """A port that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    server = SmtpServer()
    try:
        yield server
    finally:
        server.stop()
