"""Days and moments as letters write them: with the weekday, in words, in the language of the letter. Tables and two functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
}
DAYS: Mapping[str, str] = {
    "en": "{weekday} {day} {month} {year}",
    "fr": "{weekday} {day} {month} {year}",
    "es": "{weekday} {day} de {month} de {year}",
}
HOURS: Mapping[str, str] = {"en": "{day}, {hour} ({zone})", "fr": "{day} à {hour} ({zone})", "es": "{day} a las {hour} ({zone})"}


def written_day(day: date, language: str) -> str:
    """`Wednesday 1 July 2026`, `mercredi 1er juillet 2026`, `miércoles 1 de julio de 2026`."""
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return DAYS[language].format(weekday=WEEKDAYS[language][day.weekday()], day=number, month=MONTHS[language][day.month - 1], year=day.year)


def written(when: str, language: str, zone: str | None = None) -> str:
    """*when*, an ISO 8601 day or moment, in words; a moment is told in *zone* (UTC where none is named) and says which."""
    if len(when) == len("2026-07-01"):
        return written_day(date.fromisoformat(when), language)
    local = datetime.fromisoformat(when).astimezone(ZoneInfo(zone) if zone else UTC)
    return HOURS[language].format(day=written_day(local.date(), language), hour=f"{local:%H:%M}", zone=zone or "UTC")
