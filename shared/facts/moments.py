"""Moments and days as the interfaces take them: RFC 3339, and nothing that only resembles it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def read_moment(text: str) -> datetime:
    """The moment of *text*, in UTC: date, `T`, time with seconds, and `Z` or an offset. Digits after the sixth of a second are dropped.

    Raises:
        ValueError: it is no moment after RFC 3339, or lies outside the years 1 to 9999.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError("a moment after RFC 3339 is expected, such as 2026-06-01T09:00:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def read_day(text: str) -> date:
    """The day of *text*, YYYY-MM-DD.

    Raises:
        ValueError: it is none.
    """
    if not _DAY.fullmatch(text):
        raise ValueError("a date (YYYY-MM-DD) is expected")
    return date.fromisoformat(text)
