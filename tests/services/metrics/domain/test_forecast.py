"""A forecast rests on the most particular cases that are enough, and says when they are not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.metrics.domain.facts import Stream
from services.metrics.domain.forecast import forecasts
from tests.services.metrics.domain.told import Told, arrived, at, known_to, stream

K = at("2026-06-01")
FROM_POLAND: dict[str, Any] = {"requesting": {"authority": "pl-central", "state": "PL"}}


def one(request: str, *told: Told) -> Stream:
    return stream(*told, request=request)


def acknowledged_after(request: str, days: int, **members: Any) -> Stream:
    """Came in 200 days ago."""
    came = (K - timedelta(days=200)).date()
    return one(request, arrived(came.isoformat(), **members), ("RequestAcknowledged", (came + timedelta(days=days)).isoformat(), {}))


def waiting(request: str, days: int, **members: Any) -> Stream:
    return one(request, arrived((K - timedelta(days=days)).date().isoformat(), **members))


def asked(courses: list[Stream], request: str) -> dict[str, Any]:
    return next(found for found in forecasts(known_to(courses, K)) if found["request"] == request)


def test_the_wait_is_expected_to_end_as_that_of_the_cases_like_it() -> None:
    courses = [acknowledged_after(f"R{days:02}", days) for days in range(1, 41)] + [waiting("A", 10)]

    found = asked(courses, "A")

    # Of 41 cases nine ended before day 10; 32 were still waiting then, of which A itself is censored on day 10.
    assert (found["basis"], found["n"], found["ends"], found["at_risk"]) == (["counterpart", "instrument", "stage"], 41, 40, 32)
    assert (found["stage"], found["elapsed"], found["days"]["0.5"]) == ("acknowledge", 10, 25)
    assert found["expected"] == (K - timedelta(days=10)).date().fromordinal((K - timedelta(days=10)).date().toordinal() + 25).isoformat()
    assert found["range_50"][0] < found["expected"] < found["range_50"][1]
    assert found["range_80"][0] < found["range_50"][0] < found["range_50"][1] < found["range_80"][1]


@pytest.mark.parametrize(
    ("members", "basis"),
    [
        pytest.param({}, ["counterpart", "instrument", "stage"], id="the same State and instrument"),
        pytest.param(FROM_POLAND, ["instrument", "stage"], id="another State"),
        pytest.param({**FROM_POLAND, "instrument": "COE-030"}, ["stage"], id="another State and instrument"),
    ],
)
def test_the_basis_is_the_first_with_enough_cases(members: dict[str, Any], basis: list[str]) -> None:
    courses = [acknowledged_after(f"R{days:02}", days) for days in range(1, 41)] + [waiting("A", 10, **members)]

    assert asked(courses, "A")["basis"] == basis


@pytest.mark.parametrize(
    ("others", "elapsed"),
    [
        pytest.param(18, 1, id="fewer than twenty"),
        pytest.param(40, 35, id="fewer than ten still waiting after so long"),
    ],
)
def test_too_few_is_said_with_their_number(others: int, elapsed: int) -> None:
    courses = [acknowledged_after(f"R{days:02}", days) for days in range(1, others + 1)] + [waiting("A", elapsed)]

    found = asked(courses, "A")

    assert (found["reason"], found["basis"], found["expected"], found["n"]) == ("too_few", None, None, others + 1)


def test_a_reopened_request_gets_no_forecast() -> None:
    again = one("A", arrived("2026-01-01"), ("RequestWithdrawn", "2026-02-01", {}), ("RequestReopened", "2026-03-01", {}))

    assert asked([again], "A")["reason"] == "reopened"


def test_a_request_waits_in_the_latest_stage_that_has_begun() -> None:
    granted = one("A", arrived("2026-01-01"), ("RequestAcknowledged", "2026-01-05", {}), ("DecisionTaken", "2026-02-01", {"outcome": "granted"}))

    found = asked([granted], "A")

    assert (found["stage"], found["since"], found["elapsed"]) == ("execute", "2026-02-01", 120)
