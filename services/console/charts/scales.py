"""Axes: from values to places on the drawing, and the round numbers beside them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight axis from *low* at *start* to *high* at *end* (user units of the drawing)."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of *value*, to a tenth; values beyond the axis stay on its ends."""
        span = (self.high - self.low) or 1
        share = min(1.0, max(0.0, (value - self.low) / span))
        return round(self.start + share * (self.end - self.start), 1)


def round_steps(high: float, about: int = 8) -> list[int]:
    """Whole numbers from 0 to at least *high*, in steps of 1, 2 or 5 times a power of ten, about *about* of them."""
    if high <= 0:
        return [0, 1]
    step = 1
    while high / step > about:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return list(range(0, int(-(-high // step)) * step + step, step))
