"""The account of requests: what was carried forward, came in, went out and continues. figures-1, section 2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from services.metrics.domain.course import Course, Episode
from services.metrics.domain.errors import AccountDoesNotClose
from services.metrics.domain.period import Period
from services.metrics.domain.rounding import one_decimal

CLOSED_AS = ("returned_full", "returned_part", "refused", "withdrawn", "otherwise")


def account(courses: Sequence[Course], before: Sequence[Course], period: Period) -> dict[str, Any]:
    """The account of *courses*; *before* are those of the same place as known when the previous period was published.

    Raises:
        AccountDoesNotClose: left and right side differ; no figure is given.
    """
    ended = [episode for course in courses for episode in closed_in(course, period)]
    closed = Counter(episode.outcome for episode in ended)
    reasons = Counter(reason_of(episode) for episode in ended if episode.outcome == "otherwise")
    carried_forward = open_at(courses, period.begins_at)
    new = sum(1 for course in courses if is_new(course, period))
    reopened = sum(len(reopened_in(course, period)) for course in courses)
    continuing = open_at(courses, max(period.until, period.begins_at))
    difference = carried_forward + new + reopened - len(ended) - continuing
    if difference != 0:
        raise AccountDoesNotClose(difference, tuple(course.request for course in courses if _own_difference(course, period)))
    previous = open_at(before, period.begins_at)
    return {
        "carried_forward": carried_forward,
        "new": new,
        "reopened": reopened,
        "closed": {name: closed[name] for name in CLOSED_AS},
        "closed_total": len(ended),
        "continuing": continuing,
        "difference": difference,
        "previous_continuing": previous,
        "corrected": carried_forward - previous,
        "otherwise_by_reason": dict(sorted(reasons.items())),
    }


def by_month(courses: Sequence[Course], period: Period) -> list[dict[str, Any]]:
    """The account month by month; the sums of all months are those of the period."""
    found = []
    for month in period.months():
        new = sum(1 for course in courses if is_new(course, month))
        reopened = sum(len(reopened_in(course, month)) for course in courses)
        closed = sum(len(closed_in(course, month)) for course in courses)
        continuing = open_at(courses, max(month.until, month.begins_at))
        found.append({"month": month.from_on.strftime("%Y-%m"), "new": new, "reopened": reopened, "closed_total": closed, "continuing": continuing})
    return found


def is_empty(answer: dict[str, Any]) -> bool:
    """Nothing was carried forward, came, came back, ended or continued before: such a group is left out."""
    return not any(answer[name] for name in ("carried_forward", "new", "reopened", "closed_total", "previous_continuing"))


def open_at(courses: Iterable[Course], when: datetime) -> int:
    """How many requests are open at *when*."""
    return sum(1 for course in courses if course.open_at(when) is not None)


def is_new(course: Course, period: Period) -> bool:
    """The request arrived in the period."""
    return period.holds(course.episodes[0].began_at)


def reopened_in(course: Course, period: Period) -> list[Episode]:
    """The later episodes that began in the period."""
    return [episode for episode in course.episodes[1:] if period.holds(episode.began_at)]


def closed_in(course: Course, period: Period) -> list[Episode]:
    """The episodes that ended in the period."""
    return [episode for episode in course.episodes if episode.ended_at is not None and period.holds(episode.ended_at)]


def reason_of(episode: Episode) -> str:
    """Why an episode was closed otherwise."""
    reason = episode.ending.get("reason") if episode.ending is not None else None
    return reason if isinstance(reason, str) else "not_recorded"


def _own_difference(course: Course, period: Period) -> int:
    came = int(course.open_at(period.begins_at) is not None) + int(is_new(course, period)) + len(reopened_in(course, period))
    return came - len(closed_in(course, period)) - int(course.open_at(max(period.until, period.begins_at)) is not None)


def cepej(answer: dict[str, Any], period: Period) -> dict[str, Any]:
    """Clearance rate, disposition time and backlog; a reopened request counts as incoming."""
    days = (period.days.on(period.until) - period.from_on).days
    incoming, closed = answer["new"] + answer["reopened"], answer["closed_total"]
    disposition = Fraction(answer["continuing"] * days, closed) if closed else None
    return {
        "clearance_rate": one_decimal(Fraction(100 * closed, incoming) if incoming else None),
        "disposition_days": one_decimal(disposition),
        "backlog_months": one_decimal(None if disposition is None else disposition * Fraction(12, 365)),
    }


AGE_BANDS = ((0, 30), (31, 90), (91, 180), (181, 365), (366, 730), (731, None))


def band_name(low: int, high: int | None) -> str:
    """The name of an age band in answers."""
    return f"{low}+" if high is None else f"{low}-{high}"


def ageing(courses: Iterable[Course], period: Period) -> dict[str, int]:
    """What is open at the end of the period, by local days since its episode began."""
    bands = {band_name(low, high): 0 for low, high in AGE_BANDS}
    for course in courses:
        episode = course.open_at(period.until)
        if episode is None:
            continue
        age = period.days.between(episode.began_at, period.until)
        bands[next(band_name(low, high) for low, high in AGE_BANDS if high is None or age <= high)] += 1
    return bands
