"""The console tells how the interfaces behind it are, and is ready while people can sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from services.console.app import create_app
from services.console.settings import Settings
from tests.services.console.answering import console

Serving = Callable[[int], str]


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Start an interface that answers with this status whatever it is asked; gives its address."""
    with ExitStack() as ends:

        def start(status: int) -> str:
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    self.send_response(status)
                    self.end_headers()

                def log_message(self, format: str, *args: object) -> None:
                    """Nothing is told."""

            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            ends.callback(server.server_close)
            ends.callback(server.shutdown)
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            return f"http://127.0.0.1:{server.server_address[1]}"

        yield start


@pytest.mark.parametrize(
    ("statuses", "ready", "told"),
    [
        pytest.param((200, 200, 200), True, ("ready", "ready", "ready"), id="all are there"),
        pytest.param((503, 200, 200), True, ("not ready", "ready", "ready"), id="requests answers that it is not ready"),
        pytest.param((200, None, None), True, ("ready", "away", "away"), id="only requests is there"),
        pytest.param((None, 200, 200), False, ("away", "ready", "ready"), id="nobody can sign in"),
    ],
)
def test_each_interface_is_told_and_only_requests_is_needed(
    tmp_path: Path, serving: Serving, statuses: tuple[int | None, ...], ready: bool, told: tuple[str, ...]
) -> None:
    names = ("requests", "notifications", "metrics")
    urls = {f"{name.upper()}_URL": "http://127.0.0.1:9" if status is None else serving(status) for name, status in zip(names, statuses, strict=True)}
    (tmp_path / "session_secret").write_text("s" * 43)
    app = create_app(Settings.from_env({**urls, "SECRETS_DIR": str(tmp_path)}))

    answer = app.test_client().get("/readyz")

    assert answer.status_code == (200 if ready else 503)
    assert answer.get_json() == {"status": "ready" if ready else "not_ready", "checks": dict(zip(names, told, strict=True))}


def test_being_alive_depends_on_nobody(tmp_path: Path) -> None:
    app, _, _ = console(tmp_path / "secrets")
    assert app.test_client().get("/healthz").get_json() == {"status": "alive"}
