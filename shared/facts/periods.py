"""Lengths of time as the law writes them: ISO 8601 durations, one unit each or none."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

_PATTERN = re.compile(r"^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
_HOUR, _MINUTE = 3600, 60


class PeriodNotReadable(ValueError):
    """The text is no ISO 8601 duration, or an empty one."""

    code = "validation_failed"


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time; years and months are kept apart from days because they have no fixed length."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    seconds: int = 0

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period that *text* names, such as ``P30D``, ``P2M`` or ``PT48H``.

        Raises:
            PeriodNotReadable: *text* is no duration.
        """
        return _parsed(text)

    @property
    def in_hours(self) -> bool:
        """Whether it is written in hours, minutes or seconds only."""
        return bool(self.seconds) and not (self.years or self.months or self.weeks or self.days)

    @property
    def as_elapsed(self) -> timedelta:
        """Elapsed time; days are 24 hours. Only for periods without months and years."""
        return timedelta(days=self.days + 7 * self.weeks, seconds=self.seconds)

    def plus(self, other: "Period") -> "Period":
        """Both together, unit by unit."""
        return Period(self.years + other.years, self.months + other.months, self.weeks + other.weeks, self.days + other.days, self.seconds + other.seconds)

    def __str__(self) -> str:
        head = "".join(f"{n}{u}" for n, u in ((self.years, "Y"), (self.months, "M"), (self.weeks, "W"), (self.days, "D")) if n)
        if not self.seconds:
            return "P" + (head or "0D")
        return "P" + head + "T" + _clock_part(self.seconds)


def days_as_text(days: int) -> str:
    """*days* as an ISO 8601 duration; negative when over."""
    return f"-P{-days}D" if days < 0 else f"P{days}D"


def seconds_as_text(seconds: int) -> str:
    """*seconds* as an ISO 8601 duration in hours, minutes and seconds; negative when over."""
    return ("-" if seconds < 0 else "") + "PT" + _clock_part(abs(seconds))


def _clock_part(seconds: int) -> str:
    hours, rest = divmod(seconds, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return "".join(f"{n}{u}" for n, u in ((hours, "H"), (minutes, "M"), (left, "S")) if n) or "0S"


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Period:
    found = _PATTERN.match(text) if isinstance(text, str) else None
    if found is None or text.startswith("-") or not any(found.groups()[1:]):
        raise PeriodNotReadable(f"{text!r} is no ISO 8601 duration")
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return Period(years, months, weeks, days, hours * _HOUR + minutes * _MINUTE + seconds)
