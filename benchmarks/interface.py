"""Commands and reads over HTTP, beside bare Flask with one statement."""

import itertools
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.client import ETAG, Line, Measured, NextCall, Seen, http, load
from benchmarks.place import Place, post

CALLERS = 8
REQUESTS_EACH = 48
BODY = b'{"channel":"email"}'
TEXT = "Facts as the requesting authority sees them"


@dataclass(slots=True)
class Known:
    """Requests that one caller moves, each with the version it has seen."""

    paths: list[str]
    versions: dict[str, int] = field(default_factory=dict)


def keys(place: Place) -> str:
    """The key of a desk; the other authority is no member."""
    words = ("services.requests", "create-key")
    key = place.run(*words, "--authority", "cz-central", "--state", "CZ", "--name", "Central authority", "--role", "desk", "--desk", "desk-1")
    place.run(*words, "--authority", "ch-central", "--state", "CH", "--name", "Outside authority", "--no-member")
    return key.strip().splitlines()[-1]


def prepare(port: int, key: str) -> list[Known]:
    """Requests that were sent, divided among the callers."""
    began = datetime.now(UTC) - timedelta(days=3)

    def begun(number: int) -> str:
        body: Mapping[str, object] = {
            "direction": "outgoing",
            "kind": "mla",
            "instrument": "COE-030",
            "requested": {"authority": "ch-central"},
            "own_reference": f"B-{number}",
            "subject": "Bank records",
            "measures": [{"type": "bank_records"}],
            "fields": {"object_and_reason": TEXT, "offence": TEXT, "summary_of_facts": TEXT},
            "occurred_at": began.isoformat(),
            "history": [{"move": "send", "occurred_at": began.isoformat(), "members": {"channel": "post"}}],
        }
        told = post(port, "/v1/requests", body, {"Authorization": f"Bearer {key}", "Idempotency-Key": f"bench-{number}"})
        return f"/v1/requests/{told['id']}"

    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(begun, range(CALLERS * REQUESTS_EACH)))
    return [Known(paths[caller::CALLERS]) for caller in range(CALLERS)]


def commander(known: Known, key: str) -> tuple[NextCall, Seen]:
    """Moves on one request after the other: the status is asked, one fact each."""
    turns = itertools.cycle(known.paths)
    present = [""]

    def next_call() -> bytes:
        present[0] = next(turns)
        headers = {"Authorization": f"Bearer {key}", "Idempotency_Key": uuid.uuid4().hex, "If_Match": f'"{known.versions[present[0]]}"'}
        return http("POST", f"{present[0]}/moves/ask_status", BODY, **headers)

    def seen(version: int, body: bytes) -> None:
        known.versions[present[0]] = version

    return next_call, seen


def learn_versions(port: int, knowns: list[Known], key: str) -> None:
    """Each caller has seen each of its requests once."""
    line = Line(port)
    for known in knowns:
        for path in known.paths:
            _, head, _ = line.call(http("GET", path, Authorization=f"Bearer {key}"))
            tag = ETAG.search(head)
            known.versions[path] = int(tag[1]) if tag else 0
    line.close()


def reader(known: Known, key: str) -> tuple[NextCall, Seen]:
    """Reads of one request after the other."""
    turns = itertools.cycle([http("GET", path, Authorization=f"Bearer {key}") for path in known.paths])
    return lambda: next(turns), lambda version, body: None


def floor_writer() -> tuple[NextCall, Seen]:
    """One INSERT a call."""
    call = http("POST", "/rows", BODY, Authorization="Bearer none", Idempotency_Key=uuid.uuid4().hex)
    return lambda: call, lambda version, body: None


def floor_reader(ids: list[str]) -> tuple[NextCall, Seen]:
    """One SELECT by key a call."""
    turns = itertools.cycle([http("GET", f"/rows/{id}", Authorization="Bearer none") for id in ids])
    return lambda: next(turns), lambda version, body: None


@dataclass(slots=True)
class Interface:
    """Both servers, ready to be loaded in turns."""

    port: int
    floor_port: int
    key: str
    knowns: list[Known]
    floor_ids: list[str]

    def commands(self, seconds: float) -> Measured:
        """Moves."""
        return load(self.port, [commander(known, self.key) for known in self.knowns], seconds)

    def floor_commands(self, seconds: float) -> Measured:
        """Bare inserts."""
        return load(self.floor_port, [floor_writer() for _ in self.knowns], seconds)

    def reads(self, seconds: float) -> Measured:
        """Single reads."""
        return load(self.port, [reader(known, self.key) for known in self.knowns], seconds)

    def floor_reads(self, seconds: float) -> Measured:
        """Bare selects."""
        return load(self.floor_port, [floor_reader(self.floor_ids) for _ in self.knowns], seconds)


def ready(port: int, floor_port: int, key: str) -> Interface:
    """Requests are there, versions are known, rows of the floor are there."""
    knowns = prepare(port, key)
    learn_versions(port, knowns, key)
    ids = [str(post(floor_port, "/rows", {"text": TEXT * 20}, {})["id"]) for _ in range(64)]
    return Interface(port, floor_port, key, knowns, ids)
