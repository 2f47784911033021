"""Working calendars of States, from the library of public holidays and from files of one's own.

The only module that knows the library. A calendar is built when it is first asked for and then kept.
"""

import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import holidays
import yaml

from shared.calendars.working import CalendarFileFaulty, CalendarNotCovered, WorkingCalendar

FIRST_YEAR, LAST_YEAR = 2010, 2040
DAYS_OF_WEEK = 7
VERSION = f"holidays-{version('holidays')}"


def national_calendar(name: str) -> WorkingCalendar:
    """The calendar of the State, or of the region (``DE-BY``), called *name*.

    Raises:
        CalendarNotCovered: the library knows no such State or region.
    """
    state, _, region = name.partition("-")
    try:
        days = holidays.country_holidays(state, subdiv=region or None)
    except NotImplementedError:
        raise CalendarNotCovered(name) from None
    known = _years_known(days)
    return WorkingCalendar(
        name=name,
        version=VERSION,
        holidays=frozenset(days),
        first=date(known[0], 1, 1),
        last=date(known[-1], 12, 31),
        weekend=frozenset(days.weekend),
    )


def _years_known(days: holidays.HolidayBase) -> list[int]:
    """Fill *days* with the years that the library answers for without a warning, and return these years in order."""
    known: list[int] = []
    for year in range(max(FIRST_YEAR, days.start_year), min(LAST_YEAR, days.end_year) + 1):
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            days.get(date(year, 1, 1))  # the library works out a year when one of its days is asked for
        if doubts and known:
            break
        if not doubts:
            known.append(year)
    return known


class Calendars(Mapping[str, WorkingCalendar]):
    """Calendars by name. Those of *own* go before those of the library."""

    def __init__(self, own: Mapping[str, WorkingCalendar] | None = None) -> None:
        self._own = dict(own or {})
        self._built: dict[str, WorkingCalendar] = {}

    @classmethod
    def with_files(cls, folder: Path, further: Mapping[str, WorkingCalendar] | None = None) -> "Calendars":
        """Calendars with those that stand in *folder*, one file each: a late holiday, a region, a State that the library lacks; *further* go before them.

        Raises:
            CalendarFileFaulty: a file does not describe a calendar.
        """
        return cls({file.stem: calendar_file(file) for file in sorted(folder.glob("*.yaml"))} | dict(further or {}))

    def __getitem__(self, name: str) -> WorkingCalendar:
        if name not in self._own and name not in self._built:
            self._built[name] = national_calendar(name)
        return self._own.get(name) or self._built[name]

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and self[name] is not None
        except CalendarNotCovered:
            return False

    def __iter__(self) -> Iterator[str]:
        return iter({*self._own, *self._built})

    def __len__(self) -> int:
        return len({*self._own, *self._built})


def calendar_file(file: Path) -> WorkingCalendar:
    """The calendar that *file* describes: `version`, and either `based_on` with `add` and `remove`, or `holidays` with `first` and `last`.

    Raises:
        CalendarFileFaulty: see there.
    """
    try:
        return _described(file, yaml.safe_load(file.read_text(encoding="utf-8")))
    except KeyError as fault:
        raise CalendarFileFaulty(f"{file}: {fault.args[0]} is missing") from fault
    except (OSError, yaml.YAMLError, CalendarNotCovered, TypeError, ValueError) as fault:
        raise CalendarFileFaulty(f"{file}: {' '.join(str(fault).split())}") from fault


def _described(file: Path, raw: Any) -> WorkingCalendar:
    if not isinstance(raw, dict):
        raise TypeError("no members; `version` and `based_on` or `holidays` are needed")
    base = national_calendar(raw["based_on"]) if raw.get("based_on") else None
    listed = [day for name in ("holidays", "add", "remove") for day in raw.get(name) or ()]
    listed += [raw[name] for name in ("first", "last") if name in raw]
    wrong = [day for day in listed if type(day) is not date]  # a moment is a date to Python, and would be no holiday ever
    if wrong:
        raise TypeError(f"{wrong[0]!r} is no date, which is written 2026-05-08 without quotes")
    if not set(raw.get("weekend") or ()) <= set(range(DAYS_OF_WEEK)):
        raise ValueError("weekend holds numbers of days, Monday is 0 and Sunday 6")
    days = frozenset(base.holidays if base else raw["holidays"]) | frozenset(raw.get("add") or ())
    return WorkingCalendar(
        name=file.stem,
        version=str(raw["version"]),
        holidays=days - frozenset(raw.get("remove") or ()),
        first=base.first if base else raw["first"],
        last=base.last if base else raw["last"],
        weekend=base.weekend if base else frozenset(raw.get("weekend", (5, 6))),
    )
