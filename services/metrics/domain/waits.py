"""The waits of one request as moments, before anybody's days are counted: figures-1, sections 4 and 8."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.metrics.domain.course import POSITIVE, Course
from services.metrics.domain.facts import Fact

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
# The stage that begins with the acknowledgement has no duration of its own in answers; the other stages are durations.
STAGE_DECIDE = "stage_decide"
STAGES: dict[str, str] = {"acknowledge": "to_acknowledge", "decide": STAGE_DECIDE, "execute": "decision_to_execute", "return": "execute_to_return"}
# The stage that a clock limits, by what the clock itself says; a surrender is the execution of its request. Other clocks limit none of ours.
STAGE_LIMITED: dict[str, str] = {
    "acknowledgement": "acknowledge",
    "decision": "decide",
    "execution": "execute",
    "surrender": "execute",
    "return": "return",
}
DECISIONS = frozenset({"DecisionTaken", "SurrenderDecided", "RequestRefused", "RequestExecuted", "ResultsReturned"})

Wanted = Callable[[Fact], bool]


@dataclass(frozen=True, slots=True)
class Wait:
    """From its start to its event or another way out; without a stop it is open."""

    name: str
    start: datetime
    stop: datetime | None
    outcome: str | None
    """How it ended; nothing while it is open."""
    with_consent: bool = False


def waits(course: Course) -> Iterator[Wait]:
    """All waits of a request that has arrived, the stage between acknowledgement and decision among them."""
    return _Waits(course).all()


class _Waits:
    """The waits of one request; all but the last name look at its first episode only."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.facts = course.first_episode_facts()
        self.first = course.episodes[0]

    def all(self) -> Iterator[Wait]:
        arrived_at = self.first.began_at
        acknowledged, decided = self._first(_is("RequestAcknowledged"), arrived_at), self._first(_among(DECISIONS), arrived_at)
        yield self._wait("to_acknowledge", arrived_at, acknowledged)
        yield self._wait("to_decide", arrived_at, decided)
        yield self._wait("to_execute", arrived_at, self._execution(arrived_at))
        yield self._wait("to_return", arrived_at, self._first(is_return, arrived_at))
        if acknowledged is not None and (decided is None or decided.occurred_at >= acknowledged.occurred_at):
            yield self._wait(STAGE_DECIDE, acknowledged.occurred_at, decided)
        decision = self._first(is_positive, arrived_at)
        if decision is not None:
            yield self._wait("decision_to_execute", decision.occurred_at, self._execution(decision.occurred_at))
        executed = self._first(_is("RequestExecuted"), arrived_at)
        if executed is not None:
            yield self._wait("execute_to_return", executed.occurred_at, self._first(is_return, executed.occurred_at))
        for person in dict.fromkeys(str(fact.get("person")) for fact in self.facts if fact.type == "PersonArrested"):
            yield from self._person(person)
        for episode in self.course.episodes[1:]:
            yield Wait("reopened_to_end", episode.began_at, episode.ended_at, episode.end)

    def _first(self, wanted: Wanted, since: datetime) -> Fact | None:
        return next((fact for fact in self.facts if fact.occurred_at >= since and wanted(fact)), None)

    def _execution(self, since: datetime) -> Fact | None:
        """The first execution; without one, the final return stands for it."""
        return self._first(_is("RequestExecuted"), since) or self._first(is_return, since)

    def _wait(self, name: str, start: datetime, event: Fact | None, release: Fact | None = None) -> Wait:
        """The wait from *start*: its event wins over a way out at the same instant."""
        outs = [(self.first.ended_at, self.first.end)] if self.first.ended_at is not None else []
        if release is not None:
            outs.insert(0, (release.occurred_at, "released"))
        stop, outcome = min(outs, key=lambda out: out[0], default=(None, None))
        if event is not None and (stop is None or event.occurred_at <= stop):
            stop, outcome = event.occurred_at, "decided" if name == STAGE_DECIDE else EVENTS[name]
        return Wait(name, start, stop, outcome)

    def _person(self, person: str) -> Iterator[Wait]:
        """Arrest to decision and decision to surrender of one person."""
        own = [fact for fact in self.facts if fact.get("person") == person]
        arrest = next(fact for fact in own if fact.type == "PersonArrested")
        decision = _next(own, "SurrenderDecided", arrest.occurred_at)
        release = _next(own, "PersonReleased", arrest.occurred_at)
        consent = decision is not None and consented(own, decision)
        yield replace(self._wait("arrest_to_decision", arrest.occurred_at, decision, release), with_consent=consent)
        if decision is not None and decision.get("outcome") in POSITIVE:
            since = decision.occurred_at
            yield self._wait("decision_to_surrender", since, _next(own, "PersonSurrendered", since), _next(own, "PersonReleased", since))


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
