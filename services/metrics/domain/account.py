"""The account of requests: what was carried forward, came in, went out and continues. figures-1, section 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from services.metrics.domain.additive import Named, tables_exchanged
from services.metrics.domain.elements import ENDS, EPOCH_DAY
from services.metrics.domain.errors import AccountDoesNotClose
from services.metrics.domain.panel import Places
from services.metrics.domain.period import Period
from services.metrics.domain.rounding import one_decimal
from services.metrics.domain.scope import Breakdown, Numbers, Scope

CLOSED_AS = ENDS[1:]
CAME, WENT = ("carried_forward", "new", "reopened"), ("closed_total", "continuing")
AGE_BANDS = ((0, 30), (31, 90), (91, 180), (181, 365), (366, 730), (731, None))


def behind(scope: Scope) -> dict[str, Places]:
    """The requests behind each number of the account: once for each time that they are counted."""
    episodes = scope.view.rows("episode")
    request, end = episodes["request"], episodes["end"]
    ended = np.flatnonzero((end > 0) & scope.holds(episodes["ended_at"]))
    later = np.flatnonzero((episodes["number"] > 0) & scope.holds(episodes["began_at"]))
    return {
        "carried_forward": scope.open_at(scope.begins)[0],
        "new": scope.new,
        "reopened": request[later],
        **{f"closed.{name}": request[ended[end[ended] == place]] for place, name in enumerate(ENDS) if place},
        "closed_total": request[ended],
        "continuing": scope.open_at(scope.closing)[0],
    }


def reasons(scope: Scope) -> tuple[Places, Numbers]:
    """The requests that were closed otherwise in the period, and the codes of the reasons."""
    episodes = scope.view.rows("episode")
    rows = np.flatnonzero((episodes["end"] == ENDS.index("otherwise")) & scope.holds(episodes["ended_at"]))
    return episodes["request"][rows], episodes["reason"][rows]


@dataclass(frozen=True, slots=True)
class Account:
    """The accounts of all groups of an answer."""

    counts: Mapping[str, Numbers]
    previous: Numbers
    reasons: Named

    @classmethod
    def of_groups(cls, scope: Scope, groups: Breakdown, previous: Numbers) -> Account:
        """The accounts of *groups*, and what was open at the beginning as known then.

        Raises:
            AccountDoesNotClose: left and right side of one of them differ; no figure is given.
        """
        found = behind(scope)
        counts = {name: groups.counts(places) for name, places in found.items()}
        difference = _difference(counts)
        if difference.any():
            broken = np.argwhere(difference)[0]
            raise AccountDoesNotClose(int(difference[tuple(broken)]), _unequal(scope, groups, found))
        places, codes = reasons(scope)
        texts, numbers = scope.view.texts_of(codes)
        return cls(counts, previous, Named(texts, groups.coded(places, numbers, len(texts))))

    def exchanged(self, gone: Account, came: Account) -> Account:
        """The same with some requests exchanged."""
        previous = self.previous - gone.previous + came.previous
        return Account(tables_exchanged(self.counts, gone.counts, came.counts), previous, self.reasons.exchanged(gone.reasons, came.reasons))

    def of(self, side: int, part: int) -> dict[str, Any]:
        """The account of one group."""
        count = {name: int(table[side, part]) for name, table in self.counts.items()}
        previous = int(self.previous[side, part])
        return {
            "carried_forward": count["carried_forward"],
            "new": count["new"],
            "reopened": count["reopened"],
            "closed": {name: count[f"closed.{name}"] for name in CLOSED_AS},
            "closed_total": count["closed_total"],
            "continuing": count["continuing"],
            "difference": 0,
            "previous_continuing": previous,
            "corrected": count["carried_forward"] - previous,
            "otherwise_by_reason": {reason: int(n) for reason, n in zip(self.reasons.names, self.reasons.counts[side, part], strict=True) if n},
        }


def _difference(counts: Mapping[str, Numbers]) -> Numbers:
    return counts["carried_forward"] + counts["new"] + counts["reopened"] - counts["closed_total"] - counts["continuing"]


def _unequal(scope: Scope, groups: Breakdown, found: dict[str, Places]) -> tuple[str, ...]:
    """The requests whose own account does not close."""
    size = scope.view.size
    came = sum((np.bincount(found[name], minlength=size) for name in CAME), start=np.zeros(size, dtype=np.int64))
    went = sum((np.bincount(found[name], minlength=size) for name in WENT), start=np.zeros(size, dtype=np.int64))
    broken = np.flatnonzero((came != went) & (groups.parts.of >= 0))
    return tuple(sorted(scope.view.panel.names(broken)))


def by_month(scope: Scope, groups: Breakdown) -> Numbers:
    """The account month by month: one row a direction, part and month, of new, reopened, closed and continuing."""
    months = list(scope.period.months())
    edges = np.asarray([Scope(scope.view, month).begins for month in months], dtype=np.int64)
    episodes = scope.view.rows("episode")
    later, ended = np.flatnonzero(episodes["number"] > 0), np.flatnonzero(episodes["end"] > 0)
    request = episodes["request"]
    moments = {
        "new": (np.flatnonzero(scope.view.counted), scope.arrived_at[scope.view.counted]),
        "reopened": (request[later], episodes["began_at"][later]),
        "closed": (request[ended], episodes["ended_at"][ended]),
    }
    tables = []
    for places, at in moments.values():
        inside = np.flatnonzero(scope.holds(at))
        tables.append(groups.coded(places[inside], np.searchsorted(edges, at[inside], side="right") - 1, len(months)))
    carried = groups.counts(scope.open_at(scope.begins)[0])[..., np.newaxis]
    return np.stack([*tables, carried + np.cumsum(tables[0] + tables[1] - tables[2], axis=2)], axis=3)


def months_of(table: Numbers, months: Sequence[str]) -> list[dict[str, Any]]:
    """The months of one group, under their names."""
    names = ("new", "reopened", "closed_total", "continuing")
    return [{"month": month, **dict(zip(names, row, strict=True))} for month, row in zip(months, table.tolist(), strict=True)]


def named_months(period: Period) -> list[str]:
    """The months of a period, as answers name them."""
    return [month.from_on.strftime("%Y-%m") for month in period.months()]


def is_empty(answer: dict[str, Any]) -> bool:
    """Nothing was carried forward, came, came back, ended or continued before: such a group is left out."""
    return not any(answer[name] for name in ("carried_forward", "new", "reopened", "closed_total", "previous_continuing"))


def cepej(answer: dict[str, Any], period: Period) -> dict[str, float | None]:
    """Clearance rate, disposition time and backlog: figures-1, section 5."""
    days = (period.days.on(period.until) - period.from_on).days
    came, closed, continuing = answer["new"] + answer["reopened"], answer["closed_total"], answer["continuing"]
    disposition = Fraction(continuing * days, closed) if closed else None
    return {
        "clearance_rate": one_decimal(Fraction(100 * closed, came) if came else None),
        "disposition_days": one_decimal(disposition),
        "backlog_months": one_decimal(None if disposition is None else disposition * Fraction(12, 365)),
    }


def band_name(low: int, high: int | None) -> str:
    """The name of an age band in answers."""
    return f"{low}+" if high is None else f"{low}-{high}"


BANDS = tuple(band_name(low, high) for low, high in AGE_BANDS)


def bands_of(scope: Scope) -> tuple[Places, Numbers]:
    """The requests that are open at the end of the period, and the number of the band of local days since their episode began."""
    places, began = scope.open_until
    today = (scope.period.days.on(scope.period.until) - EPOCH_DAY).days
    lows = np.asarray([low for low, _ in AGE_BANDS[1:]], dtype=np.int64)
    return places, np.searchsorted(lows, today - scope.days(began), side="right")
