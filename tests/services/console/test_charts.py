"""Charts are geometry that can be checked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from services.console.charts.bars import ageing_bars, month_columns
from services.console.charts.curve import share_after, waiting_curve
from services.console.charts.scales import Scale, round_steps

POINTS: list[dict[str, Any]] = [
    {"t": 0, "s": 1.0, "low": None, "high": None, "at_risk": 4, "censored": 0},
    {"t": 10, "s": 0.5, "low": 0.25, "high": 0.75, "at_risk": 4, "censored": 0},
    {"t": 20, "s": 0.5, "low": 0.25, "high": 0.75, "at_risk": 2, "censored": 1},
    {"t": 30, "s": 0.0, "low": 0.0, "high": 0.5, "at_risk": 1, "censored": 0},
]


@pytest.mark.parametrize(("high", "steps"), [(0, [0, 1]), (7, [0, 1, 2, 3, 4, 5, 6, 7]), (30, [0, 5, 10, 15, 20, 25, 30]), (90, [0, 20, 40, 60, 80, 100])])
def test_axes_carry_round_numbers_up_to_the_highest_value(high: int, steps: list[int]) -> None:
    assert round_steps(high) == steps


def test_a_value_beyond_the_axis_stays_on_its_end() -> None:
    assert Scale(0, 10, 0, 100).at(11) == 100


def test_the_curve_falls_in_steps_at_the_days_on_which_something_ended() -> None:
    drawn = waiting_curve([("2026", POINTS)], width=364, height=264)

    assert drawn is not None
    # 300 units for 30 days from 48 on; 200 units for the whole share, 100 % at 20.
    assert drawn.lines[0].path == "M48.0,20.0H148.0V120.0H348.0V220.0H348.0"
    assert drawn.lines[0].ticks == ((248.0, 120.0),)


def test_nothing_is_drawn_without_a_point() -> None:
    assert waiting_curve([("2026", [])], width=360, height=260) is None


@pytest.mark.parametrize(
    ("day", "share"),
    [(0, (1.0, 4)), (9, (1.0, 4)), (10, (0.5, 2)), (29, (0.5, 1)), (30, (0.0, 0)), (31, (0.0, 0))],
)
def test_the_table_says_the_share_still_waiting_after_a_day(day: int, share: tuple[float, int]) -> None:
    assert share_after(POINTS, day) == share


def test_nothing_is_said_beyond_the_last_day_observed() -> None:
    assert share_after(POINTS[:3], 21) is None


def test_the_longest_bar_takes_the_room_and_the_overdue_part_is_measured_alike() -> None:
    bars = ageing_bars([("0-30", "0 to 30 days", 40, 0), ("31-90", "31 to 90", 20, 10)], width=200)

    assert [(bar.length, bar.late) for bar in bars] == [(200.0, 0.0), (100.0, 50.0)]


def test_reopened_requests_count_as_received_in_the_columns() -> None:
    months = [{"month": "2026-03", "new": 8, "reopened": 2, "closed_total": 5, "continuing": 30}]

    drawn = month_columns(months, ["Jan", "Feb", "Mar"], width=100, height=128)

    assert [(month.label, month.received, month.received_y, month.closed_y) for month in drawn.months] == [("Mar", 10, 32.0, 66.0)]
