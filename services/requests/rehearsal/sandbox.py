"""A running sandbox as its callers see it: the three services over HTTP, one key each, and the test clock."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx


class SandboxRefused(RuntimeError):
    """The sandbox does not do what a rehearsal needs; the text says which call and what it answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of one answer."""

    status: int
    body: Any

    @property
    def code(self) -> str | None:
        """The problem code of a refusal."""
        return self.body.get("code") if self.status >= 400 and isinstance(self.body, Mapping) else None


class Sandbox:
    """The public interfaces of one sandbox; *admin_key* makes authorities and moves the clock."""

    def __init__(self, requests_url: str, notifications_url: str, metrics_url: str, admin_key: str) -> None:
        self._urls = {"requests": requests_url, "notifications": notifications_url, "metrics": metrics_url}
        self._admin = admin_key
        self._client = httpx.Client(timeout=60)

    def get(self, service: str, path: str, key: str, params: Mapping[str, Any] | None = None) -> Answer:
        """What *service* answers to a read."""
        return self._call("GET", service, path, key, params=dict(params or {}))

    def post(self, path: str, key: str, body: Mapping[str, Any], version: int | None = None) -> Answer:
        """What requests answers to a command, with a fresh idempotency key."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self._call("POST", "requests", path, key, json=dict(body), headers=headers)

    def administer(self, path: str, body: Mapping[str, Any]) -> Any:
        """The body of what the administrator asked for.

        Raises:
            SandboxRefused: it was not done.
        """
        return self._done(self.post(path, self._admin, body), f"POST {path}")

    def set_clock(self, now: datetime) -> None:
        """Move the test clock to *now*: requests, then notifications, then metrics; each answers when all that falls due by then is done."""
        for service in self._urls:
            answer = self._call("PUT", service, "/v1/sandbox/clock", self._admin, json={"now": now.isoformat()})
            self._done(answer, f"PUT /v1/sandbox/clock of {service}")

    def reset(self) -> None:
        """Empty the sandbox: metrics, then notifications, then requests."""
        for service in reversed(self._urls):
            answer = self._call("POST", service, "/v1/sandbox/reset", self._admin, json={}, headers={"Idempotency-Key": str(uuid.uuid4())})
            self._done(answer, f"POST /v1/sandbox/reset of {service}")

    def _done(self, answer: Answer, call: str) -> Any:
        if answer.status >= 400:
            raise SandboxRefused(f"{call} answered {answer.status}: {answer.body}. Is this a sandbox (SANDBOX=1) and KEY_ADMIN its administrator?")
        return answer.body

    def _call(self, method: str, service: str, path: str, key: str, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
        try:
            answer = self._client.request(method, self._urls[service] + path, headers={"Authorization": f"Bearer {key}", **(headers or {})}, **more)
        except httpx.TransportError as fault:
            raise SandboxRefused(f"{service} at {self._urls[service]} does not answer: {fault}") from fault
        try:
            return Answer(answer.status_code, answer.json() if answer.content else None)
        except ValueError:
            return Answer(answer.status_code, answer.text)
