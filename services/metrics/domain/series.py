"""What the exporter says, from facts: counters that never fall, and gauges of what stands. figures-1, section 9."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from services.metrics.domain.account import account
from services.metrics.domain.corrections import direction
from services.metrics.domain.course import ARRIVALS, NOT_REQUESTS, Course, course
from services.metrics.domain.durations import spells, stages
from services.metrics.domain.errors import AccountDoesNotClose
from services.metrics.domain.facts import Stream
from services.metrics.domain.knowledge import Known, head_of
from services.metrics.domain.limits import clocks_at
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.period import Period
from services.metrics.domain.survival import ENOUGH, curve_of

KM_DAYS = 730
KM_QUANTILES = (0.5, 0.9)
CLOCK_STATES = ("running", "suspended", "overdue")

Labels = tuple[str, ...]


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
    waits: dict[Labels, list[tuple[int, str | None]]] = field(default_factory=dict)
    """Waits for the return of what arrived lately, by direction, kind."""
    difference: dict[Labels, int] = field(default_factory=dict)
    """By how much the account of the year does not close, by direction, kind."""


def as_recorded(stream: Stream) -> Course:
    """The course of a request from its facts in the order of the stream, as if nothing had ever been corrected."""
    arrived = next((place for place, fact in enumerate(stream.facts) if fact.type in ARRIVALS), len(stream.facts))
    head = head_of(stream.facts[0], stream.facts[: arrived + 1])
    return course(Known(stream.request, head, stream.facts, None))


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


def standing(courses: Sequence[Course], members: Mapping[str, LocalDays], known_at: datetime) -> Standing:
    """What stands at *known_at*; each clock once, each request once for every side that is a member."""
    found = Standing()
    for one in courses:
        if one.excluded is not None:
            continue
        own = [(side, members[party.authority]) for side, party in (("outgoing", one.requesting), ("incoming", one.requested)) if party.authority in members]
        if own:
            _stand(found, one, own, known_at)
    for authority, days in members.items():
        _close(found, [one for one in courses if authority in (one.requesting.authority, one.requested.authority)], authority, days, known_at)
    return found


def _stand(found: Standing, one: Course, own: Sequence[tuple[str, LocalDays]], known_at: datetime) -> None:
    kind, days = one.kind or "not_recorded", own[0][1]
    clocks = clocks_at(one, known_at, days.name)
    for clock in clocks:
        state = "overdue" if clock.overdue(known_at) else clock.state
        if state in CLOCK_STATES:
            found.clocks[clock.row, state] += 1
        if state == "running" and clock.adjusted is not None:
            found.next_due = min(found.next_due or clock.adjusted.moment, clock.adjusted.moment)
    is_open, late = one.open_at(known_at), any(clock.overdue(known_at) for clock in clocks)
    for side, local in own:
        if is_open is not None:
            found.open[side, kind, stages(one, known_at, local)[-1][0]] += 1
        if late:
            found.overdue[side, kind] += 1
        arrival = one.episodes[0].began_at
        if local.on(known_at) - local.on(arrival) <= timedelta(days=KM_DAYS):
            wait = next(spell for spell in spells(one, known_at, local) if spell.name == "to_return")
            found.waits.setdefault((side, kind), []).append((wait.gross, wait.outcome))
    if is_open is not None:
        found.oldest[kind] = min(found.oldest.get(kind, is_open.began_at), is_open.began_at)


def _close(found: Standing, courses: Sequence[Course], authority: str, days: LocalDays, known_at: datetime) -> None:
    """Note by how much the account of this year, so far, does not close."""
    year = days.on(known_at).year
    period = Period.of(date(year, 1, 1), date(year + 1, 1, 1), known_at, days)
    groups: dict[Labels, list[Course]] = {}
    for one in courses:
        if one.excluded is None:
            groups.setdefault((direction(one, authority), one.kind or "not_recorded"), []).append(one)
    for labels, own in groups.items():
        try:
            difference = int(account(own, [], period)["difference"])
        except AccountDoesNotClose as error:
            difference = error.difference
        found.difference[labels] = found.difference.get(labels, 0) + abs(difference)


def km_quantiles(waits: Sequence[tuple[int, str | None]]) -> dict[float, int]:
    """The quantiles of a waiting curve, in days; those not reached are absent, and all where there are too few."""
    if len(waits) < ENOUGH:
        return {}
    curve = curve_of(waits)
    found = {share: curve.quantile(share) for share in KM_QUANTILES}
    return {share: day for share, day in found.items() if day is not None}
