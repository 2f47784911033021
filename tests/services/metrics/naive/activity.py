"""What was done in a period, and measures, persons and cases, each in its own unit: figures-1, section 3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from services.metrics.domain.course import Course
from services.metrics.domain.facts import Fact
from services.metrics.domain.period import Period
from tests.services.metrics.naive.account import closed_in, is_new
from tests.services.metrics.naive.durations import is_positive

SYSTEM_CHANNELS = frozenset({"portal", "e-codex"})
LATE_AFTER_DAYS = 7
COUNTED_FACTS = {
    "sent_back": "RequestSentBack",
    "retransmitted": "TransmissionRecorded",
    "forwarded": "RequestForwarded",
    "information_rounds": "InformationRequested",
    "postponed": "ExecutionPostponed",
}
DECISIONS = frozenset({"DecisionTaken", "SurrenderDecided"})
MEASURE_OUTCOMES = ("executed", "refused", "impossible", "alternative")
PERSON_FACTS = {
    "arrested": "PersonArrested",
    "consented": "ConsentGiven",
    "surrendered": "PersonSurrendered",
    "released": "PersonReleased",
}
ESCALATION_LEVELS = ("1", "2", "3", "4")


def activity(courses: Sequence[Course], period: Period) -> dict[str, Any]:
    """Facts of counted requests in the period; requests by their first such fact."""
    executed = Counter(
        "executed_part" if fact.get("outcome") == "part" else "executed_full" for course in courses for fact in _within(course, "RequestExecuted", period)
    )
    granted = Counter(outcome for outcome in (_granted(course, period) for course in courses) if outcome)
    new = [course for course in courses if is_new(course, period)]
    return {
        "acknowledged": sum(1 for course in courses if _first_in(course, "RequestAcknowledged", period)),
        **{name: sum(1 for course in courses for _ in _within(course, counted, period)) for name, counted in COUNTED_FACTS.items()},
        "sent_back_requests": sum(1 for course in courses if _within(course, "RequestSentBack", period)),
        "granted": granted["granted"],
        "granted_in_part": granted["granted_in_part"],
        "executed_full": executed["executed_full"],
        "executed_part": executed["executed_part"],
        "registered_late": sum(1 for course in new if _registered_late(course, period)),
        "through_system": sum(1 for course in new if _channel(course) in SYSTEM_CHANNELS),
        "held_days": held_days(courses, period),
        **_refusals(courses, period),
    }


def _within(course: Course, name: str, period: Period) -> list[Fact]:
    found = course.by_type.get(name)
    return [fact for fact in found if period.holds(fact.occurred_at)] if found else []


def _first_in(course: Course, name: str, period: Period) -> bool:
    found = course.by_type.get(name)
    return found is not None and period.holds(found[0].occurred_at)


def _granted(course: Course, period: Period) -> str | None:
    """How the request was granted, where its first positive decision lies in the period."""
    if not DECISIONS & course.by_type.keys():
        return None
    first = next((fact for fact in course.facts if is_positive(fact)), None)
    if first is None or not period.holds(first.occurred_at):
        return None
    return "granted_in_part" if first.get("outcome") == "granted_in_part" else "granted"


def _registered_late(course: Course, period: Period) -> bool:
    arrival = course.arrival
    return arrival is not None and period.days.between(arrival.occurred_at, arrival.recorded_at) > LATE_AFTER_DAYS


def _channel(course: Course) -> str | None:
    arrival = course.arrival
    if arrival is None:
        return None
    channel: str | None = arrival.get("how") or arrival.get("channel")
    return channel


def held_days(courses: Iterable[Course], period: Period) -> dict[str, int]:
    """Local days on hold per reason, only those inside the period."""
    total: Counter[str] = Counter()
    for course in courses:
        for hold in course.holds:
            start = max(hold.began_at, period.begins_at)
            stop = min(hold.ended_at or period.until, period.until)
            if start < stop:
                total[hold.reason] += period.days.between(start, stop)
    return dict(sorted(total.items()))


def _refusals(courses: Iterable[Course], period: Period) -> dict[str, dict[str, int]]:
    """Episodes that ended as refused, under each of their grounds and under the body that decided."""
    grounds: Counter[str] = Counter()
    bodies: Counter[str] = Counter()
    for course in courses:
        for episode in closed_in(course, period):
            if episode.end != "refused" or episode.ending is None:
                continue
            grounds.update(sorted({str(ground) for ground in episode.ending.get("grounds", ())}))
            bodies[str(episode.ending.get("decided_by", "not_recorded"))] += 1
    return {"refused_by_ground": dict(sorted(grounds.items())), "refused_by_body": dict(sorted(bodies.items()))}


def measures(courses: Iterable[Course], period: Period) -> dict[str, int]:
    """Measure lines: asked in new requests, completed by outcome."""
    asked, outcomes = 0, Counter[str]()
    for course in courses:
        if is_new(course, period):
            asked += len(course.measures)
        outcomes.update(str(fact.get("outcome")) for fact in _within(course, "MeasureCompleted", period))
    return {"asked": asked, **{name: outcomes[name] for name in MEASURE_OUTCOMES}}


def persons(courses: Iterable[Course], period: Period) -> dict[str, int]:
    """Distinct persons: sought in new requests, and by what happened to them."""
    sought: set[str] = set()
    touched: dict[str, set[str]] = {name: set() for name in PERSON_FACTS}
    for course in courses:
        if is_new(course, period):
            sought.update(map(course.person, course.persons))
        for name, counted in PERSON_FACTS.items():
            touched[name].update(course.person(str(fact.get("person"))) for fact in _within(course, counted, period))
    return {"sought": len(sought), **{name: len(found) for name, found in touched.items()}}


def cases(courses: Iterable[Course], period: Period) -> dict[str, int]:
    """Distinct cases of the new requests."""
    return {"new": len({course.case for course in courses if is_new(course, period)})}


def escalations(courses: Iterable[Course], period: Period) -> dict[str, int]:
    """Escalations reached in the period, by level."""
    reached = Counter(str(fact.get("level")) for course in courses for fact in _within(course, "EscalationReached", period))
    return {level: reached[level] for level in sorted({*ESCALATION_LEVELS, *reached})}
