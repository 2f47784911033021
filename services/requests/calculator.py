"""The calculator: a row, a start, a place and holds give three dates and their derivation. Nothing is stored.

`python -m services.requests calculate FILE` answers a file of vectors, one JSON line each; `POST /v1/clocks/calculations` uses `calculate`.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from services.requests.domain.clocks import counting, explanation
from services.requests.domain.clocks.explanation import Derivation, Line, StopShown
from services.requests.domain.clocks.reckoning import Count, Dues, Place, fixed, in_order, reckon
from services.requests.domain.clocks.regimes import REGIMES, Regime, RegimeUnknown, regime
from services.requests.domain.clocks.wording import LANGUAGES
from shared.calendars import WorkingCalendar
from shared.calendars.national import Calendars
from shared.calendars.working import weekends_only
from shared.calendars.zones import zone, zone_of_state
from shared.facts.base import When
from shared.facts.instruments import Instruments, Row
from shared.facts.members import moment as moment_text
from shared.facts.periods import Period
from shared.instruments import load

DATA = Path(__file__).resolve().parents[2] / "data"
UNITS = {"days": "calendar_days", "back": "calendar_days", "hours_uk": "hours"}
LETTERS = {"hours": "PT{}H", "working_days": "P{}D", "calendar_days": "P{}D", "weeks": "P{}W", "months": "P{}M", "years": "P{}Y"}
NO_TIME = timedelta()
FIRST_YEAR, LAST_YEAR, MOST_YEARS = 1000, 9000, 500  # no calendar reaches so far; beyond it dates themselves end
DAYS_OF_YEAR, MONTHS_OF_YEAR = 365, 12


class CalculationRefused(ValueError):
    """The question is incomplete or names something unknown; `errors` maps each member to a sentence."""

    code = "validation_failed"

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A hold of the question: from when until when, and why."""

    stopped_at: datetime
    resumed_at: datetime
    reason: str = "hold"


@dataclass(frozen=True, slots=True)
class Question:
    """What to calculate: a row of an instrument, or a length with a regime; from a start, at a place.

    Attributes:
        row: id of a row; gives length, unit, regime, side and what its end does.
        state: the State whose side must act: its calendar and, where no zone is named, its zone.
        requested_state: the State that is asked, for rows that follow its law; default `state`.
        fixed_on: the date asked for or fixed, for rows without a figure.
    """

    start: When
    row: str | None = None
    limit: Period | None = None
    unit: str | None = None
    regime: str | None = None
    state: str | None = None
    requested_state: str | None = None
    calendar: str | None = None
    zone: str | None = None
    extensions: tuple[Period, ...] = ()
    holds: tuple[Stopped, ...] = ()
    fixed_on: When | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Three dates, the rules behind them, and the derivation."""

    dues: Dues
    lines: tuple[Line, ...]
    zone: str
    calendar: str
    rules: tuple[str, ...]
    row: Row | None = None

    def as_members(self, language: str = "en") -> dict[str, Any]:
        """The answer as plain members; moments in UTC, readings in *language*."""
        dues = {name: _plain(getattr(self.dues, name)) for name in ("nominal", "adjusted", "strict", "earliest")}
        return {
            "nominal_due": dues["nominal"],
            "adjusted_due": dues["adjusted"],
            "strict_due": dues["strict"],
            "not_before": dues["earliest"],
            "rules": list(self.rules),
            "row": self.row.id if self.row else None,
            "citation": self.row.citation if self.row else None,
            "zone": self.zone,
            "calendar": self.calendar,
            "explanation": [line.as_members(language) for line in self.lines],
            "fingerprint": explanation.fingerprint(self.lines),
        }


@dataclass(frozen=True, slots=True)
class Calculator:
    """Answers questions with these instruments and calendars."""

    instruments: Instruments
    calendars: Mapping[str, WorkingCalendar]
    rows: Mapping[str, Row] = field(default_factory=dict)

    @classmethod
    def of(cls, instruments: Instruments, calendars: Mapping[str, WorkingCalendar]) -> "Calculator":
        """A calculator that knows every row of *instruments*."""
        return cls(instruments, calendars, {row.id: row for row in instruments.every_row()})

    def calculate(self, question: Question) -> Answer:
        """The answer to *question*.

        Raises:
            CalculationRefused: a row, zone or regime is unknown, the length is missing, or the count leaves the years that dates can name.
            CalendarNotCovered: a working day has to be found where no holidays are known.
        """
        row = self.rows.get(question.row or "")
        if question.row is not None and row is None:
            raise CalculationRefused({"row": f"{question.row!r} is no row"})
        place = self._place(question)
        _in_reach(question)
        if question.fixed_on is not None:
            dues = fixed(question.fixed_on)
            told = Derivation(row, place, dues, start_fact=None)
            return _answer(told, dues.rules, question)
        count = self._count(question, row, place)
        dues = reckon(count, place)
        stops = tuple(StopShown(each.stopped_at, each.resumed_at, each.reason) for each in question.holds)
        told = Derivation(row, place, dues, count, question.start, row.from_event or "the start" if row else "the start", stops=stops)
        return _answer(told, in_order([*dues.rules, *_rules_of_row(row, count)]), question)

    def _place(self, question: Question) -> Place:
        state = question.state or question.requested_state
        name = question.zone or (zone_of_state(state) if state else "UTC")
        return Place(zone(name), question.calendar or state or "-", self.calendars)

    def _count(self, question: Question, row: Row | None, place: Place) -> Count:
        limit, unit = question.limit or (row.duration if row else None), question.unit or (row.unit if row else None)
        if limit is None or unit is None:
            raise CalculationRefused({"limit": "the row has no figure; name a length and a unit, or a date asked for"})
        if limit == Period():
            raise CalculationRefused({"limit": "it has no length"})
        return Count(
            start=question.start,
            limit=limit,
            unit=unit,
            regime=self._regime(question, row, unit),
            extensions=question.extensions,
            stopped_days=sum(_days(each, unit, place) for each in question.holds),
            stopped_time=sum((each.resumed_at - each.stopped_at for each in question.holds), NO_TIME) if unit == "hours" else NO_TIME,
            day_earlier=row is not None and row.strict_day_earlier,
            nature=row.nature if row else "duty",
            custody=row is not None,
            floor=row is not None and row.floor,
        )

    def _regime(self, question: Question, row: Row | None, unit: str) -> Regime:
        code = question.regime or (row.counting if row else None)
        if code is None:
            raise CalculationRefused({"regime": "name a regime, or a row"})
        if unit == "hours":
            code = _hours_regime(code, row)
        try:
            return regime(code, question.requested_state or question.state, self.instruments.codes.counting_by_state)
        except RegimeUnknown as fault:
            raise CalculationRefused({"regime": str(fault)}) from fault


def _in_reach(question: Question) -> None:
    """Refuse what would be counted beyond the years that dates can name."""
    named = {"start": question.start, "fixed_on": question.fixed_on} | {
        f"holds/{n}/{end}": getattr(hold, end) for n, hold in enumerate(question.holds) for end in ("stopped_at", "resumed_at")
    }
    beyond = f"the year lies outside {FIRST_YEAR} to {LAST_YEAR}"
    faults = {name: beyond for name, when in named.items() if when is not None and not FIRST_YEAR <= when.year <= LAST_YEAR}
    spans = sum(abs((hold.resumed_at - hold.stopped_at).days) // DAYS_OF_YEAR for hold in question.holds)
    if sum(_years(each) for each in (question.limit, *question.extensions) if each is not None) + spans > MOST_YEARS:
        faults["limit"] = f"with its extensions and holds it spans more than {MOST_YEARS} years"
    if faults:
        raise CalculationRefused(faults)


def _years(length: Period) -> int:
    """How many years *length* spans at most, so that it can be judged without a date."""
    return length.years + length.months // MONTHS_OF_YEAR + length.as_elapsed.days // DAYS_OF_YEAR


def _days(hold: Stopped, unit: str, place: Place) -> int:
    if unit == "working_days":
        days = (hold.stopped_at.astimezone(place.zone).date(), hold.resumed_at.astimezone(place.zone).date())
        return place.working.working_days_between(*days)
    return 0 if unit == "hours" else counting.days_stopped(hold.stopped_at, hold.resumed_at, place.zone)


def _hours_regime(code: str, row: Row | None) -> str:
    if row is not None and row.counting.startswith("HOURS"):
        return row.counting
    return {"EU": "HOURS_EU", "UK": "HOURS_UK_S6"}.get(code, code if REGIMES.get(code) and code.startswith("HOURS") else "HOURS_PLAIN")


def _rules_of_row(row: Row | None, count: Count) -> Iterator[str]:
    if row is None:
        return
    if row.extendable is not None:
        yield "C-13"
    if row.starts_not_before:
        yield "C-21"
    if counting.is_no_deadline(row.nature) and not count.regime.backward:
        yield "C-24"


def _answer(told: Derivation, rules: tuple[str, ...], question: Question) -> Answer:
    shown = explanation.lines(told)
    return Answer(told.dues, shown, str(told.place.zone), explanation.edition(told.place), rules, told.row)


def _plain(due: When | None) -> str | None:
    if isinstance(due, datetime):
        return moment_text(due)
    return None if due is None else due.isoformat()


def vectors(file: Path, instruments: Instruments, language: str | None = None) -> Iterator[dict[str, Any]]:
    """The answers to the vectors of *file*, in their order; with a *language* each also says why, in it."""
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    own = {str(name): _calendar(str(name), days) for name, days in raw.get("calendars", {}).items()}
    calculator = Calculator.of(instruments, Calendars.with_files(DATA / "calendars", {"-": weekends_only(), **own}))
    for vector in raw["vectors"]:
        answer = calculator.calculate(_question(vector, calculator))
        place = zone(answer.zone)
        dues = {name: _local(getattr(answer.dues, name), place) for name in ("nominal", "adjusted", "strict")}
        told = {} if language is None else {"explanation": [line.read(language) for line in answer.lines]}
        yield {"id": vector["id"], **dues, "rules": list(answer.rules), **told}


def _calendar(name: str, days: Any) -> WorkingCalendar:
    if not isinstance(days, list):
        return weekends_only(name)
    return WorkingCalendar(name, "vectors", frozenset(date.fromisoformat(str(day)) for day in days), date.min, date.max)


def _question(vector: Mapping[str, Any], calculator: Calculator) -> Question:
    place, unit = str(vector.get("zone", "UTC")), str(vector["unit"])
    counted = UNITS.get(unit, unit)
    known = str(vector["row"]) if vector.get("row") in calculator.rows else None
    state = str(vector.get("calendar", "-"))
    return Question(
        start=_when(vector["start"], place),
        row=known,
        limit=Period.parse(LETTERS[counted].format(vector["amount"])),
        unit=counted,
        regime="BACK" if unit == "back" else "UK" if unit == "hours_uk" else vector.get("regime"),
        requested_state=None if state == "-" else state,
        calendar=state,
        zone=place,
        extensions=tuple(Period.parse(str(each)) for each in vector.get("extensions", ())),
        holds=tuple(Stopped(_moment(each["from"], place), _moment(each["until"], place)) for each in vector.get("holds", ())),
    )


def _when(value: Any, place: str) -> When:
    text = str(value)
    return date.fromisoformat(text) if len(text) == len("2026-01-01") else _moment(text, place)


def _moment(value: Any, place: str) -> datetime:
    found = datetime.fromisoformat(str(value))
    return (found if found.tzinfo else found.replace(tzinfo=zone(place))).astimezone(UTC)


def _local(due: When, place: Any) -> str:
    if not isinstance(due, datetime):
        return due.isoformat()
    local = due.astimezone(place)
    return local.isoformat(timespec="minutes" if local.second == 0 and local.microsecond == 0 else "auto")


def main(argv: Sequence[str]) -> int:
    """Answer the files of vectors named in *argv*, one JSON line a vector; 2 when a file cannot be read."""
    language, files = (argv[1], argv[2:]) if argv[:1] == ["--language"] and len(argv) > 1 else (None, argv)
    if not files or language not in (None, *LANGUAGES):
        sys.stderr.write(f"usage: calculate [--language {'|'.join(LANGUAGES)}] FILE…\n")
        return 2
    for name in files:
        try:
            for answer in vectors(Path(name), load(DATA), language):
                sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        except (OSError, yaml.YAMLError, LookupError, ValueError) as fault:
            sys.stderr.write(f"{name}: {fault}\n")
            return 2
    return 0
