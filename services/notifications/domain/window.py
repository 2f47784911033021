"""Humane hours: when a message may go out in the recipient's own calendar.

Source: docs/notifications.md, rule N-12.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

IsWorkingDay = Callable[[date], bool]
SEARCHED_DAYS = 31


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of working days, local time; the end is no longer in it."""

    opens: time = time(8)
    closes: time = time(18)


def next_opening(moment: datetime, window: Window, place: ZoneInfo, is_working_day: IsWorkingDay) -> datetime:
    """Return *moment* where it lies in the window, else when the window opens next; after a month without a working day, *moment* itself."""
    local = moment.astimezone(place)
    if is_working_day(local.date()) and window.opens <= local.time() < window.closes:
        return moment
    for days in range(SEARCHED_DAYS):
        day = local.date() + timedelta(days=days)
        opening = datetime.combine(day, window.opens, tzinfo=place).astimezone(UTC)
        if opening >= moment and is_working_day(day):
            return opening
    return moment


def next_morning(moment: datetime, window: Window, place: ZoneInfo, is_working_day: IsWorkingDay) -> datetime:
    """Return the first opening at or after *moment*: when the digest of the day goes out."""
    local = moment.astimezone(place)
    at_opening = datetime.combine(local.date(), window.opens, tzinfo=place)
    later = local if local <= at_opening else datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=place)
    return next_opening(later.astimezone(UTC), window, place, is_working_day)
