"""Edges of the account: instants, zones, what an end is called, and an account that does not close."""

from __future__ import annotations

from typing import Any

import pytest

from services.metrics.domain.account import cepej
from services.metrics.domain.answers import figures
from services.metrics.domain.elements import LAYOUTS
from services.metrics.domain.errors import AccountDoesNotClose
from services.metrics.domain.panel import Batch, Panel
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.domain.weave import woven
from services.metrics.domain.words import Words
from tests.services.metrics.domain.told import BERLIN, LAST, Told, arrived, at, figure, period, stream

YEAR = period("2025-01-01", "2026-01-01")
NOTHING = {"carried_forward": 0, "new": 0, "continuing": 0}


def counted(*told: Told) -> dict[str, Any]:
    return dict(figure([stream(*told)], YEAR).get("account", NOTHING))


@pytest.mark.parametrize(
    ("when", "places"),
    [
        pytest.param("2024-12-31T22:59:59Z", {"carried_forward": 1, "new": 0, "continuing": 1}, id="a second before the local new year"),
        pytest.param("2024-12-31T23:00:00Z", {"carried_forward": 0, "new": 1, "continuing": 1}, id="at local midnight"),
        pytest.param("2025-12-31T22:59:59Z", {"carried_forward": 0, "new": 1, "continuing": 1}, id="in the last second"),
        pytest.param("2025-12-31T23:00:00Z", {"carried_forward": 0, "new": 0, "continuing": 0}, id="in the next year"),
    ],
)
def test_an_arrival_belongs_to_the_local_year(when: str, places: dict[str, int]) -> None:
    found = counted(arrived(when))

    assert {name: found[name] for name in places} == places


@pytest.mark.parametrize(
    ("told", "column"),
    [
        pytest.param([("ResultsReturned", "2025-03-01", {"final": True})], "returned_full", id="a return alone"),
        pytest.param(
            [("RequestExecuted", "2025-02-01", {"outcome": "part"}), ("ResultsReturned", "2025-03-01", {"final": True})], "returned_part", id="executed in part"
        ),
        pytest.param(
            [("MeasureCompleted", "2025-02-01", {"measure": "m1", "outcome": "impossible"}), ("ResultsReturned", "2025-03-01", {"final": True})],
            "returned_part",
            id="a measure was impossible",
        ),
        pytest.param(
            [
                ("MeasureCompleted", "2025-02-01", {"measure": "m1", "outcome": "impossible"}),
                ("RequestExecuted", "2025-02-02", {"outcome": "full"}),
                ("ResultsReturned", "2025-03-01", {"final": True}),
            ],
            "returned_full",
            id="the execution says full",
        ),
        pytest.param([("RequestClosed", "2025-03-01", {"reason": "superseded"})], "otherwise", id="superseded"),
        pytest.param([("RequestRefused", "2025-03-01", {}), ("ResultsReturned", "2025-04-01", {"final": True})], "refused", id="after an end nothing counts"),
    ],
)
def test_an_end_is_counted_under_one_name(told: list[Told], column: str) -> None:
    found = counted(arrived("2025-01-10"), *told)

    assert {name: count for name, count in found["closed"].items() if count} == {column: 1}


def test_an_account_that_does_not_close_names_the_requests() -> None:
    words = Words()
    whole, broken = woven(stream(arrived("2025-01-10")), words), dict(woven(stream(arrived("2025-01-10")), words))
    known_from, known_until, began_at, ended_at, reason, number, end = LAYOUTS["episode"].packed.unpack(broken["episode"])
    broken["episode"] += LAYOUTS["episode"].packed.pack(known_from, known_until, began_at, ended_at, reason, number + 1, end)  # open twice at once
    register = Register((), lambda *_: BERLIN, LAST, bounded=False, panel=Panel([Batch.woven([("A", whole), ("B", broken)])], words))

    with pytest.raises(AccountDoesNotClose) as told:
        figures(register, Question("de-central", YEAR.from_on, YEAR.to_on))

    assert (told.value.difference, told.value.requests) == (1, ("B",))


def test_a_period_that_is_not_over_ends_at_the_moment_of_knowledge() -> None:
    known_at = at("2025-03-01")
    asked = period("2025-01-01", "2026-01-01", known_at)
    found = stream(arrived("2025-01-10"), ("RequestWithdrawn", "2025-03-01", {}))

    assert figure([found], asked)["account"]["continuing"] == 1
    assert asked.complete is False


@pytest.mark.parametrize(
    ("until", "band"), [("2025-02-09", "0-30"), ("2025-02-10", "31-90"), ("2026-01-10", "181-365"), ("2026-01-11", "366-730"), ("2027-01-11", "731+")]
)
def test_age_is_counted_in_local_days_since_the_episode_began(until: str, band: str) -> None:
    asked = period("2025-01-01", until, at("2028-01-01"))

    assert {name for name, count in figure([stream(arrived("2025-01-10"))], asked)["ageing"].items() if count} == {band}


def test_rates_have_no_value_where_their_divisor_is_zero() -> None:
    nothing = {"new": 0, "reopened": 0, "closed_total": 0, "continuing": 3}

    assert cepej(nothing, YEAR) == {"clearance_rate": None, "disposition_days": None, "backlog_months": None}


def test_late_registration_is_more_than_seven_local_days() -> None:
    eight = stream(arrived("2025-01-10", recorded="2025-01-18"), request="A")
    seven = stream(arrived("2025-01-10", recorded="2025-01-17"), request="B")

    assert figure([eight, seven], YEAR)["activity"]["registered_late"] == 1


def test_a_case_is_one_however_many_requests_name_it_and_none_is_its_own() -> None:
    same = [stream(arrived("2025-01-10"), request=name) for name in "AB"]
    alone = [stream(arrived("2025-01-10", case=None), request=name) for name in "AB"]

    assert figure(same, YEAR)["cases"] == {"new": 1}
    assert figure(alone, YEAR)["cases"] == {"new": 2}


def test_a_refusal_on_two_grounds_counts_under_both_and_without_a_body_under_none() -> None:
    found = figure([stream(arrived("2025-01-10"), ("RequestRefused", "2025-02-01", {"grounds": ["a", "b", "a"]}))], YEAR)["activity"]

    assert found["refused_by_ground"] == {"a": 1, "b": 1}
    assert found["refused_by_body"] == {"not_recorded": 1}
