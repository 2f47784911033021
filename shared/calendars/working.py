"""A working calendar: which days of a State are working days, for which years that is known, and which version of the knowledge it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY, SUNDAY = 5, 6
WEEKEND = frozenset({SATURDAY, SUNDAY})
_DAY = timedelta(days=1)


class CalendarNotCovered(LookupError):
    """The calendar does not say whether this day is a working day; the answer would be a guess."""

    code = "calendar_not_covered"

    def __init__(self, calendar: str, day: date | None = None) -> None:
        super().__init__(f"{calendar}: no holidays known" + (f" for {day}" if day else ""))
        self.calendar, self.day = calendar, day


class CalendarFileFaulty(ValueError):
    """A file that ought to describe a calendar does not; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Weekend days and holidays of one State or region from *first* to *last*, both included.

    Attributes:
        name: the State (ISO 3166-1 alpha-2), or the State and a region.
        version: which edition of the holiday data; stored with every date that it led to.
    """

    name: str
    version: str
    holidays: frozenset[date]
    first: date
    last: date
    weekend: frozenset[int] = WEEKEND

    @property
    def edition(self) -> str:
        """Name and version in one text."""
        return f"{self.name}@{self.version}"

    def is_holiday(self, day: date) -> bool:
        """Whether *day* is a public holiday, weekend or not.

        Raises:
            CalendarNotCovered: *day* lies outside the years that are known.
        """
        if not self.first <= day <= self.last:
            raise CalendarNotCovered(self.name, day)
        return day in self.holidays

    def is_working_day(self, day: date) -> bool:
        """Whether *day* is neither of a weekend nor a holiday.

        Raises:
            CalendarNotCovered: *day* lies outside the years that are known.
        """
        return not self.is_holiday(day) and day.weekday() not in self.weekend

    def next_working_day(self, day: date) -> date:
        """*day* itself if it is a working day, else the first one after it."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def last_working_day(self, day: date) -> date:
        """*day* itself if it is a working day, else the last one before it."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def working_days_after(self, day: date) -> Iterator[date]:
        """Working days in order, from the day after *day*; without end until the calendar ends."""
        while True:
            day = self.next_working_day(day + _DAY)
            yield day

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after *after* up to and with *until*."""
        return sum(1 for n in range(1, (until - after).days + 1) if self.is_working_day(after + n * _DAY))


def weekends_only(name: str = "-") -> WorkingCalendar:
    """A calendar without holidays, for all years."""
    return WorkingCalendar(name, "weekends", frozenset(), date.min, date.max)
