"""How long a step took, gross and net of holds, in whole local days: figures-1, section 4."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from services.metrics.domain.course import POSITIVE, Course, Hold
from services.metrics.domain.facts import Fact
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.period import Period
from services.metrics.domain.rounding import one_decimal
from tests.services.metrics.naive.survival import points, waiting, ways_out

# In the order in which reports list them, with the outcome that is the event.
EVENTS: dict[str, str] = {
    "to_acknowledge": "acknowledged",
    "to_decide": "decided",
    "to_execute": "executed",
    "to_return": "returned",
    "decision_to_execute": "executed",
    "execute_to_return": "returned",
    "arrest_to_decision": "decided",
    "decision_to_surrender": "surrendered",
    "reopened_to_end": "returned",
}
DECISIONS = frozenset({"DecisionTaken", "SurrenderDecided", "RequestRefused", "RequestExecuted", "ResultsReturned"})

Wanted = Callable[[Fact], bool]


@dataclass(frozen=True, slots=True)
class Spell:
    """One observed wait: from its start to its event, another way out, or the moment of knowledge."""

    name: str
    start: datetime
    stop: datetime
    outcome: str | None
    """How it ended; nothing while it is open."""
    gross: int
    net: int
    with_consent: bool = False

    @property
    def finished(self) -> bool:
        """The event was reached."""
        return self.outcome == EVENTS[self.name]


def spells(course: Course, known_at: datetime, days: LocalDays) -> tuple[Spell, ...]:
    """All waits of a counted request, observed until *known_at*."""
    key = ("spells", known_at, days.name)
    if key not in course.memory:
        course.memory[key] = tuple(_Waits(course, known_at, days).all())
    remembered: tuple[Spell, ...] = course.memory[key]
    return remembered


def stages(course: Course, known_at: datetime, days: LocalDays) -> tuple[tuple[str, Spell], ...]:
    """The stages of the first episode that have begun, in their order, each with its wait (section 8)."""
    key = ("stages", known_at, days.name)
    if key not in course.memory:
        course.memory[key] = tuple(_Waits(course, known_at, days).stages())
    remembered: tuple[tuple[str, Spell], ...] = course.memory[key]
    return remembered


class _Waits:
    """The waits of one request; all but the last name look at its first episode only."""

    def __init__(self, course: Course, known_at: datetime, days: LocalDays) -> None:
        self.course, self.known_at, self.days = course, known_at, days
        self.facts = course.first_episode_facts()
        self.first = course.episodes[0]

    def all(self) -> Iterator[Spell]:
        arrived_at = self.first.began_at
        for name, wanted in (("to_acknowledge", _is("RequestAcknowledged")), ("to_decide", _among(DECISIONS))):
            yield self._wait(name, arrived_at, self._first(wanted, arrived_at))
        yield self._wait("to_execute", arrived_at, self._execution(arrived_at))
        yield self._wait("to_return", arrived_at, self._first(is_return, arrived_at))
        decision = self._first(is_positive, arrived_at)
        if decision is not None:
            yield self._wait("decision_to_execute", decision.occurred_at, self._execution(decision.occurred_at))
        executed = self._first(_is("RequestExecuted"), arrived_at)
        if executed is not None:
            yield self._wait("execute_to_return", executed.occurred_at, self._first(is_return, executed.occurred_at))
        for person in dict.fromkeys(str(fact.get("person")) for fact in self.facts if fact.type == "PersonArrested"):
            yield from self._person(person)
        for episode in self.course.episodes[1:]:
            yield self._spell("reopened_to_end", episode.began_at, episode.ended_at, episode.end)

    def stages(self) -> Iterator[tuple[str, Spell]]:
        own = {spell.name: spell for spell in spells(self.course, self.known_at, self.days)}
        yield "acknowledge", own["to_acknowledge"]
        arrived_at = self.first.began_at
        acknowledged = self._first(_is("RequestAcknowledged"), arrived_at)
        decided = self._first(_among(DECISIONS), arrived_at)
        if acknowledged is not None and (decided is None or decided.occurred_at >= acknowledged.occurred_at):
            yield "decide", self._wait("to_decide", acknowledged.occurred_at, decided)
        for stage, name in (("execute", "decision_to_execute"), ("return", "execute_to_return")):
            if name in own:
                yield stage, own[name]

    def _first(self, wanted: Wanted, since: datetime) -> Fact | None:
        return next((fact for fact in self.facts if fact.occurred_at >= since and wanted(fact)), None)

    def _execution(self, since: datetime) -> Fact | None:
        """The first execution; without one, the final return stands for it."""
        return self._first(_is("RequestExecuted"), since) or self._first(is_return, since)

    def _wait(self, name: str, start: datetime, event: Fact | None, release: Fact | None = None) -> Spell:
        """The wait from *start*: its event wins over a way out at the same instant."""
        outs = [(self.first.ended_at, self.first.end)] if self.first.ended_at is not None else []
        if release is not None:
            outs.insert(0, (release.occurred_at, "released"))
        stop, outcome = min(outs, key=lambda out: out[0], default=(None, None))
        if event is not None and (stop is None or event.occurred_at <= stop):
            stop, outcome = event.occurred_at, EVENTS[name]
        return self._spell(name, start, stop, outcome)

    def _person(self, person: str) -> Iterator[Spell]:
        """Arrest to decision and decision to surrender of one person."""
        own = [fact for fact in self.facts if fact.get("person") == person]
        arrest = next(fact for fact in own if fact.type == "PersonArrested")
        decision = _next(own, "SurrenderDecided", arrest.occurred_at)
        release = _next(own, "PersonReleased", arrest.occurred_at)
        consent = decision is not None and consented(own, decision)
        spell = self._wait("arrest_to_decision", arrest.occurred_at, decision, release)
        yield Spell(spell.name, spell.start, spell.stop, spell.outcome, spell.gross, spell.net, consent)
        if decision is not None and decision.get("outcome") in POSITIVE:
            since = decision.occurred_at
            yield self._wait("decision_to_surrender", since, _next(own, "PersonSurrendered", since), _next(own, "PersonReleased", since))

    def _spell(self, name: str, start: datetime, stop: datetime | None, outcome: str | None) -> Spell:
        end = self.known_at if stop is None else stop
        gross = self.days.between(start, end)
        held = days_held(self.course.holds, start, end, self.days)
        return Spell(name, start, end, outcome, gross, gross - held)


def _is(name: str) -> Wanted:
    return lambda fact: fact.type == name


def _among(names: frozenset[str]) -> Wanted:
    return lambda fact: fact.type in names


def is_return(fact: Fact) -> bool:
    """The final return."""
    return fact.type == "ResultsReturned" and fact.get("final") is True


def is_positive(fact: Fact) -> bool:
    """A decision to grant, whole or in part."""
    if fact.type == "DecisionTaken":
        return fact.get("outcome", "granted") in POSITIVE
    return fact.type == "SurrenderDecided" and fact.get("outcome") in POSITIVE


def _next(facts: Sequence[Fact], name: str, since: datetime) -> Fact | None:
    return next((fact for fact in facts if fact.type == name and fact.occurred_at >= since), None)


def consented(own: Sequence[Fact], decision: Fact) -> bool:
    """Consent was given and not revoked at the decision."""
    place = (decision.occurred_at, decision.version)
    said = [fact.type for fact in own if fact.type in ("ConsentGiven", "ConsentRevoked") and (fact.occurred_at, fact.version) <= place]
    return bool(said) and said[-1] == "ConsentGiven"


def days_held(holds: Iterable[Hold], start: datetime, stop: datetime, days: LocalDays) -> int:
    """Local days on hold between two moments; holds that overlap or touch are counted once."""
    clipped = sorted((max(hold.began_at, start), min(hold.ended_at or stop, stop)) for hold in holds)
    total, reached = 0, start
    union: list[tuple[datetime, datetime]] = []
    for began_at, ended_at in clipped:
        if began_at > ended_at:
            continue
        if union and began_at <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], ended_at))
        else:
            union.append((began_at, ended_at))
    for began_at, reached in union:
        total += days.between(began_at, reached)
    return total


def finished(values: Sequence[int]) -> dict[str, Any]:
    """n, median, mean and 90th percentile of finished durations; one decimal, from exact fractions."""
    ordered = sorted(values)
    mean = Fraction(sum(ordered), len(ordered)) if ordered else None
    return {
        "n": len(ordered),
        "median": one_decimal(percentile(ordered, Fraction(1, 2))),
        "mean": one_decimal(mean),
        "p90": one_decimal(percentile(ordered, Fraction(9, 10))),
    }


def percentile(ordered: Sequence[int], at: Fraction) -> Fraction | None:
    """Linear interpolation, type 7: what PostgreSQL calls percentile_cont."""
    if not ordered:
        return None
    below, rest = divmod((len(ordered) - 1) * at.numerator, at.denominator)
    above = min(below + 1, len(ordered) - 1)
    return Fraction(ordered[below] * at.denominator + rest * (ordered[above] - ordered[below]), at.denominator)


def durations(courses: Iterable[Course], period: Period, curves: Collection[str] = ()) -> dict[str, Any]:
    """Each duration that has a start or an end in the period; those named in *curves* with their points."""
    by_name: dict[str, list[Spell]] = {name: [] for name in EVENTS}
    for course in courses:
        for spell in spells(course, period.known_at, period.days):
            by_name[spell.name].append(spell)
    answers = {name: _duration(name, found, period, with_points=name in curves) for name, found in by_name.items()}
    return {name: answer for name, answer in answers.items() if answer["n"] or answer["ended_in_period"]["gross"]["n"]}


def _duration(name: str, found: Sequence[Spell], period: Period, *, with_points: bool) -> dict[str, Any]:
    started = [spell for spell in found if period.covers(spell.start)]
    ended = [spell for spell in found if spell.finished and period.covers(spell.stop)]
    outcomes = [spell.outcome for spell in started if spell.outcome is not None]
    answer: dict[str, Any] = {
        "n": len(started),
        "outcomes": {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
        "open": len(started) - len(outcomes),
        "gross": _cohort([(spell.gross, spell.outcome) for spell in started], EVENTS[name]),
        "net": _cohort([(spell.net, spell.outcome) for spell in started], EVENTS[name]),
        "ended_in_period": {"gross": finished([spell.gross for spell in ended]), "net": finished([spell.net for spell in ended])},
    }
    if name == "arrest_to_decision":
        answer["ended_in_period"]["with_consent"] = finished([spell.gross for spell in ended if spell.with_consent])
        answer["ended_in_period"]["without_consent"] = finished([spell.gross for spell in ended if not spell.with_consent])
    if with_points:
        answer["gross"]["km"]["points"] = points([(spell.gross, spell.outcome) for spell in started])
        answer["net"]["km"]["points"] = points([(spell.net, spell.outcome) for spell in started])
    return answer


def _cohort(observed: Sequence[tuple[int, str | None]], event: str) -> dict[str, Any]:
    return {
        "finished": finished([days for days, outcome in observed if outcome == event]),
        "km": waiting(observed),
        "by_outcome": ways_out(observed),
    }
