"""Local calendar days of one time zone: the only place where a moment becomes a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


class LocalDays:
    """The calendar of one place, by its IANA zone name."""

    __slots__ = ("_zone", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = ZoneInfo(name)

    def on(self, moment: datetime) -> date:
        """The local date of *moment*."""
        return moment.astimezone(self._zone).date()

    def begins(self, day: date) -> datetime:
        """The first moment of *day*, in UTC; where the clocks skip midnight, the moment they skip it."""
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)

    def ends(self, day: date) -> datetime:
        """24:00 of *day*, in UTC: the first moment that is no longer on that day."""
        return self.begins(day + ONE_DAY)

    def between(self, start: datetime, stop: datetime) -> int:
        """Whole local calendar days: date of *stop* less date of *start*; the same day is 0."""
        return (self.on(stop) - self.on(start)).days


@lru_cache(maxsize=1024)
def local_days(name: str) -> LocalDays:
    """The calendar of *name*, made once.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: no such zone.
    """
    return LocalDays(name)
