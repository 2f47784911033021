"""The parts of a request that have a life of their own: measures, persons, recipients, parts returned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.facts.base import When
from shared.facts.requests import Item
from shared.facts.text import CodedText, FreeText


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure asked for. ``decided`` is what the decision says of it, ``outcome`` how it ended."""

    id: str
    type: str
    description: FreeText = None
    decided: str | None = None
    outcome: str | None = None
    grounds: tuple[str, ...] = ()
    completed_at: datetime | None = None

    @property
    def state(self) -> str:
        """``pending`` or ``completed``."""
        return "pending" if self.outcome is None else "completed"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person asked for or concerned, by reference."""

    id: str
    role: str
    custody: bool | None = None
    arrested_at: datetime | None = None
    consented_at: datetime | None = None
    hearing: When | None = None
    decision: str | None = None
    agreed_date: When | None = None
    postponed_at: datetime | None = None
    surrendered_at: datetime | None = None
    released_at: datetime | None = None

    @property
    def in_custody(self) -> bool:
        """Whether an arrest is recorded that no release and no surrender has ended."""
        return self.arrested_at is not None and self.released_at is None and self.surrendered_at is None

    @property
    def done(self) -> bool:
        """Whether nothing is left to hand over: surrendered, or surrender was finally refused."""
        return self.surrendered_at is not None or self.decision == "refused"


@dataclass(frozen=True, slots=True)
class Recipient:
    """An authority of the requested side that has, or had, the request."""

    authority: str
    reached_at: datetime
    acknowledged_at: datetime | None = None
    received_at: datetime | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Results that went back at one time."""

    number: int
    final: bool
    items: tuple[Item, ...]
    returned_at: datetime
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """A cost or an asset."""

    type: str
    amount: str
    currency: str
    occurred_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A condition attached to the use of the results."""

    type: str
    text: FreeText
    by: str


@dataclass(frozen=True, slots=True)
class Link:
    """How the request stands to another."""

    type: str
    request: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """One step in the chain of custody."""

    item: str | None
    giver: FreeText
    taker: FreeText
    seal: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down."""

    id: UUID
    text: FreeText
    internal: bool
    by: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Extended:
    """An extension or a promise of one row."""

    row: str
    clock: str | None
    length: str | None = None
    date: When | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How and when the request last ended."""

    state: str
    reason: CodedText
    occurred_at: datetime
    duplicate_of: str | None = None
    superseded_by: str | None = None
