"""Whether early warnings warn well: of those given, how many came true; of the limits missed, how many had been told in time."""

from __future__ import annotations

from typing import Any

import numpy as np

from services.metrics.domain.cohorts import Cohorts
from services.metrics.domain.early_warning import AT_LEAST, chances, likely_late
from services.metrics.domain.elements import NO_DAY
from services.metrics.domain.rounding import share
from services.metrics.domain.stage_waits import KEPT, MISSED, NO_STAGE, Known

DAYS_BEFORE = 30

Limit = tuple[str, str]
"""Request and clock row. Several runs of one row in one request count as one: missed if one of them was."""


class WarningsTested:
    """The early warnings of the months replayed, against what is known today."""

    def __init__(self, today: Known) -> None:
        self.came_true = self.kept = self.open = 0
        self._standing = _standing(today)
        self._due = _due(today)
        self._running: set[Limit] = set()
        self._warned: set[Limit] = set()

    def replay(self, cohorts: Cohorts) -> None:
        """Add the warnings of one month."""
        awaited = cohorts.awaited
        late = likely_late(chances(cohorts).probability, AT_LEAST).tolist()
        for request, row, warned in zip(awaited.request.tolist(), awaited.row.tolist(), late, strict=True):
            limit = request, row
            if warned:
                standing = self._standing.get(limit, -1)
                self.came_true += standing == MISSED
                self.kept += standing == KEPT
                self.open += standing not in (MISSED, KEPT)
            if limit in self._due and cohorts.today <= self._due[limit] - DAYS_BEFORE:
                self._running.add(limit)
                self._warned |= {limit} if warned else set()

    def as_json(self) -> dict[str, Any]:
        """Precision and recall with the counts behind them. A warning counts in each month in which it is given; a missed limit counts once."""
        return {
            "at_least": AT_LEAST,
            "given": self.came_true + self.kept + self.open,
            "came_true": self.came_true,
            "kept": self.kept,
            "open": self.open,
            "precision": share(self.came_true, self.came_true + self.kept),
            "days_before": DAYS_BEFORE,
            "missed": len(self._due),
            "missed_running_before": len(self._running),
            "missed_warned_before": len(self._warned),
            "recall": share(len(self._warned), len(self._running)),
        }


def _standing(today: Known) -> dict[Limit, int]:
    """What became of each limit: missed if any run of it was, kept if all runs were, else open."""
    found: dict[Limit, int] = {}
    clocks = today.clocks
    for clock in range(len(clocks.request)):
        limit, standing = (today.requests[clocks.request[clock]], clocks.rows[clocks.row[clock]]), int(clocks.standing[clock])
        before = found.get(limit, standing)
        found[limit] = MISSED if MISSED in (before, standing) else min(before, standing)
    return found


def _due(today: Known) -> dict[Limit, int]:
    """The due day of each missed limit of a stage; the last where several runs were missed."""
    clocks = today.clocks
    missed = np.flatnonzero((clocks.standing == MISSED) & (clocks.stage != NO_STAGE) & (clocks.adjusted_on != NO_DAY))
    found: dict[Limit, int] = {}
    for clock in missed.tolist():
        limit = today.requests[clocks.request[clock]], clocks.rows[clocks.row[clock]]
        found[limit] = max(found.get(limit, NO_DAY), int(clocks.adjusted_on[clock]))
    return found
