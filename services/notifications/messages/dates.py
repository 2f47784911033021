"""Days and moments as letters write them, in the language of the letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from shared.facts.written_days import written_day

HOURS: Mapping[str, str] = {"en": "{day}, {hour} ({zone})", "fr": "{day} à {hour} ({zone})", "es": "{day} a las {hour} ({zone})"}


def written(when: str, language: str, zone: str | None = None) -> str:
    """*when*, an ISO 8601 day or moment, in words; a moment is told in *zone* (UTC where none is named) and says which."""
    if len(when) == len("2026-07-01"):
        return written_day(date.fromisoformat(when), language)
    local = datetime.fromisoformat(when).astimezone(ZoneInfo(zone) if zone else UTC)
    return HOURS[language].format(day=written_day(local.date(), language), hour=f"{local:%H:%M}", zone=zone or "UTC")
