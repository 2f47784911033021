"""The watermark W: everything recorded before it is committed and delivered. Made by the relay, taken over by readers that have come as far."""

import json
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.facts.members import moment as moment_text
from shared.messaging.producer import Outgoing
from shared.storage.differences import xmin
from shared.storage.positions import Place
from shared.wire.envelope import source
from shared.wire.topics import WATERMARKS

PENDING = 600


class Marks:
    """Pairs (m, b) that the relay has taken, and the newest m that is proven."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[datetime, int]] = deque(maxlen=PENDING)
        self.reached: datetime | None = None

    def add(self, moment: datetime, own_id: int) -> None:
        """*own_id* is a transaction id that was taken after *moment* was the floor."""
        self._pairs.append((moment, own_id))

    def prove(self, snapshot: str) -> datetime | None:
        """Everything visible in *snapshot* is delivered. What it does not see has an id from its xmin on, hence above the b's below it: stamped m or later."""
        horizon = xmin(snapshot)
        while self._pairs and self._pairs[0][1] < horizon:
            moment, _ = self._pairs.popleft()
            self.reached = moment if self.reached is None else max(self.reached, moment)
        return self.reached

    def forget(self) -> None:
        """The connection was lost: ids that were never written down may come again."""
        self._pairs.clear()


@dataclass(frozen=True, slots=True)
class Watermark:
    """What the relay says of one topic: with these numbers of this incarnation a reader has everything recorded before *reached*."""

    topic: str
    run: int
    numbers: tuple[int, ...]
    reached: datetime


def to_record(mark: Watermark, topic: str = WATERMARKS) -> Outgoing:
    """The record that tells it; the newest one of each key is kept."""
    value = {"topic": mark.topic, "run": mark.run, "numbers": mark.numbers, "watermark": moment_text(mark.reached)}
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(uuid.uuid4()).encode()),
        ("ce_source", source(mark.topic).encode()),
        ("ce_type", b"WatermarkReached"),
        ("ce_subject", mark.topic.encode()),
        ("ce_time", moment_text(datetime.now(UTC)).encode()),
        ("content-type", b"application/json"),
    ]
    return Outgoing(topic, 0, mark.topic.encode(), json.dumps(value, separators=(",", ":"), sort_keys=True).encode(), headers)


def from_record(record: Any) -> Watermark | None:
    """What the record tells; None when it is not one of ours."""
    try:
        told = json.loads(record.value)
        return Watermark(told["topic"], int(told["run"]), tuple(int(number) for number in told["numbers"]), datetime.fromisoformat(told["watermark"]))
    except (ValueError, TypeError, KeyError):
        return None


def is_reached(mark: Watermark, places: Mapping[int, Place]) -> bool:
    """Whether a reader at *places* (by partition) has all that *mark* counts, in the same incarnation."""
    for partition, number in enumerate(mark.numbers):
        place = places.get(partition, Place())
        if place.run != mark.run and (number > 0 or place.run > 0):
            return False
        if place.last_seq < number:
            return False
    return True


def newest_reached(pending: Sequence[Watermark], places: Mapping[int, Place]) -> int | None:
    """Index of the newest of *pending* that is reached."""
    for index in range(len(pending) - 1, -1, -1):
        if is_reached(pending[index], places):
            return index
    return None
