"""What has been corrected since the previous period was published (S22): figures-1, section 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from services.metrics.domain.course import direction
from services.metrics.domain.elements import EXCLUDED, NEVER
from services.metrics.domain.panel import NEITHER, View
from services.metrics.domain.scope import DIRECTIONS, Mask, Numbers

__all__ = ["Place", "corrections", "direction", "open_at"]


class Place:
    """Where each request stands in the account at one moment: its direction and kind, or nowhere."""

    def __init__(self, view: View, opening: int, kept: Mask) -> None:
        self.view, self.kept = view, kept
        places = open_at(view, opening)
        self.side: Numbers = np.full(view.size, NEITHER, dtype=np.int64)
        self.side[places] = view.direction[places]
        self.kind = view.spread("kind", 0)


def open_at(view: View, when: int) -> Numbers:
    """The requests that are open at a moment."""
    episodes = view.rows("episode")
    rows = np.flatnonzero((episodes["began_at"] < when) & (episodes["ended_at"] >= when))
    found = np.zeros(view.size, dtype=np.bool_)
    found[episodes["request"][rows]] = True
    return np.flatnonzero(found)


def corrections(now: Place, then: Place, compared_with: int) -> list[dict[str, Any]]:
    """Each request whose place at the opening differs between two moments of knowledge: -1 for the old place, +1 for the new.

    Args:
        now: as known at the later moment.
        then: as known at *compared_with*, of the same panel.
    """
    differs = (now.side != then.side) | ((now.side != NEITHER) & (now.kind != then.kind))
    places = np.flatnonzero(differs)
    causes = _Causes(now.view, then.view, compared_with)
    lines: list[dict[str, Any]] = []
    for request, place in sorted(zip(now.view.panel.names(places), places.tolist(), strict=True)):
        for where, delta in ((then, -1), (now, 1)):
            if where.side[place] != NEITHER and where.kept[place]:
                kind = where.view.panel.words.text(int(where.kind[place]))
                head = {"request": request, "direction": DIRECTIONS[where.side[place]], "kind": kind}
                lines.append({**head, "delta": delta, "cause": causes.of(place)})
    return lines


class _Causes:
    """Why the place of a request changed: the first that fits."""

    def __init__(self, now: View, then: View, compared_with: int) -> None:
        self.compared_with = compared_with
        self.now, self.then = now.direction != NEITHER, then.direction != NEITHER
        self.duplicate = now.excluded == EXCLUDED.index("duplicates")
        self.arrived = then.spread("arrived_at", NEVER) != NEVER
        self.kinds = now.spread("kind", 0), then.spread("kind", 0)
        self.corrected_at = now.spread("corrected_at", -NEVER)

    def of(self, place: int) -> str:
        if self.now[place] and self.duplicate[place]:
            return "duplicate"
        if not self.then[place] or not self.arrived[place]:
            return "late_registered"
        if self.now[place] and self.kinds[0][place] != self.kinds[1][place]:
            return "reclassified"
        if self.now[place] and self.corrected_at[place] > self.compared_with:
            return "fact_corrected"
        return "late_fact"
