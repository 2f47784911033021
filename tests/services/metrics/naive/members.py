"""The requests behind one number of an answer: same question, same place, same knowledge, hence the same requests (console.md 11, no. 16)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from services.metrics.domain.course import Course, Episode
from services.metrics.domain.errors import QuestionInvalid
from services.metrics.domain.period import Period
from services.metrics.domain.question import Question
from tests.services.metrics.naive.account import AGE_BANDS, CLOSED_AS, band_name, closed_in, is_new, reason_of, reopened_in
from tests.services.metrics.naive.answers import DIRECTIONS, Register, Resolved, meant, resolve
from tests.services.metrics.naive.dimensions import matches, values_of_clock
from tests.services.metrics.naive.durations import EVENTS, Spell, spells
from tests.services.metrics.naive.limits import IN_DENOMINATOR, VERDICTS, Clock, clocks_at, fell_due

Claim = Callable[[Course], bool]
"""Whether a request is one of those behind the number."""
ClockClaim = Callable[[Clock], bool]
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
    direction = place.get("direction")
    wanted = tuple((name, value) for name, value in place.items() if name != "direction" and value is not None)
    if direction not in DIRECTIONS:
        raise QuestionInvalid((("/direction", f"must be one of {', '.join(DIRECTIONS)}"),))
    if strangers := [name for name, _ in wanted if name not in question.group_by]:
        raise QuestionInvalid(tuple((f"/{name}", "is no dimension of this question") for name in strangers))
    asked = resolve(register, question)
    first, *rest = cell.split(".")
    if (first, *rest) == ("account", "previous_continuing"):
        return _ids(_at(asked, meant(asked, asked.then, direction), wanted), lambda course: course.open_at(asked.period.begins_at) is not None)
    courses = meant(asked, asked.now, direction)
    if first in _OF_CLOCKS:
        return _ids(courses, _with_clock(asked, wanted, _claim(_OF_CLOCKS[first], asked.period, rest, cell)))
    return _ids(_at(asked, courses, wanted), _claim(_OF_COURSES.get(first, _nothing), asked.period, rest, cell))


def _claim(family: Callable[[Period, Rest], Any], period: Period, rest: Rest, cell: str) -> Any:
    claim = family(period, rest)
    if claim is None:
        raise QuestionInvalid((("/cell", f"{cell!r} is none of {'; '.join(CELLS)}"),))
    return claim


def _ids(courses: Iterable[Course], claim: Claim) -> list[str]:
    return sorted(course.request for course in courses if claim(course))


def _at(asked: Resolved, courses: Iterable[Course], wanted: Sequence[tuple[str, str]]) -> list[Course]:
    return [course for course in courses if matches(wanted, course, asked.question.authority, asked.period)]


def _with_clock(asked: Resolved, wanted: Sequence[tuple[str, str]], claim: ClockClaim) -> Claim:
    """A request one of whose clocks stands at the place: the stage of a clock is the step that its row limits."""
    names, values = tuple(name for name, _ in wanted), tuple(value for _, value in wanted)
    period, authority = asked.period, asked.question.authority

    def claimed(course: Course) -> bool:
        own = clocks_at(course, period.until, period.days.name)
        return any(claim(clock) and values_of_clock(names, clock, course, authority, period) == values for clock in own)

    return claimed


def _nothing(_: Period, __: Rest) -> None:
    return None


def _account(period: Period, rest: Rest) -> Claim | None:
    def closed(wanted: Callable[[Episode], bool]) -> Claim:
        return lambda course: any(wanted(episode) for episode in closed_in(course, period))

    match rest:
        case ["carried_forward"]:
            return lambda course: course.open_at(period.begins_at) is not None
        case ["new"]:
            return lambda course: is_new(course, period)
        case ["reopened"]:
            return lambda course: bool(reopened_in(course, period))
        case ["closed_total"]:
            return closed(lambda _: True)
        case ["closed", outcome] if outcome in CLOSED_AS:
            return closed(lambda episode: episode.outcome == outcome)
        case ["otherwise_by_reason", reason]:
            return closed(lambda episode: episode.outcome == "otherwise" and reason_of(episode) == reason)
        case ["continuing"]:
            return lambda course: course.open_at(max(period.until, period.begins_at)) is not None
    return None


def _ageing(period: Period, rest: Rest) -> Claim | None:
    bands = {band_name(low, high): (low, high) for low, high in AGE_BANDS}
    if len(rest) != 1 or rest[0] not in bands:
        return None
    low, high = bands[rest[0]]

    def claimed(course: Course) -> bool:
        episode = course.open_at(period.until)
        if episode is None:
            return False
        age = period.days.between(episode.began_at, period.until)
        return low <= age and (high is None or age <= high)

    return claimed


def _ageing_overdue(period: Period, rest: Rest) -> Claim | None:
    in_band = _ageing(period, rest)
    if in_band is None:
        return None
    return lambda course: in_band(course) and any(clock.overdue(period.until) for clock in clocks_at(course, period.until, period.days.name))


def _durations(period: Period, rest: Rest) -> Claim | None:
    if not rest or rest[0] not in EVENTS:
        return None
    name, wanted = rest[0], _spell(period, rest[1:])
    return None if wanted is None else lambda course: any(spell.name == name and wanted(spell) for spell in spells(course, period.known_at, period.days))


def _spell(period: Period, rest: Rest) -> Callable[[Spell], bool] | None:
    match rest:
        case ["n"]:
            return lambda spell: period.covers(spell.start)
        case ["open"]:
            return lambda spell: period.covers(spell.start) and spell.outcome is None
        case ["outcomes", outcome]:
            return lambda spell: period.covers(spell.start) and spell.outcome == outcome
        case ["ended_in_period"]:
            return lambda spell: spell.finished and period.covers(spell.stop)
        case ["gross", "waiting", days] if days.isdecimal():
            return lambda spell: period.covers(spell.start) and spell.gross > int(days)
        case ["net", "waiting", days] if days.isdecimal():
            return lambda spell: period.covers(spell.start) and spell.net > int(days)
    return None


def _escalations(period: Period, rest: Rest) -> Claim | None:
    if len(rest) != 1:
        return None
    return lambda course: any(period.holds(fact.occurred_at) and str(fact.get("level")) == rest[0] for fact in course.by_type.get("EscalationReached", ()))


def _now(period: Period, rest: Rest) -> ClockClaim | None:
    states: Mapping[str, ClockClaim] = {
        "running": lambda clock: clock.state == "running" and not clock.overdue(period.until),
        "suspended": lambda clock: clock.state == "suspended",
        "overdue": lambda clock: clock.overdue(period.until),
        "past_strict": lambda clock: clock.past_strict(period.until),
        "overdue_requests": lambda clock: clock.overdue(period.until),
    }
    return states.get(rest[0]) if len(rest) == 1 else None


def _limits(period: Period, rest: Rest) -> ClockClaim | None:
    if len(rest) != 2 or rest[1] not in (*VERDICTS, "denominator"):
        return None
    rows = None if rest[0] == "*" else frozenset(rest[0].split(","))
    verdicts = IN_DENOMINATOR if rest[1] == "denominator" else (rest[1],)
    return lambda clock: (rows is None or clock.row in rows) and clock.verdict(period.until) in verdicts and fell_due(clock, period)


_OF_COURSES: Mapping[str, Callable[[Period, Rest], Claim | None]] = {
    "account": _account,
    "ageing": _ageing,
    "ageing_overdue": _ageing_overdue,
    "durations": _durations,
    "escalations": _escalations,
}
_OF_CLOCKS: Mapping[str, Callable[[Period, Rest], ClockClaim | None]] = {"now": _now, "limits": _limits}
