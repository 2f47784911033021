"""The rows of many requests as columns, and what one authority knew of them at a moment: a choice among rows, nothing is folded.

A panel is made of batches that never change. A request that is folded anew comes in a further batch, and the old rows of it are dead.
Between two moments at which nothing was recorded, the same is known: views are shared by the stretch in which their moment lies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.elements import KINDS, LAYOUTS, WAITS
from services.metrics.domain.facts import Stream
from services.metrics.domain.growth import Growth
from services.metrics.domain.localdays import DAY
from services.metrics.domain.weave import Woven, woven
from services.metrics.domain.words import Words, mark

Places = NDArray[np.int64]
"""Places of requests in a panel."""
T = TypeVar("T")

Columns = Mapping[str, NDArray[Any]]
"""The fields of one kind of row, and `request`: the place of its request."""

INCOMING, OUTGOING, NEITHER = 0, 1, -1
FEW_BATCHES = 16
"""With more, the small ones behind the first are joined."""
TIDY_SHARE = 8
"""Once the batches behind the first have this share of its requests, all are joined."""
MOST_DAYS = 8
REQUEST_BYTES = 100
MOST_REMEMBERED = 64
NOT_RECORDED = "not_recorded"
RECORDED = frozenset({"known_from", "known_until"})
"""The fields that decide what is known at a moment."""
MOMENTS = RECORDED | {"arrived_at", "arrival_recorded_at", "corrected_at", "began_at", "ended_at", "at", "start", "stop", "since", "until"}
MOMENTS |= {"adjusted_at", "strict_at"}
"""All fields that a moment may be compared with."""


class Stretch(NamedTuple):
    """Where a moment lies among others: all moments with the same stretch come after the same ones and before the same ones."""

    since: int
    """The last of the others before it; not before the beginning of its day in UTC."""
    exactly: int | None
    """The moment itself, where it is one of the others."""


@dataclass(frozen=True)
class Batch:
    """Rows of some requests; places count from 0 within the batch."""

    requests: Sequence[str]
    columns: Mapping[str, Columns]
    _moments: dict[tuple[int, bool], tuple[NDArray[np.int64], Places]] = field(default_factory=dict, compare=False, repr=False)

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

    def moments(self, day: int, *, recorded: bool) -> NDArray[np.int64]:
        """The moments in its rows that lie on one day, counted in UTC since 1970: all, or those at which something was recorded; in order."""
        return self._of_day(day, recorded=recorded)[0]

    def restless(self, first: int, last: int) -> Places:
        """The requests, some of them twice, of which a moment lies between two moments or is one of them."""
        found = []
        for day in range(first // DAY, last // DAY + 1):
            moments, requests = self._of_day(day, recorded=False)
            found.append(requests[np.searchsorted(moments, first) : np.searchsorted(moments, last, side="right")])
        return np.concatenate(found)

    def _of_day(self, day: int, *, recorded: bool) -> tuple[NDArray[np.int64], Places]:
        """The moments of one day in order, and the request of each."""
        found = self._moments.get((day, recorded))
        if found is None:
            names, begins = RECORDED if recorded else MOMENTS, day * DAY
            moments, requests = [], []
            for columns in self.columns.values():
                for name in sorted(names & columns.keys()):
                    rows = np.flatnonzero((columns[name] >= begins) & (columns[name] < begins + DAY))
                    moments.append(columns[name][rows])
                    requests.append(columns["request"][rows].astype(np.int64))
            order = np.argsort(together := np.concatenate(moments), kind="stable")
            found = together[order], np.concatenate(requests)[order]
            if len(self._moments) >= MOST_DAYS:
                self._moments.clear()
            self._moments[day, recorded] = found
        return found

    def only(self, places: Places, kinds: Collection[str]) -> Batch:
        """The rows of some *kinds* of the requests at *places*, which are in order; the rows of one request stand together."""
        columns: dict[str, Columns] = {}
        wanted = places.astype(np.int32)  # as the column: otherwise all of it would be copied
        for kind in kinds:
            own = self.columns[kind]
            first, after = (np.searchsorted(own["request"], wanted, side=side) for side in ("left", "right"))
            counts = after - first
            rows = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            columns[kind] = {name: array[rows] for name, array in own.items()} | {"request": np.repeat(np.arange(len(places), dtype=np.int32), counts)}
        return Batch([self.requests[place] for place in places.tolist()], columns)

    @cached_property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return sum(array.nbytes for columns in self.columns.values() for array in columns.values()) + REQUEST_BYTES * len(self.requests)


class Panel:
    """The requests of one authority, or of many, with all rows for every moment of knowledge."""

    def __init__(self, batches: Sequence[Batch], words: Words) -> None:
        self.batches, self.words = tuple(batches) or (Batch.woven(()),), words
        self._last = {request: place for place, request in enumerate(request for batch in self.batches for request in batch.requests)}
        self.alive = np.zeros(self.size, dtype=np.bool_)
        self.alive[np.fromiter(self._last.values(), dtype=np.int64, count=len(self._last))] = True

    @classmethod
    def of(cls, streams: Iterable[Stream]) -> Panel:
        """The panel of these streams."""
        words = Words()
        return cls([Batch.woven((stream.request, woven(stream, words)) for stream in streams)], words)

    def with_batches(self, batches: Sequence[Batch]) -> Panel:
        """The panel with further batches, whose requests replace those of the same name. Only the last panel may grow."""
        behind = (*self.batches[1:], *batches)
        if sum(len(batch.requests) for batch in behind) * TIDY_SHARE > len(self.batches[0].requests):
            return Panel((*self.batches, *batches), self.words).tidied()
        grown = self._followed_by(self.batches, batches, self.size)
        if len(grown.batches) <= FEW_BATCHES:
            return grown
        return self._followed_by(self.batches[:1], [grown.joined(1)], len(self.batches[0].requests), grown)

    def _followed_by(self, first: Sequence[Batch], more: Sequence[Batch], places: int, alive: Panel | None = None) -> Panel:
        """A panel of some of the first batches with so many places, and of others behind them."""
        grown = Panel.__new__(Panel)
        grown.batches, grown.words = (*first, *more), self.words
        new = [request for batch in more for request in batch.requests]
        grown.alive = np.concatenate(((alive or self).alive[:places], np.zeros(len(new), dtype=np.bool_)))
        grown._last = self._last
        for place, request in enumerate(new, start=places):
            replaced = grown._last.get(request, place)
            if replaced < place:
                grown.alive[replaced] = False
            grown.alive[place] = True
            grown._last[request] = place
        return grown

    def places(self, requests: Iterable[str]) -> Places:
        """The places of those *requests* that are here, in order."""
        found = [(request, place) for request in requests if (place := self._last.get(request)) is not None]
        # A panel that grew from this one may have a request in another place.
        places = [place if self._stands(request, place) else self._place(request) for request, place in found]
        return np.asarray(sorted(place for place in places if place is not None), dtype=np.int64)

    def _stands(self, request: str, place: int) -> bool:
        return place < self.size and bool(self.alive[place]) and self.request(place) == request

    def _place(self, request: str) -> int | None:
        living = zip(self.names(places := np.flatnonzero(self.alive)), places.tolist(), strict=True)
        return next((place for name, place in living if name == request), None)

    @cached_property
    def size(self) -> int:
        """How many places there are, those of dead rows among them."""
        return sum(len(batch.requests) for batch in self.batches)

    def request(self, place: int) -> str:
        """The request at *place*."""
        return self.names(np.asarray([place]))[0]

    def names(self, places: Places) -> list[str]:
        """The requests at *places*."""
        numbers = np.searchsorted(self.offsets, places, side="right") - 1
        within = places - np.asarray(self.offsets)[numbers]
        return [self.batches[number].requests[place] for number, place in zip(numbers.tolist(), within.tolist(), strict=True)]

    def only(self, places: Places, kinds: Collection[str] = KINDS) -> Panel:
        """The requests at *places*, which are in order and alive; of rows only those *kinds*."""
        edges = np.searchsorted(places, [*self.offsets, self.size]).tolist()
        parts = zip(self.batches, self.offsets, edges, edges[1:], strict=False)
        return Panel([batch.only(places[first:last] - offset, kinds) for batch, offset, first, last in parts if first < last], self.words)

    def tidied(self) -> Panel:
        """The same in one batch, without dead rows."""
        return Panel([self.joined(0)], self.words)

    def joined(self, first: int) -> Batch:
        """The batches from the one at *first* on as one, without dead rows."""
        offset = self.offsets[first]
        alive = self.alive[offset:]
        places = np.cumsum(alive) - 1
        columns: dict[str, Columns] = {}
        for kind in KINDS:
            parts = [self._living(kind, batch, at) for batch, at in zip(self.batches[first:], self.offsets[first:], strict=True)]
            together = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            columns[kind] = {**together, "request": places[together["request"] - offset].astype(np.int32)}
        return Batch(self.names(np.flatnonzero(alive) + offset), columns)

    def _living(self, kind: str, batch: Batch, offset: int) -> dict[str, NDArray[Any]]:
        columns = batch.columns[kind]
        request = columns["request"] + offset
        if self.alive[offset : offset + len(batch.requests)].all():
            return {**columns, "request": request}
        rows = np.flatnonzero(self.alive[request])
        return {name: (request if name == "request" else array)[rows] for name, array in columns.items()}

    def stretch(self, moment: int, *, recorded: bool = False) -> Stretch:
        """Where a moment lies among all in the rows, or among those at which something was recorded."""
        day = moment // DAY
        since, exactly = day * DAY, None
        for batch in self.batches:
            others = batch.moments(day, recorded=recorded)
            before = int(np.searchsorted(others, moment))
            since = max(since, int(others[before - 1])) if before else since
            exactly = moment if before < len(others) and others[before] == moment else exactly
        return Stretch(since, exactly)

    def sides(self) -> list[str]:
        """The authorities that any request ever named as one of its sides."""
        codes = [batch.columns["head"][side] for batch in self.batches for side in ("requesting", "requested")]
        return sorted(filter(None, (self.words.text(int(code)) for code in np.unique(np.concatenate(codes)))))

    @cached_property
    def offsets(self) -> list[int]:
        """The place of the first request of each batch."""
        return list(accumulate((len(batch.requests) for batch in self.batches[:-1]), initial=0))

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return sum(batch.bytes for batch in self.batches)

    def known(self, kind: str, known_at: int, wanted: NDArray[np.bool_], first: int = 0) -> Columns:
        """The rows of *kind* that are known at a moment, of the requests whose places are *wanted*, in the batches from *first* on."""
        parts: list[dict[str, NDArray[Any]]] = [{name: array[:0] for name, array in self.batches[0].columns[kind].items() if name not in RECORDED}]
        for batch, offset in zip(self.batches[first:], self.offsets[first:], strict=True):
            columns = batch.columns[kind]
            rows = np.flatnonzero((columns["known_from"] <= known_at) & (columns["known_until"] > known_at))
            request = columns["request"][rows] + offset
            kept = wanted[request]
            rows, request = rows[kept], request[kept]
            own = {name: array[rows] for name, array in columns.items() if name not in RECORDED and name != "request"}
            parts.append({"request": request, **own})
        return parts[1] if len(parts) == 2 else {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


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

    def __init__(self, panel: Panel, authority: str, known_at: int, before: View | None = None) -> None:
        """*before* is a view of a panel from which this one grew, and in it nothing was recorded between the two moments: its rows are taken over."""
        self.panel, self.known_at = panel, known_at
        self.size, own = panel.size, mark(authority)
        growth = Growth(0, np.zeros(0, dtype=np.bool_)) if before is None else Growth.between(before.panel, panel)
        heads = panel.known("head", known_at, panel.alive, growth.batches)
        mine = np.flatnonzero((heads["requesting"] == own) | (heads["requested"] == own))
        heads = {name: array[mine] for name, array in heads.items()}
        self.heads: Columns = heads if before is None else growth.rows(before.heads, heads)
        self._spread: dict[tuple[str, int], NDArray[np.int64]] = {}
        self.direction = np.full(self.size, NEITHER, dtype=np.int64)
        self.direction[self.heads["request"]] = np.where(self.heads["requesting"] == own, OUTGOING, INCOMING)
        self.excluded = self.spread("excluded", 0)
        self.counted = (self.direction != NEITHER) & (self.excluded == 0)
        self._rows: dict[str, Columns] = {}
        self._waits: dict[str, Columns] = {}
        self._values: dict[str, Values] = {}
        self._memory: dict[Any, Any] = {}
        if before is not None and growth.batches:
            self._take_over(before, growth)

    def _take_over(self, before: View, growth: Growth) -> None:
        """The rows that were chosen before stay chosen, but for those of requests that came anew."""
        added = {kind: self.panel.known(kind, self.known_at, self.counted, growth.batches) for kind in before._rows}
        self._rows = {kind: growth.rows(rows, added[kind]) for kind, rows in before._rows.items()}

    def spread(self, name: str, otherwise: int) -> NDArray[np.int64]:
        """A field of the heads by place of the request; not to be changed."""
        found = self._spread.get((name, otherwise))
        if found is None:
            found = np.full(self.size, otherwise, dtype=np.int64)
            found[self.heads["request"]] = self.heads[name]
            self._spread[name, otherwise] = found
        return found

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
        found: T | None = self._memory.get(key)
        if found is None:
            found = made()
            if len(self._memory) >= MOST_REMEMBERED:
                del self._memory[next(iter(self._memory))]
            self._memory[key] = found
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
        held = [self.heads, self._rows, self._waits, self._memory]
        return sum(map(_bytes_of, held)) + 8 * self.size * (2 + len(self._values) + len(self._spread))


def _bytes_of(held: Any) -> int:
    if isinstance(held, np.ndarray):
        return held.nbytes
    if is_dataclass(held):
        return sum(_bytes_of(getattr(held, own.name)) for own in fields(held))
    inner = held.values() if isinstance(held, Mapping) else held if isinstance(held, tuple) else ()
    return sum(map(_bytes_of, inner))
