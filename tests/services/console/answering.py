"""Services that stand in for the running ones: figures are counted by the real code from the given set, requests are rows of a dictionary."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from services.console.apis import Answer, ProblemAnswer, ServiceAway
from services.console.app import create_app
from services.console.settings import Settings
from services.metrics.domain.answers import figures
from services.metrics.domain.errors import AccountDoesNotClose, BeyondWatermark, FiguresError
from services.metrics.domain.members import members
from services.metrics.domain.question import Question
from shared.facts.members import moment as moment_text
from tests.services.metrics.given_set import register

NOW = datetime(2026, 2, 2, 8, 30, 20, tzinfo=UTC)
KNOWN_UP_TO = datetime(2026, 2, 2, 8, 30, 19, tzinfo=UTC)
OWN = "de-central"
KEY = "rog_head_key"
ME = {"authority": {"id": OWN, "name": "Central Authority, Bonn"}, "time_zone": "Europe/Berlin", "roles": ["head"], "desk": None}
OFFICES = [
    {
        "id": f"{state.lower()}-central",
        "name": f"Central Authority of {state}",
        "state": state,
        "role": "central",
        "hours": "Mon-Fri 9-16",
        "phone": "+00 1",
        "languages": ["en"],
    }
    for state in ("FR", "CZ", "PT", "IT", "ES", "NL", "BR", "PL", "AT", "US", "CH", "GB")
]

WARNED = {"kind": "eio", "instrument": "EU-EIO", "row": "EIO-EXEC", "stage": "execute", "adjusted_due": "2026-02-16", "n": 41}
WARNINGS = [
    {**WARNED, "request": str(UUID(int=9001)), "direction": "incoming", "counterpart": "FR", "probability": 0.8712},
    {**WARNED, "request": str(UUID(int=9002)), "direction": "outgoing", "counterpart": "ES", "probability": 0.61},
]

Answering = Callable[[str, Mapping[str, Any]], Any]


class Standin:
    """A service that answers by *answering*; it remembers what it was asked."""

    def __init__(self, name: str, answering: Answering) -> None:
        self.name, self.answering = name, answering
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.away: set[str] = set()

    def get(self, key: str, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        told = {name: str(value) for name, value in (params or {}).items() if value not in (None, "", [])}
        self.asked.append((path, told))
        if path in self.away:
            raise ServiceAway(self.name)
        body = json.loads(json.dumps(self.answering(path, told)))
        return Answer(body, None, body.get("as_known_at") if isinstance(body, dict) else None, False)

    def post(self, key: str, path: str, body: Mapping[str, Any], *, idempotency_key: str, if_match: str | None = None) -> Answer:
        return Answer(json.loads(json.dumps(self.answering(path, body))), None, None, False)


def counting(path: str, asked: Mapping[str, Any]) -> Any:
    """The figures of the given set, known up to a moment, as `/v1/figures` and its members answer."""
    if path == "/v1/early-warnings":
        return {"as_known_at": asked["as_known_at"], "running": 9, "too_few": 1, "warnings": WARNINGS}
    question = Question.read(asked, otherwise_authority=OWN)
    try:
        if question.as_known_at is not None and question.as_known_at > KNOWN_UP_TO:
            raise BeyondWatermark(question.as_known_at, KNOWN_UP_TO)
        if path == "/v1/figures":
            return figures(register(), question)
        place = {name: asked.get(name) for name in ("direction", *question.group_by)}
        return _page(members(register(), question, place, str(asked["cell"])), asked)
    except FiguresError as error:
        raise ProblemAnswer(400, problem_of(error)) from error


def _page(ids: list[str], asked: Mapping[str, Any]) -> dict[str, Any]:
    rest = [id for id in ids if id > str(asked.get("cursor", ""))]
    shown = rest[: int(asked["limit"])]
    following = shown[-1] if len(rest) > len(shown) else None
    query = {"as_known_at": asked["as_known_at"]}
    return {"query": query, "cell": asked["cell"], "count": len(ids), "hidden": 0, "requests": [wire_id(id) for id in shown], "next": following}


def wire_id(name: str) -> str:
    """The id on the wire of a request of the given set."""
    return str(UUID(int=int(name[1:])))


def problem_of(error: FiguresError) -> dict[str, Any]:
    """The problem document of a refusal."""
    told: dict[str, Any] = {"code": error.code, "detail": str(error), "parameters": {}}
    if isinstance(error, BeyondWatermark) and error.latest:
        told["parameters"] = {"latest": moment_text(error.latest)}
    if isinstance(error, AccountDoesNotClose):
        told["parameters"] = {"difference": error.difference, "requests": [wire_id(id) for id in error.requests]}
    return told


def listing(path: str, asked: Mapping[str, Any]) -> Any:
    """Who one is, the directory, and a row for each id."""
    if path == "/v1/me":
        return ME
    if path == "/v1/authorities":
        return {"authorities": [office for office in OFFICES if office["state"] in str(asked.get("state", "")).split(",")], "next": None}
    return {"requests": [row(id) for id in str(asked["id"]).split(",")], "next": None}


def row(id: str) -> dict[str, Any]:
    """A row of the list of requests."""
    number = UUID(id).int
    side = {"authority": "fr-central", "state": "FR", "reference": f"S {number}/25"}
    row = {
        "id": id,
        "version": 4,
        "state": "acknowledged",
        "hold": None,
        "direction": "incoming",
        "kind": "eio",
        "subject": "Bank records",
        "overdue": number % 2 == 0,
    }
    due = {
        "next_due": f"2026-01-{number % 28 + 1:02}",
        "urgency": None,
        "updated_at": "2026-01-05T08:00:00Z",
        "holder": OWN,
        "holder_name": "Central Authority, Bonn",
    }
    return {
        **row,
        **due,
        "requesting": side,
        "requested": {**side, "reference": f"E {number}/25"},
        "counterpart": "fr-central",
        "counterpart_name": "Central Authority, Paris",
    }


def console(folder: Path, metrics: Answering = counting, requests: Answering = listing) -> tuple[Flask, Standin, Standin]:
    """The console on stand-ins for metrics and requests; its clock stands at NOW."""
    folder.mkdir(exist_ok=True)
    (folder / "session_secret").write_text("s" * 43)
    urls = {f"{name}_URL": f"http://{name.lower()}.invalid" for name in ("REQUESTS", "NOTIFICATIONS", "METRICS")}
    app = create_app(Settings.from_env({**urls, "SECRETS_DIR": str(folder)}), now=lambda: NOW)
    counted, listed = Standin("metrics", metrics), Standin("requests", requests)
    app.extensions.update(metrics_api=counted, requests_api=listed)
    return app, counted, listed
