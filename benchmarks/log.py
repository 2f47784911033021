"""The event log alone, beside a raw INSERT of the same bytes on the same connections."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from benchmarks.queries import insert_floor_row
from shared.facts.identifiers import uuid7
from shared.storage.combiner import Combiner
from shared.storage.event_log import Command, Due, NewEvent, TextKey, append_command, meta
from shared.storage.pool import Pool

WRITERS = 16
PAYLOAD = b'{"by":"cz-central","channel":"email","note":{"sealed":"a1.' + b"x" * 200 + b'"},"occurred_at":"2026-01-15T09:00:00Z"}'
WRAPPED_KEY = b"k" * 60
FINGERPRINT = b"f" * 32
META = meta(correlation_id="bench", traceparent="00-00000000000000000000000000000001-0000000000000001-01")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def one_fact(stream: UUID, version: int) -> Command:
    """A command of one fact with all that a real one has: command id, fingerprint, key of a sealed text, timer."""
    now = datetime.now(UTC)
    event = NewEvent(uuid7(now), "StatusAsked", 1, PAYLOAD)
    keys, due = [TextKey(uuid7(now), WRAPPED_KEY)], [Due("lapse", LATER)]
    return Command(uuid4(), FINGERPRINT, "mla.requests", stream, str(stream), version, [event], META, keys, due)


def per_second(writers: int, seconds: float, make: Callable[[], Callable[[], None]]) -> float:
    """How often *writers* threads do what *make* gives each of them."""
    counts = [0] * writers
    start = threading.Barrier(writers + 1)

    def run(place: int) -> None:
        once = make()
        start.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            once()
            counts[place] += 1

    threads = [threading.Thread(target=run, args=(place,)) for place in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


def raw(pool: Pool, writers: int, seconds: float) -> float:
    """Rows a second by bare INSERTs."""

    def make() -> Callable[[], None]:
        def once() -> None:
            with pool.connection() as conn:
                insert_floor_row(conn, uuid4(), PAYLOAD)

        return once

    return per_second(writers, seconds, make)


def appended(pool: Pool, writers: int, seconds: float) -> float:
    """Commands a second, each on its own."""

    def make() -> Callable[[], None]:
        stream, version = uuid4(), [0]

        def once() -> None:
            with pool.connection() as conn:
                _require_ok(append_command(conn, one_fact(stream, version[0])).outcome)
            version[0] += 1

        return once

    return per_second(writers, seconds, make)


def combined(combiner: Combiner, writers: int, seconds: float) -> float:
    """Commands a second, handed to one committer."""

    def make() -> Callable[[], None]:
        stream, version = uuid4(), [0]

        def once() -> None:
            _require_ok(combiner.append_command(one_fact(stream, version[0])).outcome)
            version[0] += 1

        return once

    return per_second(writers, seconds, make)


def _require_ok(outcome: str) -> None:
    if outcome != "ok":
        raise RuntimeError(f"append said {outcome}")
