"""The counting rules C-1 to C-25, one function each. Every function names its entry in docs/rules.md, where an example of it is a test.

Days are `date`, hours are aware moments. Nothing here knows a row, a request or a treaty: `reckoning` joins these rules.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.calendars.working import WorkingCalendar
from shared.calendars.zones import day_ends, local_day
from shared.facts.periods import Period

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
YEAR_IN_MONTHS = 12
DUTCH_LONGEST_DAYS, DUTCH_LONGEST_WEEKS, DUTCH_LONGEST_MONTHS = 90, 12, 3
NOT_CRIMINAL = frozenset({"civil", "commercial", "administrative"})


def days_after_event(event: date, days: int) -> date:
    """The last of *days* calendar days when the day of the event is not counted: day one is the day after.

    Source: docs/rules.md, rule C-1.
    """
    return event + days * DAY


def next_full_hour(event: datetime, place: ZoneInfo) -> datetime:
    """The moment from which hours count: the hour in which *event* happens is left out, however little of it has passed.

    Hours are those of the wall clock at *place*, so that a zone half an hour off has its own.

    Source: docs/rules.md, rule C-2.
    """
    return event.astimezone(place).replace(minute=0, second=0, microsecond=0).astimezone(UTC) + HOUR


def hours_later(first: datetime, length: timedelta) -> datetime:
    """The end of an hour period that begins at the full hour *first*: the end of its last hour.

    Source: docs/rules.md, rule C-3.
    """
    return first + length


def end_of_day(day: date, place: ZoneInfo) -> datetime:
    """The moment at which a period in days that ends on *day* is over: 24:00 at *place*.

    Source: docs/rules.md, rule C-4.
    """
    return day_ends(day, place)


def same_weekday(event: date, weeks: int) -> date:
    """The end of a period in weeks: the same weekday as the day of the event.

    Source: docs/rules.md, rule C-5.
    """
    return event + 7 * weeks * DAY


def same_date_number(event: date, months: int) -> date:
    """The end of a period in months or years: the same date number, or the last day of the month (C-6) where there is none.

    Source: docs/rules.md, rule C-5.
    """
    year, month = _month(event, months)
    return date(year, month, event.day) if not date_number_missing(event, months) else date(year, month, monthrange(year, month)[1])


def date_number_missing(event: date, months: int) -> bool:
    """Whether the last month has no such date, so that the period ends on the last day of that month.

    Source: docs/rules.md, rule C-6.
    """
    year, month = _month(event, months)
    return event.day > monthrange(year, month)[1]


def days_counted(event: date, last: date) -> int:
    """How many days a period holds, weekends and holidays included: nothing inside it is left out.

    Source: docs/rules.md, rule C-7.
    """
    return (last - event).days


def rolled_over(last: date, calendar: WorkingCalendar) -> date:
    """*last*, or the next working day when it is a Saturday, Sunday or holiday. Never for periods in hours.

    Source: docs/rules.md, rule C-8.
    """
    return calendar.next_working_day(last)


def counted_back(target: date, days: int) -> date:
    """The day that lies *days* before *target*; it stays where it falls.

    Source: docs/rules.md, rule C-9.
    """
    return target - days * DAY


def act_before(day: date, calendar: WorkingCalendar) -> date:
    """The day on which to act when a period counted back ends on *day*: the last working day on or before it.

    Source: docs/rules.md, rule C-9.
    """
    return calendar.last_working_day(day)


def with_two_working_days(event: date, last: date, calendar: WorkingCalendar) -> date:
    """*last*, or later, so that at least two working days lie between the event and the end of the period.

    Source: docs/rules.md, rule C-10.
    """
    days = calendar.working_days_after(event)
    next(days)
    return max(last, next(days))


def nth_working_day(event: date, number: int, calendar: WorkingCalendar) -> date:
    """The *number*-th working day after the event: all days but Saturdays, Sundays and holidays of the State that has to act.

    Source: docs/rules.md, rule C-11.
    """
    days = calendar.working_days_after(event)
    for _ in range(number - 1):
        next(days)
    return next(days)


def fixed_date(day: date) -> date:
    """A date that was named: an act due on it, an entry into force. It does not move.

    Source: docs/rules.md, rule C-12.
    """
    return day


def extension_begins(nominal_end: date) -> date:
    """The day after which an extension counts: the nominal end of the first period, not the end to which it rolled.

    Source: docs/rules.md, rule C-13.
    """
    return nominal_end


def stays(last: date) -> date:
    """The last day of a period that does not roll: custody never lasts longer because a State's offices are closed.

    Source: docs/rules.md, rule C-14.
    """
    return last


def with_event_day_included(event: date, period: Period) -> date:
    """The end of *period* for a reader who counts the day of the event too; the safer date where no rule says who is right.

    Source: docs/rules.md, rule C-15.
    """
    return named_day_is_day_one(event, period)


def counts_every_day(unit: str) -> bool:
    """Whether calendar, running or consecutive days are meant, of which none is left out; whether the last one rolls is another question.

    Source: docs/rules.md, rule C-16.
    """
    return unit != "working_days"


def named_day_is_day_one(named: date, period: Period) -> date:
    """The end of *period* "starting with" or "beginning on" *named*: that day is day one.

    A period in months then ends on the day before the same date number, and on the last day of the month where there is no such number.

    Source: docs/rules.md, rule C-17.
    """
    months = months_of(period)
    if not months:
        return named + (7 * period.weeks + period.days - 1) * DAY
    end = same_date_number(named, months)
    return end if date_number_missing(named, months) else end - DAY


def hours_on_working_days(start: datetime, length: timedelta, place: ZoneInfo, calendar: WorkingCalendar) -> datetime:
    """*length* after *start* to the minute, weekends and listed holidays at *place* left out.

    Source: docs/rules.md, rule C-18.
    """
    moment, left = start, length
    while True:
        day = local_day(moment, place)
        midnight = day_ends(day, place)
        if calendar.is_working_day(day):
            if moment + left <= midnight:
                return moment + left
            left -= midnight - moment
        moment = midnight


def dutch_act_covers(period: Period) -> bool:
    """Whether the Dutch Act moves the end of *period*: not for hours, nor beyond 90 days, twelve weeks or three months, nor for years.

    Source: docs/rules.md, rule C-19.
    """
    if period.seconds or period.years:
        return False
    return period.days <= DUTCH_LONGEST_DAYS and period.weeks <= DUTCH_LONGEST_WEEKS and period.months <= DUTCH_LONGEST_MONTHS


def ets_76_covers(matter: str) -> bool:
    """Whether the European Convention on the Calculation of Time-Limits covers *matter*: never criminal co-operation.

    Source: docs/rules.md, rule C-20.
    """
    return matter in NOT_CRIMINAL


def latest_start(events: Iterable[datetime]) -> datetime:
    """The start of a period that needs several events: the latest of them.

    Source: docs/rules.md, rule C-21.
    """
    return max(events)


def days_stopped(stopped_at: datetime, resumed_at: datetime, place: ZoneInfo) -> int:
    """How many days a stop takes out of a period in days: the difference of the local dates at *place*.

    Source: docs/rules.md, rule C-22.
    """
    return max(0, (local_day(resumed_at, place) - local_day(stopped_at, place)).days)


def moved_on(last: date, days: int) -> date:
    """The end of a period out of which *days* were taken by stops.

    Source: docs/rules.md, rule C-22.
    """
    return last + days * DAY


def not_before(end: date | datetime) -> date | datetime:
    """The earliest moment of an act whose time limit is a floor as well as a ceiling: the end itself.

    Source: docs/rules.md, rule C-23.
    """
    return end


def is_no_deadline(nature: str) -> bool:
    """Whether the end is that of a window ("lapses on") or of a minimum wait ("not before"), which nobody can miss.

    Source: docs/rules.md, rule C-24.
    """
    return nature in ("window", "minimum")


def wall_clock_later(first: datetime, length: timedelta, place: ZoneInfo) -> datetime:
    """*length* after *first* as a clock on the wall at *place* shows it; hours elapse otherwise, and the two differ when summer time begins or ends.

    Source: docs/rules.md, rule C-25.
    """
    shown = first.astimezone(place).replace(tzinfo=None) + length
    return shown.replace(tzinfo=place).astimezone(UTC)


def months_of(period: Period) -> int:
    """Years and months of *period* in months."""
    return YEAR_IN_MONTHS * period.years + period.months


def _month(event: date, months: int) -> tuple[int, int]:
    count = event.year * YEAR_IN_MONTHS + event.month - 1 + months
    return count // YEAR_IN_MONTHS, count % YEAR_IN_MONTHS + 1
