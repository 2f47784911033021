"""The request service in the test's own process: authorities, their people, and what they do over its interface."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from services.requests.api.application import create
from services.requests.api.present import attach
from services.requests.assembly import make_shell
from services.requests.directory.commands import Order, issue_key, register_authority
from services.requests.settings import Settings
from services.requests.shell import Shell
from tests.fixtures.postgres import ScratchDatabase

SECRET = "not a secret at all, only for tests"
WRAPPING_KEY = base64.b64encode(bytes(range(32))).decode()
R, E, X, OTHER = "r-central", "e-central", "x-court", "o-central"
REFERENCES = count(1)


def settings_for(database: ScratchDatabase, **more: Any) -> Settings:
    """Settings of a process on *database*."""
    told: dict[str, Any] = {
        "database_url": database.app,
        "database_owner_url": database.owner,
        "kafka_bootstrap": "",
        "health_port": 0,
        "log_level": "error",
        "sandbox": False,
        "api_key_secret": SECRET,
        "text_wrapping_key": base64.b64decode(WRAPPING_KEY),
        "cursor_secret": SECRET,
        "pool_size": 24,
    }
    return Settings(**{**told, **more})


@dataclass
class Person:
    """Somebody with a key."""

    service: Service
    authority: str
    key: str

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: int | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """The answer to a call; POSTs get an Idempotency-Key of their own unless *key* is given."""
        told = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        if method in ("POST", "PUT") and key != "":
            told.setdefault("Idempotency-Key", key or uuid4().hex)
        if version is not None:
            told["If-Match"] = f'"{version}"'
        if body is not None:
            more["json"] = body
        return self.service.app.test_client().open(path, method=method, headers=told, **more)

    def get(self, path: str, **headers: str) -> Any:
        """The body of a read that succeeds."""
        answer = self.call("GET", path, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def drafts(self, to: str = E, **members: Any) -> Made:
        """A draft to *to*, its form filled in."""
        kind, instrument = members.get("kind", "mla"), members.get("instrument", "COE-030")
        known = self.service.shell.instruments
        fields = dict.fromkeys(known.get(instrument).required_fields(kind), "as the file says") if instrument else {}
        body = {"kind": kind, "instrument": instrument, "requested": {"authority": to}, "measures": ["bank_records"], "fields": fields, **members}
        body.setdefault("own_reference", f"R {next(REFERENCES)}/26")
        answer = self.call("POST", "/v1/requests", {"direction": "outgoing", **body})
        assert answer.status_code == 201, answer.text
        return Made(answer.get_json()["id"], answer.get_json()["version"])

    def sends(self, to: str = E, **members: Any) -> Made:
        """A request that was sent to *to*."""
        made = self.drafts(to, **members)
        self.moves("send", made, channel="portal")
        return made

    def moves(self, move: str, made: Made, *, expected: int = 200, **body: Any) -> Any:
        """The body of the answer to a move at the newest version that the person sees."""
        seen = self.call("GET", f"/v1/requests/{made.id}")
        version = seen.get_json()["version"] if seen.status_code == 200 else made.version
        answer = self.call("POST", f"/v1/requests/{made.id}/moves/{move}", body, version=version)
        assert answer.status_code == expected, answer.text
        if expected == 200:
            made.version = answer.get_json()["version"]
        return answer.get_json()


@dataclass
class Made:
    """A request, at the version that its last mover saw."""

    id: str
    version: int


@dataclass
class Service:
    """The application and what is behind it."""

    shell: Shell
    app: Flask
    people: dict[tuple[str, str, str | None, str | None], Person] = field(default_factory=dict)

    def knows(self, authority: str, state: str, *, member: bool = True) -> None:
        """The authority is in the directory."""
        described = {"id": authority, "name": f"Authority {authority}", "state": state, "time_zone": "UTC", "member": member}
        register_authority(self.shell, _order(), described)

    def person(self, authority: str, role: str = "desk", desk: str | None = None, officer: str | None = None) -> Person:
        """Somebody of *authority*, with a key made at the first call."""
        wanted = (authority, role, desk, officer)
        if wanted not in self.people:
            issued = issue_key(self.shell, _order(), authority, role=role, desk=desk, label=None, officer=officer)
            self.people[wanted] = Person(self, authority, issued.key)
        return self.people[wanted]


def _order() -> Order:
    return Order("test", uuid4(), b"test")


APPLICATIONS: dict[bool, Flask] = {}


def application(shell: Shell) -> Flask:
    """The application on *shell*; made once, because its document takes longer than most tests."""
    app = APPLICATIONS.setdefault(shell.sandbox, APPLICATIONS.get(shell.sandbox) or create(shell))
    attach(app, shell)
    return app


def serve(settings: Settings) -> Service:
    """The service on an empty database: two members, one of a third State, and a court that is no member."""
    shell = make_shell(settings)
    service = Service(shell, application(shell))
    for authority, state, member in ((R, "DE", True), (E, "CZ", True), (OTHER, "FR", True), (X, "CZ", False)):
        service.knows(authority, state, member=member)
    return service
