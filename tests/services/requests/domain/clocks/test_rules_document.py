"""docs/rules.md and the functions that apply it: each names the other, and each example counts as it says."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from services.requests.calculator import Answer, CalculationRefused, Calculator, Question, Stopped
from services.requests.domain.clocks import counting
from services.requests.domain.clocks.reckoning import due_moment
from shared.calendars.national import Calendars
from shared.calendars.working import weekends_only
from shared.calendars.zones import zone
from shared.facts.base import When
from shared.facts.periods import Period
from tests.builders import law

DOCUMENT = Path(__file__).parents[5] / "docs" / "rules.md"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RULES = tuple(f"C-{number}" for number in range(1, 26))
# Rules that decide before or after the count itself and so leave no trace in it.
NOT_IN_THE_COUNT = frozenset({"C-20"})


@dataclass(frozen=True)
class Entry:
    """One rule of the document."""

    rule: str
    functions: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]


def entries() -> dict[str, Entry]:
    found = {}
    for part in re.split(r"^### ", DOCUMENT.read_text(), flags=re.M)[1:]:
        rule = part.split()[0]
        functions = tuple(re.findall(r"`(\w+)`", part[part.index("Functions:") :].split("\n\n")[0]))
        rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in part.splitlines() if line.startswith("|")]
        found[rule] = Entry(rule, functions, tuple(rows[2:]))
    return found


ENTRIES = entries()


def examples() -> Iterator[object]:
    for entry in ENTRIES.values():
        for number, cells in enumerate(entry.examples):
            yield pytest.param(entry.rule, cells, id=f"{entry.rule}-{number + 1}")


def when(text: str, place: str) -> When:
    """A day or a moment after its weekday, which must be the right one."""
    weekday, rest = text.split(" ", 1)
    day = date.fromisoformat(rest[:10])
    assert WEEKDAYS[day.weekday()] == weekday, f"{rest} is no {weekday}"
    if len(rest) == len("2026-01-01"):
        return day
    return datetime.fromisoformat(rest).replace(tzinfo=zone(place)).astimezone(UTC)


def start_of(text: str, place: str) -> When:
    if not text.startswith("latest of "):
        return when(text, place)
    named = [when(each, place) for each in text.removeprefix("latest of ").split(" and ")]
    moments = [each if isinstance(each, datetime) else datetime.combine(each, datetime.min.time(), UTC) for each in named]
    return counting.latest_start(moments).date()


def question_of(cells: tuple[str, ...]) -> tuple[Question, dict[str, str]]:
    start, length, regime, calendar, more = cells[:5]
    said = {name: value for name, _, value in (each.strip().partition(" ") for each in more.split(";")) if name}
    place = said.get("zone", "UTC")
    limit = Period.parse(length) if length else None
    unit = said.get("unit") or ("hours" if limit and limit.in_hours else "weeks" if limit and limit.weeks else "calendar_days")
    unit = "months" if limit and (limit.months or limit.years) else unit
    stopped = [datetime.fromisoformat(each).replace(tzinfo=zone(place)) for each in said.get("stopped", "").split()]
    return Question(
        start=start_of(start, place),
        row=said.get("row"),
        limit=limit,
        unit=unit,
        regime=regime,
        calendar=calendar,
        zone=place,
        extensions=tuple(Period.parse(each) for each in said.get("extended", "").split()),
        holds=(Stopped(stopped[0], stopped[1]),) if stopped else (),
        fixed_on=start_of(start, place) if "fixed" in said else None,
    ), said


@cache
def calculator() -> Calculator:
    return Calculator.of(law(), Calendars({"-": weekends_only()}))


@pytest.mark.parametrize(("rule", "cells"), tuple(examples()))
def test_every_example_of_the_document_counts_as_it_says(rule: str, cells: tuple[str, ...]) -> None:
    question, said = question_of(cells)
    if cells[5] == "refused":
        with pytest.raises(CalculationRefused):
            calculator().calculate(question)
        return

    answer = calculator().calculate(question)

    wanted = [when(cell, answer.zone) for cell in cells[5:8]]
    assert [answer.dues.nominal, answer.dues.adjusted, answer.dues.strict] == wanted
    assert rule in answer.rules or rule in NOT_IN_THE_COUNT
    further_claims_hold(answer, said)


def further_claims_hold(answer: Answer, said: dict[str, str]) -> None:
    if "over" in said:
        assert due_moment(answer.dues.adjusted, zone(answer.zone)) == datetime.fromisoformat(said["over"])
    if "not" in said:
        assert answer.dues.earliest == when(said["not"].removeprefix("before "), answer.zone)


def test_the_document_has_an_entry_with_an_example_for_every_rule() -> None:
    assert tuple(ENTRIES) == RULES
    assert [entry.rule for entry in ENTRIES.values() if not entry.examples or not entry.functions] == []


def cited() -> dict[str, set[str]]:
    """The functions of the counting rules, by the rule that their docstring names as its source."""
    found: dict[str, set[str]] = {}
    for name, function in inspect.getmembers(counting, inspect.isfunction):
        if function.__module__ == counting.__name__:
            for rule in re.findall(r"Source: docs/rules\.md, rule (C-\d+)\.", inspect.getdoc(function) or ""):
                found.setdefault(rule, set()).add(name)
    return found


def test_every_function_that_cites_a_rule_is_named_by_its_entry_and_back() -> None:
    assert cited() == {entry.rule: set(entry.functions) for entry in ENTRIES.values()}
