"""The state of one request, folded from its facts. Applying a fact never refuses and never changes the request it is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from services.requests.domain import effects
from services.requests.domain.lines import Bound, Ending, Extended, HandOver, Link, MeasureLine, Money, Note, Part, PersonLine, Recipient
from shared.facts.base import NOTHING, Fact, Recorded
from shared.facts.codes import ENDED_STATES, Confidentiality, Hold, Side, State
from shared.facts.members import from_members, to_members
from shared.facts.requests import DecisionLine, FactCorrected, Mandate, Opening, Party, Urgency
from shared.facts.text import FreeText


@dataclass(slots=True)
class Request:
    """A request as its facts have made it. Treat it as a value: only this module and ``effects`` fill one in."""

    kind: str
    instrument: str | None
    requesting: Party
    requested: Party
    opened_at: datetime
    state: State
    registered: bool = False
    instrument_as_of: date | None = None
    recipients: tuple[Recipient, ...] = ()
    former: tuple[str, ...] = ()
    competent: str | None = None
    case: str | None = None
    subject: str | None = None
    offences: tuple[str, ...] = ()
    proceedings: str | None = None
    languages: tuple[str, ...] = ()
    measures: tuple[MeasureLine, ...] = ()
    persons: tuple[PersonLine, ...] = ()
    urgency: Urgency | None = None
    confidentiality: str = Confidentiality.NORMAL
    fields: Mapping[str, Any] = NOTHING
    also_under: tuple[str, ...] = ()
    notification_required: bool | None = None
    mandate: Mandate | None = None
    arrived_at: datetime | None = None
    channel: str | None = None
    sent_once: bool = False
    times_sent_back: int = 0
    times_transmitted: int = 0
    missing: tuple[FreeText | str, ...] = ()
    open_holds: tuple[Hold, ...] = ()
    round: int = 0
    hold_openings: Mapping[str, datetime] = NOTHING
    extensions: tuple[Extended, ...] = ()
    promises: tuple[Extended, ...] = ()
    decision: str | None = None
    decided_at: datetime | None = None
    decision_lines: tuple[DecisionLine, ...] = ()
    execution: str | None = None
    executed_at: datetime | None = None
    parts: tuple[Part, ...] = ()
    feedback: FreeText | str = None
    status_asked_at: datetime | None = None
    last_open_state: State | None = None
    ending: Ending | None = None
    reopened: int = 0
    desks: Mapping[str, str] = NOTHING
    officers: Mapping[str, str] = NOTHING
    conditions: tuple[Bound, ...] = ()
    costs: tuple[Money, ...] = ()
    assets: tuple[Money, ...] = ()
    custody: tuple[HandOver, ...] = ()
    links: tuple[Link, ...] = ()
    notes: tuple[Note, ...] = ()
    history: list[Recorded[Fact]] = field(default_factory=list)

    @property
    def version(self) -> int:
        """The version of the last fact."""
        return self.history[-1].version if self.history else 0

    @property
    def ended(self) -> bool:
        """Whether it came to an end that was not reopened."""
        return self.state in ENDED_STATES

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The holds that are open, in order of opening; none after an end."""
        return () if self.ended else self.open_holds

    @property
    def hold(self) -> Hold | None:
        """The hold opened last."""
        return None if self.ended or not self.open_holds else self.open_holds[-1]

    @property
    def last_recipient(self) -> str:
        """The authority of the requested side that has the request."""
        return self.recipients[-1].authority if self.recipients else self.requested.authority

    @property
    def holder(self) -> str | None:
        """The authority that must act next; None after an end."""
        if self.ended:
            return None
        if self.state is State.DRAFTED or Hold.INFORMATION_REQUESTED in self.open_holds:
            return self.requesting.authority
        return self.last_recipient

    @property
    def pending_measures(self) -> tuple[MeasureLine, ...]:
        """The lines without an outcome."""
        return tuple(line for line in self.measures if line.outcome is None)

    @property
    def started_at(self) -> datetime:
        """When it arrived, or, not yet sent, when it was begun."""
        return self.arrived_at or self.opened_at

    def side_of(self, authority: str) -> Side | None:
        """The side that *authority* is on; None: neither."""
        if authority == self.requesting.authority:
            return Side.REQUESTING
        if authority == self.requested.authority or authority in self.former or any(authority == each.authority for each in self.recipients):
            return Side.REQUESTED
        return None

    def recipient(self, authority: str) -> Recipient | None:
        """*authority* as a recipient, or None."""
        return next((each for each in self.recipients if each.authority == authority), None)

    def person(self, id: str) -> PersonLine | None:
        """The person with this reference, or None."""
        return next((each for each in self.persons if each.id == id), None)

    def measure(self, id: str) -> MeasureLine | None:
        """The measure with this number, or None."""
        return next((each for each in self.measures if each.id == id), None)

    def recorded(self, fact: str | UUID) -> Recorded[Fact] | None:
        """The fact with this id as it was recorded, or None."""
        return next((each for each in self.history if str(each.id) == str(fact)), None)


def apply(request: Request | None, recorded: Recorded[Fact]) -> Request:
    """Return the request once *recorded* is known too.

    Raises:
        ValueError: the first fact neither drafts nor registers a request.
    """
    return fold([recorded]) if request is None else apply_all(request, [recorded])


def apply_all(request: Request, recorded: Sequence[Recorded[Fact]]) -> Request:
    """Return the request once all of *recorded*, in order of version, are known too."""
    history = [*request.history, *recorded]
    if any(isinstance(each.fact, FactCorrected) for each in recorded):
        return fold(history)
    after = copied(request)
    after.history = history
    for each in recorded:
        effects.follow(after, each)
    return after


_members = attrgetter(*(member.name for member in fields(Request)))


def copied(request: Request) -> Request:
    """Return another one with the same members. Every fact needs it, and ``dataclasses.replace`` costs seven times as much."""
    return Request(*_members(request))


def fold(facts: Iterable[Recorded[Fact]]) -> Request:
    """Return the request that *facts*, in order of version, make; corrections count from the beginning.

    Raises:
        ValueError: there is no first fact, or it neither drafts nor registers.
    """
    history = list(facts)
    if not history or not isinstance(history[0].fact, Opening):
        raise ValueError("a stream begins with RequestDrafted or RequestRegistered")
    right = effective(history)
    request = opened(right[0] or history[0])
    request.history = history
    for each in right[1:]:
        if each is not None:
            effects.follow(request, each)
    return request


def opened(first: Recorded[Fact]) -> Request:
    """Return the request that its first fact alone makes."""
    fact = first.fact
    if not isinstance(fact, Opening):
        raise ValueError("a stream begins with RequestDrafted or RequestRegistered")
    request = Request(fact.kind, fact.instrument, fact.requesting, fact.requested, fact.occurred_at, State.DRAFTED)
    effects.open_with(request, fact)
    return request


def effective(history: list[Recorded[Fact]]) -> list[Recorded[Fact] | None]:
    """Return *history* as corrected: each fact with its right values, None where it never happened."""
    corrections = [each.fact for each in history if type(each.fact) is FactCorrected]
    if not corrections:
        return list(history)
    wrong: dict[str, dict[str, Any]] = {}
    for fact in corrections:
        wrong.setdefault(fact.fact, {}).update(fact.values)
    return [_corrected(each, wrong.get(str(each.id))) for each in history]


def _corrected(recorded: Recorded[Fact], values: Mapping[str, Any] | None) -> Recorded[Fact] | None:
    if not values:
        return recorded
    if values.get("void") is True:
        return None
    before = to_members(recorded.fact)
    right = {**before, **{name: value for name, value in values.items() if name != "void"}}
    if "fields" in before and "fields" in values:
        right["fields"] = {**before["fields"], **values["fields"]}
    return replace(recorded, fact=from_members(type(recorded.fact), {name: value for name, value in right.items() if value is not None}))
