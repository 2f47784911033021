"""What one request adds to the counters of Prometheus: from its facts as they were recorded, so that no counter falls. figures-1, section 9."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from services.metrics.domain.course import ARRIVALS, Course, course
from services.metrics.domain.facts import Stream
from services.metrics.domain.knowledge import Known, head_of
from shared.facts.codes import NOT_REQUESTS

DAY_SECONDS = 86_400
BUCKET_DAYS = (1, 3, 7, 14, 30, 45, 60, 90, 120, 180, 270, 365, 540, 730)
BUCKETS = (*(str(float(days * DAY_SECONDS)) for days in BUCKET_DAYS), "+Inf")
LIMITS = tuple(days * DAY_SECONDS * 1_000_000 for days in BUCKET_DAYS)
RECEIVED, CLOSED, ESCALATED, TURNAROUND, TURNAROUND_MICROS = "received", "closed", "escalated", "turnaround", "turnaround_micros"
ONE_MICROSECOND = timedelta(microseconds=1)
NOT_RECORDED = "not_recorded"


class Tally(NamedTuple):
    """What is counted: of which series, for which authority that sees it how, and of what."""

    series: str
    authority: str = ""
    direction: str = ""
    kind: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a request has ever added to the counters. Corrections leave it."""

    request: str
    requesting: str = ""
    requested: str = ""
    kind: str = ""
    arrived: bool = False
    ends: tuple[str, ...] = ()
    """How its episodes ended, in their order."""
    turnaround: int | None = None
    """Microseconds from arrival to the first end."""
    levels: tuple[str, ...] = ()
    """Of its escalations, in order of the level."""

    def never_less(self, before: Counted | None) -> Counted:
        """The same, or what was counted before where that is no less: while facts come in again, only some of them are there."""
        if before is None:
            return self
        more = before.arrived and (not self.arrived or len(self.ends) <= len(before.ends))
        return replace(before if more else self, levels=max(self.levels, before.levels, key=len))

    def tallies(self) -> Counter[Tally]:
        """What is counted of it, for both sides: which of them are members is asked when it is told."""
        found: Counter[Tally] = Counter(Tally(ESCALATED, value=level) for level in self.levels)
        if self.arrived:
            for authority, side in sides(self.requesting, self.requested):
                found[Tally(RECEIVED, authority, side, self.kind)] += 1
                found.update(Tally(CLOSED, authority, side, self.kind, end) for end in self.ends)
        if self.turnaround is not None:
            found[Tally(TURNAROUND, kind=self.kind, value=BUCKETS[bisect_left(LIMITS, self.turnaround)])] += 1
            found[Tally(TURNAROUND_MICROS, kind=self.kind)] += self.turnaround
        return found


def sides(requesting: str, requested: str) -> Iterator[tuple[str, str]]:
    """How the two authorities see a request: outgoing for one, incoming for the other."""
    if requesting:
        yield requesting, "outgoing"
    if requested and requested != requesting:
        yield requested, "incoming"


def as_recorded(stream: Stream) -> Course:
    """The course of a request from its facts in the order of the stream, as if nothing had ever been corrected."""
    arrived = next((place for place, fact in enumerate(stream.facts) if fact.type in ARRIVALS), len(stream.facts))
    head = head_of(stream.facts[0], stream.facts[: arrived + 1])
    return course(Known(stream.request, head, stream.facts, None))


def counted(stream: Stream) -> Counted | None:
    """What the facts of a request add to the counters; nothing before it arrived or was escalated."""
    levels = tuple(sorted(str(fact.get("level")) for fact in stream.facts if fact.type == "EscalationReached"))
    raw = as_recorded(stream)
    if raw.arrival is None or raw.kind in NOT_REQUESTS:
        return Counted(stream.request, levels=levels) if levels else None
    first, ends = raw.episodes[0], tuple(episode.end for episode in raw.episodes if episode.end is not None)
    took = None if first.ended_at is None else max((first.ended_at - first.began_at) // ONE_MICROSECOND, 0)
    return Counted(stream.request, raw.requesting.authority, raw.requested.authority, raw.kind or NOT_RECORDED, True, ends, took, levels)
