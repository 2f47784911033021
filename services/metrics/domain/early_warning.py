"""Open requests that will probably miss a limit, before they do: figures-1, section 8, over the clocks of section 5."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from services.metrics.domain.cohorts import Cohorts, awaiting
from services.metrics.domain.elements import NO_DAY
from services.metrics.domain.forecast import BASES, Reference
from services.metrics.domain.rounding import rounded_estimate, rounded_estimates
from services.metrics.domain.scope import DIRECTIONS
from services.metrics.domain.stage_waits import FROM_ARRIVAL, STAGES, WAITS, Known, Mask, Numbers, day_of
from services.metrics.domain.survival import TOLERANCE, Curve, Floats

AT_LEAST = 0.5
WAIT_FROM_ARRIVAL = np.asarray([FROM_ARRIVAL.get(stage, -1) for stage in range(len(STAGES))])
"""For the number of a stage, that of the wait from arrival to its end; -1 where it has none."""

Place = tuple[str, str]
"""Direction and stage."""


@dataclass(frozen=True, slots=True)
class Chances:
    """How probable it is that each of some running clocks runs past its date."""

    clock: Numbers
    """Its place among the clocks."""
    row: Numbers
    """The wait that it limits."""
    basis: Numbers
    """The place of its basis among BASES; the last where there is none."""
    probability: Floats
    """nan where too few cases say it, or none was observed for so long."""

    def at(self, places: Numbers) -> Chances:
        """Some of them."""
        return Chances(self.clock[places], self.row[places], self.basis[places], self.probability[places])


@dataclass(frozen=True)
class Warnings:
    """The early warnings of an authority, and what they were chosen from."""

    known: Known
    reference: Reference
    running: int
    """Running clocks that were looked at."""
    too_few: int
    """Of them, those of which nothing can be said."""
    withheld: int
    """Of them, those whose warning would rest on a forecast that did not stand its test."""
    likely: Chances
    """The most probable first, then by date."""

    @cached_property
    def requests(self) -> list[str]:
        """The request of each warning."""
        return [self.known.requests[place] for place in self.known.clocks.request[self.likely.clock].tolist()]

    def told(self, place: int) -> dict[str, Any]:
        """The warning at *place* as it is told."""
        clocks, clock, row = self.known.clocks, int(self.likely.clock[place]), int(self.likely.row[place])
        due, strict = int(clocks.adjusted_on[clock]), int(clocks.strict_on[clock])
        found = self.reference.with_basis(row, BASES[self.likely.basis[place]])
        side, stage = DIRECTIONS[self.known.waits.direction[row]], STAGES[clocks.stage[clock]]
        return {
            "request": self.requests[place],
            "direction": side,
            **self.known.told(int(clocks.request[clock])),
            "row": clocks.rows[clocks.row[clock]],
            "stage": stage,
            "wait": WAITS[self.known.waits.wait[row]],
            "since": day_of(int(self.known.waits.start[row])).isoformat(),
            "elapsed": found.elapsed,
            "adjusted_due": day_of(due).isoformat(),
            "strict_due": day_of(due if strict == NO_DAY else strict).isoformat(),
            "days_left": due - self.known.today,
            "probability": rounded_estimate(float(self.likely.probability[place]), 4),
            "basis": list(found.basis or ()),
            **found.counts(),
        }


def early_warnings(known: Known, cohorts: Cohorts, at_least: float = AT_LEAST, withheld: Collection[Place] = ()) -> Warnings:
    """The open requests with a running clock that will be missed with a probability of *at_least*; the most probable first, then by date.

    Args:
        known: of the authority all requests with a running clock; others may be among them.
        cohorts: the cases of the authority.
        withheld: the forecasts that did not stand their test.
    """
    reference = Reference(cohorts, known)
    every = chances(known, reference)
    likely = every.at(np.flatnonzero(likely_late(every.probability, at_least)))
    shown = likely.at(np.flatnonzero(_shown(known, likely, withheld)))
    too_few = int(np.isnan(every.probability).sum())
    return Warnings(known, reference, len(every.clock), too_few, len(likely.clock) - len(shown.clock), shown.at(_order(known, shown)))


def _shown(known: Known, likely: Chances, withheld: Collection[Place]) -> Mask:
    sides, stages = known.waits.direction[likely.row].tolist(), known.clocks.stage[likely.clock].tolist()
    return np.asarray([(DIRECTIONS[side], STAGES[stage]) not in withheld for side, stage in zip(sides, stages, strict=True)], dtype=np.bool_)


def _order(known: Known, shown: Chances) -> Numbers:
    """The most probable first, then by date, request and row."""
    clocks = known.clocks
    own = clocks.request[shown.clock]
    ranks = {place: rank for rank, place in enumerate(sorted(set(own.tolist()), key=known.requests.__getitem__))}
    request = np.asarray([ranks[place] for place in own.tolist()], dtype=np.int64)
    rounded = rounded_estimates(shown.probability, 4)
    return np.lexsort((clocks.row[shown.clock], request, clocks.adjusted_on[shown.clock], -rounded))  # rows are numbered in the order of their texts


def likely_late(probability: Floats, at_least: float) -> Mask:
    """The clocks that will be missed with a probability of *at_least*."""
    late: Mask = probability >= at_least - TOLERANCE
    return late


def chances(known: Known, reference: Reference) -> Chances:
    """For each clock that runs towards a date and limits a step that is still awaited: how probable it is that it will be missed.

    Clocks past their date or on hold are left out, and so are limits in hours and reopened requests.
    """
    clock, row = _awaited(known, np.flatnonzero(awaiting(known)))
    start = known.waits.start[row]
    due, elapsed = known.clocks.adjusted_on[clock] - start, known.today - start
    number, probability = np.full(len(clock), len(BASES) - 1), np.full(len(clock), np.nan)
    for likeness, places in reference.alike(row):
        for basis, own in reference.bases(likeness, elapsed[places]):
            at = places[own]
            number[at] = BASES.index(basis)
            probability[at] = _probability(reference.like(likeness, basis).curve, due[at], elapsed[at])
    return Chances(clock, row, number, probability)


def _awaited(known: Known, clock: Numbers) -> tuple[Numbers, Numbers]:
    """The clocks whose stage has not ended, and for each the wait for that: the stage if it has begun, else the wait from arrival."""
    request, stage = known.clocks.request[clock], known.clocks.stage[clock]
    row, from_arrival = known.rows[stage, request], WAIT_FROM_ARRIVAL[stage]
    row = np.where((row < 0) & (from_arrival >= 0), known.rows[from_arrival, request], row)
    lasts = np.flatnonzero((row >= 0) & ~known.waits.ended[row]) if len(known.waits.ended) else row[:0]  # without waits there is none to look at
    return clock[lasts], row[lasts]


def _probability(curve: Curve, due: Numbers, elapsed: Numbers) -> Floats:
    """S(due) / S(elapsed - 1): not done by the end of its date, given that nothing happened before today. The date itself is in time."""
    last = np.maximum(due, elapsed)
    observed = (last <= curve.last_day) | curve.exhausted
    return np.where(observed, curve.at_each(last) / curve.at_each(elapsed - 1), np.nan)
