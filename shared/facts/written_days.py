"""A day as people write it, with the weekday, in each language in which we write."""

from collections.abc import Mapping
from datetime import date

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


def written_day(day: date, language: str) -> str:
    """`Wednesday 1 July 2026`, `mercredi 1er juillet 2026`, `miércoles 1 de julio de 2026`."""
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return DAYS[language].format(weekday=WEEKDAYS[language][day.weekday()], day=number, month=MONTHS[language][day.month - 1], year=day.year)
