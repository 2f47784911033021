"""Facts as the rows name them: which starts and ends a fact may trigger, when it happened, for whom, and which qualifiers hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from services.requests.domain.clocks.law import Law, Office
from services.requests.domain.request import Request
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded, When
from shared.facts.codes import Channel, LineOutcome, MeasureOutcome

# The move that each fact records, as the rows name it.
MOVES: Mapping[type[Fact], tuple[str, ...]] = {
    facts.RequestSent: ("send",),
    facts.RequestRegistered: ("register",),
    facts.RequestAcknowledged: ("acknowledge", "acknowledge.received_at"),
    facts.RequestForwarded: ("forward",),
    facts.TransmissionRecorded: ("transmit_again",),
    facts.InformationRequested: ("request_information",),
    facts.InformationSupplied: ("supply_information",),
    facts.ExecutionPostponed: ("postpone",),
    facts.ExecutionResumed: ("resume",),
    facts.ConsultationConcluded: ("conclude_consultation",),
    facts.DecisionTaken: ("decide",),
    facts.MeasureCompleted: ("complete_measure",),
    facts.RequestExecuted: ("execute",),
    facts.ResultsReturned: ("return",),
    facts.StatusAsked: ("ask_status",),
    facts.RequestRefused: ("refuse",),
    facts.RequestWithdrawn: ("withdraw",),
    facts.RequestReopened: ("reopen",),
    facts.PersonArrested: ("arrest",),
    facts.ConsentGiven: ("give_consent",),
    facts.ConsentRevoked: ("revoke_consent",),
    facts.HearingFixed: ("fix_hearing.date",),
    facts.SurrenderDecided: ("decide_surrender",),
    facts.SurrenderDateAgreed: ("agree_surrender_date.date",),
    facts.SurrenderPostponed: ("postpone_surrender",),
    facts.PersonSurrendered: ("surrender",),
    facts.PersonReleased: ("release",),
    facts.MandateSet: ("set_mandate",),
}

# Ends that stay true: a row whose end is already reached does not start.
LASTING = frozenset(
    {"decide", "refuse", "decide_surrender", "complete_measure", "execute", "return", "surrender", "send", "acknowledge.received_at"}
    | {"record_event:request.full_received", "record_event:request.received_by_embassy", "record_event:summons.received"}
    | {"record_event:summons.transmitted"}
)
NAMED_DAYS = {"agree_surrender_date.date", "fix_hearing.date"}
INFORMAL = frozenset({Channel.EMAIL, Channel.INTERPOL})


@dataclass(slots=True)
class Happening:
    """One fact as the clocks see it.

    Attributes:
        keys: what rows may name it by.
        move: the move that stop rules name it by.
        at: when it happened, by which facts are ordered.
        qualifiers: those of the data file that hold of it.
    """

    id: str
    recorded: Recorded[Fact]
    fact: Any
    keys: tuple[str, ...]
    move: str | None
    at: datetime
    person: str | None = None
    measure: str | None = None
    qualifiers: frozenset[str] = field(default=frozenset())

    def when(self, key: str) -> When:
        """The day or moment that counts for *key*: a named day, a receipt, the day of an event, else when it happened."""
        if key in NAMED_DAYS:
            return self.fact.date  # type: ignore[no-any-return]  # facts of these keys have a day
        if key == "acknowledge.received_at":
            return self.fact.received_at or self.fact.occurred_at  # type: ignore[no-any-return]  # likewise a moment
        named = getattr(self.fact, "date", None)
        if named is None or (not isinstance(self.fact, facts.EventRecorded) and _lies_ahead(named, self.fact.occurred_at)):
            return self.fact.occurred_at  # type: ignore[no-any-return]  # every fact has it
        return named  # type: ignore[no-any-return]  # a day or a moment

    def date_fixed(self) -> When | None:
        """The date that the fact fixes for something to come: its date, until or answer_by."""
        for name in ("until", "answer_by", "date"):
            named = getattr(self.fact, name, None)
            if named is not None and (isinstance(self.fact, facts.SurrenderDateAgreed) or _lies_ahead(named, self.fact.occurred_at)):
                return named  # type: ignore[no-any-return]  # a day or a moment
        return None


def happening(recorded: Recorded[Fact]) -> Happening:
    """*recorded* as the clocks see it, without qualifiers."""
    fact: Any = recorded.fact
    keys, move, members = _shape(type(fact))  # type: ignore[arg-type]  # a class is hashable, whatever it is a class of
    if isinstance(fact, facts.EventRecorded):
        keys = (f"record_event:{fact.event}",)
    at = _happened(fact) if "date" in members else fact.occurred_at
    person, measure = fact.person if "person" in members else None, fact.measure if "measure" in members else None
    return Happening(str(recorded.id), recorded, fact, keys, move, at, person, measure)


@cache
def _shape(kind: type[Fact]) -> tuple[tuple[str, ...], str | None, frozenset[str]]:
    """What is the same for all facts of a type: the keys, the move that stop rules name it by, its members."""
    keys = MOVES.get(kind, ())
    return keys, keys[0].partition(".")[0] if keys else None, frozenset(each.name for each in fields(kind))


def _happened(fact: Any) -> datetime:
    """When *fact* happened: the day it names, if that is past; what it announces does not count."""
    named: When | None = fact.date
    occurred: datetime = fact.occurred_at
    if named is None or isinstance(fact, facts.SurrenderDateAgreed | facts.HearingFixed | facts.NewDatePromised) or _lies_ahead(named, occurred):
        return occurred
    if isinstance(named, datetime):
        return named
    return occurred if named >= occurred.date() else datetime.combine(named, time.max, UTC)


def _lies_ahead(named: When, occurred: datetime) -> bool:
    return named > occurred if isinstance(named, datetime) else named > occurred.date()


IsMember = Callable[[facts.Party], bool]
"""Whether the first authority of a side acted for itself when the fact was recorded."""


@dataclass(slots=True)
class Before:
    """What a person's lines said before the fact: needed to tell a first date from a later one."""

    agreed: bool = False
    postponed: bool = False

    @classmethod
    def of(cls, request: Request, person: str | None) -> "Before":
        """The lines of *person* as they are now."""
        line = request.person(person) if person else None
        return cls(line is not None and line.agreed_date is not None, line is not None and line.postponed_at is not None)


def qualifiers(now: Happening, request: Request, before: Before, law: Law) -> frozenset[str]:
    """The qualifiers that hold of a fact; *request* is as the fact left it, *before* is from before it."""
    judge = _QUALIFYING.get(type(now.fact))
    return frozenset() if judge is None else judge(now.fact, request, before, lambda party: law.was_member(party, now.recorded.recorded_at))


def _sent(fact: Any, request: Request, before: Before, member: IsMember) -> frozenset[str]:
    found = {"informal" if fact.channel in INFORMAL else "formal"}
    return frozenset(found | ({"to_member"} if member(request.requested) else set()))


def _transmitted(fact: Any, request: Request, before: Before, member: IsMember) -> frozenset[str]:
    return frozenset({"informal" if fact.channel in INFORMAL else "formal"})


def _acknowledged(fact: Any, request: Request, before: Before, member: IsMember) -> frozenset[str]:
    found = set()
    if fact.acting == request.requested.authority and not member(request.requested):
        found.add("of_outsider")
    if fact.acting == request.last_recipient:
        found.add("by_holder")
    return frozenset(found)


def _seen(fact: Any, request: Request, before: Before, member: IsMember) -> frozenset[str]:
    return frozenset({"seen"} if member(request.requesting) else ())


def _surrender_decided(fact: Any, request: Request, before: Before, member: IsMember) -> frozenset[str]:
    seen = _seen(fact, request, before, member)
    if fact.outcome == LineOutcome.REFUSED:
        return seen
    return seen | {"granted"} | ({"granted_seen"} if seen else set())


def _date_agreed(fact: Any, request: Request, before: Before, member: IsMember) -> frozenset[str]:
    return frozenset({"later" if before.agreed or before.postponed else "first"})


def _completed(fact: Any, request: Request, before: Before, member: IsMember) -> frozenset[str]:
    last = {"last"} if not request.pending_measures else set()
    return frozenset(last | ({"impossible"} if fact.outcome == MeasureOutcome.IMPOSSIBLE else set()))


def _returned(fact: Any, request: Request, before: Before, member: IsMember) -> frozenset[str]:
    return frozenset({"final"} if fact.final else ())


_QUALIFYING: Mapping[type[Fact], Callable[[Any, Request, Before, IsMember], frozenset[str]]] = {
    facts.RequestSent: _sent,
    facts.TransmissionRecorded: _transmitted,
    facts.RequestAcknowledged: _acknowledged,
    facts.DecisionTaken: _seen,
    facts.RequestRefused: _seen,
    facts.SurrenderDecided: _surrender_decided,
    facts.SurrenderDateAgreed: _date_agreed,
    facts.MeasureCompleted: _completed,
    facts.ResultsReturned: _returned,
}


def place_of(now: Happening, request: Request, law: Law) -> Office:
    """Where a fact happened: at the authority whose act it was; a request that is sent arrives at the other side."""
    fact = now.fact
    if isinstance(fact, facts.RequestSent) or fact.acting == request.requested.authority:
        return law.office_of(request.requested)
    if fact.acting == request.requesting.authority:
        return law.office_of(request.requesting)
    return law.office(fact.acting, request.requested.state)


def day_of(when: When, place: Office) -> date:
    """The calendar day of *when* at *place*."""
    return when.astimezone(place.zone).date() if isinstance(when, datetime) else when
