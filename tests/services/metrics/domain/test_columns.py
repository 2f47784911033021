"""What is counted over columns is what is counted one request after the other: the same answers, the same members."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.answers import figures
from services.metrics.domain.elements import KINDS
from services.metrics.domain.members import members
from services.metrics.domain.panel import Batch, Panel
from services.metrics.domain.question import ACCOUNT_DIMENSIONS, STANDING_DIMENSIONS, Question
from services.metrics.domain.register import Register
from services.metrics.domain.weave import woven
from services.metrics.domain.words import Words
from tests.services.metrics.domain.histories import FIRST, LAST, days_between, parsed, register, registers, zone_of
from tests.services.metrics.naive import answers as naive
from tests.services.metrics.naive.members import members as naive_members

MOMENTS = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
GROUPINGS = ("kind", "instrument", "counterpart", "holder", "stage", "month", "counterpart,stage", "stage,month", "kind,holder")
FILTERS: tuple[dict[str, str], ...] = ({}, {}, {"kind": "eio"}, {"counterpart": "BR"}, {"instrument": "EU-EIO", "kind": "mla"})
DAYS = days_between(date(2024, 9, 1), date(2027, 1, 31))


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """A question of any form about one of the three authorities."""
    begin, end = sorted(draw(st.sets(DAYS, min_size=2, max_size=2)))
    asked: dict[str, Any] = {"authority": draw(st.sampled_from(("de-central", "pt-central", "br-central")))}
    asked |= {"from": begin.isoformat(), "to": end.isoformat(), "group_by": draw(st.sampled_from(GROUPINGS)), **draw(st.sampled_from(FILTERS))}
    if draw(st.booleans()):
        asked["as_known_at"] = draw(MOMENTS).isoformat()
    if draw(st.booleans()):
        asked["compared_with"] = draw(MOMENTS).isoformat()
    if draw(st.integers(0, 5)) == 0:
        plain = {name: value for name, value in asked.items() if name not in ACCOUNT_DIMENSIONS}
        return plain | {"group_by": draw(st.sampled_from(STANDING_DIMENSIONS)), "publish": True}
    asked |= {"months": draw(st.booleans()), "overdue": draw(st.booleans())}
    return asked | {"curve": draw(st.sampled_from(("", "to_return,to_decide")))}


def one_by_one(lines: list[dict[str, Any]]) -> naive.Register:
    """The same streams, counted one after the other."""
    return naive.Register(parsed(lines), zone_of, LAST, bounded=False)


@given(registers(), questions())
@settings(max_examples=150, deadline=None)
def test_an_answer_over_columns_is_the_answer_counted_one_by_one(lines: list[dict[str, Any]], asked: dict[str, Any]) -> None:
    question = Question.read(asked)

    assert json.dumps(figures(register(lines), question)) == json.dumps(naive.figures(one_by_one(lines), question))


def test_curves_of_many_are_those_of_each() -> None:
    lines = [_closed_after(number) for number in range(60)]
    question = Question.read({"authority": "de-central", "from": "2025-01-01", "to": "2026-01-01", "curve": "to_return", "as_known_at": "2025-12-01T00:00:00Z"})
    found = figures(register(lines), question)

    assert json.dumps(found) == json.dumps(naive.figures(one_by_one(lines), question))
    assert found["groups"][0]["durations"]["to_return"]["gross"]["km"]["median"] is not None


def _closed_after(number: int) -> dict[str, Any]:
    """A request that arrived on some day, was on hold for a while, and ended, if at all, in one of four ways."""
    ends: tuple[tuple[str, dict[str, Any]], ...] = (
        ("ResultsReturned", {"final": True}),
        ("RequestRefused", {}),
        ("RequestWithdrawn", {}),
        ("RequestPainted", {}),
    )
    name, members_of_end = ends[number * 7 % 4]
    first, kind = date(2025, 1, 2).toordinal() + number * 3 % 90, ("eio", "mla")[number % 3 == 0]
    days = [first, first + number % 5, first + 5 + number % 11, first + 20 + number * 13 % 170]
    sides = {"requesting": {"authority": "pt-central", "state": "PT"}, "requested": {"authority": "de-central", "state": "DE"}}
    told: list[tuple[str, dict[str, Any]]] = [("RequestRegistered", {"kind": kind, "instrument": "EU-EIO", **sides})]
    told += [("InformationRequested", {}), ("InformationSupplied", {}), (name, members_of_end)]
    moments = [f"{date.fromordinal(day).isoformat()}T{number % 24:02}:30:00Z" for day in days]
    facts = [
        {"id": f"R{number}.{place}", "type": type, "occurred_at": at, "recorded_at": at, **own}
        for place, ((type, own), at) in enumerate(zip(told, moments, strict=True))
    ]
    return {"request": f"R{number}", "facts": facts}


CELLS = (
    *("account.carried_forward", "account.new", "account.reopened", "account.closed_total", "account.closed.returned_full", "account.closed.otherwise"),
    *("account.otherwise_by_reason.lapsed", "account.continuing", "account.previous_continuing", "now.running", "now.suspended", "now.overdue"),
    *("now.overdue_requests", "now.past_strict", "ageing.0-30", "ageing.366-730", "ageing_overdue.31-90", "limits.*.missed", "limits.EIO-ACK.denominator"),
    *("durations.to_return.n", "durations.to_decide.open", "durations.to_return.outcomes.refused", "durations.to_return.ended_in_period"),
    *("durations.to_return.gross.waiting.30", "durations.to_return.net.waiting.30", "escalations.2"),
)
PLACES: tuple[dict[str, str | None], ...] = ({}, {"kind": "eio"}, {"counterpart": "PT"}, {"counterpart": "DE", "stage": "decide"}, {"stage": "decide"})


@given(registers(), questions(), st.sampled_from(CELLS), st.sampled_from(("incoming", "outgoing")), st.sampled_from(PLACES))
@settings(max_examples=150, deadline=None)
def test_the_members_of_a_cell_are_those_found_one_by_one(
    lines: list[dict[str, Any]], asked: dict[str, Any], cell: str, direction: str, place: dict[str, str | None]
) -> None:
    question = Question.read({**asked, "publish": False, **({"group_by": ",".join(place)} if place else {})})
    wanted = {"direction": direction, **place}

    assert members(register(lines), question, wanted, cell) == naive_members(one_by_one(lines), question, wanted, cell)


@given(registers(), questions())
@settings(max_examples=60, deadline=None)
def test_where_a_cell_counts_requests_its_members_are_as_many(lines: list[dict[str, Any]], asked: dict[str, Any]) -> None:
    question = Question.read({**asked, "publish": False})
    whole = register(lines)

    for group in figures(whole, question)["groups"]:
        place = {name: group[name] for name in ("direction", *question.group_by)}
        cells = {"now.overdue_requests": group["now"]["overdue_requests"]} | {f"ageing.{band}": count for band, count in group["ageing"].items()}
        if "account" in group:
            cells |= {f"account.{name}": group["account"][name] for name in ("carried_forward", "new", "continuing", "previous_continuing")}
            cells |= {f"durations.{name}.n": group["durations"][name]["n"] for name in group["durations"] if name in ("to_return", "to_decide")}
        assert {cell: len(members(whole, question, place, cell)) for cell in cells} == cells


@given(registers().flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))), questions(), MOMENTS)
@settings(max_examples=60, deadline=None)
def test_a_panel_that_grew_as_facts_came_is_the_panel_made_at_once(both: Any, asked: dict[str, Any], early: datetime) -> None:
    lines, later_order = both
    words, question = Words(), Question.read(asked)
    panel = Panel([], words)
    for known in (early, LAST):
        for stream in parsed(later_order):
            heard = type(stream)(stream.request, tuple(fact for fact in stream.facts if fact.recorded_at <= known))
            if heard.facts:
                panel = panel.with_batches([Batch.woven([(heard.request, woven(heard, words))])])
    grown = Register(parsed(lines), zone_of, LAST, bounded=False, panel=panel)

    assert json.dumps(figures(grown, question)) == json.dumps(figures(register(lines), question))


@given(registers())
@settings(max_examples=30, deadline=None)
def test_the_rows_of_a_request_depend_on_its_facts_alone(lines: list[dict[str, Any]]) -> None:
    alone = {stream.request: woven(stream, Words()) for stream in parsed(lines)}
    words = Words()
    together = {stream.request: woven(stream, words) for stream in reversed(parsed(lines))}

    assert together == alone
    assert all(own.keys() == set(KINDS) for own in alone.values())
