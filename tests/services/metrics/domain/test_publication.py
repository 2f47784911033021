"""What is published cannot be worked out from what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.answers import figures
from services.metrics.domain.complement import Cell, hide_what_follows
from services.metrics.domain.question import Question
from tests.services.metrics.domain.histories import register, registers

DIMENSIONS = ("kind", "instrument", "counterpart")


@pytest.mark.parametrize(
    ("true", "hidden", "expected"),
    [
        pytest.param((23, 20, 3), {2}, {1, 2}, id="one part alone is the total less the others"),
        pytest.param((40, 3, 4, 33), {1, 2}, {1, 2, 3}, id="two that are less than ten together need a third"),
        pytest.param((52, 5, 7, 40), {1, 2}, {1, 2}, id="two that are more than ten together are enough"),
        pytest.param((9, 9, 0), {0, 1}, {0, 1}, id="total and its only part stay hidden together, zeros stay"),
        pytest.param((30, 30, 0), set(), set(), id="nothing is hidden, nothing follows"),
    ],
)
def test_a_sum_hides_enough(true: tuple[int, ...], hidden: set[int], expected: set[int]) -> None:
    cells: list[Cell] = [(0, (str(place),)) for place in range(len(true))]
    found = {cells[place] for place in hidden}

    hide_what_follows([cells], dict(zip(cells, true, strict=True)), found, 10)

    assert found == {cells[place] for place in expected}


@given(registers(), st.sampled_from(DIMENSIONS), st.sampled_from(("de-central", "pt-central", "br-central")))
@settings(max_examples=40, deadline=None)
def test_no_hidden_number_is_the_rest_of_a_sum(lines: list[dict[str, Any]], dimension: str, authority: str) -> None:
    """STA-03."""
    asked = {"authority": authority, "from": "2025-01-01", "to": "2026-07-01", "group_by": dimension}
    shown = figures(register(lines), Question.read({**asked, "publish": "true"}))

    for group in shown["groups"]:
        for numbers in _sums_of(group):
            assert numbers.count(None) != 1, (group, numbers)


def _sums_of(group: Mapping[str, Any]) -> Iterator[list[int | None]]:
    """The equations of a group, written out once more: opening and coming in against going out, the outcomes, the ages, the waits."""
    account = group["account"]
    yield [account[name] for name in ("carried_forward", "new", "reopened", "closed_total", "continuing")]
    yield [account["previous_continuing"], account["corrected"], account["carried_forward"]]
    yield [account["closed_total"], *account["closed"].values()]
    yield [account["continuing"], *group["ageing"].values()]
    for duration in group["durations"].values():
        yield [duration["n"], duration["open"], *duration["outcomes"].values()]
        yield [duration["gross"]["km"]["n"], duration["open"], *duration["outcomes"].values()]
