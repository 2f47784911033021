"""What became of a request: its arrival, its episodes and its holds, from the facts as known at a moment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.metrics.domain.facts import Fact
from services.metrics.domain.knowledge import Known
from shared.facts.codes import NOT_REQUESTS

ARRIVALS = frozenset({"RequestSent", "RequestRegistered"})
NUMBERED = re.compile(r"p\d+")
NOT_EXECUTED = frozenset({"refused", "impossible"})
POSITIVE = frozenset({"granted", "granted_in_part"})

HOLD_OPENS: Mapping[str, str] = {
    "InformationRequested": "information_requested",
    "ExecutionPostponed": "postponed",
    "ConsultationOpened": "consultation",
    "TranslationAwaited": "translation",
    "SurrenderPostponed": "surrender_postponed",
    "RequestSentBack": "sent_back",
}
HOLD_ENDS: Mapping[str, str] = {
    "InformationSupplied": "information_requested",
    "ExecutionResumed": "postponed",
    "ConsultationConcluded": "consultation",
    "TranslationReceived": "translation",
    "SurrenderDateAgreed": "surrender_postponed",
    "PersonSurrendered": "surrender_postponed",
    "RequestSent": "sent_back",
}


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a request: its authority and the State of it."""

    authority: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Episode:
    """A time during which the request was open."""

    began_at: datetime
    began: int
    """Place of the fact that began it among the facts."""
    ended_at: datetime | None = None
    end: str | None = None
    """returned, refused, withdrawn or closed; nothing while open."""
    ending: Fact | None = None
    in_part: bool = False

    @property
    def outcome(self) -> str:
        """The column of the account in which this end is counted."""
        if self.end == "returned":
            return "returned_part" if self.in_part else "returned_full"
        return "otherwise" if self.end == "closed" else str(self.end)

    def open_at(self, when: datetime) -> bool:
        """Began before *when* and had not ended before *when*."""
        return self.began_at < when and (self.ended_at is None or self.ended_at >= when)


@dataclass(frozen=True, slots=True)
class Hold:
    """A time on hold for one reason; without an end it runs on."""

    reason: str
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A request as figures see it."""

    request: str
    kind: str | None
    instrument: str | None
    requesting: Party
    requested: Party
    measures: tuple[str, ...]
    persons: tuple[str, ...]
    numbered_persons: bool
    """The persons are p1, p2 … of this request only, as the wire numbers them; otherwise their ids are references that other requests name too."""
    case: tuple[str, str]
    facts: tuple[Fact, ...]
    by_type: Mapping[str, Sequence[Fact]]
    """The same facts by type, each in their order."""
    arrival: Fact | None
    episodes: tuple[Episode, ...]
    holds: tuple[Hold, ...]
    corrected_at: datetime | None
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """Spells and clocks worked out once; never part of what the course is."""

    @property
    def excluded(self) -> str | None:
        """Why the request is counted in no period; nothing when it is counted."""
        if self.arrival is None:
            return "never_sent"
        if self.kind in NOT_REQUESTS:
            return "not_requests"
        last = self.episodes[-1]
        if last.end == "closed" and last.ending is not None and last.ending.get("reason") == "duplicate":
            return "duplicates"
        return None

    def person(self, id: str) -> str:
        """The reference of a person that this request calls *id*, the same for every request that names the person."""
        return f"{self.request}/{id}" if self.numbered_persons and NUMBERED.fullmatch(id) else id

    def open_at(self, when: datetime) -> Episode | None:
        """The episode that is open at *when*."""
        return next((episode for episode in self.episodes if episode.open_at(when)), None)

    def first_episode_facts(self) -> tuple[Fact, ...]:
        """All facts up to the first reopening, without those that happened after the end; the end itself is one of them."""
        first = self.episodes[0]
        until = self.episodes[1].began if len(self.episodes) > 1 else len(self.facts)
        facts = self.facts[:until]
        return facts if first.ended_at is None else tuple(fact for fact in facts if fact.occurred_at <= first.ended_at)


def course(known: Known) -> Course:
    """The course of a request from what is known of it."""
    arrived = next((place for place, fact in enumerate(known.facts) if fact.type in ARRIVALS), None)
    episodes, holds = _Walk(arrived).over(known.facts)
    requesting, requested = _party(known.head["requesting"]), _party(known.head["requested"])
    number = known.head["case"]
    return Course(
        request=known.request,
        kind=known.head["kind"],
        instrument=known.head["instrument"],
        requesting=requesting,
        requested=requested,
        measures=tuple(_references(known.head["measures"], "id")),
        persons=tuple(_references(known.head["persons"], "id")),
        numbered_persons=any(isinstance(person, Mapping) for person in known.head["persons"] or ()),
        case=(requesting.authority, str(number)) if number else ("", known.request),
        facts=known.facts,
        by_type=_by_type(known.facts),
        arrival=None if arrived is None else known.facts[arrived],
        episodes=tuple(episodes),
        holds=tuple(holds),
        corrected_at=known.corrected_at,
    )


def direction(course: Course, authority: str) -> str:
    """How *authority* sees the request."""
    return "outgoing" if course.requesting.authority == authority else "incoming"


def _by_type(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.type, []).append(fact)
    return found


def _party(value: Any) -> Party:
    if isinstance(value, Mapping):
        return Party(str(value.get("authority") or ""), value.get("state"))
    return Party(str(value or ""), None)


def _references(values: Any, *names: str) -> Iterator[str]:
    """The ids of measures or persons: plain ids in the short form, objects in the full one."""
    for place, value in enumerate(values or (), start=1):
        if isinstance(value, Mapping):
            yield str(next((value[name] for name in names if value.get(name)), place))
        else:
            yield str(value)


class _Walk:
    """One pass over the ordered facts: episodes begin and end, holds open, end with their episode and come back (D-14)."""

    def __init__(self, arrived: int | None) -> None:
        self.arrived = arrived
        self.episodes: list[Episode] = []
        self.holds: list[Hold] = []
        self.on_hold: dict[str, datetime] = {}
        self.laid_down: tuple[str, ...] = ()
        self.executed_in_part: bool | None = None
        self.measure_outcomes: dict[str, str] = {}

    def over(self, facts: Sequence[Fact]) -> tuple[list[Episode], list[Hold]]:
        for place, fact in enumerate(facts):
            self._begin(place, fact)
            if self.episodes and self.episodes[-1].ended_at is not None:
                continue
            self._note_execution(fact)
            self._hold(fact)
            end = end_of_episode(fact)
            if end is not None and self.episodes:
                self._end(fact, end)
        self.holds.extend(Hold(reason, began_at) for reason, began_at in self.on_hold.items())
        return self.episodes, self.holds

    def _begin(self, place: int, fact: Fact) -> None:
        reopened = fact.type == "RequestReopened" and bool(self.episodes) and self.episodes[-1].ended_at is not None
        if place == self.arrived or reopened:
            self.episodes.append(Episode(fact.occurred_at, place))
        if reopened:
            self.on_hold = dict.fromkeys(self.laid_down, fact.occurred_at)

    def _note_execution(self, fact: Fact) -> None:
        if fact.type == "RequestExecuted":
            self.executed_in_part = fact.get("outcome") == "part"
        elif fact.type == "MeasureCompleted":
            self.measure_outcomes[str(fact.get("measure"))] = str(fact.get("outcome"))

    def _hold(self, fact: Fact) -> None:
        ended = HOLD_ENDS.get(fact.type)
        if ended is not None and ended in self.on_hold:
            self.holds.append(Hold(ended, self.on_hold.pop(ended), fact.occurred_at))
        opened = HOLD_OPENS.get(fact.type)
        if opened is not None:
            self.on_hold.setdefault(opened, fact.occurred_at)

    def _end(self, fact: Fact, end: str) -> None:
        open_one = self.episodes[-1]
        some_failed = any(outcome in NOT_EXECUTED for outcome in self.measure_outcomes.values())
        in_part = some_failed if self.executed_in_part is None else self.executed_in_part
        self.episodes[-1] = Episode(open_one.began_at, open_one.began, fact.occurred_at, end, fact, end == "returned" and in_part)
        self.holds.extend(Hold(reason, began_at, fact.occurred_at) for reason, began_at in self.on_hold.items())
        self.laid_down = tuple(self.on_hold)
        self.on_hold = {}


def end_of_episode(fact: Fact) -> str | None:
    """How *fact* ends an open episode; nothing when it does not."""
    if fact.type == "ResultsReturned":
        return "returned" if fact.get("final") is True else None
    return {"RequestRefused": "refused", "RequestWithdrawn": "withdrawn", "RequestClosed": "closed"}.get(fact.type)
