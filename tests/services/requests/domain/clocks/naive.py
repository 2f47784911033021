"""A counter that knows nothing of the product: it walks the calendar day by day and hour by hour, as one does with a pencil."""

from collections.abc import Set
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def works(day: date, holidays: Set[date]) -> bool:
    """Whether offices are open."""
    return day.weekday() < 5 and day not in holidays


def counted_days(event: date, amount: int, *, event_day_counts: bool, stopped: Set[date]) -> date:
    """Cross off day after day until *amount* are crossed off; stopped days are passed over."""
    day, left = event - DAY if event_day_counts else event, amount
    while left:
        day += DAY
        if day not in stopped:
            left -= 1
    return day


def counted_working_days(event: date, amount: int, holidays: Set[date]) -> date:
    """Cross off open days only."""
    day, left = event, amount
    while left:
        day += DAY
        if works(day, holidays):
            left -= 1
    return day


def rolled(day: date, holidays: Set[date]) -> date:
    """Turn pages until the offices are open."""
    while not works(day, holidays):
        day += DAY
    return day


def with_two_open_days(event: date, last: date, holidays: Set[date]) -> date:
    """Turn pages until two open days lie between."""
    while sum(works(event + n * DAY, holidays) for n in range(1, (last - event).days + 1)) < 2:
        last += DAY
    return last


def months_later(event: date, months: int) -> date:
    """Turn *months* pages of a wall calendar and look for the same number, or the last one."""
    year, month = event.year, event.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    for number in range(event.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """Go minute by minute until the wall shows the next day."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=6)
    while moment.astimezone(zone).date() <= day:
        moment += timedelta(hours=1)
    while (moment - MINUTE).astimezone(zone).date() > day:
        moment -= MINUTE
    return moment


def next_hour_on_the_wall(event: datetime, zone: ZoneInfo) -> datetime:
    """Wait until the minute hand stands at twelve, at least once."""
    moment = event.replace(second=0, microsecond=0) + MINUTE
    while moment.astimezone(zone).minute:
        moment += MINUTE
    return moment
