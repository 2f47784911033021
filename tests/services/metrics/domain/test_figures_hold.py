"""What must hold for every history: the account closes, the past stays, the order of streams does not matter."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.answers import figures
from services.metrics.domain.facts import moment
from services.metrics.domain.question import Question
from tests.services.metrics.domain.histories import FIRST, LAST, days_between, register, registers

SEARCH = settings(max_examples=80, deadline=None)
MOMENTS = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
AUTHORITY = "de-central"
MONTHS = [date(2025, month, 1) for month in range(1, 13)] + [date(2026, 1, 1)]


def answer(lines: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    return figures(register(lines), Question.read({"authority": AUTHORITY, **members}))


def accounts(lines: list[dict[str, Any]], from_on: date, to_on: date, known_at: datetime) -> dict[tuple[str, str | None], dict[str, Any]]:
    found = answer(lines, **{"from": from_on.isoformat(), "to": to_on.isoformat(), "as_known_at": known_at.isoformat()})
    return {(group["direction"], group["kind"]): group["account"] for group in found["groups"]}


@given(registers(), MOMENTS, st.sets(days_between(date(2024, 11, 1), date(2026, 11, 30)), min_size=2, max_size=6))
@SEARCH
def test_the_account_closes_for_every_partition_of_periods(lines: list[dict[str, Any]], known_at: datetime, cuts: set[date]) -> None:
    edges = sorted(cuts)
    whole = accounts(lines, edges[0], edges[-1], known_at)
    parts = [accounts(lines, begin, end, known_at) for begin, end in pairwise(edges)]

    for place, account in whole.items():
        assert account["difference"] == 0
        for name in ("new", "reopened", "closed_total"):
            assert account[name] == sum(part[place][name] for part in parts if place in part), (place, name)


@given(registers())
@SEARCH
def test_the_months_of_a_year_are_the_year(lines: list[dict[str, Any]]) -> None:
    year = accounts(lines, MONTHS[0], MONTHS[-1], LAST)
    months = [accounts(lines, begin, end, LAST) for begin, end in pairwise(MONTHS)]

    for place, account in year.items():
        for outcome, closed in account["closed"].items():
            assert closed == sum(month[place]["closed"][outcome] for month in months if place in month)
        first, last = months[0].get(place), months[-1].get(place)
        assert account["carried_forward"] == (first["carried_forward"] if first else 0)
        assert account["continuing"] == (last["continuing"] if last else 0)


@given(registers(), MOMENTS)
@SEARCH
def test_what_was_known_then_does_not_change_when_later_facts_arrive(lines: list[dict[str, Any]], known_at: datetime) -> None:
    asked = {"from": "2025-01-01", "to": "2026-01-01", "as_known_at": known_at.isoformat(), "compared_with": known_at.isoformat()}
    early = [{**line, "facts": [fact for fact in line["facts"] if moment(fact["recorded_at"]) <= known_at]} for line in lines]

    assert json.dumps(answer(early, **asked)) == json.dumps(answer(lines, **asked))


@given(registers().flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))), st.sampled_from(("kind", "counterpart", "counterpart,stage")))
@SEARCH
def test_the_order_of_streams_does_not_matter(both: tuple[list[dict[str, Any]], list[dict[str, Any]]], group_by: str) -> None:
    asked = {"from": "2025-01-01", "to": "2026-07-01", "group_by": group_by}
    lines, shuffled = both

    assert json.dumps(answer(lines, **asked)) == json.dumps(answer(shuffled, **asked))


@given(registers(), MOMENTS)
@SEARCH
def test_corrections_add_up_to_what_was_corrected(lines: list[dict[str, Any]], compared_with: datetime) -> None:
    found = answer(lines, **{"from": "2026-01-01", "to": "2026-07-01", "compared_with": compared_with.isoformat()})

    for group in found["groups"]:
        own = [line for line in found["corrections"] if line["direction"] == group["direction"] and group["kind"] in (None, line["kind"])]
        assert sum(line["delta"] for line in own) == group["account"]["corrected"]


@given(registers())
@SEARCH
def test_every_wait_ends_somehow_or_is_open(lines: list[dict[str, Any]]) -> None:
    for group in answer(lines, **{"from": "2024-01-01", "to": "2027-01-01"})["groups"]:
        for duration in group["durations"].values():
            assert duration["n"] == duration["open"] + sum(duration["outcomes"].values())
            assert duration["net"]["finished"]["n"] == duration["gross"]["finished"]["n"]
            assert (duration["net"]["finished"]["mean"] or 0) <= (duration["gross"]["finished"]["mean"] or 0)
