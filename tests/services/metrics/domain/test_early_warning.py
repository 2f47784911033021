"""An early warning is the chance, read from cases like it, that the step is not done by the end of its date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.metrics.domain.cohorts import Cohorts
from services.metrics.domain.early_warning import Warnings, early_warnings
from services.metrics.domain.facts import Stream
from services.metrics.domain.stage_waits import Known
from tests.services.metrics.domain.told import Told, arrived, at, known_to, stream

K = at("2026-06-01")


def day(ago: int) -> str:
    return (K - timedelta(days=ago)).date().isoformat()


def one(request: str, *told: Told) -> Stream:
    return stream(*told, request=request)


def started(since: int, due_in: int, stage: str = "acknowledgement", **members: Any) -> Told:
    due = {"adjusted_due": day(-due_in), "strict_due": day(-due_in)}
    return ("ClockStarted", day(since), {"clock": "c1", "row": "EIO-ACK", "zone": "Europe/Berlin", "stage": stage, **due, **members})


# Came in 200 days ago, acknowledged after 1, 2, … 40 days.
LIKE_IT = [one(f"R{after:02}", arrived(day(200)), ("RequestAcknowledged", day(200 - after), {})) for after in range(1, 41)]


def warned(*told: Told, at_least: float = 0.5, withheld: Any = ()) -> Warnings:
    """Of a request that came in ten days ago, among those like it."""
    return of_all(known_to([*LIKE_IT, one("A", arrived(day(10)), *told)], K), at_least, withheld)


def of_all(known: Known, at_least: float = 0.5, withheld: Any = ()) -> Warnings:
    return early_warnings(Cohorts.of(known), at_least, withheld)


def told_of(found: Warnings) -> list[dict[str, Any]]:
    return [found.told(place) for place in range(len(found.requests))]


def test_the_chance_to_be_late_is_that_of_the_cases_that_waited_as_long() -> None:
    """41 cases; nine ended before day 10, so 32 still waited then. One of them ended on day 10, and A itself has been seen no longer.

    From day 11 one of 30, 29 … ends each day. Not done by day 24, given nothing before day 10: 31/32 · 16/30 = 0.516666…
    """
    found = warned(started(10, 14))

    assert [line["probability"] for line in told_of(found)] == [0.5167]
    line = told_of(found)[0]
    assert (line["request"], line["row"], line["stage"], line["wait"], line["elapsed"], line["days_left"]) == (
        "A",
        "EIO-ACK",
        "acknowledge",
        "acknowledge",
        10,
        14,
    )
    assert (line["n"], line["ends"], line["at_risk"], line["basis"]) == (41, 40, 32, ["counterpart", "instrument", "stage"])
    assert (line["adjusted_due"], line["strict_due"], line["counterpart"], line["direction"]) == (day(-14), day(-14), "FR", "incoming")


@pytest.mark.parametrize(
    ("due_in", "at_least", "told"),
    [
        pytest.param(15, 0.5, 0, id="31/32 · 15/30 = 0.484: not as likely as not"),
        pytest.param(15, 0.48, 1, id="31/32 · 15/30 = 0.484, asked for from 0.48"),
        pytest.param(30, 0.5, 0, id="all like it were done by then"),
    ],
)
def test_less_than_the_share_asked_for_is_no_warning(due_in: int, at_least: float, told: int) -> None:
    found = warned(started(10, due_in), at_least=at_least)

    assert (found.running, len(found.requests)) == (1, told)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([started(10, -1)], id="past its date already"),
        pytest.param([started(10, 3), ("ClockSuspended", day(2), {"clock": "c1"})], id="on hold"),
        pytest.param([started(10, 3), ("ClockMet", day(2), {"clock": "c1"})], id="met"),
        pytest.param([started(10, 3, bound="min")], id="an earliest date"),
        pytest.param([started(10, 3, stage="speciality")], id="a limit of no stage of ours"),
        pytest.param([started(10, 0, adjusted_due=f"{day(-3)}T09:00:00Z")], id="a limit in hours"),
        pytest.param([started(10, 3), ("RequestAcknowledged", day(2), {})], id="its step is done"),
        pytest.param([started(10, 3), ("RequestWithdrawn", day(2), {})], id="nothing is awaited any more"),
        pytest.param([("RequestWithdrawn", day(5), {}), ("RequestReopened", day(4), {}), started(4, 3)], id="a reopened request"),
    ],
)
def test_there_is_no_early_warning_of(told: list[Told]) -> None:
    found = warned(*told)

    assert (found.running, found.requests) == (0, [])


def test_where_too_few_cases_are_known_the_clock_is_counted_and_nothing_is_said() -> None:
    alone = known_to([one("A", arrived(day(10)), started(10, 3))], K)

    found = of_all(alone)

    assert (found.running, found.too_few, found.withheld, found.requests) == (1, 1, 0, [])


def test_beyond_the_longest_wait_observed_nothing_is_said() -> None:
    """Ten have waited for 100 days and still do; whether anybody waits for 210 is not known."""
    waiting = [one(f"W{number:02}", arrived(day(100))) for number in range(10)]
    known = known_to([*LIKE_IT, *waiting, one("A", arrived(day(10)), started(10, 200))], K)

    found = of_all(known, 0.0)

    assert (found.running, found.too_few, found.withheld, found.requests) == (1, 1, 0, [])


def test_a_limit_of_a_stage_that_has_not_begun_is_judged_from_arrival() -> None:
    """39 requests decided 2, 3, … 40 days after arrival: A waits to be acknowledged since ten days, its decision is due in three."""
    decided = [
        one(f"D{after:02}", arrived(day(200)), ("RequestAcknowledged", day(199), {}), ("DecisionTaken", day(200 - after), {"outcome": "granted"}))
        for after in range(2, 41)
    ]
    known = known_to([*decided, one("A", arrived(day(10)), started(10, 3, stage="decision"))], K)

    line = told_of(of_all(known))[0]

    # Eight of 40 ended before day 10; of 32 one ends on day 10; from day 11 one of 30, 29, 28: 31/32 · 27/30.
    assert (line["wait"], line["stage"], line["probability"]) == ("to_decide", "decide", 0.8719)


def test_a_warning_from_a_forecast_that_failed_its_test_is_withheld_and_counted() -> None:
    found = warned(started(10, 3), withheld={("incoming", "acknowledge")})

    assert (found.running, found.withheld, found.requests) == (1, 1, [])


def test_the_most_probable_comes_first_then_the_earliest_date() -> None:
    others = [one(name, arrived(day(10)), started(10, due_in)) for name, due_in in (("B", 12), ("C", 3), ("D", 3))]

    found = of_all(known_to([*LIKE_IT, *others], K), 0.3)

    assert [line["request"] for line in told_of(found)] == ["C", "D", "B"]
