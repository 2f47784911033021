"""When the next step is to be expected, with ranges and the number of cases behind them: figures-1, section 8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from services.metrics.domain.stage_waits import WAITS, Known, Mask, Numbers, Waits, day_of
from services.metrics.domain.survival import Curve, conditional_quantile

REFERENCE_DAYS = 1095
FEWEST_WAITS = 20
FEWEST_ENDS = 10
FEWEST_AT_RISK = 10
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
BASES = (("counterpart", "instrument", "stage"), ("instrument", "stage"), ("stage",))

Quantiles = tuple[int | None, ...]
"""One number of days for each of QUANTILES; nothing where the curve does not reach it."""


@dataclass(frozen=True)
class Cases:
    """The waits that one forecast rests on."""

    curve: Curve
    closed: Numbers
    """The days of those that ended, in order."""
    _after: dict[int, Quantiles] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, gross: Numbers, ended: Mask) -> Cases:
        """The cases with these days, of which some ended."""
        return cls(Curve.of(gross.tolist(), ended.tolist()), np.sort(gross[ended]))

    @property
    def ends(self) -> int:
        """How many of them ended."""
        return len(self.closed)

    def at_risk(self, elapsed: int) -> int:
        """How many were still waiting on day *elapsed*."""
        later = np.searchsorted(self.curve.days, elapsed)
        return int(self.curve.at_risk[later]) if later < len(self.curve.days) else 0

    def enough(self, elapsed: int) -> bool:
        """They are enough to say something of a wait that has lasted *elapsed* days."""
        return self.curve.n >= FEWEST_WAITS and self.ends >= FEWEST_ENDS and self.at_risk(elapsed) >= FEWEST_AT_RISK

    def after(self, elapsed: int) -> Quantiles:
        """The conditional quantiles, given that nothing happened in *elapsed* days."""
        if elapsed not in self._after:
            self._after[elapsed] = tuple(conditional(self.curve, elapsed).values())
        return self._after[elapsed]

    @cached_property
    def unconditional(self) -> Quantiles:
        """The quantiles of the curve, whatever has passed already."""
        return tuple(self.curve.quantile(share) for share in QUANTILES)

    @cached_property
    def closed_only(self) -> tuple[float, ...]:
        """The quantiles of those that ended, as if nobody were waiting: linear between two of them (type 7). Only where some ended."""
        return tuple(float(value) for value in np.quantile(self.closed, QUANTILES))


@dataclass(frozen=True, slots=True)
class Found:
    """The basis of one forecast; without a basis, the widest cases that there are."""

    basis: tuple[str, ...] | None
    cases: Cases
    elapsed: int

    def counts(self) -> dict[str, int]:
        """On how many cases it rests."""
        return {"n": self.cases.curve.n, "ends": self.cases.ends, "at_risk": self.cases.at_risk(self.elapsed)}


class Reference:
    """The waits that began not too long before a moment of knowledge, by what they have in common."""

    def __init__(self, waits: Waits, today: int) -> None:
        self.waits, self.today = waits, today
        self._fresh: Mask = today - waits.start <= REFERENCE_DAYS
        self._rows: dict[tuple[int, ...], Numbers] = {}
        self._cases: dict[tuple[int, ...], Cases] = {}

    def found(self, row: int) -> Found:
        """The first basis with enough cases like the wait in *row*."""
        elapsed = self.today - int(self.waits.start[row])
        for basis in BASES:
            cases = self.like(row, basis)
            if cases.enough(elapsed):
                return Found(basis, cases, elapsed)
        return Found(None, cases, elapsed)

    def like(self, row: int, basis: Sequence[str]) -> Cases:
        """The waits of the same name and direction that agree with that in *row* in every member of *basis*."""
        waits = self.waits
        columns = (waits.direction, waits.wait, waits.instrument, waits.counterpart)[: 1 + len(basis)]
        place = tuple(int(column[row]) for column in columns)
        if place not in self._cases:
            rows = self._like(place)
            self._cases[place] = Cases.of(waits.gross[rows], waits.ended[rows])
        return self._cases[place]

    def _like(self, place: tuple[int, ...]) -> Numbers:
        waits = self.waits
        if place not in self._rows:
            if len(place) == 2:
                rows = np.flatnonzero(self._fresh & (waits.direction == place[0]) & (waits.wait == place[1]))
            else:
                wider = self._like(place[:-1])
                column = waits.instrument if len(place) == 3 else waits.counterpart
                rows = wider[column[wider] == place[-1]]
            self._rows[place] = rows
        return self._rows[place]


def forecasts(known: Known) -> list[dict[str, Any]]:
    """A forecast for every counted request that is open, by request."""
    reference = Reference(known.waits, known.today)
    return [forecast(known, int(place), reference) for place in known.open]


def forecast_for(known: Known, request: str) -> dict[str, Any] | None:
    """The forecast of one request; nothing where the authority has no such request."""
    place = known.place.get(request)
    if place is None:
        return None
    if place not in known.open:
        return _unsaid(request, "not_open")
    return forecast(known, place, Reference(known.waits, known.today))


def forecast(known: Known, place: int, reference: Reference) -> dict[str, Any]:
    """When the stage that the request at *place* waits in will end; nothing where too few cases say so, or after a reopening."""
    request = known.requests[place]
    if known.reopened[place]:
        return _unsaid(request, "reopened")
    row = int(known.latest[place])
    since = day_of(int(known.waits.start[row]))
    found = reference.found(row)
    head = {"request": request, "stage": WAITS[known.waits.wait[row]], "since": since.isoformat(), "elapsed": found.elapsed}
    if found.basis is None:
        return {**head, "basis": None, **found.counts(), "reason": "too_few", **_dates(None, since)}
    days = dict(zip(map(str, QUANTILES), found.cases.after(found.elapsed), strict=True))
    return {**head, "basis": list(found.basis), **found.counts(), "reason": None, **_dates(days, since)}


def without_dates(said: dict[str, Any], reason: str) -> dict[str, Any]:
    """The forecast with all but its dates, and why they are not shown."""
    return {**said, "reason": reason, **_dates(None, None)}


def _unsaid(request: str, reason: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("stage", "since", "elapsed", "basis", "n", "ends", "at_risk"))
    return {"request": request, **nothing, "reason": reason, **_dates(None, None)}


def conditional(curve: Curve, elapsed: int) -> dict[str, int | None]:
    """The conditional quantiles after *elapsed* days, by their name."""
    return {str(share): conditional_quantile(curve, share, elapsed) for share in QUANTILES}


def _dates(days: dict[str, int | None] | None, since: date | None) -> dict[str, Any]:
    """Days since the stage began, and the dates that they stand for: the expected one, and ranges of 50 % and 80 %."""
    if days is None or since is None:
        return {"days": None, "expected": None, "range_50": None, "range_80": None}
    on = {name: None if day is None else (since + timedelta(days=day)).isoformat() for name, day in days.items()}
    return {"days": days, "expected": on["0.5"], "range_50": [on["0.25"], on["0.75"]], "range_80": [on["0.1"], on["0.9"]]}
