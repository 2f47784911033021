"""The columns of authorities in the memory of one process: read once, then only what has changed; views and answers whose moment is settled.

As known at a moment up to which everything has arrived, nothing changes any more: such a view or answer may be given again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Lock, RLock
from typing import Any

import numpy as np
from psycopg import Connection

from services.metrics.courses import queries
from services.metrics.courses.queries import Packed, Reach
from services.metrics.courses.settling import streams_of
from services.metrics.domain.count import Count
from services.metrics.domain.elements import KINDS, LAYOUTS
from services.metrics.domain.errors import StillSettling
from services.metrics.domain.panel import Batch, Panel, Stretch, View
from services.metrics.domain.weave import woven
from services.metrics.domain.words import Words

FIRST_REQUEST = "00000000-0000-0000-0000-000000000000"
ID_LENGTH = 36
PAGE = 25_000
FEW_CHANGES = 5_000
"""Up to so many changes are looked up by their number; more are looked for among the requests of the authority."""
MOST_UNSETTLED = 2_000
"""So many requests are folded while a question waits, not more."""
MOST_VIEWS, MOST_ANSWERS, MOST_COUNTS = 4, 64, 16
MOST_BYTES = 1_500_000_000
"""Of one process."""
ROOM = 0.75
"""The share of it that may be filled before anybody has asked."""


class Kept:
    """One authority in memory."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.panel = Panel([], Words())
        self.reach = Reach(-1, 0)
        self.complete_to: datetime | None = None
        self.bytes = 0
        """About how much memory it takes, measured when all is read, chosen or counted anew by who holds the lock: it may be read without the lock."""
        self._views: OrderedDict[Stretch, View] = OrderedDict()
        self._answers: OrderedDict[tuple[Any, ...], dict[str, Any]] = OrderedDict()
        self._counts: OrderedDict[tuple[Any, ...], Count[Any]] = OrderedDict()

    def holds(self, era: int, moment: datetime) -> bool:
        """Everything recorded up to *moment* is here."""
        return self.reach.era == era and self.complete_to is not None and moment <= self.complete_to

    def reach_to(self, conn: Connection[Any], authority: str, moment: datetime, latest: datetime) -> None:
        """Hold all that was recorded up to *moment*; *latest* is up to when everything has arrived in the snapshot of *conn*. The caller has the lock.

        Raises:
            StillSettling: too much of it is not folded yet.
        """
        reach = queries.reach(conn)
        if not self.holds(reach.era, moment):
            self._follow(conn, authority, reach, latest)

    def _follow(self, conn: Connection[Any], authority: str, reach: Reach, complete_to: datetime) -> None:
        """Take over what has changed; *complete_to* is the moment up to which everything has arrived in this snapshot."""
        if reach.era != self.reach.era:
            self.panel, self.reach, self.complete_to = Panel([], Words()), Reach(reach.era, 0), None
            self._views.clear()
            self._answers.clear()
            self._counts.clear()
            self.bytes = 0
        unsettled = queries.unsettled(conn, authority, MOST_UNSETTLED + 1)
        if len(unsettled) > MOST_UNSETTLED:
            raise StillSettling(MOST_UNSETTLED)
        self.panel.words.learn(queries.words(conn))
        batches = [_batch(packed) for packed in _changed(conn, authority, self.reach.changed_no)] if reach.changed_no > self.reach.changed_no else []
        if unsettled:
            folded = streams_of(queries.facts_of_requests(conn, unsettled))
            batches.append(Batch.woven((stream.request, woven(stream, self.panel.words)) for stream in folded))
        if batches:
            self._grow(self.panel.with_batches(batches))
        self.reach, self.complete_to = reach, complete_to

    def view(self, panel: Panel, authority: str, known_at: int) -> View:
        """The view of the authority at a moment: one for all moments between which nothing was recorded, and grown from the last where the panel grew."""
        with self.lock:
            stretch = panel.stretch(known_at, recorded=True)
            found = self._views.pop(stretch, None)
            if found is None or found.panel is not panel:
                found = View(panel, authority, known_at, found if found is not None and self._leads(found, known_at) else self._before(known_at))
            self._views[stretch] = found
            while len(self._views) > MOST_VIEWS:
                self._views.popitem(last=False)
            self._measure()
            return found

    def _before(self, known_at: int) -> View | None:
        """The last view of which the rows are still those known at a moment, but for requests that came anew."""
        return next((view for view in reversed(self._views.values()) if self._leads(view, known_at)), None)

    def _leads(self, view: View, known_at: int) -> bool:
        return view.panel.stretch(view.known_at, recorded=True) == view.panel.stretch(known_at, recorded=True)

    def answer(self, key: tuple[Any, ...], worked_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer to a question whose moment is settled: worked out once, however many ask at the same time."""
        with self.lock:
            found = self._answers.pop(key, None)
            self._answers[key] = found = worked_out() if found is None else found
            while len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)
            return dict(found)

    def count(self, key: tuple[Any, ...], counted: Callable[[Count[Any] | None], Count[Any]]) -> Count[Any]:
        """What a question came to, counted on from what it came to when it was asked last."""
        with self.lock:
            before = self._counts.pop(key, None)
            self._counts[key] = found = counted(before)
            while len(self._counts) > MOST_COUNTS:
                self._counts.popitem(last=False)
            if before is None:
                self._measure()
            return found

    def _grow(self, panel: Panel) -> None:
        joined = panel.batches[0] is not self.panel.batches[0]
        self.panel = panel
        if joined:
            # What was chosen and counted shares nothing with it any more, and would hold the rows from before in memory.
            self._views.clear()
            self._counts.clear()
            self._measure()

    def _measure(self) -> None:
        counts = sum(int(count.counted.bytes) for count in self._counts.values())
        self.bytes = self.panel.bytes + sum(view.bytes for view in self._views.values()) + counts


class Keeping:
    """The authorities that were asked for last, within so much memory."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._lock = most_bytes, Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def of(self, authority: str) -> Kept:
        """The memory of one authority, which was asked for now; those asked for longest ago make room."""
        with self._lock:
            found = self._kept.pop(authority, None) or Kept()
            self._kept[authority] = found
            while len(self._kept) > 1 and self._sum() > self._most_bytes:
                self._kept.popitem(last=False)
            return found

    def authorities(self) -> list[str]:
        """The authorities that were asked for, or read ahead; the one asked for last is the last."""
        with self._lock:
            return list(self._kept)

    def seen(self, authority: str) -> Kept | None:
        """The memory of one authority, as if nobody had asked for it; nothing where there is none."""
        with self._lock:
            return self._kept.get(authority)

    def has_room(self) -> bool:
        """A good part of the memory is free."""
        with self._lock:
            return self._sum() < ROOM * self._most_bytes

    def _sum(self) -> int:
        return sum(kept.bytes for kept in self._kept.values())


def _changed(conn: Connection[Any], authority: str, since: int) -> Iterator[Packed]:
    """All courses of *authority* that have changed since."""
    if since and queries.changes_since(conn, since, FEW_CHANGES + 1) <= FEW_CHANGES:
        few = queries.courses_changed(conn, authority, since, FEW_CHANGES)
        if few is not None:
            yield few
        return
    after = FIRST_REQUEST
    while (page := queries.courses_after(conn, authority, since, after, PAGE)) is not None:
        yield page
        after = max(_ids(page.requests))


def _ids(joined: str) -> list[str]:
    return [joined[start : start + ID_LENGTH] for start in range(0, len(joined), ID_LENGTH)]


def _batch(packed: Packed) -> Batch:
    requests = _ids(packed.requests)
    counts = {kind: np.frombuffer(own, dtype=">i4") // LAYOUTS[kind].dtype.itemsize for kind, own in zip(KINDS, packed.lengths, strict=True)}
    return Batch.of(requests, dict(zip(KINDS, packed.rows, strict=True)), counts)
