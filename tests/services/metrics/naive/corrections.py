"""What has been corrected since the previous period was published (S22): figures-1, section 2."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.metrics.domain.course import Course

Place = tuple[str, str | None]
"""Direction and kind under which an open request stands in the account."""


def corrections(now: Mapping[str, Course], then: Mapping[str, Course], authority: str, opening: datetime, compared_with: datetime) -> list[dict[str, Any]]:
    """Each request whose place at *opening* differs between two moments of knowledge: -1 for the old place, +1 for the new.

    Args:
        now: all requests of the authority as known at the later moment, the excluded ones too.
        then: the same as known at *compared_with*.
    """
    lines: list[dict[str, Any]] = []
    for request in sorted(now.keys() | then.keys()):
        old, new = place(then.get(request), authority, opening), place(now.get(request), authority, opening)
        if old == new:
            continue
        why = cause(now.get(request), then.get(request), compared_with)
        for where, delta in ((old, -1), (new, 1)):
            if where is not None:
                lines.append({"request": request, "direction": where[0], "kind": where[1], "delta": delta, "cause": why})
    return lines


def place(course: Course | None, authority: str, opening: datetime) -> Place | None:
    """Where a request stands at *opening*; nowhere when it is not counted or not open."""
    if course is None or course.excluded is not None or course.open_at(opening) is None:
        return None
    return direction(course, authority), course.kind


def direction(course: Course, authority: str) -> str:
    """How *authority* sees the request."""
    return "outgoing" if course.requesting.authority == authority else "incoming"


def cause(now: Course | None, then: Course | None, compared_with: datetime) -> str:
    """Why the place of a request changed: the first that fits."""
    if now is not None and now.excluded == "duplicates":
        return "duplicate"
    if then is None or then.arrival is None:
        return "late_registered"
    if now is not None and now.kind != then.kind:
        return "reclassified"
    if now is not None and now.corrected_at is not None and now.corrected_at > compared_with:
        return "fact_corrected"
    return "late_fact"
