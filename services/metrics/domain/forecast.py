"""When the next step is to be expected, with ranges and the number of cases behind them: figures-1, section 8."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from services.metrics.domain.corrections import direction
from services.metrics.domain.course import Course
from services.metrics.domain.durations import Spell, stages
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.survival import Curve, conditional_quantile, curve_of

REFERENCE_DAYS = 1095
FEWEST_WAITS = 20
FEWEST_ENDS = 10
FEWEST_AT_RISK = 10
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
BASES = (("counterpart", "instrument", "stage"), ("instrument", "stage"), ("stage",))


@dataclass(frozen=True, slots=True)
class StageWait:
    """One stage of one request, as a reference for others."""

    request: str
    direction: str
    counterpart: str | None
    instrument: str | None
    stage: str
    spell: Spell

    def place(self, basis: Sequence[str]) -> tuple[str | None, ...]:
        """Direction and the members of *basis*, beside their names."""
        return (self.direction, *basis, *(getattr(self, name) for name in basis))


@dataclass(frozen=True, slots=True)
class Cases:
    """The waits that one forecast rests on."""

    curve: Curve
    ends: int

    def at_risk(self, elapsed: int) -> int:
        """How many were still waiting on day *elapsed*."""
        later = np.searchsorted(self.curve.days, elapsed)
        return int(self.curve.at_risk[later]) if later < len(self.curve.days) else 0


class Reference:
    """The stages of all counted requests of an authority that began not too long before the moment of knowledge."""

    def __init__(self, courses: Iterable[Course], authority: str, known_at: datetime, days: LocalDays) -> None:
        self.known_at, self.days = known_at, days
        self.waits = [wait for course in courses for wait in _stage_waits(course, authority, known_at, days)]
        self._found: dict[tuple[str | None, ...], list[Spell]] = {}
        self._cases: dict[tuple[str | None, ...], Cases] = {}
        for wait in self.waits:
            if days.between(wait.spell.start, known_at) <= REFERENCE_DAYS:
                for basis in BASES:
                    self._found.setdefault(wait.place(basis), []).append(wait.spell)

    def like(self, wait: StageWait, basis: Sequence[str]) -> Cases:
        """The waits of the same direction that agree with *wait* in every member of *basis*."""
        place = wait.place(basis)
        if place not in self._cases:
            found = self._found.get(place, [])
            curve = curve_of((spell.gross, spell.outcome) for spell in found)
            self._cases[place] = Cases(curve, sum(1 for spell in found if spell.outcome is not None))
        return self._cases[place]


def _stage_waits(course: Course, authority: str, known_at: datetime, days: LocalDays) -> Iterable[StageWait]:
    side = direction(course, authority)
    other = course.requested if side == "outgoing" else course.requesting
    for stage, spell in stages(course, known_at, days):
        yield StageWait(course.request, side, other.state, course.instrument, stage, spell)


def forecasts(courses: Sequence[Course], authority: str, known_at: datetime, days: LocalDays) -> list[dict[str, Any]]:
    """A forecast for every counted request that is open at *known_at*, by request."""
    reference = Reference(courses, authority, known_at, days)
    waiting = {wait.request: wait for wait in reference.waits}
    still_open = sorted((course for course in courses if course.open_at(known_at) is not None), key=lambda course: course.request)
    return [forecast(course, waiting[course.request], reference) for course in still_open]


def forecast(course: Course, wait: StageWait, reference: Reference) -> dict[str, Any]:
    """When the stage that *course* waits in will end; nothing where too few cases say so, or after a reopening."""
    if len(course.episodes) > 1:
        return _unsaid(course.request, "reopened")
    since = reference.days.on(wait.spell.start)
    elapsed = reference.days.between(wait.spell.start, reference.known_at)
    head = {"request": course.request, "stage": wait.stage, "since": since.isoformat(), "elapsed": elapsed}
    counts: dict[str, Any] = {}
    for basis in BASES:
        cases = reference.like(wait, basis)
        counts = {"n": cases.curve.n, "ends": cases.ends, "at_risk": cases.at_risk(elapsed)}
        if cases.curve.n >= FEWEST_WAITS and cases.ends >= FEWEST_ENDS and counts["at_risk"] >= FEWEST_AT_RISK:
            return {**head, "basis": list(basis), **counts, "reason": None, **_dates(conditional(cases.curve, elapsed), since)}
    return {**head, "basis": None, **counts, "reason": "too_few", **_dates(None, since)}


def _unsaid(request: str, reason: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("stage", "since", "elapsed", "basis", "n", "ends", "at_risk"))
    return {"request": request, **nothing, "reason": reason, **_dates(None, None)}


def ended(request: str) -> dict[str, Any]:
    """The answer for a request that waits for nothing any more."""
    return _unsaid(request, "not_open")


def conditional(curve: Curve, elapsed: int) -> dict[str, int | None]:
    """The conditional quantiles after *elapsed* days, by their name."""
    return {str(share): conditional_quantile(curve, share, elapsed) for share in QUANTILES}


def _dates(days: dict[str, int | None] | None, since: date | None) -> dict[str, Any]:
    """Days since the stage began, and the dates that they stand for: the expected one, and ranges of 50 % and 80 %."""
    if days is None or since is None:
        return {"days": None, "expected": None, "range_50": None, "range_80": None}
    on = {name: None if day is None else (since + timedelta(days=day)).isoformat() for name, day in days.items()}
    return {"days": days, "expected": on["0.5"], "range_50": [on["0.25"], on["0.75"]], "range_80": [on["0.1"], on["0.9"]]}
