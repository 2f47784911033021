"""A past report run again: what changed stands beside it, and the requests that explain it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.metrics.domain.question import Question
from services.metrics.reports.beside import difference, paired
from services.metrics.reports.sheet import Column, Report, Row
from services.metrics.reports.side_by_side import printed
from services.metrics.reports.table import REPORTS, report
from tests.services.metrics.domain.histories import FIRST, LAST, days_between, registers
from tests.services.metrics.domain.histories import register as history
from tests.services.metrics.given_set import register
from tests.services.metrics.reports.made import LATER, YEAR, made

MOMENTS = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))


def stocks(found: Report, column: str) -> Counter[tuple[Any, Any]]:
    place = [each.name for each in found.columns].index(column)
    return Counter({(row[0], row[1]): row[place] for row in found.rows if row[1] != "all"})


def told(found: Report, stock: str) -> dict[tuple[Any, Any], int]:
    """What the corrections say about one stock, by place."""
    assert found.beside is not None
    sums: Counter[tuple[Any, Any]] = Counter()
    for line in found.beside.corrections:
        if line["stock"] == stock:
            sums[line["direction"], line["kind"]] += line["delta"]
    return {place: delta for place, delta in sums.items() if delta}


def moved(found: Report, stock: str) -> dict[tuple[Any, Any], int]:
    """By how much the stock of the two tables differs, by place."""
    assert found.beside is not None
    before, after = stocks(found, stock), stocks(found.beside.later, stock)
    changes = {place: after[place] - before[place] for place in before.keys() | after.keys()}
    return {place: change for place, change in changes.items() if change}


@pytest.mark.parametrize("name", REPORTS)
def test_what_stands_beside_a_report_is_the_report_as_known_later(name: str) -> None:
    found = made(name, beside=True)
    assert found.beside is not None

    later = report(register(), Question.read({**YEAR, "as_known_at": LATER.isoformat()}), name)

    assert found.beside.as_json()["rows"] == later.as_json()["rows"]
    assert found.beside.as_json()["checksum"] == later.checksum
    assert found.checksum == made(name).checksum


@pytest.mark.parametrize(("from_on", "to_on"), [("2025-01-01", "2026-01-01"), ("2025-04-01", "2025-07-01"), ("2025-10-01", "2025-11-01")])
@pytest.mark.parametrize("stock", ["carried_forward", "continuing"])
def test_the_corrections_add_up_to_the_change_of_both_stocks(stock: str, from_on: str, to_on: str) -> None:
    found = made("account", beside=True, **{"from": from_on, "to": to_on})

    assert told(found, stock) == moved(found, stock)


@given(registers(), MOMENTS, MOMENTS, days_between(date(2025, 1, 1), date(2025, 12, 31)), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_corrections_add_up_for_every_history(lines: list[dict[str, Any]], one: datetime, other: datetime, from_on: date, days: int) -> None:
    assume(one != other)
    known_at, later = min(one, other), max(one, other)
    period = {"from": from_on.isoformat(), "to": (from_on + timedelta(days=days)).isoformat()}
    question = Question.read({"authority": "de-central", **period, "as_known_at": known_at.isoformat()})

    found = report(history(lines), question, "account", later)

    for stock in ("carried_forward", "continuing") if found.query["complete"] else ("carried_forward",):
        assert told(found, stock) == moved(found, stock), stock


def test_the_year_of_the_given_set_was_corrected_in_these_requests() -> None:
    """By hand from the streams: R12 was registered late, R13 and R14 reclassified, R15 was a duplicate, R16 and R17 had a fact corrected, R41 was told late."""
    found = made("account", beside=True)
    assert found.beside is not None

    causes = {(line["request"], line["cause"]) for line in found.beside.corrections if line["stock"] == "continuing"}

    expected = {("R12", "late_registered"), ("R13", "reclassified"), ("R14", "reclassified"), ("R15", "duplicate")}
    assert causes == expected | {("R16", "fact_corrected"), ("R17", "fact_corrected"), ("R41", "late_fact")}


def test_before_the_end_of_the_period_only_the_stock_carried_forward_is_explained() -> None:
    question = Question.read({**YEAR, "as_known_at": "2025-06-30T00:00:00Z"})
    found = report(register(), question, "account", datetime(2025, 9, 1, tzinfo=UTC))
    assert found.beside is not None

    assert {line["stock"] for line in found.beside.corrections} <= {"carried_forward"}
    assert any("had not ended" in note for note in found.beside.notes)


def test_what_is_published_names_no_request() -> None:
    found = made("account", beside=True, publish="true")
    assert found.beside is not None

    assert found.beside.corrections == []
    assert found.beside.notes == ("Small numbers are hidden, so no request is named.",)
    assert found.query["publish"] is True


def test_beside_each_column_that_changed_stand_the_later_view_and_the_change() -> None:
    found = made("account", beside=True)
    assert found.beside is not None

    columns, rows = printed(found)
    names = [column.name for column in columns]

    place = names.index("continuing")
    assert names[place : place + 3] == ["continuing", "continuing (as known at 2026-10-31T23:00:00Z)", "continuing change"]
    assert {re.sub(r" .*", "", name) for name in names if " " in name} == set(found.beside.changed_columns)
    assert all(row[place + 1] - row[place] == row[place + 2] for row in rows if None not in row[place : place + 3])  # type: ignore[operator]  # numbers, all of them
    assert {len(row) for row in rows} == {len(names)}


def test_a_row_that_was_not_there_before_stands_in_its_place() -> None:
    columns = (Column("kind", key=True), Column("step", key=True, order=("first", "second")), Column("n"))
    earlier: list[Row] = [["all", "second", 1], ["eio", "first", 2]]
    later: list[Row] = [["all", "first", 9], ["all", "second", 1], ["eaw", "second", 3]]

    assert paired(columns, earlier, later) == [(None, later[0]), (earlier[0], later[1]), (None, later[2]), (earlier[1], None)]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [(3, 5, 2), (0.3, 0.1, -0.2), (1, 1.5, 0.5), (None, 4, None), (4, None, None), ("too_few", None, None), (2, 2, 0)],
)
def test_a_change_is_the_later_less_the_earlier(was: Any, now: Any, expected: Any) -> None:
    assert difference(was, now) == expected
