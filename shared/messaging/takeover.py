"""Watermarks taken over: as soon as a projection has everything that one of them counts."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from shared.messaging.projection import Projection
from shared.messaging.watermarks import PENDING, Watermark, from_record, newest_reached
from shared.storage import positions
from shared.storage.positions import Place

CHECK_SECONDS = 0.2


class Takeover:
    """Watermarks heard of and not yet reached, for each projection and topic, oldest first."""

    def __init__(self, projections: Sequence[Projection]) -> None:
        self.projections = projections
        self.waiting: dict[tuple[str, str], deque[Watermark]] = {}
        self._runs: dict[tuple[str, str], int] = {}
        self._checked_at = 0.0

    def add(self, records: Sequence[Any]) -> list[tuple[str, str, int]]:
        """Hear of watermarks. Returns (projection, topic, run) where a run was heard of for the first time."""
        new = []
        for mark in filter(None, map(from_record, records)):
            for projection in self.projections:
                if mark.topic not in projection.topics:
                    continue
                key = (projection.name, mark.topic)
                if mark.run > self._runs.get(key, 0):
                    self._runs[key] = mark.run
                    new.append((*key, mark.run))
                if mark.run == self._runs[key]:
                    self.waiting.setdefault(key, deque(maxlen=PENDING)).append(mark)
        return new

    def is_due(self, moved: bool) -> bool:
        """Whether to look: at once when something moved, else now and then (other members move too)."""
        return any(self.waiting.values()) and (moved or time.monotonic() - self._checked_at > CHECK_SECONDS)

    def take(self, conn: Connection[Any]) -> None:
        """Take over the newest of each that is reached."""
        self._checked_at = time.monotonic()
        stored = positions.places(conn, [projection.name for projection in self.projections])
        for (name, topic), waiting in self.waiting.items():
            mine: dict[int, Place] = {key[2]: place for key, place in stored.items() if key[:2] == (name, topic)}
            index = newest_reached(waiting, mine)
            if index is None:
                continue
            mark = waiting[index]
            positions.take_watermark(conn, name, topic, mark.run, mark.reached)
            for _ in range(index + 1):
                waiting.popleft()
