"""Which counting rules lead from a start to the three dates of a time limit: nominal, adjusted, strict.

Nominal is the count itself. Adjusted is the last day or moment on which the act is in time. Strict is the safest reading, at which alarms look.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.requests.domain.clocks import counting
from services.requests.domain.clocks.regimes import Regime
from shared.calendars.working import WorkingCalendar
from shared.calendars.zones import day_begins
from shared.facts.base import When
from shared.facts.periods import Period

NO_TIME = timedelta()
DAY_IN_SECONDS = 86_400
# Ends a period of which the day of the event is the first day.
Included = Callable[[date, Period], date]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the act is due: its time zone, the calendar of its State, and the calendars among which that one is found when it is needed."""

    zone: ZoneInfo
    calendar: str
    calendars: Mapping[str, WorkingCalendar]

    @property
    def working(self) -> WorkingCalendar:
        """The working calendar.

        Raises:
            CalendarNotCovered: there is none of that name.
        """
        return self.calendars[self.calendar]


@dataclass(frozen=True, slots=True)
class Count:
    """What is to be counted.

    Attributes:
        start: the day of the event, or the moment for hours; backward rows: the later day.
        limit: the length that the row gives.
        unit: calendar_days, working_days, weeks, months, years or hours.
        extensions: lengths added, in order.
        stopped_days: taken out by stops (C-22), in the unit of the period.
        stopped_time: the same for periods in hours.
        day_earlier: the event day may count as day one (C-15).
        nature: duty, right, minimum, window or target.
        custody: somebody is held, or nothing says that the last day rolls (C-14).
    """

    start: When
    limit: Period
    unit: str
    regime: Regime
    extensions: tuple[Period, ...] = ()
    stopped_days: int = 0
    stopped_time: timedelta = NO_TIME
    day_earlier: bool = False
    nature: str = "duty"
    custody: bool = True
    floor: bool = False


@dataclass(frozen=True, slots=True)
class Dues:
    """The three dates and the rules that led to them; `earliest` where the end is also a floor (C-23)."""

    nominal: When
    adjusted: When
    strict: When
    rules: tuple[str, ...]
    earliest: When | None = None


def reckon(count: Count, place: Place) -> Dues:
    """The three dates of *count* at *place*.

    Raises:
        CalendarNotCovered: a working day has to be found where no holidays are known.
    """
    if count.regime.backward:
        found = _backward(count, place)
    elif count.unit == "hours":
        found = _hours(count, place)
    else:
        found = _days(count, place)
    rules = [*found.rules]
    if count.stopped_days or count.stopped_time:
        rules.append("C-22")
    if count.extensions:
        rules.append("C-13")
    if count.floor:
        found, rules = replace(found, earliest=counting.not_before(found.adjusted)), [*rules, "C-23"]
    return replace(found, rules=in_order(rules))


def fixed(day: When) -> Dues:
    """A date that was asked for or fixed: all three are that date (C-12)."""
    due = day if isinstance(day, datetime) else counting.fixed_date(day)
    return Dues(due, due, due, ("C-12",))


def due_moment(due: When, zone: ZoneInfo) -> datetime:
    """The moment at which *due* is over: itself, or 24:00 of the day (C-4)."""
    return due if isinstance(due, datetime) else counting.end_of_day(due, zone)


def in_order(rules: list[str]) -> tuple[str, ...]:
    """*rules* once each, by number."""
    return tuple(sorted(set(rules), key=lambda rule: (not rule.startswith("C-"), int(rule[2:]) if rule.startswith("C-") else 0, rule)))


def _days(count: Count, place: Place) -> Dues:
    start, rules = _day(count.start, place), _rules_of_days(count)
    nominal = _last_day(start, count, place, counting.named_day_is_day_one if count.regime.includes_event_day else None)
    adjusted = _adjusted(start, nominal, count, place, rules)
    strict = nominal
    if count.day_earlier:
        rules.append("C-15")
        strict = _last_day(start, count, place, counting.with_event_day_included)
    return Dues(nominal, adjusted, min(strict, adjusted), tuple(rules))


def _last_day(start: date, count: Count, place: Place, included: Included | None) -> date:
    """The nominal end: the first period, its extensions, and what stops took out."""
    end = _with_extensions(_end(start, count, place, included), count, place)
    if not counting.counts_every_day(count.unit) and count.stopped_days:
        return counting.nth_working_day(end, count.stopped_days, place.working)
    return counting.moved_on(end, count.stopped_days)


def _end(start: date, count: Count, place: Place, included: Included | None) -> date:
    """The last day of the first period; *included* counts the day of the event too."""
    if not counting.counts_every_day(count.unit):
        return counting.nth_working_day(start if included is None else start - counting.DAY, count.limit.days, place.working)
    return _further(start, count.limit) if included is None else included(start, count.limit)


def _further(start: date, length: Period) -> date:
    """*length* after *start*; hours in a period of days count as whole days, begun ones too."""
    months = counting.months_of(length)
    day = counting.same_date_number(start, months) if months else start
    if length.weeks:
        day = counting.same_weekday(day, length.weeks)
    days = length.days - (-length.seconds // DAY_IN_SECONDS)
    return counting.days_after_event(day, days) if days else day


def _with_extensions(end: date, count: Count, place: Place) -> date:
    for length in count.extensions:
        begins = counting.extension_begins(end)
        if not counting.counts_every_day(count.unit) and length.days and not (length.weeks or counting.months_of(length)):
            end = counting.nth_working_day(begins, length.days, place.working)
        else:
            end = _further(begins, length)
    return end


def _adjusted(start: date, nominal: date, count: Count, place: Place, rules: list[str]) -> date:
    """The last day on time; adds to *rules* those that moved it, or that kept it where it fell."""
    if not counting.counts_every_day(count.unit):
        return nominal
    if not _rolls(count):
        rules.append("C-24" if counting.is_no_deadline(count.nature) else "C-14" if count.custody else "C-12")
        return counting.stays(nominal)
    adjusted = counting.rolled_over(nominal, place.working)
    if adjusted != nominal:
        rules += ["C-8", "C-11"]
    if _long_enough(count):
        adjusted, before = counting.with_two_working_days(start, adjusted, place.working), adjusted
        if adjusted != before:
            rules.append("C-19" if count.regime.dutch else "C-10")
    return adjusted


def _rolls(count: Count) -> bool:
    if counting.is_no_deadline(count.nature):
        return False
    return count.regime.rolls and (not count.regime.dutch or counting.dutch_act_covers(count.limit))


def _long_enough(count: Count) -> bool:
    least, length = count.regime.two_working_days_from, count.limit
    return least is not None and (length.days >= least or bool(length.weeks or counting.months_of(length)))


def _rules_of_days(count: Count) -> list[str]:
    rules = ["C-4"]
    if count.regime.includes_event_day:
        rules.append("C-17")
    elif count.unit in ("calendar_days", "working_days"):
        rules.append("C-1")
    if not counting.counts_every_day(count.unit):
        return [*rules, "C-11"]
    rules += ["C-7"] if count.regime.rolls else ["C-16"]
    if count.unit in ("weeks", "months", "years"):
        rules.append("C-5")
    months = counting.months_of(count.limit)
    if months and isinstance(count.start, date) and counting.date_number_missing(count.start, months):
        rules.append("C-6")
    if count.regime.dutch:
        rules.append("C-19")
    return rules


def _backward(count: Count, place: Place) -> Dues:
    nominal = counting.counted_back(_day(count.start, place), count.limit.days + 7 * count.limit.weeks)
    return Dues(nominal, nominal, counting.act_before(nominal, place.working), ("C-9",))


def _hours(count: Count, place: Place) -> Dues:
    start = count.start if isinstance(count.start, datetime) else day_begins(count.start, place.zone)
    length = sum((each.as_elapsed for each in count.extensions), count.limit.as_elapsed)
    if count.regime.hours == "uk":
        end = counting.hours_on_working_days(start, length, place.zone, place.working)
        found = Dues(end, end, end, ("C-18", "C-25"))
    else:
        rounds = count.regime.hours == "eu"
        first = counting.next_full_hour(start, place.zone) if rounds else start
        end = counting.hours_later(first, length)
        strict = min(start + length, end, counting.wall_clock_later(first, length, place.zone))
        found = Dues(end, end, strict, ("C-2", "C-3", "C-8", "C-25") if rounds else ("C-25",))
    stopped = count.stopped_time
    return Dues(found.nominal + stopped, found.adjusted + stopped, found.strict + stopped, found.rules) if stopped else found


def _day(start: When, place: Place) -> date:
    return start.astimezone(place.zone).date() if isinstance(start, datetime) else start
