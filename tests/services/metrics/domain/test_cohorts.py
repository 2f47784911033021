"""Cases with some requests exchanged are the cases as if counted anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.metrics.domain.additive import NotCounted
from services.metrics.domain.cohorts import Cohorts
from services.metrics.domain.early_warning import early_warnings
from services.metrics.domain.facts import Stream
from tests.services.metrics.domain.told import Told, arrived, at, known_to, stream

K = at("2026-06-01")


def day(ago: int) -> str:
    return (K - timedelta(days=ago)).date().isoformat()


def one(request: str, *told: Told) -> Stream:
    return stream(arrived(day(20)), *told, request=request)


def runs(due_in: int, row: str = "EIO-ACK", **members: Any) -> Told:
    due = {"adjusted_due": day(-due_in), "strict_due": day(-due_in)}
    return ("ClockStarted", day(20), {"clock": row, "row": row, "zone": "Europe/Berlin", "stage": "acknowledgement", **due, **members})


def cohorts(*streams: Stream) -> Cohorts:
    return Cohorts.of(known_to(streams, K))


ACKNOWLEDGED: Told = ("RequestAcknowledged", day(3), {})
OTHERS = [one(f"R{after:02}", ("RequestAcknowledged", day(20 - after), {})) for after in range(1, 20)]
BEFORE, AFTER = one("A", runs(5)), one("A", runs(5), ACKNOWLEDGED)


def cases(found: Cohorts) -> dict[tuple[int, ...], tuple[int, list[int]]]:
    """How many cases have each likeness, of one thing up to all four, and how long those that ended took."""
    likenesses = {like[:length] for like in found.waits for length in range(1, 5)}
    alike = {like: found.like(like) for like in likenesses}
    return {like: (own.curve.n, own.closed.tolist()) for like, own in alike.items() if own.curve.n}


def test_cases_that_were_made_before_are_made_again_where_a_request_was_exchanged() -> None:
    whole, anew = cohorts(*OTHERS, BEFORE), cohorts(*OTHERS, AFTER)
    before = cases(whole)

    after = cases(whole.exchanged(cohorts(BEFORE), cohorts(AFTER)))

    assert after == cases(anew)
    assert {like for like in before if before[like] != after.get(like)} >= {like for like in before if len(like) == 4 and 17 in after[like][1]} > set()


@pytest.mark.parametrize(
    ("gone", "came", "awaited"),
    [
        pytest.param([BEFORE], [AFTER], ["B"], id="its step is done"),
        pytest.param([AFTER], [BEFORE], ["A", "B"], id="the step was not done, after all"),
        pytest.param([], [one("C", runs(9))], ["B", "C"], id="a new request"),
        pytest.param([one("B", runs(7))], [one("B", runs(8))], ["B"], id="another date"),
        pytest.param([], [], ["B"], id="nothing that is awaited"),
    ],
)
def test_what_is_awaited_is_exchanged_with_its_request(gone: list[Stream], came: list[Stream], awaited: list[str]) -> None:
    others = [one("B", runs(7))]
    first = others + [each for each in gone if each.request != "B"]

    found = cohorts(*first).exchanged(cohorts(*gone), cohorts(*came)).awaited

    assert sorted(found.request.tolist()) == awaited
    assert len(found.request) == len(found.adjusted_on) == len(found.likeness)


def test_what_was_not_awaited_cannot_be_taken_away() -> None:
    with pytest.raises(NotCounted):
        cohorts(*OTHERS, AFTER).awaited.exchanged(cohorts(BEFORE).awaited, cohorts(AFTER).awaited)


def test_warnings_keep_their_order_whatever_came_last() -> None:
    """As likely and due on the same day: by request, then by clock row."""
    streams = [*OTHERS, one("A", runs(0, "EIO-B"), runs(0, "EIO-A")), one("B", runs(0))]
    late = [one(f"W{number:02}") for number in range(30)]
    first = streams[-2]

    whole = cohorts(*streams, *late)
    found = early_warnings(whole.exchanged(cohorts(first), cohorts(first)), 0.0)

    assert [(line["request"], line["row"]) for line in map(found.told, range(len(found.requests)))] == [("A", "EIO-A"), ("A", "EIO-B"), ("B", "EIO-ACK")]


def test_a_warning_without_a_strict_date_tells_the_adjusted_one() -> None:
    late = [one(f"W{number:02}") for number in range(30)]

    found = early_warnings(cohorts(*OTHERS, *late, one("A", runs(0, strict_due=None))), 0.0)

    assert [(line["adjusted_due"], line["strict_due"]) for line in map(found.told, range(len(found.requests)))] == [(day(0), day(0))]
