"""The rows of many requests as columns, and what one authority knew of them at a moment: a choice among rows, nothing is folded.

A panel is made of batches that never change. A request that is folded anew comes in a further batch, and the old rows of it are dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.elements import KINDS, LAYOUTS, WAITS
from services.metrics.domain.facts import Stream
from services.metrics.domain.weave import Woven, woven
from services.metrics.domain.words import Words, mark

Places = NDArray[np.int64]
"""Places of requests in a panel."""
T = TypeVar("T")

Columns = Mapping[str, NDArray[Any]]
"""The fields of one kind of row, and `request`: the place of its request."""

INCOMING, OUTGOING, NEITHER = 0, 1, -1
FEW_BATCHES = 8
REQUEST_BYTES = 100
MOST_REMEMBERED = 64
NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of some requests; places count from 0 within the batch."""

    requests: Sequence[str]
    columns: Mapping[str, Columns]

    @classmethod
    def of(cls, requests: Sequence[str], packed: Mapping[str, bytes], counts: Mapping[str, NDArray[Any]]) -> Batch:
        """A batch of packed rows: of each kind all rows, one request after the other, and how many each request has."""
        columns: dict[str, Columns] = {}
        for kind in KINDS:
            rows = np.frombuffer(packed[kind], dtype=LAYOUTS[kind].dtype)
            own = {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names or ()}
            columns[kind] = {**own, "request": np.repeat(np.arange(len(requests), dtype=np.int32), counts[kind])}
        return cls(requests, columns)

    @classmethod
    def woven(cls, all_of: Iterable[tuple[str, Woven]]) -> Batch:
        """A batch of requests with their rows."""
        listed = list(all_of)
        packed = {kind: b"".join(own[kind] for _, own in listed) for kind in KINDS}
        counts = {kind: np.asarray([len(own[kind]) // LAYOUTS[kind].dtype.itemsize for _, own in listed], dtype=np.int64) for kind in KINDS}
        return cls.of([request for request, _ in listed], packed, counts)

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return sum(array.nbytes for columns in self.columns.values() for array in columns.values()) + REQUEST_BYTES * len(self.requests)


class Panel:
    """The requests of one authority, or of many, with all rows for every moment of knowledge."""

    def __init__(self, batches: Sequence[Batch], words: Words) -> None:
        self.batches, self.words = tuple(batches) or (Batch.woven(()),), words
        self.requests: list[str] = [request for batch in self.batches for request in batch.requests]
        self._last = {request: place for place, request in enumerate(self.requests)}
        self.alive = np.zeros(len(self.requests), dtype=np.bool_)
        self.alive[np.fromiter(self._last.values(), dtype=np.int64, count=len(self._last))] = True

    @classmethod
    def of(cls, streams: Iterable[Stream]) -> Panel:
        """The panel of these streams."""
        words = Words()
        return cls([Batch.woven((stream.request, woven(stream, words)) for stream in streams)], words)

    def with_batches(self, batches: Sequence[Batch]) -> Panel:
        """The panel with further batches, whose requests replace those of the same name. Only the last panel may grow."""
        if sum(len(batch.requests) for batch in batches) * 4 > len(self.requests) or len(self.batches) + len(batches) > FEW_BATCHES:
            return Panel((*self.batches, *batches), self.words).tidied()
        grown = Panel.__new__(Panel)
        grown.batches, grown.words = (*self.batches, *batches), self.words
        new = [request for batch in batches for request in batch.requests]
        grown.requests = self.requests + new
        grown.alive = np.concatenate((self.alive, np.zeros(len(new), dtype=np.bool_)))
        grown._last = self._last
        for place, request in enumerate(new, start=len(self.requests)):
            grown.alive[grown._last.get(request, place)] = False
            grown.alive[place] = True
            grown._last[request] = place
        return grown

    def tidied(self) -> Panel:
        """The same in one batch, without dead rows."""
        places = np.cumsum(self.alive) - 1
        columns: dict[str, Columns] = {}
        for kind in KINDS:
            parts = [self._living(kind, batch, offset) for batch, offset in zip(self.batches, self._offsets, strict=True)]
            joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            columns[kind] = {**joined, "request": places[joined["request"]].astype(np.int32)}
        return Panel([Batch([request for request, alive in zip(self.requests, self.alive, strict=True) if alive], columns)], self.words)

    def _living(self, kind: str, batch: Batch, offset: int) -> dict[str, NDArray[Any]]:
        columns = batch.columns[kind]
        request = columns["request"] + offset
        rows = np.flatnonzero(self.alive[request])
        return {name: (request if name == "request" else array)[rows] for name, array in columns.items()}

    def sides(self) -> list[str]:
        """The authorities that any request ever named as one of its sides."""
        codes = [batch.columns["head"][side] for batch in self.batches for side in ("requesting", "requested")]
        return sorted(filter(None, (self.words.text(int(code)) for code in np.unique(np.concatenate(codes)))))

    @cached_property
    def _offsets(self) -> list[int]:
        return [0, *np.cumsum([len(batch.requests) for batch in self.batches]).tolist()][: len(self.batches)]

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return sum(batch.bytes for batch in self.batches)

    def known(self, kind: str, known_at: int, wanted: NDArray[np.bool_]) -> Columns:
        """The rows of *kind* that are known at a moment, of the requests whose places are *wanted*."""
        parts: list[dict[str, NDArray[Any]]] = []
        for batch, offset in zip(self.batches, self._offsets, strict=True):
            columns = batch.columns[kind]
            rows = np.flatnonzero((columns["known_from"] <= known_at) & (columns["known_until"] > known_at))
            request = columns["request"][rows] + offset
            kept = wanted[request]
            rows, request = rows[kept], request[kept]
            own = {name: array[rows] for name, array in columns.items() if name not in ("request", "known_from", "known_until")}
            parts.append({"request": request, **own})
        return parts[0] if len(parts) == 1 else {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@dataclass(frozen=True, slots=True)
class Values:
    """A dimension of requests: for each place the number of its value among the texts, in order of the texts."""

    places: NDArray[np.int64]
    texts: tuple[str, ...]

    def number(self, text: str) -> int:
        """The number of *text*; -1 where no request has it."""
        return self.texts.index(text) if text in self.texts else -1


class View:
    """The requests of one authority as known at one moment; each kind of row is chosen when it is first asked for."""

    def __init__(self, panel: Panel, authority: str, known_at: int) -> None:
        self.panel, self.known_at = panel, known_at
        self.size, own = len(panel.requests), mark(authority)
        heads = panel.known("head", known_at, panel.alive)
        mine = np.flatnonzero((heads["requesting"] == own) | (heads["requested"] == own))
        self.heads: Columns = {name: array[mine] for name, array in heads.items()}
        self.direction = np.full(self.size, NEITHER, dtype=np.int64)
        self.direction[self.heads["request"]] = np.where(self.heads["requesting"] == own, OUTGOING, INCOMING)
        self.excluded = self.spread("excluded", 0)
        self.counted = (self.direction != NEITHER) & (self.excluded == 0)
        self._rows: dict[str, Columns] = {}
        self._waits: dict[str, Columns] = {}
        self._values: dict[str, Values] = {}
        self._memory: dict[Any, Any] = {}

    def spread(self, name: str, otherwise: int) -> NDArray[np.int64]:
        """A field of the heads by place of the request."""
        values = np.full(self.size, otherwise, dtype=np.int64)
        values[self.heads["request"]] = self.heads[name]
        return values

    def rows(self, kind: str) -> Columns:
        """The rows of *kind* of the counted requests."""
        if kind not in self._rows:
            self._rows[kind] = self.panel.known(kind, self.known_at, self.counted)
        return self._rows[kind]

    def waits(self, name: str) -> Columns:
        """The waits of one name."""
        if name not in self._waits:
            waits = self.rows("wait")
            own = np.flatnonzero(waits["name"] == WAITS.index(name))
            self._waits[name] = {field: array[own] for field, array in waits.items()}
        return self._waits[name]

    def remembered(self, key: Any, made: Callable[[], T]) -> T:
        """What was made of these rows under *key* before, or is made now; a few things at a time."""
        if key not in self._memory:
            if len(self._memory) >= MOST_REMEMBERED:
                self._memory.clear()
            self._memory[key] = made()
        found: T = self._memory[key]
        return found

    def values(self, name: str) -> Values:
        """The dimension *name* of the requests: kind, instrument or counterpart."""
        if name not in self._values:
            outgoing = self.direction[self.heads["request"]] == OUTGOING
            heads = self.heads
            codes = np.where(outgoing, heads["requested_state"], heads["requesting_state"]) if name == "counterpart" else heads[name]
            self._values[name] = self.numbered(codes, self.heads["request"])
        return self._values[name]

    def numbered(self, codes: NDArray[np.int64], places: Places) -> Values:
        """The dimension in which the requests at *places* have the texts of *codes*."""
        found, numbers = self.texts_of(codes)
        spread = np.full(self.size, -1, dtype=np.int64)
        spread[places] = numbers
        return Values(spread, found)

    def texts_of(self, codes: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """The texts of *codes* in order, and for each code the number of its text; what is not said is `not_recorded`."""
        table = self.panel.words.codes()
        at = np.searchsorted(table, codes)
        present = np.flatnonzero(np.bincount(at, minlength=len(table)))
        texts = {int(place): self.panel.words.text(int(table[place])) or NOT_RECORDED for place in present}
        found = tuple(sorted(set(texts.values())))
        numbers = np.zeros(len(table), dtype=np.int64)
        for place, text in texts.items():
            numbers[place] = found.index(text)
        return found, numbers[at]

    @property
    def bytes(self) -> int:
        """About how much memory its rows take."""
        held = [self.heads, *self._rows.values(), *self._waits.values()]
        return sum(array.nbytes for columns in held for array in columns.values()) + 8 * self.size * (3 + len(self._values))
