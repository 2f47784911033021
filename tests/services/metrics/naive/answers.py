"""One answer, one request after the other, from all facts of an authority: the parts of figures-1 joined, per direction and per value of a dimension."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.metrics.domain.course import Course, course
from services.metrics.domain.facts import Stream
from services.metrics.domain.knowledge import as_known_at
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.period import Period
from services.metrics.domain.publication import published, without_few
from services.metrics.domain.question import Question
from shared.facts.members import moment as moment_text
from tests.services.metrics.naive.account import account, ageing, by_month, cepej, is_empty
from tests.services.metrics.naive.activity import activity, cases, escalations, measures, persons
from tests.services.metrics.naive.corrections import corrections, direction
from tests.services.metrics.naive.dimensions import matches, values, values_of_clock
from tests.services.metrics.naive.durations import durations
from tests.services.metrics.naive.limits import Clock, all_clocks, clocks_at, limits, oldest_overdue_on, overdue_by_age, standing

DEFINITIONS = "figures-1"
DIRECTIONS = ("incoming", "outgoing")

ZoneOf = Callable[[str, datetime], LocalDays]
"""The calendar of an authority as the directory had it at a moment; raises AuthorityUnknown."""


class Register:
    """The streams to count, and their courses as known at the moments that are asked for."""

    def __init__(self, streams: Sequence[Stream], zone_of: ZoneOf, latest: datetime, *, bounded: bool) -> None:
        self.streams, self.zone_of, self.latest, self.bounded = streams, zone_of, latest, bounded
        self._courses: dict[datetime, dict[str, Course]] = {}

    def courses(self, authority: str, known_at: datetime) -> dict[str, Course]:
        """The requests of *authority* as known at *known_at*, the excluded ones too."""
        if known_at not in self._courses:
            known = (as_known_at(stream, known_at) for stream in self.streams)
            self._courses[known_at] = {found.request: course(found) for found in known if found is not None}
        everyone = self._courses[known_at].values()
        return {found.request: found for found in everyone if authority in (found.requesting.authority, found.requested.authority)}


def counted(courses: Mapping[str, Course]) -> list[Course]:
    """Those that are counted at all."""
    return [found for found in courses.values() if found.excluded is None]


_Cell = tuple[dict[str, str | None], list[Course], list[Course]]
"""A place in the answer, its requests as known now, and as known when the previous period was published."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question with its moment, its period and the requests behind it."""

    question: Question
    period: Period
    compared_with: datetime
    now: dict[str, Course]
    then: dict[str, Course]


def resolve(register: Register, question: Question) -> Resolved:
    """The question with its moment and period, and the requests as known now and then. Raises as `figures`."""
    known_at = question.known_at(register.latest, bounded=register.bounded)
    period = question.period(known_at, register.zone_of(question.authority, known_at))
    now = register.courses(question.authority, known_at)
    # A period that has not begun was published at no moment yet: without a moment to compare with, nothing later than K is looked at.
    then = register.courses(question.authority, question.compared_with or min(period.begins_at, known_at))
    return Resolved(question, period, question.compared_with or period.begins_at, now, then)


def figures(register: Register, question: Question) -> dict[str, Any]:
    """The answer of `/v1/figures`.

    Raises:
        AccountDoesNotClose, AuthorityUnknown, BeyondWatermark, QuestionInvalid.
    """
    asked = resolve(register, question)
    period = asked.period
    excluded = [found.excluded for found in asked.now.values()]
    left_out = {name: excluded.count(name) for name in ("duplicates", "not_requests", "never_sent")}
    groups = _groups(asked)
    lines = _corrections(asked)
    if question.publish:
        groups, lines = published(groups), []
    return {
        "definitions": DEFINITIONS,
        "authority": question.authority,
        "time_zone": period.days.name,
        "from": period.from_on.isoformat(),
        "to": period.to_on.isoformat(),
        "as_known_at": moment_text(period.known_at),
        "compared_with": moment_text(asked.compared_with),
        "complete": period.complete,
        "excluded": without_few(left_out) if question.publish else left_out,
        "groups": groups,
        "corrections": lines,
    }


def _groups(asked: Resolved) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    for side in DIRECTIONS:
        now, then = meant(asked, asked.now, side), meant(asked, asked.then, side)
        if not asked.question.gives_account:
            groups.extend({"direction": side, **place, **group} for place, group in _standing_groups(asked, now))
            continue
        for place, courses, before in _cells(asked, now, then):
            group = _whole_group(courses, before, asked)
            if group is not None:
                groups.append({"direction": side, **place, **group})
    return groups


def meant(asked: Resolved, courses: Mapping[str, Course], side: str) -> list[Course]:
    """The counted requests of one direction that pass the filters."""
    question, period = asked.question, asked.period
    own = [found for found in counted(courses) if direction(found, question.authority) == side]
    return [found for found in own if matches(question.only, found, question.authority, period)] if question.only else own


def _corrections(asked: Resolved) -> list[dict[str, Any]]:
    """The corrections whose place passes the filters: the old one as known then, the new one as known now."""
    question, period = asked.question, asked.period
    lines = corrections(asked.now, asked.then, question.authority, period.begins_at, asked.compared_with)
    if not question.only:
        return lines
    sides = {-1: asked.then, 1: asked.now}
    return [line for line in lines if matches(question.only, sides[line["delta"]][line["request"]], question.authority, period)]


def _cells(asked: Resolved, now: Sequence[Course], then: Sequence[Course]) -> list[_Cell]:
    """The total, then every value in order, each with its requests as known now and then."""
    names, authority = asked.question.group_by, asked.question.authority
    cells: dict[tuple[str, ...], tuple[list[Course], list[Course]]] = {}
    for which, courses in enumerate((now, then)):
        for found in courses:
            cells.setdefault(values(names, found, authority, asked.period), ([], []))[which].append(found)
    found_cells: list[_Cell] = [(dict.fromkeys(names), list(now), list(then))]
    for key in sorted(cells):
        found_cells.append((dict(zip(names, key, strict=True)), *cells[key]))
    return found_cells


def _whole_group(courses: Sequence[Course], before: Sequence[Course], asked: Resolved) -> dict[str, Any] | None:
    period, question = asked.period, asked.question
    own_account = account(courses, before, period)
    if is_empty(own_account):
        return None
    clocks = all_clocks(courses, period)
    group: dict[str, Any] = {
        "account": own_account,
        "activity": activity(courses, period),
        "measures": measures(courses, period),
        "persons": persons(courses, period),
        "cases": cases(courses, period),
        "durations": durations(courses, period, question.curves),
        "limits": limits(clocks, period),
        "now": standing(clocks, period),
        "ageing": ageing(courses, period),
        "escalations": escalations(courses, period),
        "cepej": cepej(own_account, period),
    }
    if question.months:
        group["months"] = by_month(courses, period)
    if question.overdue:
        group["ageing_overdue"] = overdue_by_age(courses, period)
        group["oldest_overdue_on"] = oldest_overdue_on(clocks, period)
    return group


def _standing_groups(asked: Resolved, courses: Sequence[Course]) -> Iterator[tuple[dict[str, str | None], dict[str, Any]]]:
    """What is open and late, and what fell due: in all, then by the values of the dimensions."""
    names, authority, period = asked.question.group_by, asked.question.authority, asked.period
    clocks = {course.request: clocks_at(course, period.until, period.days.name) for course in courses}
    cells: dict[tuple[str, ...], tuple[list[Course], list[Clock]]] = {}
    for found in courses:
        cells.setdefault(values(names, found, authority, period), ([], []))[0].append(found)
        for clock in clocks[found.request]:
            cells.setdefault(values_of_clock(names, clock, found, authority, period), ([], []))[1].append(clock)
    everything = [clock for own in clocks.values() for clock in own]
    places: list[tuple[dict[str, str | None], Sequence[Course], Sequence[Clock]]] = [(dict.fromkeys(names), courses, everything)]
    for key in sorted(cells):
        places.append((dict(zip(names, key, strict=True)), *cells[key]))
    for place, own_courses, own_clocks in places:
        due, now, ages = limits(own_clocks, period), standing(own_clocks, period), ageing(own_courses, period)
        if due or any(now.values()) or any(ages.values()):
            yield place, {"limits": due, "now": now, "ageing": ages}
