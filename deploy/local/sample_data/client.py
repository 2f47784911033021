"""A small client of the public interfaces: one kept connection a thread, repeats what may be repeated."""

import http.client
import json
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30
CALL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def replayed(self) -> bool:
        """Whether the call had been made before."""
        return self.headers.get("idempotency-replayed") == "true"

    @property
    def version(self) -> int | None:
        """The version in the ETag."""
        tag = self.headers.get("etag", "").strip('"')
        return int(tag) if tag.isdigit() else None


class Unexpected(Exception):
    """A service refused what the sample wants."""

    def __init__(self, what: str, answer: Answer) -> None:
        told = answer.body if isinstance(answer.body, dict) else {}
        faults = "; ".join(f"{fault.get('pointer')}: {fault.get('detail')}" for fault in told.get("errors", [])[:3])
        super().__init__(f"{what}: {answer.status} {told.get('code', '')} {told.get('detail', '')} {faults}".strip())
        self.answer = answer


class Api:
    """One service as one caller reaches it."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._key = parts.hostname or "127.0.0.1", parts.port or 80, key
        self._local = threading.local()
        self._opened: list[http.client.HTTPConnection] = []
        weakref.finalize(self, _close_all, self._opened)

    def get(self, path: str) -> Answer:
        """Read."""
        return self.call("GET", path)

    def post(self, path: str, body: Mapping[str, Any], key: str, version: int | None = None) -> Answer:
        """Change something; *key* makes the repetition harmless."""
        headers = {"Idempotency-Key": key}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.call("POST", path, body, headers)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer; a service that is busy or away is asked again for a while. Every change carries a key, so that this is safe."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._once(method, path, body, headers or {})
            except (http.client.HTTPException, OSError):
                self._drop()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
                continue
            busy = answer.status in (429, 503) or (answer.status == 409 and isinstance(answer.body, dict) and answer.body.get("code") == "still_processing")
            if not busy or time.monotonic() > deadline:
                return answer
            time.sleep(min(float(answer.headers.get("retry-after", "1")), 2.0))

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Answer:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection(self._host, self._port, timeout=CALL_SECONDS)
            self._opened.append(connection)
        sent = None if body is None else json.dumps(body).encode()
        told = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", **headers}
        connection.request(method, path, sent, told)
        response = connection.getresponse()
        content = response.read()
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(
            response.status, {name.lower(): value for name, value in response.headers.items()}, json.loads(content) if is_json and content else content
        )

    def _drop(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._opened.remove(connection)
            self._local.connection = None


def _close_all(connections: list[http.client.HTTPConnection]) -> None:
    for connection in connections:
        connection.close()


def require(what: str, answer: Answer, *statuses: int) -> Answer:
    """*answer*, when its status is one of *statuses*."""
    if answer.status not in statuses:
        raise Unexpected(what, answer)
    return answer
