"""What the ladder reached, and what its readers did about it. Written by notifications to the escalation stream of a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.facts.base import Fact
from shared.facts.text import FreeText


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationReached(Fact):
    """A level of the ladder was reached. ``on`` is ``legal`` or ``promise``."""

    request: str
    clock: str
    row: str | None = None
    run: int = 1
    revision: int = 1
    on: str = "legal"
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationAcknowledged(Fact):
    """Somebody took notice; the ladder of that clock is silent until the chosen day."""

    escalation: str
    request: str
    until: date | None = None
    reason: FreeText = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSnoozed(Fact):
    """Somebody put it off until the chosen day."""

    escalation: str
    request: str
    until: date
    reason: FreeText = None
