"""Commands and reads over HTTP, beside bare Flask with one statement."""

import itertools
import json
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

from benchmarks.client import ETAG, Line, Measured, NextCall, Seen, http, load
from benchmarks.place import Place, post

CALLERS = 8
REQUESTS_EACH = 48
MOVED_EACH = 24
BODY = b'{"channel":"email"}'
TEXT = "Facts as the requesting authority sees them"
OTHER = "ch-central"
QUESTIONS = (
    ("request_information", json.dumps({"items": ["time_range"], "on_behalf_of": OTHER}).encode()),
    ("supply_information", json.dumps({"items": ["time_range"]}).encode()),
)
"""Moves that stop every clock of an investigation order and let it run on, and touch nothing else; by turns."""

CLOCKLESS, CLOCKED = ("mla", "COE-030"), ("eio", "EU-EIO")
"""Kind and instrument: no row of the first runs for this request, two of the second."""


@dataclass(slots=True)
class Known:
    """Requests that one caller moves, each with the version it has seen."""

    paths: list[str]
    versions: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)


def keys(place: Place) -> str:
    """The key of a desk; the other authority is no member."""
    words = ("services.requests", "create-key")
    key = place.run(*words, "--authority", "cz-central", "--state", "CZ", "--name", "Central authority", "--role", "desk", "--desk", "desk-1")
    place.run(*words, "--authority", "ch-central", "--state", "CH", "--name", "Outside authority", "--no-member")
    return key.strip().splitlines()[-1]


def prepare(port: int, key: str) -> list[Known]:
    """Requests that were sent, divided among the callers."""
    return _begun(port, key, CALLERS * REQUESTS_EACH, "B", CLOCKLESS, ["object_and_reason", "offence", "summary_of_facts"], ("send",))


def prepare_questions(port: int, key: str, basis: tuple[str, str]) -> list[Known]:
    """Requests that were sent and acknowledged, divided among the callers."""
    answer = urlopen(Request(f"http://127.0.0.1:{port}/v1/instruments/{basis[1]}", headers={"Authorization": f"Bearer {key}"}), timeout=30)
    fields = [each["name"] for each in json.loads(answer.read())["form_fields"] if each["required"] and basis[0] in (each["kinds"] or [basis[0]])]
    return _begun(port, key, CALLERS * MOVED_EACH, basis[0], basis, fields, ("send", "acknowledge"))


def _begun(port: int, key: str, count: int, name: str, basis: tuple[str, str], fields: list[str], moves: tuple[str, ...]) -> list[Known]:
    began = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    body: Mapping[str, object] = {
        "direction": "outgoing",
        "kind": basis[0],
        "instrument": basis[1],
        "requested": {"authority": OTHER},
        "subject": "Bank records",
        "measures": [{"type": "bank_records"}],
        "fields": dict.fromkeys(fields, TEXT),
        "occurred_at": began,
        "history": [{"move": move, "occurred_at": began, "members": {"channel": "post"} if move == "send" else {}} for move in moves],
    }

    def begun(number: int) -> str:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"bench-{name}-{number}"}
        told = post(port, "/v1/requests", {**body, "own_reference": f"{name}-{number}"}, headers)
        return f"/v1/requests/{told['id']}"

    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(begun, range(count)))
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


def questioner(known: Known, key: str) -> tuple[NextCall, Seen]:
    """Questions and answers on one request after the other."""
    turns, present = itertools.cycle(known.paths), [""]

    def next_call() -> bytes:
        present[0] = path = next(turns)
        move, body = QUESTIONS[known.asked.get(path, 0) % 2]
        headers = {"Authorization": f"Bearer {key}", "Idempotency_Key": uuid.uuid4().hex, "If_Match": f'"{known.versions[path]}"'}
        return http("POST", f"{path}/moves/{move}", body, **headers)

    def seen(version: int, body: bytes) -> None:
        known.versions[present[0]] = version
        known.asked[present[0]] = known.asked.get(present[0], 0) + 1

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
    clockless: list[Known]
    clocked: list[Known]

    def commands(self, seconds: float) -> Measured:
        """Moves."""
        return load(self.port, [commander(known, self.key) for known in self.knowns], seconds)

    def clockless_moves(self, seconds: float) -> Measured:
        """Questions and answers on requests without clocks."""
        return load(self.port, [questioner(known, self.key) for known in self.clockless], seconds)

    def clocked_moves(self, seconds: float) -> Measured:
        """The same moves where they stop two clocks and let them run on."""
        return load(self.port, [questioner(known, self.key) for known in self.clocked], seconds)

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
    clockless, clocked = (prepare_questions(port, key, basis) for basis in (CLOCKLESS, CLOCKED))
    learn_versions(port, [*knowns, *clockless, *clocked], key)
    ids = [str(post(floor_port, "/rows", {"text": TEXT * 20}, {})["id"]) for _ in range(64)]
    return Interface(port, floor_port, key, knowns, ids, clockless, clocked)
