"""The period of a question: two local dates, the moments that begin them, and the moment up to which it is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
    until: datetime
    """T: the end of the period, or the moment of knowledge where that is earlier."""

    @classmethod
    def of(cls, from_on: date, to_on: date, known_at: datetime, days: LocalDays) -> Period:
        """The period between two local dates."""
        ends_at = days.begins(to_on)
        return cls(from_on, to_on, known_at, days, days.begins(from_on), ends_at, min(ends_at, known_at))

    @property
    def complete(self) -> bool:
        """The whole period lies before the moment of knowledge."""
        return self.known_at >= self.ends_at

    def months(self) -> Iterator[Period]:
        """The calendar months of the period that have begun; the first and the last may be parts of one."""
        begin = self.from_on
        while begin < self.to_on and (begin == self.from_on or self.days.begins(begin) < self.known_at):
            following = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
            yield Period.of(begin, min(following, self.to_on), self.known_at, self.days)
            begin = following

    def holds(self, moment: datetime) -> bool:
        """A fact that happened at *moment* belongs to the period."""
        return self.begins_at <= moment < self.until

    def covers(self, moment: datetime) -> bool:
        """*moment* lies between the two dates, known or not."""
        return self.begins_at <= moment < self.ends_at
