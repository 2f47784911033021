"""Limits, from clock facts alone; nothing is recomputed: figures-1, section 5. The unit is the clock, that is one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.account import BANDS, bands_of
from services.metrics.domain.additive import Distinct, Named, tables_exchanged
from services.metrics.domain.elements import EPOCH_DAY, NEVER, NO_DAY, STATES
from services.metrics.domain.localdays import Days
from services.metrics.domain.panel import Columns, Places
from services.metrics.domain.rounding import share
from services.metrics.domain.scope import Breakdown, Mask, Numbers, Scope, rows_of

VERDICTS = ("met", "met_late", "missed", "lapsed", "cancelled")
IN_DENOMINATOR = ("met", "met_late", "missed", "lapsed")
STANDING = ("running", "suspended", "overdue", "past_strict", "overdue_requests")
RUNNING, SUSPENDED, MISSED = STATES.index("running"), STATES.index("suspended"), STATES.index("missed")


class Clocks:
    """The runs of clocks of the counted requests as they stood at the end of the period."""

    def __init__(self, scope: Scope) -> None:
        found, until = scope.view.rows("clock"), scope.until
        self.scope = scope
        self.steps: Columns = scope.view.remembered(
            ("steps", until), lambda: rows_of(found, np.flatnonzero((found["since"] < until) & (found["until"] >= until)))
        )
        self.request: Places = self.steps["request"]
        self.running: Mask = self.steps["state"] == RUNNING
        self.overdue: Mask = self.running & (self.steps["adjusted_at"] <= until)
        self.past_strict: Mask = self.running & (self.steps["strict_at"] <= until)
        self.verdict: NDArray[np.int64] = np.where(self.overdue, MISSED, self.steps["state"]).astype(np.int64)

    @cached_property
    def due_on(self) -> Days:
        """The due date of each run: the day itself, or the local date of the moment; far off where there is none."""
        moments, day = self.steps["adjusted_at"], self.steps["adjusted_on"].astype(np.int64)
        at_moment = np.flatnonzero((day == NO_DAY) & (moments != NEVER))
        due = day.copy()
        due[at_moment] = self.scope.days(moments[at_moment])
        return due

    @property
    def has_due(self) -> Mask:
        """The run has a due moment."""
        due: Mask = self.steps["adjusted_at"] != NEVER
        return due

    @cached_property
    def fell_due(self) -> Mask:
        """The due date lies in the period, and the due moment before its end."""
        period = self.scope.period
        first, after = ((day - EPOCH_DAY).days for day in (period.from_on, period.to_on))
        due: Mask = (self.steps["adjusted_at"] <= self.scope.until) & (self.due_on >= first) & (self.due_on < after)
        return due

    @cached_property
    def rows(self) -> tuple[tuple[str, ...], Numbers]:
        """The rows that the runs belong to, and the number of each."""
        return self.texts("row")

    def texts(self, field: str) -> tuple[tuple[str, ...], Numbers]:
        """The texts of a field of the runs, and the number of each run's."""
        return self.scope.view.remembered(("texts", field, self.scope.until), lambda: self.scope.view.texts_of(self.steps[field]))

    @cached_property
    def judged(self) -> NDArray[np.int64]:
        """The places of the runs that count in the table of limits."""
        verdicts = np.asarray([name in VERDICTS for name in STATES])
        return np.flatnonzero(self.fell_due & verdicts[self.verdict])

    def standing(self, name: str) -> NDArray[np.int64]:
        """The places of the runs behind one number of what stands."""
        masks = {
            "running": self.running & ~self.overdue,
            "suspended": self.steps["state"] == SUSPENDED,
            "overdue": self.overdue,
            "overdue_requests": self.overdue,
            "past_strict": self.past_strict,
        }
        return np.flatnonzero(masks[name])

    @cached_property
    def late(self) -> Places:
        """The distinct requests with an overdue clock."""
        found = np.zeros(self.scope.view.size, dtype=np.bool_)
        found[self.request[self.overdue]] = True
        return np.flatnonzero(found)


@dataclass(frozen=True, slots=True)
class Limits:
    """What fell due and what stands, of all groups of an answer."""

    table: Named
    """By row, then by state."""
    now: Mapping[str, Numbers]

    @classmethod
    def of_groups(cls, clocks: Clocks, groups: Breakdown) -> Limits:
        """The limits of *groups*, which have one place for each run."""
        texts, numbers = clocks.rows
        judged = clocks.judged
        coded = groups.coded(judged, numbers[judged] * len(STATES) + clocks.verdict[judged], len(texts) * len(STATES))
        now = {name: groups.counts(clocks.standing(name)) for name in STANDING}
        overdue = clocks.standing("overdue_requests")
        now["overdue_requests"] = Distinct.of(groups, overdue, *np.unique(clocks.request[overdue], return_inverse=True)).counts
        return cls(Named(texts, coded.reshape(*coded.shape[:2], len(texts), len(STATES))), now)

    def exchanged(self, gone: Limits, came: Limits) -> Limits:
        """The same with some requests exchanged."""
        return Limits(self.table.exchanged(gone.table, came.table), tables_exchanged(self.now, gone.now, came.now))

    def of(self, side: int, part: int) -> list[dict[str, Any]]:
        """Per clock row, what became of the clocks that fell due in the period."""
        own = self.table.counts[side, part]
        some = np.flatnonzero(own.any(axis=1))
        return [_row(self.table.names[place], counts) for place, counts in zip(some.tolist(), own[some].tolist(), strict=True)]

    def standing_of(self, side: int, part: int) -> dict[str, int]:
        """What runs, is on hold and is late at the end of the period."""
        return {name: int(table[side, part]) for name, table in self.now.items()}


def _row(row: str, counts: Sequence[int]) -> dict[str, Any]:
    """What became of the clocks of one row, of which there are so many in each state."""
    count = {name: counts[STATES.index(name)] for name in VERDICTS}
    denominator = sum(count[name] for name in IN_DENOMINATOR)
    return {"row": row, **count, "denominator": denominator, "share_met": share(count["met"], denominator)}


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is open at the end of the period, by local days since its episode began, of all groups of an answer."""

    table: Numbers

    @classmethod
    def of_groups(cls, scope: Scope, groups: Breakdown, only: Places | None = None) -> Ageing:
        """The bands of *groups*: of all requests, or of *only* some."""
        places, bands = bands_of(scope)
        if only is not None:
            late = np.zeros(scope.view.size, dtype=np.bool_)
            late[only] = True
            chosen = late[places]
            places, bands = places[chosen], bands[chosen]
        return cls(groups.coded(places, bands, len(BANDS)))

    def exchanged(self, gone: Ageing, came: Ageing) -> Ageing:
        """The same with some requests exchanged."""
        return Ageing(self.table - gone.table + came.table)

    def of(self, side: int, part: int) -> dict[str, int]:
        """The bands of one group."""
        return dict(zip(BANDS, self.table[side, part].tolist(), strict=True))


def overdue_since(clocks: Clocks, groups: Breakdown) -> Named:
    """How many overdue clocks there are of each due day; *groups* have one place for each run."""
    overdue = np.flatnonzero(clocks.overdue)
    found, numbers = np.unique(clocks.due_on[overdue], return_inverse=True)
    return Named(tuple(found.tolist()), groups.coded(overdue, numbers, len(found)))


def oldest_of(overdue: Named, side: int, part: int) -> str | None:
    """The earliest due date among the overdue clocks of one group."""
    some = np.flatnonzero(overdue.counts[side, part])
    return (EPOCH_DAY + timedelta(days=overdue.names[int(some[0])])).isoformat() if len(some) else None
