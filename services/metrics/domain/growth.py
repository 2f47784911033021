"""What a panel that grew still shares with the one before, and the rows of one made from those of the other: copied in long pieces, not chosen anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from services.metrics.domain.panel import Panel

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Growth:
    """What became of the requests of a panel in one that grew from it."""

    batches: int
    """So many of the first batches are the same."""
    gone: NDArray[np.bool_]
    """Of each place of the panel before: its rows are no more, or stand in a later batch."""

    @classmethod
    def between(cls, before: Panel, after: Panel) -> Growth:
        """What became of *before* in *after*."""
        shared = sum(1 for _ in takewhile(lambda both: both[0] is both[1], zip(before.batches, after.batches, strict=False)))
        places = sum(len(batch.requests) for batch in before.batches[:shared])
        if np.any(~before.alive[:places] & after.alive[:places]):
            # It did not grow from that one: they were asked for in turn by two questions.
            shared, places = 0, 0
        gone = np.ones(before.size, dtype=np.bool_)
        gone[:places] = before.alive[:places] & ~after.alive[:places]
        return cls(shared, gone)

    def rows(self, before: Columns, added: Columns) -> Columns:
        """The rows of the panel before but for those that are gone, and those *added*."""
        pieces = list(_pieces(np.flatnonzero(self.gone[before["request"]]), len(before["request"])))
        return {name: _joined(array, pieces, added[name]) for name, array in before.items()}


@dataclass(frozen=True, slots=True)
class Exchange:
    """The requests that may count differently in two panels, or at two moments of knowledge."""

    gone: NDArray[np.int64]
    """Their places in the panel before."""
    came: NDArray[np.int64]
    """Their places in the panel after."""

    @classmethod
    def between(cls, before: Panel, after: Panel, known_before: int, known_after: int) -> Exchange:
        """The requests that came anew, and those of which any row begins, ends or falls due between the two moments of knowledge or at one of them."""
        growth = Growth.between(before, after)
        gone, came = growth.gone & before.alive, after.alive.copy()
        shared = sum(len(batch.requests) for batch in before.batches[: growth.batches])
        came[:shared] = False
        first, last = sorted((known_before, known_after))
        for batch, offset in zip(before.batches[: growth.batches], before.offsets, strict=False):
            places = batch.restless(first, last) + offset
            gone[places] = before.alive[places]
            came[places] = after.alive[places]
        return cls(np.flatnonzero(gone), np.flatnonzero(came))

    @property
    def size(self) -> int:
        """How many must be counted on the larger of the two sides."""
        return max(len(self.gone), len(self.came))


def _pieces(gone: NDArray[np.int64], size: int) -> Iterator[slice]:
    """What lies between the rows that are gone."""
    begins, ends = np.concatenate(([0], gone + 1)), np.concatenate((gone, [size]))
    some = np.flatnonzero(begins < ends)
    return (slice(begin, end) for begin, end in zip(begins[some].tolist(), ends[some].tolist(), strict=True))


def _joined(array: NDArray[Any], pieces: Sequence[slice], added: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([*(array[piece] for piece in pieces), added])
