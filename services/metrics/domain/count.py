"""What was counted before is taken over: only the requests that differ are counted, as they stood and as they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import numpy as np

from services.metrics.domain.additive import Additive
from services.metrics.domain.elements import micros
from services.metrics.domain.growth import Exchange
from services.metrics.domain.panel import Panel
from services.metrics.domain.register import Register

FEW = 8
"""Where more than one of so many requests differs, all are counted."""
C = TypeVar("C", bound=Additive)
Counting = Callable[[Register, datetime, C | None], C]
"""Counts the requests of a register as known at a moment; alike to what was counted before, where that is given.

Raises:
    KeysDiffer: that cannot be.
"""


class KeysDiffer(Exception):
    """Some requests belong to a part that was not there before."""


@dataclass(frozen=True, slots=True)
class Count(Generic[C]):
    """What was counted, and of which rows."""

    panel: Panel
    known_at: datetime
    counted: C

    @classmethod
    def of(cls, register: Register, known_at: datetime, counting: Counting[C], before: Count[C] | None = None) -> Count[C]:
        """What *counting* counts; taken over from the count *before* where few requests differ.

        Args:
            before: made by the same counting, on the same local day.
        """
        counted = None if before is None else before._counted_on(register, known_at, counting)
        return cls(register.panel, known_at, counting(register, known_at, None) if counted is None else counted)

    def _counted_on(self, register: Register, known_at: datetime, counting: Counting[C]) -> C | None:
        """The same as known at another moment or after the panel grew; nothing where too much differs.

        A request of which no row begins, ends or falls due between the two moments counts at both of them alike, for the local day is the same.
        """
        exchange = Exchange.between(self.panel, register.panel, micros(self.known_at), micros(known_at))
        if not exchange.size:
            return self.counted
        if exchange.size * FEW > np.count_nonzero(register.panel.alive):
            return None
        try:
            gone = counting(register.over_panel(self.panel.only(exchange.gone)), self.known_at, self.counted)
            came = counting(register.over_panel(register.panel.only(exchange.came)), known_at, self.counted)
        except KeysDiffer:
            return None
        return self.counted.exchanged(gone, came)
