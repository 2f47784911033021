"""A request through all times of knowledge: each row with the moments between which it was known to be so.

Whatever was recorded at one moment is taken in at once; what was known before and after stays one row, what differs ends and begins.
As known at K are the rows with `known_from` <= K < `known_until`. Nothing is folded when a question is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from services.metrics.domain.elements import KINDS, LAYOUTS, NEVER, Row, elements, micros
from services.metrics.domain.facts import Stream
from services.metrics.domain.knowledge import as_known_at
from services.metrics.domain.words import Words

PACKED = {kind: layout.packed for kind, layout in LAYOUTS.items()}

Woven = Mapping[str, bytes]
"""The rows of one request by kind, in one order, packed."""


class _Weaving:
    """The rows of one kind, as ever more becomes known."""

    def __init__(self) -> None:
        self.ended: list[Row] = []
        self.known: dict[Row, list[int]] = {}

    def now(self, rows: list[Row], at: int) -> None:
        """From *at* on, these rows are known and no others."""
        counts = Counter(rows)
        for row, since in list(self.known.items()):
            while len(since) > counts[row]:
                self.ended.append((since.pop(), at, *row))
            if not since:
                del self.known[row]
        for row, count in counts.items():
            since = self.known.setdefault(row, [])
            since.extend([at] * (count - len(since)))

    def rows(self) -> list[Row]:
        """All rows, each with the two ends of its knowledge."""
        return sorted([*self.ended, *((known_from, NEVER, *row) for row, since in self.known.items() for known_from in since)])


def woven(stream: Stream, words: Words) -> Woven:
    """All rows of the request in *stream*, for every moment of knowledge."""
    weaving = {kind: _Weaving() for kind in KINDS}
    for recorded_at in sorted({fact.recorded_at for fact in stream.facts}):
        known = as_known_at(stream, recorded_at)
        if known is None:
            continue
        found = elements(known, words)
        for kind in KINDS:
            weaving[kind].now(found[kind], micros(recorded_at))
    return {kind: b"".join(PACKED[kind].pack(*row) for row in weaving[kind].rows()) for kind in KINDS}
