"""Open requests that will probably miss a limit, before they do: figures-1, section 8, over the clocks of section 5."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.metrics.domain.awaited import Objects
from services.metrics.domain.cohorts import Cohorts
from services.metrics.domain.elements import NO_DAY
from services.metrics.domain.forecast import BASES, Reference
from services.metrics.domain.rounding import rounded_estimate, rounded_estimates
from services.metrics.domain.scope import DIRECTIONS
from services.metrics.domain.stage_waits import STAGES, WAITS, Mask, Numbers, day_of
from services.metrics.domain.survival import TOLERANCE, Curve, Floats

AT_LEAST = 0.5

Place = tuple[str, str]
"""Direction and stage."""


@dataclass(frozen=True, slots=True)
class Chances:
    """How probable it is that each of the awaited clocks runs past its date."""

    reference: Reference
    basis: Numbers
    """The place of its basis among BASES; the last where there is none."""
    probability: Floats
    """nan where too few cases say it, or none was observed for so long."""


@dataclass(frozen=True, slots=True)
class Warnings:
    """The early warnings of an authority, and what they were chosen from."""

    cohorts: Cohorts
    chances: Chances
    too_few: int
    """Of the awaited clocks, those of which nothing can be said."""
    withheld: int
    """Of them, those whose warning would rest on a forecast that did not stand its test."""
    likely: Numbers
    """The places of the clocks that are warned of: the most probable first, then by date."""

    @property
    def running(self) -> int:
        """Running clocks that were looked at."""
        return self.cohorts.awaited.size

    @property
    def requests(self) -> list[str]:
        """The request of each warning."""
        found: list[str] = self.cohorts.awaited.request[self.likely].tolist()
        return found

    def told(self, place: int) -> dict[str, Any]:
        """The warning at *place* as it is told."""
        clock, awaited, chances, today = int(self.likely[place]), self.cohorts.awaited, self.chances, self.cohorts.today
        due, strict = int(awaited.adjusted_on[clock]), int(awaited.strict_on[clock])
        found = chances.reference.with_basis(clock, BASES[chances.basis[clock]])
        return {
            "request": awaited.request[clock],
            "direction": DIRECTIONS[awaited.direction[clock]],
            **awaited.said[clock],
            "row": awaited.row[clock],
            "stage": STAGES[awaited.stage[clock]],
            "wait": WAITS[awaited.wait[clock]],
            "since": day_of(int(awaited.start[clock])).isoformat(),
            "elapsed": found.elapsed,
            "adjusted_due": day_of(due).isoformat(),
            "strict_due": day_of(due if strict == NO_DAY else strict).isoformat(),
            "days_left": due - today,
            "probability": rounded_estimate(float(chances.probability[clock]), 4),
            "basis": list(found.basis or ()),
            **found.counts(),
        }


def early_warnings(cohorts: Cohorts, at_least: float = AT_LEAST, withheld: Collection[Place] = ()) -> Warnings:
    """The open requests with a running clock that will be missed with a probability of *at_least*; the most probable first, then by date.

    Args:
        cohorts: the cases of the authority.
        withheld: the forecasts that did not stand their test.
    """
    every = chances(cohorts)
    likely = np.flatnonzero(likely_late(every.probability, at_least))
    shown = likely[_shown(cohorts, likely, withheld)]
    return Warnings(cohorts, every, int(np.isnan(every.probability).sum()), len(likely) - len(shown), shown[_order(cohorts, every, shown)])


def _shown(cohorts: Cohorts, likely: Numbers, withheld: Collection[Place]) -> Mask:
    sides, stages = cohorts.awaited.direction[likely], cohorts.awaited.stage[likely]
    hidden = np.asarray([[(side, stage) in withheld for stage in STAGES] for side in DIRECTIONS])
    shown: Mask = ~hidden[sides, stages]
    return shown


def _order(cohorts: Cohorts, every: Chances, shown: Numbers) -> Numbers:
    """The most probable first, then by date, request and row."""
    awaited = cohorts.awaited
    rounded = rounded_estimates(every.probability[shown], 4)
    return np.lexsort((_ranks(awaited.row[shown]), _ranks(awaited.request[shown]), awaited.adjusted_on[shown], -rounded))


def _ranks(texts: Objects) -> Numbers:
    """The number of each text in the order of all."""
    own = texts.tolist()
    rank = {text: number for number, text in enumerate(sorted(set(own)))}
    return np.asarray([rank[text] for text in own], dtype=np.int64)


def likely_late(probability: Floats, at_least: float) -> Mask:
    """The clocks that will be missed with a probability of *at_least*."""
    late: Mask = probability >= at_least - TOLERANCE
    return late


def chances(cohorts: Cohorts) -> Chances:
    """For each awaited clock, how probable it is that it will be missed."""
    awaited = cohorts.awaited
    reference, due, elapsed = Reference(cohorts, awaited), awaited.adjusted_on - awaited.start, cohorts.today - awaited.start
    number, probability = np.full(awaited.size, len(BASES) - 1), np.full(awaited.size, np.nan)
    for likeness, places in reference.alike():
        for basis, own in reference.bases(likeness, elapsed[places]):
            at = places[own]
            number[at] = BASES.index(basis)
            probability[at] = _probability(reference.like(likeness, basis).curve, due[at], elapsed[at])
    return Chances(reference, number, probability)


def _probability(curve: Curve, due: Numbers, elapsed: Numbers) -> Floats:
    """S(due) / S(elapsed - 1): not done by the end of its date, given that nothing happened before today. The date itself is in time."""
    last = np.maximum(due, elapsed)
    observed = (last <= curve.last_day) | curve.exhausted
    return np.where(observed, curve.at_each(last) / curve.at_each(elapsed - 1), np.nan)
