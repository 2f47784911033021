"""The past replayed as it was known then: how often the ranges held, and whether the forecasts beat two naive ones. figures-1, section 8, "Proof"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np

from services.metrics.domain.cases import QUANTILES
from services.metrics.domain.cohorts import Cohorts
from services.metrics.domain.forecast import Reference
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.rounding import rounded_estimate, share
from services.metrics.domain.scope import DIRECTIONS
from services.metrics.domain.stage_waits import STAGES, Known
from services.metrics.domain.warnings_tested import WarningsTested

ENOUGH_SCORED = 200
MONTHS_REPLAYED = 36
GOOD_50, GOOD_80 = (0.4, 0.6), (0.7, 0.9)
RANGES = ((1, 3), (0, 4))
"""The quantiles that bound the range of 50 % and that of 80 %, by their place."""
MODELS = ("model", "closed_only", "unconditional")
PROVEN, FAILED, TOO_FEW = "proven", "failed", "too_few"
"""It stood the test; it did not; fewer than 200 forecasts could be scored."""


@dataclass
class Tally:
    """What became of the forecasts of one direction and stage, or of several together."""

    scored: int = 0
    skipped: int = 0
    overtaken: int = 0
    gone: int = 0
    unbounded: list[int] = field(default_factory=lambda: [0, 0])
    ranges: list[int] = field(default_factory=lambda: [0, 0])
    inside: list[int] = field(default_factory=lambda: [0, 0])
    losses: list[list[float]] = field(default_factory=lambda: [[0.0] * len(QUANTILES) for _ in MODELS])

    def score(self, forecasts: Sequence[Sequence[float | None]], truth: int | None, horizon: int) -> None:
        """Add one forecast of each model. *truth* is the day on which the step came, *horizon* today, both since the stage began."""
        self.scored += 1
        model = forecasts[0]
        for place, (low, high) in enumerate(RANGES):
            first, last = model[low], model[high]
            if last is None or first is None:
                self.unbounded[place] += 1
            elif last < horizon:
                self.ranges[place] += 1
                self.inside[place] += truth is not None and first <= truth <= last
        seen = horizon if truth is None else min(truth, horizon)
        for own, quantiles in zip(self.losses, forecasts, strict=True):
            for place, (at, quantile) in enumerate(zip(QUANTILES, quantiles, strict=True)):
                own[place] += pinball(at, horizon if quantile is None else min(quantile, horizon), seen)

    def add(self, other: Tally) -> None:
        """Add what became of the forecasts of another direction or stage."""
        for name in ("scored", "skipped", "overtaken", "gone"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("unbounded", "ranges", "inside"):
            setattr(self, name, [mine + its for mine, its in zip(getattr(self, name), getattr(other, name), strict=True)])
        self.losses = [[mine + its for mine, its in zip(own, more, strict=True)] for own, more in zip(self.losses, other.losses, strict=True)]

    def mean_loss(self, model: int) -> float | None:
        """Pinball loss in days: the mean over all forecasts and quantiles."""
        return sum(self.losses[model]) / len(QUANTILES) / self.scored if self.scored else None

    def coverage(self, place: int) -> float | None:
        """The share of ranges that held, of those whose upper end has passed."""
        return share(self.inside[place], self.ranges[place])

    @property
    def verdict(self) -> str:
        """Whether the forecasts may be shown: as many ranges hold as they say, and both naive ones lose."""
        if self.scored < ENOUGH_SCORED:
            return TOO_FEW
        covered = [self.inside[place] / self.ranges[place] if self.ranges[place] else -1.0 for place in range(len(RANGES))]
        own, closed, unconditional = (self.mean_loss(model) or 0.0 for model in range(len(MODELS)))
        good = GOOD_50[0] <= covered[0] <= GOOD_50[1] and GOOD_80[0] <= covered[1] <= GOOD_80[1] and own < closed and own < unconditional
        return PROVEN if good else FAILED

    def as_json(self) -> dict[str, Any]:
        """The tally as it is told."""
        counts = {name: getattr(self, name) for name in ("scored", "skipped", "overtaken", "gone")}
        told: dict[str, Any] = {**counts}
        for place, width in enumerate(("50", "80")):
            told |= {f"ranges_{width}": self.ranges[place], f"unbounded_{width}": self.unbounded[place], f"coverage_{width}": self.coverage(place)}
        told["pinball"] = {name: self._losses(model) for model, name in enumerate(MODELS)}
        return {**told, "verdict": self.verdict}

    def _losses(self, model: int) -> dict[str, float | None]:
        by_quantile = [loss / self.scored if self.scored else None for loss in self.losses[model]]
        told = dict(zip((*map(str, QUANTILES), "mean"), (*by_quantile, self.mean_loss(model)), strict=True))
        return {name: None if loss is None else rounded_estimate(loss, 4) for name, loss in told.items()}


def pinball(at: float, forecast: float, truth: float) -> float:
    """The loss of a forecast of the quantile *at*: what lies above costs *at* a day, what lies below the rest."""
    return at * (truth - forecast) if truth >= forecast else (1 - at) * (forecast - truth)


@dataclass
class Backtest:
    """All months replayed."""

    months: list[date]
    tallies: dict[tuple[int, int], Tally]
    warnings: WarningsTested

    @property
    def whole(self) -> Tally:
        """All directions and stages together."""
        total = Tally()
        for place in sorted(self.tallies):
            total.add(self.tallies[place])
        return total

    def as_json(self) -> dict[str, Any]:
        """The proof as it is told: by direction and stage, over all, and how well the early warnings warned."""
        stages = [{"direction": DIRECTIONS[side], "stage": STAGES[stage], **self.tallies[side, stage].as_json()} for side, stage in sorted(self.tallies)]
        return {
            "months": [month.isoformat()[:7] for month in self.months],
            "stages": stages,
            "all": self.whole.as_json(),
            "early_warnings": self.warnings.as_json(),
        }


def backtest(known_at: Callable[[datetime], Known], months: Iterable[date], days: LocalDays, today: Known) -> Backtest:
    """Forecast all open requests as known at local midnight of each day in *months*; score with what is known *today*."""
    done = Backtest([], {}, WarningsTested(today))
    for month in months:
        then = known_at(days.begins(month))
        done.months.append(month)
        cohorts = Cohorts.of(then)
        _replay(then, cohorts, today, done.tallies)
        done.warnings.replay(cohorts)
    return done


def _replay(then: Known, cohorts: Cohorts, today: Known, tallies: dict[tuple[int, int], Tally]) -> None:
    """Score the forecasts of one month."""
    reference = Reference(cohorts, then.waits)
    for place in then.open.tolist():
        row = int(then.latest[place])
        stage, side = int(then.waits.wait[row]), int(then.waits.direction[row])
        tally = tallies.setdefault((side, stage), Tally())
        found = None if then.reopened[place] else reference.found(row)
        if found is None or found.basis is None:
            tally.skipped += 1
            continue
        start = int(then.waits.start[row])
        gone, truth = _truth(today, then.requests[place], stage, start)
        if gone:
            tally.gone += 1
        elif truth is not None and truth < found.elapsed:
            tally.overtaken += 1
        else:
            closed = [max(quantile, found.elapsed) for quantile in found.cases.closed_only]
            whole = reference.like(reference.likeness(row), ("stage",)).unconditional
            raised = [None if quantile is None else max(quantile, found.elapsed) for quantile in whole]
            tally.score((found.cases.after(found.elapsed), closed, raised), truth, today.today - start)


def _truth(today: Known, request: str, stage: int, start: int) -> tuple[bool, int | None]:
    """Whether the stage is no longer known to have been, and the days from *start* to its end; nothing while it lasts."""
    place = today.place.get(request)
    row = -1 if place is None else int(today.rows[stage, place])
    if row < 0:
        return True, None
    waits = today.waits
    return False, int(waits.start[row] + waits.gross[row]) - start if waits.ended[row] else None


def replayed(first: date | None, last: date | None, earliest: date, today: date) -> list[date]:
    """The firsts of month before *today* from that of *first* to that of *last*; by default the last 36 after *earliest*."""
    months = [month for month in _months(first or earliest, last or today) if month < today]
    return months if first is not None else [month for month in months if month > earliest][-MONTHS_REPLAYED:]


def _months(first: date, last: date) -> list[date]:
    numbers = np.arange(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(int(number) // 12, int(number) % 12 + 1, 1) for number in numbers]
