"""Open requests that will probably miss a limit, before they do: figures-1, section 8, over the clocks of section 5."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

from services.metrics.domain.cohorts import Cohorts, awaiting, numbered
from services.metrics.domain.elements import NO_DAY
from services.metrics.domain.forecast import Found, Reference
from services.metrics.domain.rounding import rounded_estimate
from services.metrics.domain.scope import DIRECTIONS
from services.metrics.domain.stage_waits import FROM_ARRIVAL, STAGES, WAITS, Known, Numbers, day_of
from services.metrics.domain.survival import TOLERANCE

AT_LEAST = 0.5
WAIT_FROM_ARRIVAL = np.asarray([FROM_ARRIVAL.get(stage, -1) for stage in range(len(STAGES))])
"""For the number of a stage, that of the wait from arrival to its end; -1 where it has none."""

Place = tuple[str, str]
"""Direction and stage."""


@dataclass(frozen=True, slots=True)
class Chance:
    """How probable it is that one running clock runs past its date."""

    clock: int
    """Its place among the clocks."""
    row: int
    """The wait that it limits."""
    found: Found
    probability: float | None
    """Nothing where too few cases say it, or none was observed for so long."""


@dataclass(frozen=True)
class Warnings:
    """The early warnings of an authority, and what they were chosen from."""

    known: Known
    running: int
    """Running clocks that were looked at."""
    too_few: int
    """Of them, those of which nothing can be said."""
    withheld: int
    """Of them, those whose warning would rest on a forecast that did not stand its test."""
    likely: list[Chance]
    """The most probable first, then by date."""

    def request(self, chance: Chance) -> str:
        """The request that a warning is of."""
        return self.known.requests[int(self.known.clocks.request[chance.clock])]

    def told(self, chance: Chance) -> dict[str, Any]:
        """A warning as it is told."""
        return _line(self.known, chance)


def early_warnings(known: Known, cohorts: Cohorts, at_least: float = AT_LEAST, withheld: Collection[Place] = ()) -> Warnings:
    """The open requests with a running clock that will be missed with a probability of *at_least*; the most probable first, then by date.

    Args:
        known: of the authority all requests with a running clock; others may be among them.
        cohorts: the cases of the authority.
    """
    every = chances(known, cohorts)
    told = [chance for chance in every if chance.probability is not None]
    likely = [chance for chance in told if likely_late(chance, at_least)]
    shown = [chance for chance in likely if place_of(known, chance) not in withheld]
    return Warnings(known, len(every), len(every) - len(told), len(likely) - len(shown), _ordered(known, shown))


def _ordered(known: Known, shown: Sequence[Chance]) -> list[Chance]:
    """The most probable first, then by date, request and row."""
    clocks, at = known.clocks, np.asarray([chance.clock for chance in shown], dtype=np.int64)
    due, request, row = (column[at].tolist() for column in (clocks.adjusted_on, clocks.request, clocks.row))
    keys = [(-_rounded(chance), due[place], known.requests[request[place]], clocks.rows[row[place]]) for place, chance in enumerate(shown)]
    return [shown[place] for place in sorted(range(len(shown)), key=keys.__getitem__)]


def likely_late(chance: Chance, at_least: float) -> bool:
    """The clock will be missed with a probability of *at_least*."""
    return chance.probability is not None and chance.probability >= at_least - TOLERANCE


def chances(known: Known, cohorts: Cohorts) -> list[Chance]:
    """For each clock that runs towards a date and limits a step that is still awaited: how probable it is that it will be missed.

    Clocks past their date or on hold are left out, and so are limits in hours and reopened requests.
    """
    waits, reference = known.waits, Reference(cohorts, known)
    clock, row = _awaited(known, np.flatnonzero(awaiting(known)))
    likenesses, cells = numbered(np.stack([column[row] for column in (waits.direction, waits.wait, waits.instrument, waits.counterpart)], axis=1))
    found: list[Chance] = []
    for cell, likeness in enumerate(likenesses):
        own = np.flatnonzero(cells == cell)
        start = waits.start[row[own]]
        bases = reference.found_each(likeness, known.today - start)
        probabilities = _probabilities(bases, known.clocks.adjusted_on[clock[own]] - start)
        found.extend(map(Chance, clock[own].tolist(), row[own].tolist(), bases, probabilities))
    return sorted(found, key=attrgetter("clock"))


def _awaited(known: Known, clock: Numbers) -> tuple[Numbers, Numbers]:
    """The clocks whose stage has not ended, and for each the wait for that: the stage if it has begun, else the wait from arrival."""
    request, stage = known.clocks.request[clock], known.clocks.stage[clock]
    row, from_arrival = known.rows[stage, request], WAIT_FROM_ARRIVAL[stage]
    row = np.where((row < 0) & (from_arrival >= 0), known.rows[from_arrival, request], row)
    lasts = np.flatnonzero((row >= 0) & ~known.waits.ended[row]) if len(known.waits.ended) else row[:0]
    return clock[lasts], row[lasts]


def _probabilities(bases: Sequence[Found], due: Numbers) -> list[float | None]:
    """S(due) / S(elapsed - 1): not done by the end of its date, given that nothing happened before today. The date itself is in time."""
    found: list[float | None] = [None] * len(bases)
    curves = {id(basis.cases): basis.cases.curve for basis in bases if basis.basis is not None}
    for cases, curve in curves.items():
        own = np.asarray([place for place, basis in enumerate(bases) if id(basis.cases) == cases and basis.basis is not None])
        elapsed = np.asarray([bases[place].elapsed for place in own.tolist()])
        last = np.maximum(due[own], elapsed)
        probability = curve.at_each(last) / curve.at_each(elapsed - 1)
        for place, said, observed in zip(own.tolist(), probability.tolist(), (last <= curve.last_day) | curve.exhausted, strict=True):
            found[place] = said if observed else None
    return found


def place_of(known: Known, chance: Chance) -> Place:
    """Direction of the request, and stage that the clock limits."""
    return DIRECTIONS[known.waits.direction[chance.row]], STAGES[known.clocks.stage[chance.clock]]


def _rounded(chance: Chance) -> float:
    return rounded_estimate(chance.probability or 0.0, 4)


def _line(known: Known, chance: Chance) -> dict[str, Any]:
    clocks, clock, found = known.clocks, chance.clock, chance.found
    place, due = int(clocks.request[clock]), int(clocks.adjusted_on[clock])
    strict = int(clocks.strict_on[clock])
    side, stage = place_of(known, chance)
    return {
        "request": known.requests[place],
        "direction": side,
        **known.told(place),
        "row": clocks.rows[clocks.row[clock]],
        "stage": stage,
        "wait": WAITS[known.waits.wait[chance.row]],
        "since": day_of(int(known.waits.start[chance.row])).isoformat(),
        "elapsed": found.elapsed,
        "adjusted_due": day_of(due).isoformat(),
        "strict_due": day_of(due if strict == NO_DAY else strict).isoformat(),
        "days_left": due - known.today,
        "probability": _rounded(chance),
        "basis": list(found.basis or ()),
        **found.counts(),
    }
