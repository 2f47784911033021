"""Conditions of rows that may change while a request lives: the code of the data file, and the fact it asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.rows import STATIC
from services.requests.domain.request import Request
from shared.facts.codes import UrgencyLevel
from shared.facts.instruments import Condition, Row
from shared.facts.periods import Period, PeriodNotReadable

LEVELS = tuple(UrgencyLevel)
# Looked at when the row starts, never later: the reason belongs to one postponement.
AT_START = frozenset({"postponement_reason", "recipient", "recipient_not"})


@dataclass(slots=True)
class Asked:
    """What conditions are asked of: the request, the law, the person in question, the reasons for which surrenders were postponed."""

    request: Request
    law: Law
    postponed_for: dict[str | None, str] = field(default_factory=dict)

    def holds(self, row: Row, person: str | None) -> bool:
        """Whether every condition of *row* holds for *person*."""
        return not any(True for each in row.applies_when if not self.true(each, person))

    def never(self, row: Row, person: str | None) -> bool:
        """Whether a condition fails that later facts do not mend."""
        return any(each.code in AT_START and not self.true(each, person) for each in row.applies_when)

    def true(self, condition: Condition, person: str | None) -> bool:
        """Whether one condition holds."""
        judge = _JUDGES.get(condition.code)
        return True if judge is None or condition.code in STATIC else judge(self, condition.argument or "", person)


def _role(asked: Asked) -> str | None:
    return asked.law.office_of(asked.request.requested).role


def _level(asked: Asked) -> int:
    urgency = asked.request.urgency
    return LEVELS.index(UrgencyLevel(urgency.level)) if urgency is not None else 0


def _consents(asked: Asked, person: str | None) -> bool:
    line = asked.request.person(person) if person else None
    return line is not None and line.consented_at is not None


def _declared(asked: Asked, name: str) -> bool:
    value = asked.request.fields.get(name)
    return value is True or value == "true"


def _outage(asked: Asked, argument: str) -> bool:
    """Up to and with the second figure, beyond the first: 0-4 takes four hours, 4-12 does not."""
    low, _, high = argument.partition("-")
    try:
        hours = float(asked.request.fields.get("outage_hours") or 0)
    except (TypeError, ValueError):
        return False
    return float(low or 0) < hours <= (float(high) if high else float("inf"))


def _needed_by(asked: Asked) -> bool:
    return asked.request.urgency is not None and asked.request.urgency.needed_by is not None


def _declaration(asked: Asked, name: str) -> Any:
    return asked.law.office_of(asked.request.requested).declarations.get(name)


_JUDGES: Mapping[str, Callable[[Asked, str, str | None], bool]] = {
    "recipient": lambda asked, argument, person: _role(asked) == argument,
    "recipient_not": lambda asked, argument, person: _role(asked) != argument,
    "urgency_at_least": lambda asked, argument, person: _level(asked) >= LEVELS.index(UrgencyLevel(argument)),
    "urgency_below": lambda asked, argument, person: _level(asked) < LEVELS.index(UrgencyLevel(argument)),
    "notification_required": lambda asked, argument, person: asked.request.notification_required is True,
    "notification_not_required": lambda asked, argument, person: asked.request.notification_required is not True,
    "measure": lambda asked, argument, person: any(line.type == argument for line in asked.request.measures),
    "postponement_reason": lambda asked, argument, person: asked.postponed_for.get(person) == argument,
    "person_consents": lambda asked, argument, person: _consents(asked, person),
    "person_does_not_consent": lambda asked, argument, person: not _consents(asked, person),
    "declared": lambda asked, argument, person: _declared(asked, argument),
    "not_declared": lambda asked, argument, person: not _declared(asked, argument),
    "outage_hours": lambda asked, argument, person: _outage(asked, argument),
    "date_asked_for": lambda asked, argument, person: _needed_by(asked),
    "state_declaration": lambda asked, argument, person: bool(_declaration(asked, argument)),
}


def judged() -> frozenset[str]:
    """The codes that are judged here; `date_fixed` and `no_later_date_asked` are judged where a clock starts, `treaty_silent` where rows are chosen."""
    return frozenset(_JUDGES) | {"date_fixed", "no_later_date_asked", "treaty_silent"}


def declared_length(row: Row, asked: Asked) -> Period | None:
    """The shorter figure that the requested State declared for *row*, or the row's own."""
    own = row.duration
    for condition in row.applies_when:
        if condition.code == "state_declaration" and own is not None:
            declared = _declaration(asked, condition.argument or "")
            length = _length(declared)
            if length is not None and length.as_elapsed < own.as_elapsed:
                return length
    return own


def _length(declared: Any) -> Period | None:
    if isinstance(declared, bool):
        return None
    if isinstance(declared, int):
        return Period(days=declared)
    try:
        return Period.parse(declared) if isinstance(declared, str) else None
    except PeriodNotReadable:
        return None
