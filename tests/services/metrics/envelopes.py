"""The given set as it travels: facts in envelopes, authorities in the directory, and rows made from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from services.metrics.domain.facts import moment
from services.metrics.projector import Directory, EscalationFacts, RequestFacts
from shared.storage.directory import key_hash, stream_of
from shared.storage.positions import take_watermark
from shared.wire.codec import canonical
from shared.wire.envelope import Envelope
from shared.wire.topics import DIRECTORY, ESCALATIONS, REQUESTS
from tests.services.metrics.given_set import FOLDER

API_KEY_SECRET = "a secret of the deployment that is long enough"
SECRET_OF_KEY = "the secret half of a key"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
W = datetime(2026, 11, 1, tzinfo=UTC)
OF_ENVELOPE = ("id", "type", "recorded_at")


def request_id(name: str) -> str:
    """The id on the wire of a request of the given set, in the same order as its names."""
    return str(UUID(int=int(name[1:])))


def fact_id(name: str) -> str:
    """The id on the wire of a fact of the given set."""
    request, _, place = name.partition(".")
    return str(UUID(int=int(request[1:]) * 10_000 + int(place)))


def given_lines() -> list[dict[str, Any]]:
    """The streams of the given set."""
    return [json.loads(line) for line in (FOLDER / "small.jsonl").read_text(encoding="utf-8").splitlines()]


def envelopes(line: Mapping[str, Any], escalations: bool = False) -> list[Envelope]:
    """The facts of a stream in envelopes: those of the request, or those of its escalations."""
    own = [record for record in line["facts"] if (record["type"] == "EscalationReached") == escalations]
    topic, request = (ESCALATIONS if escalations else REQUESTS), request_id(line["request"])
    return [envelope(record, request, version, topic) for version, record in enumerate(own, start=1)]


def envelope(record: Mapping[str, Any], request: str, version: int, topic: str = REQUESTS) -> Envelope:
    """One fact in an envelope; what a correction points at gets its id on the wire."""
    data = {name: value for name, value in record.items() if name not in OF_ENVELOPE} | {"by": "de-central"}
    if record["type"] == "FactCorrected":
        data["fact"] = fact_id(record["fact"])
    id = fact_id(record["id"]) if "." in record["id"] else record["id"]
    return Envelope(id, record["type"], 1, request, request, version, topic, moment(record["recorded_at"]), canonical(data))


def follow_directory(conn: Connection[Any]) -> None:
    """The authorities of the given set are in the directory, each with a key."""
    said = json.loads((FOLDER / "authorities.json").read_text(encoding="utf-8"))
    for authority, described in said.items():
        data = {"occurred_at": "2020-01-01T00:00:00Z", "by": authority, "id": authority, "name": authority, **described}
        facts: list[tuple[str, dict[str, Any]]] = [("AuthorityRegistered", data)]
        for role in ("head", "administrator"):
            key = {"key": key_id(authority, role), "authority": authority, "hash": key_hash(API_KEY_SECRET, SECRET_OF_KEY), "role": role}
            facts.append(("KeyIssued", {"occurred_at": "2020-01-01T00:00:00Z", "by": authority, **key}))
        with conn.transaction():
            Directory().apply(conn, [of_directory(authority, place, *fact) for place, fact in enumerate(facts, start=1)])


def of_directory(authority: str, version: int, type: str, data: Mapping[str, Any], recorded_at: datetime = LONG_AGO) -> Envelope:
    """A fact of the directory in an envelope."""
    id = str(UUID(int=stream_of(authority).int ^ version))
    return Envelope(id, type, 1, str(stream_of(authority)), authority, version, DIRECTORY, recorded_at, canonical(data))


def key_id(authority: str, role: str) -> str:
    """The id of the key of *authority* for *role*."""
    return f"{authority.replace('-', '')}{role}"


def headers(authority: str, role: str = "head") -> dict[str, str]:
    """Headers of a caller of *authority*."""
    return {"Authorization": f"Bearer rog_{key_id(authority, role)}_{SECRET_OF_KEY}"}


def follow(conn: Connection[Any], batch: Sequence[Envelope]) -> None:
    """Keep facts as the projection daemon does: in one transaction."""
    with conn.transaction():
        projection = EscalationFacts() if batch and batch[0].topic == ESCALATIONS else RequestFacts()
        projection.apply(conn, batch)


def follow_given(conn: Connection[Any], lines: Iterable[Mapping[str, Any]] | None = None) -> None:
    """The given set is in the rows, everything up to W has arrived."""
    follow_directory(conn)
    for line in given_lines() if lines is None else lines:
        follow(conn, envelopes(line))
        if escalated := envelopes(line, escalations=True):
            follow(conn, escalated)
    reach(conn, W)


def reach(conn: Connection[Any], moment_reached: datetime) -> None:
    """Everything recorded before *moment_reached* has arrived."""
    take_watermark(conn, RequestFacts.name, REQUESTS, 1, moment_reached)
    take_watermark(conn, EscalationFacts.name, ESCALATIONS, 1, moment_reached + timedelta(seconds=3))
    take_watermark(conn, Directory.name, DIRECTORY, 1, moment_reached + timedelta(seconds=5))
