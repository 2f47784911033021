"""The requests behind a number are those that it counts: same question, same place, same cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.answers import Register, figures
from services.metrics.domain.errors import QuestionInvalid
from services.metrics.domain.members import members
from services.metrics.domain.question import STANDING_DIMENSIONS, Question
from tests.services.metrics.domain.histories import FIRST, LAST, register, registers
from tests.services.metrics.given_set import register as given_register

MOMENTS = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
PERIOD = {"authority": "de-central", "from": "2025-01-01", "to": "2026-01-01"}
CLOCKS_NOT_REQUESTS = ("running", "suspended", "overdue", "past_strict")
OF_REQUESTS = ("to_acknowledge", "to_decide", "to_execute", "to_return")


def place_of(group: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: group[name] for name in ("direction", *STANDING_DIMENSIONS) if name in group}


def cells_that_count_requests(group: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Cells and their numbers; those of clocks, persons and episodes may be more than the requests behind them."""
    for name in ("carried_forward", "new", "continuing", "previous_continuing"):
        if "account" in group:
            yield f"account.{name}", group["account"][name]
    for family in ("ageing", "ageing_overdue"):
        for band, count in group.get(family, {}).items():
            yield f"{family}.{band}", count
    yield "now.overdue_requests", group["now"]["overdue_requests"]
    for name, duration in group.get("durations", {}).items():
        if name in OF_REQUESTS:
            yield f"durations.{name}.n", duration["n"]
            yield f"durations.{name}.open", duration["open"]
            yield f"durations.{name}.ended_in_period", duration["ended_in_period"]["gross"]["n"]
            yield from ((f"durations.{name}.outcomes.{outcome}", count) for outcome, count in duration["outcomes"].items())


def cells_that_count_others(group: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    yield from ((f"now.{name}", group["now"][name]) for name in CLOCKS_NOT_REQUESTS)
    for limit in group["limits"]:
        yield from ((f"limits.{limit['row']}.{name}", limit[name]) for name in ("met", "met_late", "missed", "lapsed", "cancelled", "denominator"))
    account = group.get("account", {"closed": {}})
    yield from ((f"account.closed.{outcome}", count) for outcome, count in account["closed"].items())
    yield from ((f"account.{name}", account[name]) for name in ("reopened", "closed_total") if name in account)
    yield from ((f"escalations.{level}", count) for level, count in group.get("escalations", {}).items())


def faults(own: Register, **asked: Any) -> list[str]:
    question = Question.read({**PERIOD, **asked})
    found = []
    for group in figures(own, question)["groups"]:
        for cell, count in cells_that_count_requests(group):
            behind = members(own, question, place_of(group), cell)
            found += [] if len(behind) == len(set(behind)) == count else [f"{place_of(group)} {cell}: {count}, {len(behind)} behind it"]
        for cell, count in cells_that_count_others(group):
            behind = members(own, question, place_of(group), cell)
            found += [] if bool(behind) == bool(count) and len(behind) <= count else [f"{place_of(group)} {cell}: {count}, {len(behind)} behind it"]
    return found


@pytest.mark.parametrize("group_by", ["kind", "counterpart", "instrument", "stage", "counterpart,stage", "holder,month"])
def test_behind_each_number_of_the_given_set_stand_as_many_requests(group_by: str) -> None:
    assert faults(given_register(), group_by=group_by, overdue=True) == []


@given(registers(), MOMENTS, st.sampled_from(("kind", "counterpart,stage")))
@settings(max_examples=25, deadline=None)
def test_behind_each_number_stand_as_many_requests(lines: list[dict[str, Any]], known_at: datetime, group_by: str) -> None:
    assert faults(register(lines), group_by=group_by, overdue=True, as_known_at=known_at.isoformat()) == []


def test_the_points_of_a_curve_say_how_many_had_waited_longer() -> None:
    own, question = given_register(), Question.read({**PERIOD, "curve": "to_return", "from": "2024-01-01"})
    for group in figures(own, question)["groups"]:
        for days in ("gross", "net"):
            points = group["durations"].get("to_return", {days: {"km": {"points": []}}})[days]["km"]["points"]
            for before, point in pairwise(points):
                behind = members(own, question, place_of(group), f"durations.to_return.{days}.waiting.{before['t']}")
                assert len(behind) == point["at_risk"]


@pytest.mark.parametrize("group_by", ["kind", "counterpart", "instrument"])
def test_a_filter_gives_the_numbers_of_its_group(group_by: str) -> None:
    own = given_register()
    whole = figures(own, Question.read({**PERIOD, "group_by": group_by}))
    for group in whole["groups"]:
        if group[group_by] is None:
            continue
        filtered = figures(own, Question.read({**PERIOD, group_by: group[group_by]}))
        total = next(each for each in filtered["groups"] if each["direction"] == group["direction"] and each["kind"] is None)

        assert without_place(total) == without_place(group)


def without_place(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name not in ("kind", "counterpart", "instrument")}


def test_corrections_under_a_filter_are_those_of_its_stock() -> None:
    own = given_register()
    for kind in ("eio", "mla", "service_of_documents", "eaw"):
        found = figures(own, Question.read({**PERIOD, "from": "2026-01-01", "to": "2026-07-01", "compared_with": "2025-12-31T23:00:00Z", "kind": kind}))

        assert {line["kind"] for line in found["corrections"]} <= {kind}
        for group in found["groups"]:
            own_lines = [line for line in found["corrections"] if line["direction"] == group["direction"]]
            assert sum(line["delta"] for line in own_lines) == group["account"]["corrected"]


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        pytest.param({"direction": "sideways"}, "account.new", id="no such direction"),
        pytest.param({"direction": "incoming", "holder": "de-central"}, "account.new", id="a dimension that was not asked for"),
        pytest.param({"direction": "incoming"}, "account.unheard_of", id="no such number"),
        pytest.param({"direction": "incoming"}, "ageing.0-31", id="no such band"),
        pytest.param({"direction": "incoming"}, "durations.to_return.median", id="no count"),
        pytest.param({"direction": "incoming"}, "", id="nothing"),
    ],
)
def test_what_counts_no_requests_is_refused(place: dict[str, str], cell: str) -> None:
    with pytest.raises(QuestionInvalid):
        members(given_register(), Question.read(PERIOD), place, cell)
