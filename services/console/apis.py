"""The public interfaces of the three services, as the console calls them: with the caller's own key, so that the log names who acted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import orjson

T = TypeVar("T")

READINESS_SECONDS = 1.0


class ServiceAway(Exception):
    """A service did not answer in time; a retry may help. Nothing is known to have changed."""

    code = "temporarily_unavailable"

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


class ProblemAnswer(Exception):
    """The service refused, with its problem document as sent."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}")
        self.status, self.problem = status, problem

    @property
    def code(self) -> str:
        """The stable problem code, or `unknown` where the answer was none of ours."""
        return str(self.problem.get("code", "unknown"))


@dataclass(frozen=True, slots=True)
class Answer:
    """Body of a good answer with the headers that pages need."""

    body: Any
    etag: str | None
    data_as_of: str | None
    replayed: bool
    language: str | None = None


class Api:
    """One service at *base_url*; every call carries the key of the person who is signed in."""

    def __init__(self, service: str, base_url: str, seconds: float) -> None:
        self.service = service
        self._client = httpx.Client(base_url=base_url, timeout=seconds, follow_redirects=False, headers={"Accept": "application/json"})

    def get(self, key: str, path: str, params: Mapping[str, Any] | None = None, *, languages: str | None = None) -> Answer:
        """The answer to a read, its sentences in the first of *languages* (as `Accept-Language` names them) that the service writes.

        Raises:
            ServiceAway: no answer in time, or 502 to 504.
            ProblemAnswer: any refusal, 401 included.
        """
        headers = {"Accept-Language": languages} if languages else None
        return self._call("GET", key, path, headers, params=_present(params))

    def post(self, key: str, path: str, body: Mapping[str, Any], *, idempotency_key: str, if_match: str | None = None) -> Answer:
        """The answer to a command; *idempotency_key* makes a second press of the button harmless. Raises as `get`."""
        headers = {"Idempotency-Key": idempotency_key}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        return self._call("POST", key, path, json=dict(body), headers=headers)

    def readiness(self) -> str:
        """What the service says of itself, which it tells without a key: ready or not ready.

        Raises:
            ServiceAway: no answer within a second.
        """
        try:
            answer = self._client.get("/readyz", timeout=READINESS_SECONDS)
        except httpx.TransportError as error:
            raise ServiceAway(self.service) from error
        return "ready" if answer.status_code == 200 else "not ready"

    def _call(self, method: str, key: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
        try:
            answer = self._client.request(method, path, headers={"Authorization": f"Bearer {key}", **(headers or {})}, **more)
        except httpx.TransportError as error:
            raise ServiceAway(self.service) from error
        if answer.status_code in (502, 503, 504):
            raise ServiceAway(self.service)
        body = _json(answer)
        if answer.status_code >= 400:
            raise ProblemAnswer(answer.status_code, body if isinstance(body, dict) else {})
        return Answer(
            body=body,
            etag=answer.headers.get("ETag", "").strip('"') or None,
            data_as_of=answer.headers.get("Data-As-Of"),
            replayed=answer.headers.get("Idempotency-Replayed") == "true",
            language=answer.headers.get("Content-Language"),
        )


def side_by_side(calls: Sequence[Callable[[], T]]) -> list[T | ServiceAway]:
    """What each of *calls* returns, made at the same time; a service that is away leaves its error in its place. Other errors are raised."""

    def one(call: Callable[[], T]) -> T | ServiceAway:
        try:
            return call()
        except ServiceAway as away:
            return away

    with ThreadPoolExecutor(max_workers=max(1, len(calls))) as pool:
        return list(pool.map(one, calls))


def _present(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value not in (None, "", [])}


def _json(answer: httpx.Response) -> Any:
    try:
        return orjson.loads(answer.content)
    except ValueError:
        return None
