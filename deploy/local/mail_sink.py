"""A mail server that keeps every mail as a file and shows it: `GET /` for people, `GET /messages?to=` for programs. Nothing is sent on."""

import html
import itertools
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.places import LOOPBACK

SIZE_LIMIT_BYTES = 10_000_000
SHOWN_ON_THE_PAGE = 200
SENDER_HEADER, RECIPIENT_HEADER = "X-Envelope-From", "X-Envelope-To"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mail received</title></head>
<body><h1>Mail received by the local sink</h1><p>{count} in all, newest first{limit}. Nothing was sent on.</p>{mails}</body></html>"""
MAIL = "<details><summary>{received_at} · {to} · <b>{subject}</b></summary><pre>{text}</pre></details>\n"


class Store:
    """The mails, one file each; names sort by the time of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, envelope: Envelope) -> None:
        """Write one mail down, with the envelope's addresses above its own headers."""
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"{SENDER_HEADER}: {envelope.mail_from}\r\n{RECIPIENT_HEADER}: {recipients}\r\n".encode()
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        name = f"{time.time_ns():020d}-{next(self._numbers) % 10_000:04d}"
        unfinished = self.folder / f"{name}.part"
        unfinished.write_bytes(head + content)
        unfinished.rename(self.folder / f"{name}.eml")

    def messages(self, to: str | None = None) -> list[dict[str, Any]]:
        """What was received, newest first; only what was addressed to *to*, when it is given."""
        mails = (described(path) for path in sorted(self.folder.glob("*.eml"), reverse=True))
        return [mail for mail in mails if to is None or to.casefold() in (address.casefold() for address in mail["to"])]


@lru_cache(maxsize=20_000)
def described(path: Path) -> dict[str, Any]:
    """One kept mail as plain values."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain", "html"))
    arrived = datetime.fromtimestamp(int(path.stem.split("-")[0]) / 1e9, UTC)
    return {
        "id": path.stem,
        "received_at": arrived.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "from": str(message[SENDER_HEADER]),
        "to": [address.strip() for address in str(message[RECIPIENT_HEADER]).split(",")],
        "subject": str(message["Subject"] or ""),
        "message_id": str(message["Message-ID"] or "").strip(),
        "headers": {name: str(value) for name, value in message.items() if name not in (SENDER_HEADER, RECIPIENT_HEADER)},
        "text": str(body.get_content()).replace("\r\n", "\n") if body else "",
    }


class Receiver:
    """What aiosmtpd calls for each mail."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the mail; the sender hears 250 only when it is written."""
        self.store.keep(envelope)
        return "250 kept"


class Page(BaseHTTPRequestHandler):
    """The two views and the health of the sink."""

    store: Store

    def do_GET(self) -> None:
        """Answer one request."""
        address = urlsplit(self.path)
        if address.path == "/messages":
            to = parse_qs(address.query).get("to", [None])[0]
            self._answer(json.dumps(self.store.messages(to)), "application/json")
        elif address.path == "/":
            self._answer(self._page(), "text/html; charset=utf-8")
        elif address.path in ("/healthz", "/readyz"):
            self._answer("ok\n", "text/plain; charset=utf-8")
        else:
            self._answer("Nothing is here.\n", "text/plain; charset=utf-8", HTTPStatus.NOT_FOUND)

    def _page(self) -> str:
        mails = self.store.messages()
        shown = [{name: html.escape(", ".join(value) if isinstance(value, list) else str(value)) for name, value in mail.items()} for mail in mails]
        limit = f", the latest {SHOWN_ON_THE_PAGE} shown" if len(mails) > SHOWN_ON_THE_PAGE else ""
        return PAGE.format(count=len(mails), limit=limit, mails="".join(MAIL.format(**mail) for mail in shown[:SHOWN_ON_THE_PAGE]))

    def _answer(self, text: str, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: they hold addresses."""


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    store = Store(Path(os.environ["MAIL_DIR"]))
    smtp = Controller(Receiver(store), hostname=os.environ.get("SMTP_HOST") or LOOPBACK, port=int(os.environ["SMTP_PORT"]), data_size_limit=SIZE_LIMIT_BYTES)
    page = ThreadingHTTPServer((smtp.hostname, int(os.environ["HEALTH_PORT"])), type("PageOfStore", (Page,), {"store": store}))
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    smtp.start()
    threading.Thread(target=page.serve_forever, daemon=True).start()
    print(f"keeping mail of port {smtp.port} in {store.folder}, page on port {page.server_port}", file=sys.stderr, flush=True)
    end.wait()
    page.shutdown()
    smtp.stop()


if __name__ == "__main__":
    main()
