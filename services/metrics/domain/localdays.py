"""Local calendar days of one time zone: the only place where a moment becomes a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

ONE_DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1)
SECOND = 1_000_000
DAY = 86_400 * SECOND
# Offsets are looked up in a table between these years; outside of them one by one.
TABLE_FROM, TABLE_TO = datetime(1990, 1, 1, tzinfo=UTC), datetime(2061, 1, 1, tzinfo=UTC)
TABLE_STEP = timedelta(hours=12)

Moments = NDArray[np.int64]
"""Microseconds since 1970."""
Days = NDArray[np.int64]
"""Days since 1970-01-01."""


class LocalDays:
    """The calendar of one place, by its IANA zone name."""

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

    def days_of(self, moments: Moments) -> Days:
        """The local dates of many moments, as days since 1970: the same as `on`."""
        changes, offsets = self._table
        places = np.searchsorted(changes, moments, side="right")
        days = (moments + offsets[places]) // DAY
        outside = np.flatnonzero((places == 0) | (places == len(changes)))
        for place in outside:
            days[place] = (self.on(EPOCH + timedelta(microseconds=int(moments[place]))) - EPOCH_DAY).days
        return days

    @cached_property
    def _table(self) -> tuple[Moments, Moments]:
        """The moments at which the offset from UTC changes, bounded by the ends of the table, and the offset between them."""
        changes, offsets = [_micros(TABLE_FROM)], [0, self._offset(TABLE_FROM)]
        at = TABLE_FROM
        while at < TABLE_TO:
            following = at + TABLE_STEP
            if self._offset(following) != offsets[-1]:
                changes.append(_micros(self._change(at, following)))
                offsets.append(self._offset(following))
            at = following
        return np.asarray([*changes, _micros(TABLE_TO)], dtype=np.int64), np.asarray([*offsets, 0], dtype=np.int64)

    def _offset(self, moment: datetime) -> int:
        offset = moment.astimezone(self._zone).utcoffset()
        return 0 if offset is None else offset // timedelta(microseconds=1)

    def _change(self, before: datetime, after: datetime) -> datetime:
        """The first second with the offset of *after*."""
        while after - before > timedelta(seconds=1):
            middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
            if self._offset(middle) == self._offset(after):
                after = middle
            else:
                before = middle
        return after


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def local_days(name: str) -> LocalDays:
    """The calendar of *name*, made once.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: no such zone.
    """
    return LocalDays(name)
