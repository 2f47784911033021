"""One answer from all requests of an authority: the parts of figures-1 joined, per direction and per value of a dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from services.metrics.domain.account import Account, by_month, cepej, is_empty, months_of
from services.metrics.domain.activity import Activity
from services.metrics.domain.corrections import Place, corrections
from services.metrics.domain.dimensions import of_clocks
from services.metrics.domain.durations import Durations
from services.metrics.domain.elements import EXCLUDED, micros
from services.metrics.domain.forecast import forecast_for, forecasts
from services.metrics.domain.limits import Ageing, Clocks, Limits, oldest_overdue_on
from services.metrics.domain.panel import NEITHER
from services.metrics.domain.publication import published, without_few
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.domain.resolved import Meant, Resolved
from services.metrics.domain.scope import DIRECTIONS, Breakdown
from services.metrics.domain.stage_waits import known_to
from shared.facts.members import moment as moment_text

__all__ = ["DEFINITIONS", "DIRECTIONS", "Register", "all_forecasts", "figures", "forecast_of"]

DEFINITIONS = "figures-1"


def figures(register: Register, question: Question) -> dict[str, Any]:
    """The answer of `/v1/figures`.

    Raises:
        AccountDoesNotClose, AuthorityUnknown, BeyondWatermark, QuestionInvalid.
    """
    meant = Meant.of(register, question)
    found = register.kept.answer(_key(register, question, meant), lambda: _figures(Resolved(register, question, meant)))
    return {**found, "as_known_at": moment_text(meant.period.known_at)}


def _key(register: Register, question: Question, meant: Meant) -> tuple[Any, ...]:
    """All that an answer depends on, beside the facts recorded up to its moment.

    Of the moment itself that is: between which moments of the rows it lies, its local day, and whether that day has begun before it.
    """
    period = meant.period
    asked = (question.authority, question.group_by, question.publish, question.curves, question.months, question.overdue, question.only)
    today = period.days.on(period.known_at)
    day = (today, period.known_at > period.days.begins(today))
    known, compared = (register.panel.stretch(micros(moment)) for moment in (period.known_at, meant.compared_at))
    return (*asked, period.from_on, period.to_on, period.days.name, day, known, meant.compared_with, compared)


def _figures(asked: Resolved) -> dict[str, Any]:
    question, period = asked.question, asked.period
    groups = list(_groups(asked) if question.gives_account else _standing_groups(asked))
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
        "compared_with": moment_text(asked.meant.compared_with),
        "complete": period.complete,
        "excluded": without_few(_excluded(asked)) if question.publish else _excluded(asked),
        "groups": groups,
        "corrections": lines,
    }


def _excluded(asked: Resolved) -> dict[str, int]:
    """How many requests of the authority are counted in no period, whatever is asked."""
    view = asked.now.view
    counts = np.bincount(view.excluded[view.direction != NEITHER], minlength=len(EXCLUDED))
    return {name: int(counts[EXCLUDED.index(name)]) for name in ("duplicates", "not_requests", "never_sent")}


def _corrections(asked: Resolved) -> list[dict[str, Any]]:
    """The corrections whose place passes the filters: the old one as known then, the new one as known now."""
    now = Place(asked.now.view, asked.now.begins, asked.kept)
    then = Place(asked.then.view, asked.then.begins, asked.kept_then)
    return corrections(now, then, micros(asked.meant.compared_with))


def _places(names: tuple[str, ...], groups: Breakdown) -> Iterator[tuple[int, int, dict[str, str | None]]]:
    """Direction, part and name of each group: of each direction the total, then every value in order."""
    for side, direction in enumerate(DIRECTIONS):
        for part in range(groups.width + 1):
            own: Mapping[str, str | None] = dict(zip(names, groups.values[part - 1], strict=True)) if part else dict.fromkeys(names)
            yield side, part, {"direction": direction, **own}


def _groups(asked: Resolved) -> Iterator[dict[str, Any]]:
    """The groups of an answer with an account."""
    question, period = asked.question, asked.period
    groups, previous = asked.joined()
    account, activity = Account(asked.now, groups, previous), Activity(asked.now, groups)
    durations = Durations(asked.now, groups, question.curves)
    limits, ageing = Limits(asked.clocks, asked.per_clock(groups)), Ageing(asked.now, groups)
    more = _More(asked, groups)
    for side, part, place in _places(question.group_by, groups):
        own_account = account.of(side, part)
        if is_empty(own_account):
            continue
        yield {
            **place,
            "account": own_account,
            "activity": activity.of(side, part),
            "measures": activity.measures_of(side, part),
            "persons": activity.persons_of(side, part),
            "cases": activity.cases_of(side, part),
            "durations": durations.of(side, part),
            "limits": limits.of(side, part),
            "now": limits.standing_of(side, part),
            "ageing": ageing.of(side, part),
            "escalations": activity.escalations_of(side, part),
            "cepej": cepej(own_account, period),
            **more.of(side, part),
        }


class _More:
    """What is given only where it is asked for: months, and what is overdue by age."""

    def __init__(self, asked: Resolved, groups: Breakdown) -> None:
        self.asked, question = asked, asked.question
        self.months = by_month(asked.now, groups) if question.months else None
        self.overdue = Ageing(asked.now, groups, asked.clocks.late) if question.overdue else None
        self.oldest = oldest_overdue_on(asked.clocks, asked.per_clock(groups)) if question.overdue else None

    def of(self, side: int, part: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.months is not None:
            found["months"] = months_of(self.months[side, part], self.asked.period)
        if self.overdue is not None and self.oldest is not None:
            found["ageing_overdue"] = self.overdue.of(side, part)
            found["oldest_overdue_on"] = self.oldest[side][part]
        return found


def _standing_groups(asked: Resolved) -> Iterator[dict[str, Any]]:
    """What is open and late, and what fell due: in all, then by the values of the dimensions."""
    of_requests, of_runs = asked.groups, clock_groups(asked, asked.clocks)
    keys = tuple(sorted({*of_requests.values, *of_runs.values}))
    groups = of_requests.under(keys)
    limits, ageing = Limits(asked.clocks, of_runs.under(keys)), Ageing(asked.now, groups)
    for side, part, place in _places(asked.question.group_by, groups):
        due, now, ages = limits.of(side, part), limits.standing_of(side, part), ageing.of(side, part)
        if due or any(now.values()) or any(ages.values()):
            yield {**place, "limits": due, "now": now, "ageing": ages}


def clock_groups(asked: Resolved, clocks: Clocks) -> Breakdown:
    """The groups of runs of clocks, which may stand elsewhere than their requests."""
    return of_clocks(asked.question.group_by, clocks, asked.values, asked.kept)


def all_forecasts(register: Register, question: Question) -> list[dict[str, Any]]:
    """A forecast for every open request of the authority."""
    known_at = question.known_at(register.latest, bounded=register.bounded)
    return forecasts(known_to(register, question.authority, known_at))


def forecast_of(register: Register, question: Question, request: str) -> dict[str, Any] | None:
    """The forecast of one request of the authority; nothing when it has no such request."""
    known_at = question.known_at(register.latest, bounded=register.bounded)
    found = forecast_for(known_to(register, question.authority, known_at), request)
    return None if found is None else {"definitions": DEFINITIONS, "as_known_at": moment_text(known_at), **found}
