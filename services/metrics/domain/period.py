"""The period of a question: two local dates, the moments that begin them, and the moment up to which it is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.metrics.domain.localdays import LocalDays


@dataclass(frozen=True, slots=True)
class Period:
    """From *from_on* (included) to *to_on* (excluded) in one zone, as known at *known_at*."""

    from_on: date
    to_on: date
    known_at: datetime
    days: LocalDays
    begins_at: datetime
    """P0: the local midnight that begins *from_on*."""
    ends_at: datetime
    """P1: the local midnight that begins *to_on*."""

    @classmethod
    def of(cls, from_on: date, to_on: date, known_at: datetime, days: LocalDays) -> Period:
        """The period between two local dates."""
        return cls(from_on, to_on, known_at, days, days.begins(from_on), days.begins(to_on))

    @property
    def until(self) -> datetime:
        """T: the end of the period, or the moment of knowledge where that is earlier."""
        return min(self.ends_at, self.known_at)

    @property
    def complete(self) -> bool:
        """The whole period lies before the moment of knowledge."""
        return self.known_at >= self.ends_at

    def holds(self, moment: datetime) -> bool:
        """A fact that happened at *moment* belongs to the period."""
        return self.begins_at <= moment < self.until

    def covers(self, moment: datetime) -> bool:
        """*moment* lies between the two dates, known or not."""
        return self.begins_at <= moment < self.ends_at
