"""The series of Prometheus from all facts at once: each stream folded as it was recorded, and a panel seen by one member after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.account import behind
from services.metrics.domain.course import Course
from services.metrics.domain.dimensions import breakdown, stage
from services.metrics.domain.durations import gross_days
from services.metrics.domain.elements import NEVER, STATES, micros, moment_of
from services.metrics.domain.facts import Stream
from services.metrics.domain.limits import RUNNING, SUSPENDED, Clocks
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.panel import Panel, View
from services.metrics.domain.period import Period
from services.metrics.domain.scope import DIRECTIONS, Breakdown, Scope, rows_of
from services.metrics.domain.series import as_recorded
from services.metrics.domain.survival import ENOUGH, Curve
from services.metrics.domain.words import mark
from shared.facts.codes import NOT_REQUESTS

KM_DAYS = 730
KM_QUANTILES = (0.5, 0.9)
CLOCK_STATES = {"running": RUNNING, "suspended": SUSPENDED, "overdue": len(STATES)}

Labels = tuple[str, ...]
Waits = tuple[NDArray[np.int64], NDArray[np.bool_]]
"""Days, and whether the wait was seen to end."""


@dataclass(slots=True)
class Counted:
    """What was ever projected; corrections leave it, so that no counter falls."""

    received: Counter[Labels] = field(default_factory=Counter)
    """By direction, kind."""
    closed: Counter[Labels] = field(default_factory=Counter)
    """By direction, kind, outcome."""
    turnaround: dict[str, list[float]] = field(default_factory=dict)
    """Seconds from arrival to the first end, by kind: closed requests only."""
    escalations: Counter[str] = field(default_factory=Counter)
    """By level."""


@dataclass(slots=True)
class Standing:
    """What stands at a moment."""

    open: Counter[Labels] = field(default_factory=Counter)
    """By direction, kind, stage."""
    overdue: Counter[Labels] = field(default_factory=Counter)
    """Requests, by direction, kind."""
    clocks: Counter[Labels] = field(default_factory=Counter)
    """By row, state."""
    oldest: dict[str, datetime] = field(default_factory=dict)
    """Arrival of the oldest open request, by kind."""
    next_due: datetime | None = None
    waits: dict[Labels, Waits] = field(default_factory=dict)
    """Waits for the return of what arrived lately, by direction, kind."""
    difference: dict[Labels, int] = field(default_factory=dict)
    """By how much the account of the year does not close, by direction, kind."""


def counted(streams: Iterable[Stream], members: Mapping[str, LocalDays]) -> Counted:
    """Arrivals, ends, turnaround and escalations of all streams, by how each member sees them."""
    found = Counted()
    for stream in streams:
        found.escalations.update(str(fact.get("level")) for fact in stream.facts if fact.type == "EscalationReached")
        raw = as_recorded(stream)
        if raw.arrival is None or raw.kind in NOT_REQUESTS:
            continue
        kind, ends = raw.kind or "not_recorded", [episode.end for episode in raw.episodes if episode.end is not None]
        for side in sides(raw, members):
            found.received[side, kind] += 1
            found.closed.update((side, kind, end) for end in ends)
        first = raw.episodes[0]
        if first.ended_at is not None:
            seconds = (first.ended_at - first.began_at).total_seconds()
            found.turnaround.setdefault(kind, []).append(max(seconds, 0.0))
    return found


def sides(found: Course, members: Iterable[str]) -> Iterator[str]:
    """How the members see a request: outgoing for one, incoming for the other, or only one of them."""
    for name, party in (("outgoing", found.requesting), ("incoming", found.requested)):
        if party.authority in members:
            yield name


def standing(panel: Panel, members: Mapping[str, LocalDays], known_at: datetime) -> Standing:
    """What stands at *known_at*; each clock once, each request once for every side that is a member."""
    found = Standing()
    others: set[int] = set()
    for authority, days in sorted(members.items()):
        year = days.on(known_at).year
        period = Period.of(date(year, 1, 1), date(year + 1, 1, 1), known_at, days)
        _stand(found, Scope(View(panel, authority, micros(known_at)), period), others)
        others.add(mark(authority))
    return found


def _stand(found: Standing, scope: Scope, others: set[int]) -> None:
    """Add what one member sees; what the member on the other side has shown already is not shown again."""
    view, kinds = scope.view, scope.view.values("kind")
    stages, clocks = stage(scope), Clocks(scope)
    places, began = scope.open_until
    for place, when in zip(places.tolist(), began.tolist(), strict=True):
        kind = kinds.texts[kinds.places[place]]
        found.open[DIRECTIONS[view.direction[place]], kind, stages.texts[stages.places[place]]] += 1
        found.oldest[kind] = min(found.oldest.get(kind, moment_of(when)), moment_of(when))
    for place in clocks.late.tolist():
        found.overdue[DIRECTIONS[view.direction[place]], kinds.texts[kinds.places[place]]] += 1
    _clocks(found, clocks, others)
    _lately(found, scope)
    _close(found, scope)


def _clocks(found: Standing, clocks: Clocks, others: set[int]) -> None:
    """Runs by row and state, of requests that no member before has shown."""
    view = clocks.scope.view
    sides = np.asarray(sorted(others), dtype=np.int64)
    shown = np.isin(view.spread("requesting", 0), sides) | np.isin(view.spread("requested", 0), sides)
    own = np.flatnonzero(~shown[clocks.request])
    texts, rows = clocks.rows
    states = np.where(clocks.overdue, len(STATES), clocks.steps["state"])[own].astype(np.int64)
    counts = np.bincount(rows[own] * (len(STATES) + 1) + states, minlength=len(texts) * (len(STATES) + 1)).reshape(len(texts), len(STATES) + 1)
    for row, text in enumerate(texts):
        for state, place in CLOCK_STATES.items():
            if counts[row, place]:
                found.clocks[text, state] += int(counts[row, place])
    coming = own[clocks.running[own] & ~clocks.overdue[own]]
    next_due = int(clocks.steps["adjusted_at"][coming].min(initial=NEVER))
    if next_due != NEVER:
        found.next_due = min(found.next_due or moment_of(next_due), moment_of(next_due))


def _lately(found: Standing, scope: Scope) -> None:
    """Waits for the return of what arrived in the last two years."""
    view, waits = scope.view, scope.view.waits("to_return")
    today = scope.days(np.asarray([scope.known], dtype=np.int64))[0]
    rows = np.flatnonzero(today - scope.days(waits["start"]) <= KM_DAYS)
    own = rows_of(waits, rows)
    groups = breakdown(view, view.counted, [view.values("kind")])
    days, parts = gross_days(scope, own), groups.parts.of[own["request"]]
    for part in np.unique(parts).tolist():
        labels = _labels(groups, part)
        before = found.waits.get(labels, (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)))
        mine = parts == part
        found.waits[labels] = (np.concatenate((before[0], days[mine])), np.concatenate((before[1], own["outcome"][mine] > 0)))


def _labels(groups: Breakdown, part: int) -> Labels:
    side, value = divmod(part, groups.width)
    return DIRECTIONS[side], groups.values[value][0]


def _close(found: Standing, scope: Scope) -> None:
    """Note by how much the account of this year, so far, does not close."""
    groups = breakdown(scope.view, scope.view.counted, [scope.view.values("kind")])
    count = {name: groups.counts(places) for name, places in behind(scope).items()}
    came, went = count["carried_forward"] + count["new"] + count["reopened"], count["closed_total"] + count["continuing"]
    table = (came - went)[:, 1:].reshape(-1)
    for part in np.unique(groups.parts.of[scope.view.counted]).tolist():
        labels = _labels(groups, part)
        found.difference[labels] = found.difference.get(labels, 0) + abs(int(table[part]))


def km_quantiles(waits: Waits) -> dict[float, int]:
    """The quantiles of a waiting curve, in days; those not reached are absent, and all where there are too few."""
    days, ended = waits
    if len(days) < ENOUGH:
        return {}
    curve = Curve.of(days, ended)
    found = {share: curve.quantile(share) for share in KM_QUANTILES}
    return {share: day for share, day in found.items() if day is not None}
