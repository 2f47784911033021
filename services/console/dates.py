"""Moments and dates as pages say them: no date without its weekday, in the zone of the reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import g

LOCALE = "en_GB"


def zone() -> ZoneInfo:
    """The zone of the authority that is signed in, UTC before anybody is."""
    session = g.get("session")
    name = (session.me.get("time_zone") if session else None) or "UTC"
    return ZoneInfo(name)


def local(moment: str | datetime) -> datetime:
    """*moment* (RFC 3339 text or aware) in the reader's zone."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found.astimezone(zone())


def short_day(value: str | date | None) -> str:
    """`Sat 12 Dec 2026` for a date or a moment; empty for none."""
    if not value:
        return ""
    return format_date(_day(value), "EEE d MMM y", locale=LOCALE)


def long_day(value: str | date) -> str:
    """`Saturday 12 December 2026`, for headings."""
    return format_date(_day(value), "EEEE d MMMM y", locale=LOCALE)


def moment(value: str | datetime | None) -> str:
    """`Sat 12 Dec 2026, 14:05` in the reader's zone; empty for none."""
    if not value:
        return ""
    return format_datetime(local(value), "EEE d MMM y, HH:mm", tzinfo=zone(), locale=LOCALE)


def clock_time(value: str | datetime) -> str:
    """`14:05` in the reader's zone."""
    return format_datetime(local(value), "HH:mm", tzinfo=zone(), locale=LOCALE)


def due(value: str | None) -> str:
    """A due day, or for a limit in hours its moment; other words as they are."""
    if not value or not re.match(r"\d{4}-\d{2}-\d{2}", value):
        return value or ""
    return short_day(value) if len(value) == len("2026-12-12") else moment(value)


def field_moment(value: str | None) -> str:
    """The moment as a field of a form holds it, in the reader's zone; what is no moment stands as it is."""
    if not value or not re.match(r"\d{4}-\d{2}-\d{2}T.*Z", value):
        return value or ""
    return local(value).strftime("%Y-%m-%dT%H:%M")


UNITS = {"D": ("day", "days"), "W": ("week", "weeks"), "M": ("month", "months"), "Y": ("year", "years"), "H": ("hour", "hours")}


def duration(value: str | None) -> str:
    """`12 days left` for P12D, `2 days over` for -P2D, `9 h 40 min left` for PT9H40M; empty for none."""
    found = re.fullmatch(r"(-?)P(?:(\d+)([DWMY]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?", value or "")
    if found is None:
        return ""
    sign, number, unit, hours, minutes = found.groups()
    if unit:
        length = f"{number} {UNITS[unit][number != '1']}"
    else:
        length = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part) or "less than a minute"
    return f"{length} {'over' if sign else 'left'}"


def _day(value: str | date) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value) if len(value) == 10 else local(value).date()
    return local(value).date() if isinstance(value, datetime) else value


FILTERS: Mapping[str, Callable[[Any], str]] = {
    "short_day": short_day,
    "long_day": long_day,
    "moment": moment,
    "clock_time": clock_time,
    "field_moment": field_moment,
    "due": due,
    "duration": duration,
}
