"""Clocks that run towards a date and limit a step that an open request still waits for: what early warnings are chosen from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.additive import NotCounted
from services.metrics.domain.elements import NO_DAY
from services.metrics.domain.stage_waits import FROM_ARRIVAL, NO_STAGE, RUNNING, STAGES, Known, Mask, Numbers

WAIT_FROM_ARRIVAL = np.asarray([FROM_ARRIVAL.get(stage, -1) for stage in range(len(STAGES))])
"""For the number of a stage, that of the wait from arrival to its end; -1 where it has none."""
CLOCK_BYTES = 300
"""About what one clock takes."""

Objects = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Awaited:
    """Such clocks as columns, in no order. Those of a request that nothing happens to stay the same for the whole local day."""

    request: Objects
    """Its id."""
    said: Objects
    """Kind, instrument and counterpart of the request, by name."""
    row: Objects
    """The clock row, as a text."""
    stage: Numbers
    """The place of the stage that it limits in STAGES."""
    adjusted_on: Numbers
    """Local day, as days since 1970."""
    strict_on: Numbers
    """The same; NO_DAY where it is that of adjusted_on."""
    wait: Numbers
    """The place in WAITS of what is waited for: the stage if it has begun, else the wait from arrival."""
    start: Numbers
    """Local day on which that wait began, as days since 1970."""
    likeness: Numbers
    """What cases may have in common with that wait, one line a clock: `Waits.likeness`."""

    @classmethod
    def of(cls, known: Known) -> Awaited:
        """Those of what is known. Clocks past their date or on hold are left out, and so are limits in hours and reopened requests."""
        clocks, waits = known.clocks, known.waits
        clock, wait = _with_waits(known, np.flatnonzero(_towards_a_date(known)))
        request = clocks.request[clock].tolist()
        return cls(
            request=_objects([known.requests[place] for place in request]),
            said=_objects([known.said(place) for place in request]),
            row=_objects([clocks.rows[place] for place in clocks.row[clock].tolist()]),
            stage=clocks.stage[clock],
            adjusted_on=clocks.adjusted_on[clock],
            strict_on=clocks.strict_on[clock],
            wait=waits.wait[wait],
            start=waits.start[wait],
            likeness=waits.likeness[wait],
        )

    @property
    def size(self) -> int:
        """How many clocks there are."""
        return len(self.request)

    @property
    def direction(self) -> Numbers:
        """The place of that of its request in DIRECTIONS."""
        directions: Numbers = self.likeness[:, 0]
        return directions

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return CLOCK_BYTES * self.size

    def exchanged(self, gone: Awaited, came: Awaited) -> Awaited:
        """The same with some requests exchanged.

        Raises:
            NotCounted.
        """
        if not gone.size and not came.size:
            return self
        taken = frozenset(gone.request.tolist())
        stay = np.fromiter((request not in taken for request in self.request.tolist()), dtype=np.bool_, count=self.size)
        if self.size - np.count_nonzero(stay) != gone.size:
            raise NotCounted("clocks")
        columns = ((getattr(self, own.name), getattr(came, own.name)) for own in fields(self))
        return Awaited(*(np.concatenate((own[stay], more)) for own, more in columns))


def _objects(values: list[Any]) -> Objects:
    return np.fromiter(values, dtype=np.object_, count=len(values))


def _towards_a_date(known: Known) -> Mask:
    """The clocks that run towards a date and limit a step of an open request; not of one that was reopened."""
    clocks = known.clocks
    open_ones = np.zeros(len(known.requests), dtype=np.bool_)
    open_ones[known.open] = True
    wanted: Mask = (clocks.standing == RUNNING) & (clocks.stage != NO_STAGE) & (clocks.adjusted_on != NO_DAY)
    return wanted & open_ones[clocks.request] & ~known.reopened[clocks.request]


def _with_waits(known: Known, clock: Numbers) -> tuple[Numbers, Numbers]:
    """The clocks whose stage has not ended, and for each the row of the wait for that."""
    request, stage = known.clocks.request[clock], known.clocks.stage[clock]
    row, from_arrival = known.rows[stage, request], WAIT_FROM_ARRIVAL[stage]
    row = np.where((row < 0) & (from_arrival >= 0), known.rows[from_arrival, request], row)
    lasts = np.flatnonzero((row >= 0) & ~known.waits.ended[row]) if len(known.waits.ended) else row[:0]  # without waits there is none to look at
    return clock[lasts], row[lasts]
