"""The frame of a long-running process: stops when asked, answers health questions on a port of its own, ends itself when it hangs."""

import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

log = structlog.get_logger(__name__)
HUNG_EXIT_CODE = 70
COLLECTIONS = (20_000, 20, 20)
"""When the garbage collector looks: rarely, because followers make much that lasts and next to nothing that refers to itself."""

Check = Callable[[], tuple[bool, Any]]


class Health:
    """What a process knows of its own parts. Ready when every part that has reported is ready."""

    def __init__(self) -> None:
        self._parts: dict[str, tuple[bool, Any]] = {}
        self._checks: dict[str, Check] = {}
        self._ticked = time.monotonic()

    def report(self, part: str, ready: bool, detail: Any = None) -> None:
        """*part* is ready or not, until it reports again."""
        self._parts[part] = (ready, detail)

    def ask(self, part: str, check: Check) -> None:
        """Ask *check* for (ready, detail) each time somebody wants to know."""
        self._checks[part] = check

    def tick(self) -> None:
        """The main loop goes round."""
        self._ticked = time.monotonic()

    @property
    def seconds_since_tick(self) -> float:
        """How long the main loop has not gone round."""
        return time.monotonic() - self._ticked

    def readiness(self) -> tuple[bool, Mapping[str, Any]]:
        """Whether everything is ready, and the parts."""
        parts = {**self._parts, **{name: check() for name, check in self._checks.items()}}
        return all(ready for ready, _ in parts.values()), {name: {"ready": ready, "detail": detail} for name, (ready, detail) in parts.items()}


def _handler(service: str, health: Health, registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    import json

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/healthz":
                self._answer(200, "application/json", json.dumps({"status": "ok", "service": service}).encode())
            elif path == "/readyz":
                ready, parts = health.readiness()
                body = json.dumps({"status": "ready" if ready else "not_ready", "service": service, "checks": parts}, default=str)
                self._answer(200 if ready else 503, "application/json", body.encode())
            elif path == "/metrics":
                self._answer(200, "text/plain; version=0.0.4; charset=utf-8", generate_latest(registry))
            else:
                self._answer(404, "text/plain", b"not found\n")

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Health questions are not worth a line."""

    return Handler


@contextmanager
def health_server(port: int, service: str, health: Health, host: str = "127.0.0.1", registry: CollectorRegistry = REGISTRY) -> Iterator[int]:
    """Serve /healthz, /readyz and /metrics inside the block. Gives the port (0 asks for a free one)."""
    server = ThreadingHTTPServer((host, port), _handler(service, health, registry))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True, kwargs={"poll_interval": 0.2})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def stop_when_asked() -> threading.Event:
    """An event that SIGTERM and SIGINT set. Only the main thread may ask for it."""
    stop = threading.Event()

    def asked(number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
    return stop


def watch(health: Health, stop: threading.Event, seconds: float) -> threading.Thread:
    """End the process when its main loop has not ticked for *seconds*: a hung poll cannot be interrupted, a supervisor starts it again."""

    def run() -> None:
        while not stop.wait(min(1.0, seconds / 4)):
            if health.seconds_since_tick > seconds:
                log.critical("main_loop_hung", seconds=round(health.seconds_since_tick, 1))
                os._exit(HUNG_EXIT_CODE)

    thread = threading.Thread(target=run, name="watchdog", daemon=True)
    thread.start()
    return thread


def run_daemon(
    service: str, work: Callable[[threading.Event, Health], None], *, health_port: int | None, hung_seconds: float = 90, host: str = "127.0.0.1"
) -> int:
    """Do *work* until somebody asks to stop. Returns the exit code: 0, or 1 when the work failed."""
    gc.freeze()  # what was imported stays for ever
    gc.set_threshold(*COLLECTIONS)
    stop, health = stop_when_asked(), Health()
    watch(health, stop, hung_seconds)
    log.info("started", pid=os.getpid())
    try:
        if health_port is None:
            work(stop, health)
        else:
            with health_server(health_port, service, health, host):
                work(stop, health)
    except Exception:  # the top of the process: whatever ended the work is told before it ends
        log.exception("failed")
        return 1
    log.info("stopped")
    return 0
