"""Verdicts of clocks, from clock facts alone."""

from __future__ import annotations

from typing import Any

import pytest

from services.metrics.domain.elements import STATES
from services.metrics.domain.limits import Clocks
from services.metrics.domain.runs import steps
from tests.services.metrics.domain.told import Told, arrived, at, figure, known, period, scope, stream

STARTED: dict[str, Any] = {"clock": "c1", "row": "EIO-RECOG", "bound": "max", "zone": "Europe/Berlin", "adjusted_due": "2025-03-10", "strict_due": "2025-03-08"}
BEGIN: tuple[Told, ...] = (arrived("2025-02-01"), ("ClockStarted", "2025-02-01", STARTED))
T = at("2025-04-01")


def verdicts(*told: Told) -> list[str]:
    """What the clocks of a request had come to at the end of 1 April."""
    clocks = Clocks(scope([stream(*told)], period("2025-01-01", "2025-04-02")))
    return [STATES[number] for number in clocks.verdict]


def clock(name: str, when: str, **members: Any) -> Told:
    return (name, when, {"clock": "c1", **members})


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        pytest.param([], "missed", id="nothing happened"),
        pytest.param([clock("ClockMet", "2025-03-10T22:59:00Z")], "met", id="met in the last hour of the last day"),
        pytest.param([clock("ClockMet", "2025-03-10T23:00:00Z")], "met_late", id="met at 24:00, which is too late"),
        pytest.param([clock("ClockMetLate", "2025-03-11")], "met_late", id="met a day late"),
        pytest.param([clock("ClockLapsed", "2025-03-10T23:00:00Z")], "lapsed", id="lapsed"),
        pytest.param([clock("ClockCancelled", "2025-03-05", reason="withdrawn")], "cancelled", id="withdrawn in time"),
        pytest.param([clock("ClockCancelled", "2025-03-10T22:59:00Z", reason="withdrawn")], "cancelled", id="withdrawn in the last minute"),
        pytest.param([clock("ClockCancelled", "2025-03-10T23:00:00Z", reason="withdrawn")], "missed", id="withdrawn at 24:00 does not heal"),
        pytest.param([clock("ClockSuspended", "2025-03-01")], "suspended", id="on hold"),
        pytest.param([clock("ClockSuspended", "2025-03-01"), clock("ClockCancelled", "2025-03-20", reason="withdrawn")], "cancelled", id="withdrawn on hold"),
        pytest.param(
            [clock("ClockSuspended", "2025-03-01"), clock("ClockResumed", "2025-03-15", adjusted_due="2025-05-01")], "running", id="resumed with new dates"
        ),
        pytest.param([clock("ClockMoved", "2025-03-01", adjusted_due="2025-05-01")], "running", id="moved"),
        pytest.param(
            [clock("ClockCancelled", "2025-03-01", reason="withdrawn"), clock("ClockResumed", "2025-03-20", adjusted_due="2025-05-01")],
            "running",
            id="reopened",
        ),
        pytest.param([clock("ClockMet", "2025-04-02")], "missed", id="met after the end of the period"),
    ],
)
def test_the_verdict_on_a_clock_at_the_end_of_a_period(facts: list[Told], verdict: str) -> None:
    assert verdicts(*BEGIN, *facts) == [verdict]


@pytest.mark.parametrize(
    ("zone", "verdict"),
    [
        pytest.param({}, "met_late", id="the same side: midnight in Berlin"),
        pytest.param({"zone": None}, "met_late", id="no zone said: midnight in Berlin"),
        pytest.param({"zone": "Europe/Lisbon"}, "met", id="forwarded to Lisbon: an hour later"),
        pytest.param({"zone": "Pacific/Kiritimati"}, "met_late", id="forwarded across the date line: the evening before"),
    ],
)
@pytest.mark.parametrize("brought_by", ["ClockMoved", "ClockResumed"])
def test_new_dates_end_where_the_side_is_that_must_act_now(brought_by: str, zone: dict[str, Any], verdict: str) -> None:
    moved = clock(brought_by, "2025-03-01", adjusted_due="2025-03-20", **zone)

    assert verdicts(*BEGIN, moved, clock("ClockMet", "2025-03-20T23:30:00Z")) == [verdict]


@pytest.mark.parametrize("reason", ["corrected", "reclassified", "duplicate"])
def test_a_clock_that_should_not_have_run_never_ran_even_before_it_was_cancelled(reason: str) -> None:
    told = stream(*BEGIN, clock("ClockCancelled", "2025-06-01", reason=reason))

    assert not len(Clocks(scope([told], period("2025-01-01", "2025-04-01"))).verdict)


def test_only_latest_dates_bind() -> None:
    assert verdicts(arrived("2025-02-01"), ("ClockStarted", "2025-02-01", STARTED | {"bound": "min"})) == []


@pytest.mark.parametrize(
    ("met_at", "verdict"),
    [pytest.param("2025-02-03T12:00:00Z", "ClockMet", id="at the very moment"), pytest.param("2025-02-03T12:00:01Z", "ClockMetLate", id="a second late")],
)
def test_a_moment_is_due_at_itself(met_at: str, verdict: str) -> None:
    due = STARTED | {"unit": "hours", "adjusted_due": "2025-02-03T12:00:00Z", "strict_due": "2025-02-03T11:00:00Z"}
    (found,) = steps(known(arrived("2025-02-01"), ("ClockStarted", "2025-02-01", due)))

    assert found.adjusted is not None
    assert found.adjusted.kept_by(at(met_at)) == (verdict == "ClockMet")


@pytest.mark.parametrize(
    ("from_on", "to_on", "rows"),
    [
        pytest.param("2025-03-10", "2025-03-11", ["EIO-RECOG"], id="the period of its due day"),
        pytest.param("2025-03-11", "2025-04-01", [], id="the period after"),
        pytest.param("2025-02-01", "2025-03-10", [], id="the period before, though it was met there"),
    ],
)
def test_a_clock_counts_in_the_period_of_its_due_date(from_on: str, to_on: str, rows: list[str]) -> None:
    asked = period(from_on, to_on)
    told = stream(*BEGIN, clock("ClockMet", "2025-02-15"))

    assert [row["row"] for row in figure([told], asked, group_by=("stage", "kind")).get("limits", [])] == rows


def test_shares_leave_out_what_was_cancelled_and_round_halves_up() -> None:
    asked = period("2025-01-01", "2026-01-01")
    met, withdrawn = clock("ClockMet", "2025-02-15"), clock("ClockCancelled", "2025-02-15", reason="withdrawn")
    told = [(*BEGIN, met)] * 3 + [BEGIN] * 29 + [(*BEGIN, withdrawn)]
    (row,) = figure([stream(*facts, request=f"R{number}") for number, facts in enumerate(told)], asked)["limits"]

    assert (row["denominator"], row["cancelled"], row["share_met"]) == (32, 1, 0.0938)


def test_past_strict_shows_what_alarms_already_say() -> None:
    asked = period("2025-01-01", "2025-03-10")

    assert figure([stream(*BEGIN)], asked)["now"] == {"running": 1, "suspended": 0, "overdue": 0, "past_strict": 1, "overdue_requests": 0}
