"""When the next step is to be expected, with ranges and the number of cases behind them: figures-1, section 8."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from services.metrics.domain.cases import QUANTILES, Cases
from services.metrics.domain.cohorts import Cohorts, Likeness, numbered
from services.metrics.domain.stage_waits import WAITS, Known, Numbers, day_of

BASES = (("counterpart", "instrument", "stage"), ("instrument", "stage"), ("stage",))


@dataclass(frozen=True, slots=True)
class Found:
    """The basis of one forecast; without a basis, the widest cases that there are."""

    basis: tuple[str, ...] | None
    cases: Cases
    elapsed: int

    def counts(self) -> dict[str, int]:
        """On how many cases it rests."""
        return {"n": self.cases.curve.n, "ends": self.cases.ends, "at_risk": self.cases.at_risk(self.elapsed)}


class Lasting(Protocol):
    """Waits as columns."""

    @property
    def likeness(self) -> Numbers:
        """One row a wait: what it may have in common with others."""

    @property
    def start(self) -> Numbers:
        """Local day, as days since 1970."""


class Reference:
    """The cases that are like one of some *waits*."""

    def __init__(self, cohorts: Cohorts, waits: Lasting) -> None:
        self._cohorts, self._likeness, self._start = cohorts, waits.likeness, waits.start

    def found(self, row: int) -> Found:
        """The first basis with enough cases like the wait in *row*."""
        likeness, elapsed = self.likeness(row), self._elapsed(row)
        basis = next((basis for basis, _ in self.bases(likeness, np.asarray([elapsed]))), None)
        return Found(basis, self.like(likeness, basis or BASES[-1]), elapsed)

    def with_basis(self, row: int, basis: tuple[str, ...]) -> Found:
        """The cases like the wait in *row* in every member of *basis*, which was found to be enough before."""
        return Found(basis, self.like(self.likeness(row), basis), self._elapsed(row))

    def bases(self, likeness: Likeness, elapsed: Numbers) -> Iterator[tuple[tuple[str, ...], Numbers]]:
        """For waits of one likeness, by the days that they have lasted: each basis that is the first with enough cases for some, and their places."""
        missing = np.arange(len(elapsed))
        for basis in BASES:
            enough = self.like(likeness, basis).enough(elapsed[missing])
            if enough.any():
                yield basis, missing[enough]
            missing = missing[~enough]

    def alike(self) -> Iterator[tuple[Likeness, Numbers]]:
        """The places of the waits by what cases may have in common with them."""
        likenesses, cells = numbered(self._likeness)
        order = np.argsort(cells, kind="stable")
        edges = np.searchsorted(cells[order], np.arange(len(likenesses) + 1)).tolist()
        return ((likeness, order[first:last]) for likeness, (first, last) in zip(likenesses, pairwise(edges), strict=True))

    def _elapsed(self, row: int) -> int:
        """The days that the wait in *row* has lasted."""
        return self._cohorts.today - int(self._start[row])

    def likeness(self, row: int) -> Likeness:
        """What cases may have in common with the wait in *row*."""
        return tuple(self._likeness[row].tolist())

    def like(self, likeness: Likeness, basis: Sequence[str]) -> Cases:
        """The waits of the same name and direction that agree in every member of *basis*."""
        return self._cohorts.like(likeness[: 1 + len(basis)])


def forecasts(known: Known) -> list[dict[str, Any]]:
    """A forecast for every counted request that is open, by request."""
    reference = Reference(Cohorts.of(known), known.waits)
    return [forecast(known, int(place), reference) for place in known.open]


def forecast_for(known: Known, request: str, cohorts: Cohorts) -> dict[str, Any] | None:
    """The forecast of one request, *known* alone or among others; nothing where the authority has no such request."""
    place = known.place.get(request)
    if place is None:
        return None
    if place not in known.open:
        return _unsaid(request, "not_open")
    return forecast(known, place, Reference(cohorts, known.waits))


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


def _dates(days: dict[str, int | None] | None, since: date | None) -> dict[str, Any]:
    """Days since the stage began, and the dates that they stand for: the expected one, and ranges of 50 % and 80 %."""
    if days is None or since is None:
        return {"days": None, "expected": None, "range_50": None, "range_80": None}
    on = {name: None if day is None else (since + timedelta(days=day)).isoformat() for name, day in days.items()}
    return {"days": days, "expected": on["0.5"], "range_50": [on["0.25"], on["0.75"]], "range_80": [on["0.1"], on["0.9"]]}
