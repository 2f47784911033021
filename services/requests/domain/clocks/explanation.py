"""Why this date: the derivation of a time limit line by line, as coded lines and as sentences.

A line has a code and parameters, so that a page can say it in its own language. The same inputs give the same lines, and their fingerprint the same bytes.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.requests.domain.clocks import counting
from services.requests.domain.clocks.reckoning import Count, Dues, Place, due_moment, reckon
from services.requests.domain.clocks.wording import reading
from shared.facts.base import When
from shared.facts.instruments import Row
from shared.facts.periods import Period

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class LeftOut(NamedTuple):
    """A day that does not count, or on which a period does not end, and why: holiday or weekend."""

    on: date
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a derivation: what was done, by which rules, from which facts, leaving out which days, with which result."""

    code: str
    rules: tuple[str, ...] = ()
    result: str | None = None
    facts: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def sentence(self) -> str:
        """The line in English."""
        return self.read("en")

    def read(self, language: str) -> str:
        """The line in *language*, one of `wording.LANGUAGES`."""
        return reading(self.code, dict(self.params), language)

    def as_members(self, language: str = "en") -> dict[str, object]:
        """The line as plain members; only `reading` is in *language*."""
        return {
            "code": self.code,
            "params": dict(self.params),
            "result": self.result,
            "rules": list(self.rules),
            "facts": list(self.facts),
            "left_out": [{"on": day.isoformat(), "why": why} for day, why in self.left_out],
            "reading": self.read(language),
        }


@dataclass(frozen=True, slots=True)
class StopShown:
    """A stop as the derivation tells it; `resumed_at` None while it lasts."""

    stopped_at: datetime
    resumed_at: datetime | None
    reason: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """All that led to the dates of one clock, or of one calculation."""

    row: Row | None
    place: Place
    dues: Dues
    count: Count | None = None
    started_at: When | None = None
    event: str = "the start"
    start_fact: str | None = None
    later_start: str | None = None
    fixed_on: When | None = None
    fixed_by: str = "fixed"
    extension_facts: tuple[str, ...] = ()
    stops: tuple[StopShown, ...] = ()
    confirmed_by: tuple[Row, ...] = ()
    basis: str = "law"


def lines(told: Derivation) -> tuple[Line, ...]:
    """The derivation, from the row to the three dates."""
    return tuple(_lines(told))


def never_ran(row: str, reason: str) -> tuple[Line, ...]:
    """What there is to say of a clock that should not have run."""
    return (Line("never_ran", params=(("reason", reason), ("row", row))),)


def fingerprint(told: tuple[Line, ...]) -> str:
    """A short text that is the same whenever the derivation is the same, in whatever language it is read."""
    members = [{name: value for name, value in line.as_members().items() if name != "left_out"} for line in told]  # the sentences name these days
    content = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _lines(told: Derivation) -> Iterator[Line]:
    if told.row is not None:
        yield from _about_row(told.row, told)
    if told.count is None:
        yield _named_date(told)
    else:
        yield from _from_start(told, told.count)
        yield from _counted(told, told.count)
    yield _line("wait_over" if _is_wait(told.count) else "adjusted", {"end": _shown(told.dues.adjusted, told.place.zone)}, (), told.dues.adjusted, told)
    if told.dues.strict != told.dues.adjusted:
        yield _line("strict", {"end": _shown(told.dues.strict, told.place.zone)}, _rules_of_strict(told), told.dues.strict, told)
    yield _line("calendar", {"calendar": edition(told.place), "zone": str(told.place.zone)}, ("C-25",), None, told)


def _is_wait(count: Count | None) -> bool:
    """Whether the end is the earliest moment, not the last; what must lie so long before a day has a last one."""
    return count is not None and count.nature == "minimum" and not count.regime.backward


def _named_date(told: Derivation) -> Line:
    """A date that was asked for or fixed, or that stands so long before another one."""
    params = {"date": _shown(told.dues.nominal, told.place.zone)}
    advisory = told.row.advisory if told.row is not None else None
    if advisory is not None:
        return _line("advisory", params | {"row": advisory.row, "before": str(advisory.before)}, ("C-12",), told.dues.nominal, told, (told.start_fact,))
    return _line(told.fixed_by, params, ("C-12",), told.dues.nominal, told, (told.start_fact,))


def _about_row(row: Row, told: Derivation) -> Iterator[Line]:
    length = "no figure" if row.duration is None else str(row.duration)
    params = {"row": row.id, "citation": row.citation, "length": length, "side": row.actor_side, "effect": row.effect, "instrument": row.instrument}
    yield _line("row", params, (), None, told)
    if told.basis == "local":
        yield _line("local", {}, (), None, told)
    for law in told.confirmed_by:
        yield _line("national", {"row": law.id, "citation": law.citation, "instrument": law.instrument}, (), None, told)


def _from_start(told: Derivation, count: Count) -> Iterator[Line]:
    zone = told.place.zone
    start = told.started_at if told.started_at is not None else count.start
    params = {"event": told.event, "moment": _shown(start, zone), "zone": str(zone), "day": _shown(count.start, zone)}
    yield _line("start", params, (), count.start, told, (told.start_fact,))
    if told.later_start is not None:
        yield _line("start_later", {"day": _shown(count.start, zone), "event": told.later_start}, ("C-21",), count.start, told)
    if count.unit == "hours":
        yield _first_hour(told, count)
    elif count.regime.includes_event_day:
        yield _line("day_one_included", {"day": _shown(count.start, zone)}, ("C-17",), count.start, told)
    elif not count.regime.backward:
        first = counting.days_after_event(_as_day(count.start, zone), 1)
        yield _line("day_one", {"day": _shown(first, zone)}, ("C-1", "C-4"), first, told)


def _first_hour(told: Derivation, count: Count) -> Line:
    zone, start = told.place.zone, count.start
    if count.regime.hours == "eu" and isinstance(start, datetime):
        first = counting.next_full_hour(start, zone)
        return _line("first_hour", {"moment": _shown(first, zone)}, ("C-2", "C-3"), first, told)
    return _line("from_moment", {"moment": _shown(start, zone)}, ("C-18",) if count.regime.hours == "uk" else ("C-25",), start, told)


def _counted(told: Derivation, count: Count) -> Iterator[Line]:
    zone, length = told.place.zone, str(count.limit)
    bare = _reckoned(count, told, extensions=(), stopped=False)
    if count.regime.backward:
        target = _shown(count.start, zone)
        yield _line("back", {"length": length, "target": target, "end": _shown(bare.nominal, zone)}, ("C-9",), bare.nominal, told)
    else:
        rules = tuple(rule for rule in bare.rules if rule in ("C-1", "C-3", "C-5", "C-7", "C-11", "C-16", "C-17", "C-18", "C-25"))
        yield _line("count", {"length": length, "end": _shown(bare.nominal, zone)}, rules, bare.nominal, told)
    if "C-6" in bare.rules:
        yield _line("no_such_date", {}, ("C-6",), bare.nominal, told)
    yield from _extensions(told, count)
    yield from _stops(told, count)
    yield from _only_working_days(told, count)
    yield _line("nominal", {"end": _shown(told.dues.nominal, zone)}, (), told.dues.nominal, told)
    yield from _end(told, count)


def _extensions(told: Derivation, count: Count) -> Iterator[Line]:
    zone = told.place.zone
    for number, length in enumerate(count.extensions):
        before = _reckoned(count, told, extensions=count.extensions[:number], stopped=False).nominal
        after = _reckoned(count, told, extensions=count.extensions[: number + 1], stopped=False).nominal
        params = {"by": str(length), "begins": _shown(before, zone), "end": _shown(after, zone)}
        yield _line("extended", params, ("C-13",), after, told, told.extension_facts[number : number + 1])
    allowed = told.row.extendable if told.row is not None else None
    if allowed is not None and allowed.by is not None and not count.extensions:
        yield _line("may_be_extended", {"by": str(allowed.by), "begins": _shown(told.dues.nominal, zone)}, ("C-13",), None, told)


def _stops(told: Derivation, count: Count) -> Iterator[Line]:
    zone = told.place.zone
    for stop in told.stops:
        params = {"stopped_at": _shown(stop.stopped_at, zone), "reason": stop.reason}
        if stop.resumed_at is None:
            yield _line("stopped_still", params, ("C-22",), None, told, stop.facts)
            continue
        amount = _stopped_amount(stop.stopped_at, stop.resumed_at, count, told.place)
        params |= {"resumed_at": _shown(stop.resumed_at, zone), "amount": amount}
        yield _line("stopped", params, ("C-22",), amount, told, stop.facts)


def _stopped_amount(stopped_at: datetime, resumed_at: datetime, count: Count, place: Place) -> str:
    if count.unit == "hours":
        return str(Period(seconds=int((resumed_at - stopped_at).total_seconds())))
    return str(Period(days=counting.days_stopped(stopped_at, resumed_at, place.zone)))


def _end(told: Derivation, count: Count) -> Iterator[Line]:
    nominal, adjusted, zone = told.dues.nominal, told.dues.adjusted, told.place.zone
    if count.unit == "hours":
        yield _line("hours_stay", {}, ("C-8",), adjusted, told)
    elif adjusted != nominal:
        rolled = counting.rolled_over(_as_day(nominal, zone), told.place.working)
        if rolled != nominal:
            left_out = tuple(_left_out(_as_day(nominal, zone), rolled, told.place))
            line = _line("rolled", {"skipped": _named(left_out, zone), "end": _shown(rolled, zone)}, ("C-8", "C-11"), rolled, told)
            yield replace(line, left_out=left_out)
        if rolled != adjusted:
            rules = ("C-19",) if count.regime.dutch else ("C-10",)
            yield _line("two_working_days", {"end": _shown(adjusted, zone)}, rules, adjusted, told)
    elif counting.is_no_deadline(count.nature):
        yield _line("no_deadline", {"nature": count.nature}, ("C-24",), adjusted, told)
    elif not count.regime.rolls and count.unit != "working_days":
        yield _line("stays", {}, tuple(rule for rule in told.dues.rules if rule in ("C-9", "C-12", "C-14")), adjusted, told)
    if told.dues.earliest is not None:
        yield _line("not_before", {"end": _shown(told.dues.earliest, zone)}, ("C-23",), told.dues.earliest, told)


def _only_working_days(told: Derivation, count: Count) -> Iterator[Line]:
    """Every day between the start and the nominal end that does not count, where only working days do."""
    in_hours = count.unit == "hours" and count.regime.hours == "uk"
    if count.regime.backward or (not in_hours and counting.counts_every_day(count.unit)):
        return
    zone = told.place.zone
    first, last = _as_day(count.start, zone), _as_day(told.dues.nominal, zone)
    left_out = tuple(_left_out(first if in_hours else first + counting.DAY, last, told.place))
    rules = ("C-11", "C-18") if in_hours else ("C-11",)
    params = {"calendar": edition(told.place)}
    if left_out:
        yield replace(_line("working_days", params | {"skipped": _named(left_out, zone)}, rules, None, told), left_out=left_out)
    else:
        yield _line("working_days_all", params, rules, None, told)


def _left_out(first: date, end: date, place: Place) -> Iterator[LeftOut]:
    """The days from *first* on and before *end* that are no working days."""
    day = first
    while day < end:
        if not place.working.is_working_day(day):
            yield LeftOut(day, "holiday" if place.working.is_holiday(day) else "weekend")
        day += counting.DAY


def _named(days: Sequence[LeftOut], zone: ZoneInfo) -> str:
    return ", ".join(f"{_shown(day, zone)} is a {'holiday' if why == 'holiday' else 'weekend day'}" for day, why in days)


def _rules_of_strict(told: Derivation) -> tuple[str, ...]:
    return tuple(rule for rule in told.dues.rules if rule in ("C-2", "C-9", "C-15", "C-25")) or ("C-8",)


def _reckoned(count: Count, told: Derivation, *, extensions: tuple[Period, ...], stopped: bool) -> Dues:
    bare = count if stopped else replace(count, stopped_days=0, stopped_time=count.stopped_time * 0)
    return reckon(replace(bare, extensions=extensions), told.place)


def _line(
    code: str, params: Mapping[str, str], rules: tuple[str, ...], result: When | str | None, told: Derivation, facts: tuple[str | None, ...] = ()
) -> Line:
    shown = result if result is None or isinstance(result, str) else _iso(result, told.place.zone)
    return Line(code, rules, shown, tuple(fact for fact in facts if fact), tuple(sorted(params.items())))


def _shown(when: When, zone: ZoneInfo) -> str:
    """A day with its weekday, a moment with its weekday in *zone*."""
    if isinstance(when, datetime):
        local = when.astimezone(zone)
        return f"{WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}"
    return f"{WEEKDAYS[when.weekday()]} {when.isoformat()}"


def _iso(when: When, zone: ZoneInfo) -> str:
    return when.astimezone(zone).isoformat() if isinstance(when, datetime) else when.isoformat()


def _as_day(when: When, zone: ZoneInfo) -> date:
    return when.astimezone(zone).date() if isinstance(when, datetime) else when


def edition(place: Place) -> str:
    """Name and version of the calendar at *place*."""
    return place.calendars[place.calendar].edition if place.calendar in place.calendars else place.calendar


def act_by(due: When, place: Place) -> date:
    """The last working day of the side that must act on which it can still act in time, counted back from *due*."""
    return place.working.last_working_day(_as_day(due, place.zone))


def working_days_left(now: datetime, due: When, place: Place) -> int:
    """Working days after today up to and with the day of *due*; negative when over."""
    today, last = _as_day(now, place.zone), _as_day(due, place.zone)
    if due_moment(due, place.zone) <= now:
        return -place.working.working_days_between(last, today)
    return place.working.working_days_between(today, last)
