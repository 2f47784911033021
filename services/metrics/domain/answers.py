"""One answer from all requests of an authority: the parts of figures-1 joined, per direction and per value of a dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.metrics.domain.account import cepej, is_empty, months_of, named_months
from services.metrics.domain.cohorts import cohorts_of, known_of
from services.metrics.domain.counted import Counted, Keys, OfRequests, count_of
from services.metrics.domain.elements import EXCLUDED, micros
from services.metrics.domain.forecast import forecast_for, forecasts
from services.metrics.domain.limits import oldest_of
from services.metrics.domain.period import Period
from services.metrics.domain.publication import published, without_few
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.domain.resolved import Meant
from services.metrics.domain.scope import DIRECTIONS
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
    asked = _asked(question, meant)
    stretches = [register.panel.stretch(micros(moment)) for moment in (meant.period.known_at, meant.compared_at)]

    def worked_out() -> dict[str, Any]:
        return _told(question, meant, count_of(register, question, meant, asked))

    found = register.kept.answer((*asked, *stretches), worked_out)
    return {**found, "as_known_at": moment_text(meant.period.known_at)}


def _asked(question: Question, meant: Meant) -> tuple[Any, ...]:
    """All that an answer depends on, beside the facts recorded up to its moment and which moments of the rows lie before it.

    Of the moment itself that is its local day, and whether that day has begun before it.
    """
    period = meant.period
    asked = (question.authority, question.group_by, question.publish, question.curves, question.months, question.overdue, question.only)
    today = period.days.on(period.known_at)
    day = (today, period.known_at > period.days.begins(today))
    return (*asked, period.from_on, period.to_on, period.days.name, day, question.compared_with)


def _told(question: Question, meant: Meant, counted: Counted) -> dict[str, Any]:
    period = meant.period
    groups, lines = list(_groups(question, period, counted)), list(counted.lines)
    excluded = {name: int(counted.excluded[EXCLUDED.index(name)]) for name in ("duplicates", "not_requests", "never_sent")}
    if question.publish:
        groups, lines = published(groups), []
    return {
        "definitions": DEFINITIONS,
        "authority": question.authority,
        "time_zone": period.days.name,
        "from": period.from_on.isoformat(),
        "to": period.to_on.isoformat(),
        "as_known_at": moment_text(period.known_at),
        "compared_with": moment_text(meant.compared_with),
        "complete": period.complete,
        "excluded": without_few(excluded) if question.publish else excluded,
        "groups": groups,
        "corrections": lines,
    }


def _places(names: tuple[str, ...], keys: Keys) -> Iterator[tuple[int, int, dict[str, str | None]]]:
    """Direction, part and name of each group: of each direction the total, then every value in order."""
    for side, direction in enumerate(DIRECTIONS):
        for part in range(len(keys) + 1):
            own: Mapping[str, str | None] = dict(zip(names, keys[part - 1], strict=True)) if part else dict.fromkeys(names)
            yield side, part, {"direction": direction, **own}


def _groups(question: Question, period: Period, counted: Counted) -> Iterator[dict[str, Any]]:
    """The groups of an answer; one of which there is nothing to tell is left out."""
    months = named_months(period) if question.months else []
    for side, part, place in _places(question.group_by, counted.keys):
        if counted.of_requests is None:
            group = _standing(counted, side, part)
        else:
            group = _of_requests(counted, counted.of_requests, period, months, side, part)
        if group is not None:
            yield {**place, **group}


def _of_requests(counted: Counted, own: OfRequests, period: Period, months: Sequence[str], side: int, part: int) -> dict[str, Any] | None:
    """A group of an answer with an account."""
    account = own.account.of(side, part)
    if is_empty(account):
        return None
    group: dict[str, Any] = {
        "account": account,
        "activity": own.activity.of(side, part),
        "measures": own.activity.measures_of(side, part),
        "persons": own.activity.persons_of(side, part),
        "cases": own.activity.cases_of(side, part),
        "durations": own.durations.of(side, part),
        "limits": counted.limits.of(side, part),
        "now": counted.limits.standing_of(side, part),
        "ageing": counted.ageing.of(side, part),
        "escalations": own.activity.escalations_of(side, part),
        "cepej": cepej(account, period),
    }
    if own.months is not None:
        group["months"] = months_of(own.months[side, part], months)
    if own.overdue is not None and own.due_days is not None:
        group["ageing_overdue"] = own.overdue.of(side, part)
        group["oldest_overdue_on"] = oldest_of(own.due_days, side, part)
    return group


def _standing(counted: Counted, side: int, part: int) -> dict[str, Any] | None:
    """What is open and late, and what fell due."""
    due, now, ages = counted.limits.of(side, part), counted.limits.standing_of(side, part), counted.ageing.of(side, part)
    return {"limits": due, "now": now, "ageing": ages} if due or any(now.values()) or any(ages.values()) else None


def all_forecasts(register: Register, question: Question) -> list[dict[str, Any]]:
    """A forecast for every open request of the authority."""
    known_at = question.known_at(register.latest, bounded=register.bounded)
    return forecasts(known_to(register, question.authority, known_at))


def forecast_of(register: Register, question: Question, request: str) -> dict[str, Any] | None:
    """The forecast of one request of the authority; nothing when it has no such request."""
    known_at = question.known_at(register.latest, bounded=register.bounded)
    known = known_of(register, [request], question.authority, known_at)
    found = forecast_for(known, request, cohorts_of(register, question.authority, known_at))
    return None if found is None else {"definitions": DEFINITIONS, "as_known_at": moment_text(known_at), **found}
