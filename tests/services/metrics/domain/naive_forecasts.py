"""The proof of forecasts read once more from its definition: lists, fractions and loops, one stage, no code of the service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

QUANTILES = (Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(9, 10))
TOLERANCE = Fraction(1, 10**9)

Wait = tuple[int, bool]
"""Days, and whether it was seen to end."""


@dataclass(frozen=True)
class Case:
    """A request that waits to be acknowledged: when it arrived, when it ended, and when that was recorded."""

    counterpart: str
    arrived: date
    ended: date | None
    recorded: date | None

    def wait_as_known(self, day: date) -> Wait:
        """The wait as known at midnight of *day*."""
        if self.ended is None or self.recorded is None or self.recorded >= day:
            return (day - self.arrived).days, False
        return (self.ended - self.arrived).days, True


@lru_cache(maxsize=4096)
def survival(waits: tuple[Wait, ...], day: int) -> Fraction:
    """S(day) of Kaplan and Meier."""
    left = Fraction(1)
    for when in sorted({days for days, over in waits if over and days <= day}):
        risk = sum(days >= when for days, _ in waits)
        left *= Fraction(risk - sum(over and days == when for days, over in waits), risk)
    return left


def first_at(waits: tuple[Wait, ...], level: Fraction, since: int) -> int | None:
    """The first day from *since* on which the curve has fallen to *level*."""
    last = max(days for days, _ in waits)
    return next((day for day in range(since, max(last, since) + 1) if survival(waits, day) <= level + TOLERANCE), None)


def type_7(values: Sequence[int], at: Fraction) -> Fraction:
    """The quantile by linear interpolation."""
    ordered = sorted(values)
    below, rest = divmod((len(ordered) - 1) * at, 1)
    above = min(int(below) + 1, len(ordered) - 1)
    return ordered[int(below)] + rest * (ordered[above] - ordered[int(below)])


def scored(cases: Sequence[Case], month: date, today: date) -> tuple[int, int, list[Fraction]]:
    """How many forecasts of *month* are scored, how many were overtaken, and the sum of the losses of each of the three models."""
    known = [(case, case.wait_as_known(month)) for case in cases if case.arrived < month]
    count, overtaken, losses = 0, 0, [Fraction(0)] * 3
    for case, (elapsed, over) in known:
        own, every = tuple(wait for other, wait in known if other.counterpart == case.counterpart), tuple(wait for _, wait in known)
        basis = next((waits for waits in (own, every) if enough(waits, elapsed)), None)
        if over or basis is None:
            continue
        if case.ended is not None and case.ended < month:
            overtaken += 1
            continue
        count += 1
        losses = [before + more for before, more in zip(losses, _losses(basis, every, elapsed, case, today), strict=True)]
    return count, overtaken, losses


def enough(waits: Sequence[Wait], elapsed: int) -> bool:
    """Twenty, ten of them ended, ten still waiting."""
    return len(waits) >= 20 and sum(over for _, over in waits) >= 10 and sum(days >= elapsed for days, _ in waits) >= 10


def _losses(basis: tuple[Wait, ...], every: tuple[Wait, ...], elapsed: int, case: Case, today: date) -> Iterator[Fraction]:
    horizon = (today - case.arrived).days
    truth = horizon if case.ended is None else min((case.ended - case.arrived).days, horizon)
    before, closed = survival(basis, elapsed - 1), [days for days, over in basis if over]
    plain = [first_at(every, 1 - at, 0) for at in QUANTILES]
    models: list[list[Fraction | int | None]] = [
        [first_at(basis, (1 - at) * before, elapsed) for at in QUANTILES],
        [max(type_7(closed, at), Fraction(elapsed)) for at in QUANTILES],
        [None if days is None else max(days, elapsed) for days in plain],
    ]
    for forecast in models:
        cut = [horizon if days is None else min(days, horizon) for days in forecast]
        yield sum((Fraction(max(at * (truth - days), (1 - at) * (days - truth))) for at, days in zip(QUANTILES, cut, strict=True)), Fraction(0))
