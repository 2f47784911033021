"""The requests behind one number of an answer: same question, same place, same knowledge, hence the same requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.metrics.domain import account, activity
from services.metrics.domain.account import BANDS, CLOSED_AS
from services.metrics.domain.corrections import open_at
from services.metrics.domain.counted import clock_groups
from services.metrics.domain.durations import Cohort, ended, started
from services.metrics.domain.elements import OUTCOMES, STATES
from services.metrics.domain.errors import QuestionInvalid
from services.metrics.domain.limits import IN_DENOMINATOR, STANDING, VERDICTS
from services.metrics.domain.panel import NEITHER, Places
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.domain.resolved import Resolved
from services.metrics.domain.scope import DIRECTIONS, Breakdown, Mask, rows_of
from services.metrics.domain.waits import EVENTS

Rest = Sequence[str]
"""The parts of a cell after its first."""

CELLS = (
    "account.carried_forward, .new, .reopened, .closed_total, .closed.OUTCOME, .otherwise_by_reason.REASON, .continuing, .previous_continuing",
    "now.running, .suspended, .overdue, .past_strict, .overdue_requests",
    "ageing.BAND, ageing_overdue.BAND",
    "limits.ROW.VERDICT, limits.ROW.denominator (ROW: one, several by comma, or *)",
    "durations.NAME.n, .open, .outcomes.OUTCOME, .ended_in_period, .gross.waiting.DAYS, .net.waiting.DAYS (waited longer than so many days)",
    "escalations.LEVEL",
)
"""The cells that are known, as the interface documents them."""


def members(register: Register, question: Question, place: Mapping[str, str | None], cell: str) -> list[str]:
    """The ids, in order, of the distinct requests that the number at *cell* counts.

    Where the number counts requests, it is the length of this list; a clock, a person or an episode is counted by itself,
    so that one request may stand for several of them.

    Args:
        place: `direction`, and the values of the dimensions that *question* is grouped by; none is the sum over all values.
        cell: dotted path as in the answer, such as `account.new` or `limits.EIO-RECOG.missed`; see `CELLS`.

    Raises:
        QuestionInvalid: an unknown cell or place. Otherwise as `figures`.
    """
    _check(question, place)
    asked = Resolved(register, question)
    first, *rest = cell.split(".")
    if first in ("now", "limits"):
        found = _of_clocks(asked, place, first, rest)
    elif (first, *rest) == ("account", "previous_continuing"):
        places = open_at(asked.then.view, asked.then.begins)
        found = places[_at(asked.groups_then, place, asked.question)[places]]
    else:
        wanted = _OF_REQUESTS.get(first, _nothing)(asked, rest)
        found = None if wanted is None else wanted[_at(asked.groups, place, asked.question)[wanted]]
    if found is None:
        raise QuestionInvalid((("/cell", f"{cell!r} is none of {'; '.join(CELLS)}"),))
    return sorted(asked.now.view.panel.names(np.unique(found)))


def _check(question: Question, place: Mapping[str, str | None]) -> None:
    if place.get("direction") not in DIRECTIONS:
        raise QuestionInvalid((("/direction", f"must be one of {', '.join(DIRECTIONS)}"),))
    if strangers := [name for name, value in place.items() if name != "direction" and value is not None and name not in question.group_by]:
        raise QuestionInvalid(tuple((f"/{name}", "is no dimension of this question") for name in strangers))


def _at(groups: Breakdown, place: Mapping[str, str | None], question: Question) -> Mask:
    """The requests, or runs of clocks, that stand at *place*."""
    side = DIRECTIONS.index(str(place["direction"]))
    wanted = [
        number
        for number, values in enumerate(groups.values)
        if all(place.get(name) in (None, value) for name, value in zip(question.group_by, values, strict=True))
    ]
    part = groups.parts.of - side * groups.width
    inside: Mask = (groups.whole.of == side) & (groups.whole.of != NEITHER) & np.isin(part, wanted)
    return inside


def _of_clocks(asked: Resolved, place: Mapping[str, str | None], first: str, rest: Rest) -> Places | None:
    runs = _standing(asked, rest) if first == "now" else _judged(asked, rest)
    if runs is None:
        return None
    groups = asked.per_clock(asked.groups) if asked.question.gives_account else clock_groups(asked, asked.clocks)
    inside = _at(groups, place, asked.question)
    return asked.clocks.request[runs[inside[runs]]]


def _standing(asked: Resolved, rest: Rest) -> NDArray[np.int64] | None:
    return asked.clocks.standing(rest[0]) if len(rest) == 1 and rest[0] in STANDING else None


def _judged(asked: Resolved, rest: Rest) -> NDArray[np.int64] | None:
    if len(rest) != 2 or rest[1] not in (*VERDICTS, "denominator"):
        return None
    clocks = asked.clocks
    verdicts = [STATES.index(name) for name in (IN_DENOMINATOR if rest[1] == "denominator" else (rest[1],))]
    texts, numbers = clocks.rows
    rows = range(len(texts)) if rest[0] == "*" else [texts.index(row) for row in rest[0].split(",") if row in texts]
    found = clocks.judged[np.isin(clocks.verdict[clocks.judged], verdicts)]
    return found[np.isin(numbers[found], list(rows))]


def _nothing(_: Resolved, __: Rest) -> None:
    return None


def _account(asked: Resolved, rest: Rest) -> Places | None:
    scope = asked.now
    match rest:
        case ["otherwise_by_reason", reason]:
            places, codes = account.reasons(scope)
            texts, numbers = scope.view.texts_of(codes)
            return places[numbers == texts.index(reason)] if reason in texts else places[:0]
        case ["carried_forward" | "new" | "reopened" | "closed_total" | "continuing" as name]:
            return account.behind(scope)[name]
        case ["closed", outcome] if outcome in CLOSED_AS:
            return account.behind(scope)[f"closed.{outcome}"]
    return None


def _ageing(asked: Resolved, rest: Rest) -> Places | None:
    if len(rest) != 1 or rest[0] not in BANDS:
        return None
    places, bands = account.bands_of(asked.now)
    return np.compress(bands == BANDS.index(rest[0]), places)


def _ageing_overdue(asked: Resolved, rest: Rest) -> Places | None:
    places = _ageing(asked, rest)
    return None if places is None else np.intersect1d(places, asked.clocks.late)


def _escalations(asked: Resolved, rest: Rest) -> Places | None:
    if len(rest) != 1:
        return None
    own = activity.named(activity.events(asked.now), "escalated")
    request: Places = own["request"]
    texts, numbers = asked.now.view.texts_of(own["code"])
    return request[numbers == texts.index(rest[0])] if rest[0] in texts else request[:0]


def _durations(asked: Resolved, rest: Rest) -> Places | None:
    if len(rest) < 2 or rest[0] not in EVENTS:
        return None
    scope, name = asked.now, rest[0]
    waits = scope.view.waits(name)
    if list(rest[1:]) == ["ended_in_period"]:
        request: Places = waits["request"]
        return request[ended(scope, name, waits)]
    return _of_cohort(rest[1:], Cohort.of(scope, rows_of(waits, started(scope, waits))))


def _of_cohort(rest: Rest, cohort: Cohort) -> Places | None:
    match list(rest):
        case ["n"]:
            return cohort.request
        case ["open"]:
            return np.compress(cohort.outcome == 0, cohort.request)
        case ["outcomes", outcome]:
            return cohort.request[cohort.outcome == OUTCOMES.index(outcome)] if outcome in OUTCOMES[1:] else cohort.request[:0]
        case ["gross" | "net" as measure, "waiting", days] if days.isdecimal():
            return cohort.request[(cohort.gross if measure == "gross" else cohort.net) > int(days)]
    return None


_OF_REQUESTS: Mapping[str, Callable[[Resolved, Rest], Places | None]] = {
    "account": _account,
    "ageing": _ageing,
    "ageing_overdue": _ageing_overdue,
    "durations": _durations,
    "escalations": _escalations,
}
