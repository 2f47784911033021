"""Whenever the sample is played: nothing names a request that has not begun, and nothing happens to one either."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from deploy.local.sample_data.__main__ import SEED, Sample, made
from deploy.local.sample_data.keys import authorities
from deploy.local.sample_data.playing import turns

COUNT = 400


@pytest.mark.parametrize("hours", range(0, 48, 3))
def test_every_turn_finds_the_requests_that_it_names(hours: int) -> None:
    described = authorities()
    end = datetime(2026, 11, 23, 4, 38, tzinfo=UTC) + timedelta(hours=hours, minutes=7 * hours)
    courses = made(Sample(end.isoformat(), SEED, COUNT, "sample"), described)

    begun: set[int] = set()
    for turn in turns(courses, [each["id"] for each in described[:2]]):
        if turn.step is None:
            begun.add(turn.number)
            continue
        named = {value["$request"] for value in turn.step.members.values() if isinstance(value, Mapping) and "$request" in value}
        assert {turn.number, *named} <= begun, turn
    assert len(begun) == COUNT
