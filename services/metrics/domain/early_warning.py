"""Open requests that will probably miss a limit, before they do: figures-1, section 8, over the clocks of section 5."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.metrics.domain.elements import NO_DAY
from services.metrics.domain.forecast import Found, Reference
from services.metrics.domain.rounding import rounded_estimate
from services.metrics.domain.scope import DIRECTIONS
from services.metrics.domain.stage_waits import FROM_ARRIVAL, NO_STAGE, RUNNING, STAGES, WAITS, Known, day_of
from services.metrics.domain.survival import TOLERANCE

AT_LEAST = 0.5

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


@dataclass(frozen=True, slots=True)
class Warnings:
    """The early warnings of an authority, and what they were chosen from."""

    running: int
    """Running clocks that were looked at."""
    too_few: int
    """Of them, those of which nothing can be said."""
    withheld: int
    """Of them, those whose warning would rest on a forecast that did not stand its test."""
    found: list[dict[str, Any]]


def early_warnings(known: Known, at_least: float = AT_LEAST, withheld: Collection[Place] = ()) -> Warnings:
    """The open requests with a running clock that will be missed with a probability of *at_least*; the most probable first, then by date."""
    every = list(chances(known))
    told = [chance for chance in every if chance.probability is not None]
    likely = [chance for chance in told if likely_late(chance, at_least)]
    shown = [chance for chance in likely if place_of(known, chance) not in withheld]
    lines = sorted((_line(known, chance) for chance in shown), key=lambda line: (-line["probability"], line["adjusted_due"], line["request"], line["row"]))
    return Warnings(len(every), len(every) - len(told), len(likely) - len(shown), lines)


def likely_late(chance: Chance, at_least: float) -> bool:
    """The clock will be missed with a probability of *at_least*."""
    return chance.probability is not None and chance.probability >= at_least - TOLERANCE


def chances(known: Known) -> Iterator[Chance]:
    """For each clock that runs towards a date and limits a step that is still awaited: how probable it is that it will be missed.

    Clocks past their date or on hold are left out, and so are limits in hours and reopened requests.
    """
    clocks, reference = known.clocks, Reference(known.waits, known.today)
    open_ones = np.zeros(len(known.requests), dtype=np.bool_)
    open_ones[known.open] = True
    wanted = (clocks.standing == RUNNING) & (clocks.stage != NO_STAGE) & (clocks.adjusted_on != NO_DAY)
    wanted &= open_ones[clocks.request] & ~known.reopened[clocks.request]
    for clock in np.flatnonzero(wanted).tolist():
        row = _awaited(known, int(clocks.request[clock]), int(clocks.stage[clock]))
        if row is not None:
            found = reference.found(row)
            yield Chance(clock, row, found, _probability(found, int(clocks.adjusted_on[clock] - known.waits.start[row])))


def _awaited(known: Known, place: int, stage: int) -> int | None:
    """The wait for the end of *stage*: that stage if it has begun, else the wait from arrival; nothing where it has ended."""
    row = int(known.rows[stage, place])
    if row < 0 and stage in FROM_ARRIVAL:
        row = int(known.rows[FROM_ARRIVAL[stage], place])
    return None if row < 0 or known.waits.ended[row] else row


def _probability(found: Found, due: int) -> float | None:
    """S(due) / S(elapsed - 1): not done by the end of its date, given that nothing happened before today. The date itself is in time."""
    if found.basis is None:
        return None
    curve, last = found.cases.curve, max(due, found.elapsed)
    if last > curve.last_day and not curve.exhausted:
        return None
    return curve.at(last) / curve.at(found.elapsed - 1)


def place_of(known: Known, chance: Chance) -> Place:
    """Direction of the request, and stage that the clock limits."""
    return DIRECTIONS[known.waits.direction[chance.row]], STAGES[known.clocks.stage[chance.clock]]


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
        "probability": rounded_estimate(chance.probability or 0.0, 4),
        "basis": list(found.basis or ()),
        **found.counts(),
    }
