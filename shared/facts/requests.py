"""What can happen to a request, one class a fact. ``docs/events.md`` and the AsyncAPI document are read from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.facts.base import NOTHING, Fact, Value, When
from shared.facts.text import CodedText, FreeText


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(Value):
    """One side's first authority, its State, and its own reference."""

    authority: str
    state: str
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Value):
    """One line of what is asked for."""

    id: str
    type: str
    description: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Value):
    """A reference to a person; the name is in the vault."""

    id: str
    role: str
    custody: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency(Value):
    """How urgent it is, why, and the outside date behind it."""

    level: str
    reason: CodedText = None
    needed_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate(Value):
    """The mandate of a joint investigation team."""

    starts: date
    ends: date
    legal_basis: str | None = None
    crimes: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    lead: str | None = None
    powers: FreeText = None
    oversight: FreeText = None
    retention: FreeText = None
    access: FreeText = None
    destruction: FreeText = None
    exit: FreeText = None
    liability: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Value):
    """What the use of the results is bound to."""

    type: str
    text: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine(Value):
    """What a decision says of one measure."""

    measure: str
    outcome: str
    grounds: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Value):
    """A piece of evidence handed over."""

    id: str
    label: FreeText
    medium: str | None = None
    sha256: str | None = None
    size: int | None = None
    seal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Fact):
    """What the first fact of a request carries. ``desk`` is the one that is answerable from now on."""

    kind: str
    requesting: Party
    requested: Party
    instrument: str | None = None
    instrument_as_of: date | None = None
    case: str | None = None
    subject: str | None = None
    offences: tuple[str, ...] = ()
    proceedings: str | None = None
    languages: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    persons: tuple[Person, ...] = ()
    urgency: Urgency | None = None
    confidentiality: str = "normal"
    fields: Mapping[str, Any] = NOTHING
    also_under: tuple[str, ...] = ()
    notification_required: bool | None = None
    mandate: Mandate | None = None
    desk: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDrafted(Opening):
    """The requesting side began a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRegistered(Opening):
    """The requested side received a request from an authority that is no member. It occurred on receipt; ``how`` it came."""

    how: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAmended(Fact):
    """A draft was changed. ``changes`` holds the new values as they stand on the wire; ``fields`` only the ones that changed."""

    changes: Mapping[str, Any]
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent(Fact):
    """The request left. Between members it has arrived with that."""

    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransmissionRecorded(Fact):
    """The same request went out once more. Never a new request; no clock starts again."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSentBack(Fact):
    """The request was deficient. ``missing`` names form fields, or says in words what is wanting."""

    missing: tuple[CodedText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAcknowledged(Fact):
    """A recipient confirmed receipt. ``received_at``: when the competent authority had it."""

    reference: str | None = None
    received_at: datetime | None = None
    authority: str | None = None
    desk: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForwarded(Fact):
    """The request went on to another authority of the requested side."""

    to: str
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationRequested(Fact):
    """The requested side asked for more. ``round`` counts from 1."""

    items: tuple[CodedText, ...]
    answer_by: date | None = None
    round: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationSupplied(Fact):
    """The requesting side answered."""

    items: tuple[CodedText, ...]
    round: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionPostponed(Fact):
    """Execution has to wait."""

    reason: CodedText
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionResumed(Fact):
    """Execution goes on."""

    reason: CodedText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationOpened(Fact):
    """The two sides began to consult."""

    topic: CodedText


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationConcluded(Fact):
    """The consultation is over."""

    topic: CodedText
    result: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationAwaited(Fact):
    """Work waits for a translation."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationReceived(Fact):
    """The translation is there."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimitExtended(Fact):
    """A legal time limit became longer. ``clock`` is the id of the run, ``row`` its row; ``length`` an ISO 8601 duration."""

    row: str
    clock: str | None = None
    reason: FreeText = None
    length: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDatePromised(Fact):
    """The requested side named a day. It changes no legal date."""

    row: str
    date: When
    clock: str | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTaken(Fact):
    """Execution was granted, wholly or in part."""

    outcome: str
    measures: tuple[DecisionLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureCompleted(Fact):
    """One line of the request has its outcome."""

    measure: str
    outcome: str
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExecuted(Fact):
    """The request was carried out. ``derived``: it followed from the last line or the last person."""

    outcome: str
    derived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsReturned(Fact):
    """Results went back: part ``part``, and whether it was the last."""

    part: int
    final: bool
    items: tuple[Item, ...] = ()
    derived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptConfirmed(Fact):
    """The requesting side has the results. ``items`` are ids of items; none means all that were returned."""

    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(Fact):
    """The requesting side said of what use the results were."""

    usefulness: CodedText = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAsked(Fact):
    """The requesting side asked how things stand. No clock moves; any move of the other side answers it."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAssigned(Fact):
    """A desk, perhaps an officer (by reference), is answerable. Internal: the other side never sees it."""

    desk: str
    officer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(Fact):
    """The requested side refused, on grounds that its instrument knows."""

    grounds: tuple[str, ...]
    decided_by: str | None = None
    consulted_at: When | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWithdrawn(Fact):
    """The requesting side gave it up. Costs stay."""

    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClosed(Fact):
    """It ended otherwise."""

    reason: str
    duplicate_of: str | None = None
    superseded_by: str | None = None
    why: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReopened(Fact):
    """It goes on from the last open state, with the holds it had."""

    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonArrested(Fact):
    """A person sought was arrested."""

    person: str
    date: When | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Fact):
    """A person consented to surrender."""

    person: str
    date: When | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRevoked(Fact):
    """A person took the consent back."""

    person: str
    date: When | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingFixed(Fact):
    """A hearing has its day."""

    person: str
    date: When
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderDecided(Fact):
    """The decision on surrender is final."""

    person: str
    outcome: str
    date: When | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderDateAgreed(Fact):
    """The two sides agreed on the day of surrender; it ends a postponement."""

    person: str
    date: When
    reason: CodedText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderPostponed(Fact):
    """The surrender cannot take place as agreed."""

    person: str
    reason: CodedText
    date: When | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSurrendered(Fact):
    """A person was handed over."""

    person: str
    date: When | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReleased(Fact):
    """Custody ended."""

    person: str
    date: When | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactCorrected(Fact):
    """An earlier fact was recorded wrongly. ``values`` are the right ones as on the wire (``void``: it never happened), ``was`` the wrong ones.

    ``internal`` is true when the fact corrected is internal.
    """

    fact: str
    values: Mapping[str, Any]
    was: Mapping[str, Any] = NOTHING
    reason: FreeText = None
    internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReclassified(Fact):
    """The request is, and always was, of another kind or under another instrument."""

    kind: str
    instrument: str | None = None
    was: str | None = None
    was_instrument: str | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLinked(Fact):
    """The request stands to another one."""

    type: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRecorded(Fact):
    """Money was claimed or shared. ``amount`` is a decimal string, ``currency`` ISO 4217."""

    type: str
    amount: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRecorded(Fact):
    """An asset was frozen, confiscated, shared or returned."""

    type: str
    amount: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyRecorded(Fact):
    """A piece of evidence changed hands. ``giver`` and ``taker`` are offices."""

    item: str | None = None
    giver: FreeText = None
    taker: FreeText = None
    seal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionAttached(Fact):
    """The use of the results is bound to a condition."""

    type: str
    text: FreeText


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Fact):
    """Somebody wrote something down; unless said otherwise for the own side only."""

    text: FreeText
    internal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecorded(Fact):
    """An event of the instrument's table that no other fact carries."""

    event: str
    date: When | None = None
    person: str | None = None
    measure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateSet(Fact):
    """The mandate of a joint team was set or changed."""

    mandate: Mandate
    reason: FreeText = None
