"""A load of its own: threads over kept connections, prepared bytes, as little work as a client can do, so that the servers are what is measured."""

import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

HEADER_END = b"\r\n\r\n"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
ETAG = re.compile(rb'etag: *"(\d+)"', re.IGNORECASE)

NextCall = Callable[[], bytes]
Seen = Callable[[int, bytes], None]


class CallFailed(Exception):
    """A server answered with something else than success, so there is nothing to measure."""


@dataclass
class Measured:
    """What one load came to."""

    calls: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds

    def percentile_ms(self, share: float) -> float:
        """The latency below which this share of calls stayed, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class Line:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, sent: bytes) -> tuple[int, bytes, bytes]:
        """Status, head and body of the answer."""
        self._socket.sendall(sent)
        received = b""
        while HEADER_END not in received:
            received += self._more()
        head, _, body = received.partition(HEADER_END)
        found = LENGTH.search(head)
        wanted = int(found[1]) if found else 0
        while len(body) < wanted:
            body += self._more()
        return int(head[9:12]), head, body

    def _more(self) -> bytes:
        block = self._socket.recv(65536)
        if not block:
            raise CallFailed("the server closed the connection")
        return block

    def close(self) -> None:
        """Give the connection up."""
        self._socket.close()


def http(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A call as bytes."""
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{told}\r\n".encode() + body


def load(port: int, callers: list[tuple[NextCall, Seen]], seconds: float) -> Measured:
    """As many calls as *callers*, one thread each, get answered in *seconds*."""
    measured, lock, faults = Measured(), threading.Lock(), list[BaseException]()
    start = threading.Barrier(len(callers) + 1)

    def run(next_call: NextCall, seen: Seen) -> None:
        own: list[float] = []
        try:
            line = Line(port)
            start.wait()
            end = time.perf_counter() + seconds
            while (begun := time.perf_counter()) < end:
                status, head, body = line.call(next_call())
                own.append(time.perf_counter() - begun)
                if not 200 <= status < 300:
                    raise CallFailed(f"{status}: {body[:300]!r}")
                tag = ETAG.search(head)
                seen(int(tag[1]) if tag else 0, body)
            line.close()
        except (CallFailed, OSError) as fault:
            faults.append(fault)
        with lock:
            measured.calls += len(own)
            measured.latencies += own

    threads = [threading.Thread(target=run, args=caller) for caller in callers]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    measured.seconds = time.perf_counter() - begun
    if faults:
        raise CallFailed(str(faults[0]))
    return measured
