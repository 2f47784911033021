"""How one request stands by all that has arrived, and the gauges of Prometheus from many such rows. figures-1, section 9.

A row is made when a request is settled. What depends on the moment (which clock is overdue) is judged when the series are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain.elements import LAYOUTS, NEVER, STATES, WAITS
from services.metrics.domain.limits import RUNNING, SUSPENDED
from services.metrics.domain.localdays import LocalDays, Moments
from services.metrics.domain.series import NOT_RECORDED, sides
from services.metrics.domain.survival import ENOUGH, Curve
from services.metrics.domain.waits import STAGES
from services.metrics.domain.weave import PACKED, Woven
from services.metrics.domain.words import Words

CURVE_DAYS = 730
SHARES = (0.5, 0.9)
ENDED = "ended"
TO_RETURN = WAITS.index("to_return")
STAGE_WAITS = {WAITS.index(wait): place for place, wait in enumerate(STAGES.values())}
NAMES = {kind: tuple(name for name, _ in layout.fields) for kind, layout in LAYOUTS.items()}

Labels = tuple[str, ...]


class Run(NamedTuple):
    """A clock that runs or is suspended."""

    row: str
    state: str
    due: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A counted request. Moments are microseconds since 1970; later than all where there is none."""

    request: str
    requesting: str
    requested: str
    kind: str
    stage: str
    arrived_at: int
    left_at: int
    """When the wait for its return ended."""
    open_since: int
    due: int
    """The earliest adjusted due of a running clock."""
    came: int
    """How often it was new or reopened."""
    went: int
    """How often it ended."""
    runs: tuple[Run, ...]


def standing(request: str, rows: Woven, words: Words) -> Standing | None:
    """How a request stands by its newest rows; nothing where it is not counted."""
    head = next(_newest("head", rows))
    if head["excluded"]:
        return None
    episodes, waits = list(_newest("episode", rows)), list(_newest("wait", rows))
    runs = _runs(rows, words)
    open_since = min((episode["began_at"] for episode in episodes if episode["ended_at"] == NEVER), default=NEVER)
    reached = max((STAGE_WAITS[wait["name"]] for wait in waits if wait["name"] in STAGE_WAITS), default=0)
    return Standing(
        request,
        requesting=words.text(head["requesting"]) or "",
        requested=words.text(head["requested"]) or "",
        kind=words.text(head["kind"]) or NOT_RECORDED,
        stage=ENDED if open_since == NEVER else tuple(STAGES)[reached],
        arrived_at=head["arrived_at"],
        left_at=next((wait["stop"] for wait in waits if wait["name"] == TO_RETURN), NEVER),
        open_since=open_since,
        due=min((run.due for run in runs if run.state == STATES[RUNNING]), default=NEVER),
        came=int(head["arrived_at"] != NEVER) + sum(episode["number"] > 0 for episode in episodes),
        went=sum(episode["end"] > 0 for episode in episodes),
        runs=runs,
    )


def _newest(kind: str, rows: Woven) -> Iterator[dict[str, int]]:
    """The rows of one kind that hold by all that has arrived."""
    for _, known_until, *own in PACKED[kind].iter_unpack(rows[kind]):
        if known_until == NEVER:
            yield dict(zip(NAMES[kind], own, strict=True))


def _runs(rows: Woven, words: Words) -> tuple[Run, ...]:
    steps = (step for step in _newest("clock", rows) if step["until"] == NEVER and step["state"] in (RUNNING, SUSPENDED))
    return tuple(sorted(Run(words.text(step["row"]) or NOT_RECORDED, STATES[step["state"]], step["adjusted_at"]) for step in steps))


class Group(NamedTuple):
    """Requests between the same two authorities, of one kind, in one stage."""

    requesting: str
    requested: str
    kind: str
    stage: str
    open: int
    oldest: int
    overdue: int


class Runs(NamedTuple):
    """Clocks of one row in one state, each once, of requests with a member on either side."""

    row: str
    state: str
    number: int
    past: int
    """How many of them have their due behind them."""
    next_due: int
    """The earliest due of the others."""


class Flow(NamedTuple):
    """How many requests of a kind ever came and went, as one authority sees them."""

    authority: str
    direction: str
    kind: str
    came: int
    went: int


@dataclass(slots=True)
class Gauges:
    """What stands at a moment, as the members see it."""

    open: Counter[Labels] = field(default_factory=Counter)
    """By direction, kind, stage."""
    overdue: Counter[Labels] = field(default_factory=Counter)
    """Requests, by direction, kind."""
    clocks: Counter[Labels] = field(default_factory=Counter)
    """By row, state; each once, also between two members."""
    oldest: dict[str, int] = field(default_factory=dict)
    """Arrival or reopening of the oldest open request, by kind."""
    next_due: int = NEVER
    difference: dict[Labels, int] = field(default_factory=dict)
    """By how much what came less what went is not what is open, by direction, kind; of each member, added up."""


def gauges(groups: Iterable[Group], runs: Iterable[Runs], flows: Iterable[Flow], members: Collection[str]) -> Gauges:
    """What stands, each request once for every side that is a member."""
    found, still_open = Gauges(), Counter[Labels]()
    for group in groups:
        for authority, side in sides(group.requesting, group.requested):
            if authority in members:
                _add(found, group, side)
                still_open[authority, side, group.kind] += group.open
    for run in runs:
        _add_clocks(found, run)
    expected = {(flow.authority, flow.direction, flow.kind): flow.came - flow.went for flow in flows if flow.authority in members}
    for authority, side, kind in sorted({*expected, *still_open}):
        unequal = abs(expected.get((authority, side, kind), 0) - still_open[authority, side, kind])
        found.difference[side, kind] = found.difference.get((side, kind), 0) + unequal
    return found


def _add(found: Gauges, group: Group, side: str) -> None:
    if group.open:
        found.open[side, group.kind, group.stage] += group.open
        found.oldest[group.kind] = min(found.oldest.get(group.kind, NEVER), group.oldest)
    if group.overdue:
        found.overdue[side, group.kind] += group.overdue


def _add_clocks(found: Gauges, run: Runs) -> None:
    running = run.state == STATES[RUNNING]
    counts = {run.state: run.number - run.past, "overdue": run.past} if running else {run.state: run.number}
    found.clocks.update({(run.row, state): number for state, number in counts.items() if number})
    if running:
        found.next_due = min(found.next_due, run.next_due)


class Waiting(NamedTuple):
    """Arrivals of one kind between the same two authorities, and when the wait for the return of each ended."""

    requesting: str
    requested: str
    kind: str
    arrived_at: Moments
    left_at: Moments


def quantiles(waiting: Iterable[Waiting], members: Mapping[str, LocalDays], known_at: int) -> dict[Labels, int]:
    """Quantiles of the days to the return, by direction, kind and share; absent where too few waited or a curve has not fallen so far."""
    parts: dict[Labels, list[tuple[NDArray[np.int64], NDArray[np.bool_]]]] = {}
    today = {authority: int(days.days_of(np.asarray([known_at]))[0]) for authority, days in members.items()}
    for group in waiting:
        for authority, side in sides(group.requesting, group.requested):
            if authority in members:
                begun = members[authority].days_of(group.arrived_at)
                lately = np.flatnonzero((group.arrived_at < known_at) & (today[authority] - begun <= CURVE_DAYS))
                left_at = group.left_at[lately]
                stop = members[authority].days_of(np.where(left_at == NEVER, known_at, left_at))
                parts.setdefault((side, group.kind), []).append((stop - begun[lately], left_at != NEVER))
    found: dict[Labels, int] = {}
    for labels, own in parts.items():
        days, ended = np.concatenate([days for days, _ in own]), np.concatenate([ended for _, ended in own])
        curve = Curve.of(days, ended) if len(days) >= ENOUGH else None
        reached = {} if curve is None else {share: curve.quantile(share) for share in SHARES}
        found.update({(*labels, str(share)): day for share, day in reached.items() if day is not None})
    return found
