"""The schedule of attempts, as a table on a simulated clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.answers import Answer, Verdict
from services.notifications.domain.retry import JITTER, LONGEST_WAIT, SCHEDULE, GiveUp, TryAgain, after

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
FAILED = Answer(Verdict.FAILED, 500)


def test_an_accepted_message_is_followed_by_nothing() -> None:
    assert after(Answer(Verdict.ACCEPTED, 200), attempt=1, now=NOW, chance=0.5) is None


@pytest.mark.parametrize(
    ("attempt", "wait"),
    [
        (1, timedelta(seconds=5)),
        (2, timedelta(minutes=5)),
        (3, timedelta(minutes=30)),
        (4, timedelta(hours=2)),
        (5, timedelta(hours=5)),
        (6, timedelta(hours=10)),
        (7, timedelta(hours=14)),
        (8, timedelta(hours=20)),
        (9, timedelta(hours=24)),
    ],
)
def test_the_waits_grow_from_seconds_to_a_day(attempt: int, wait: timedelta) -> None:
    """DLV-02: the schedule."""
    assert after(FAILED, attempt=attempt, now=NOW, chance=0.0) == TryAgain(NOW + wait, pause_receiver=False)


def test_the_attempts_span_a_long_weekend() -> None:
    """DLV-02: the schedule spans days."""
    now, attempt = NOW, 1
    while isinstance(following := after(FAILED, attempt=attempt, now=now, chance=0.0), TryAgain):
        now, attempt = following.due_at, attempt + 1

    assert attempt == 10
    assert now - NOW > timedelta(days=3)
    assert following == GiveUp("exhausted")


@given(attempt=st.integers(1, len(SCHEDULE)), chance=st.floats(0, 1, exclude_max=True))
def test_jitter_only_ever_adds_and_never_more_than_its_share(attempt: int, chance: float) -> None:
    """DLV-02: jitter."""
    following = after(FAILED, attempt=attempt, now=NOW, chance=chance)

    assert isinstance(following, TryAgain)
    assert SCHEDULE[attempt - 1] <= following.due_at - NOW <= SCHEDULE[attempt - 1] * (1 + JITTER)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        pytest.param(timedelta(seconds=120), timedelta(seconds=120), id="longer than the schedule: as asked"),
        pytest.param(timedelta(seconds=1), timedelta(seconds=5), id="shorter than the schedule: the schedule"),
        pytest.param(timedelta(days=400), LONGEST_WAIT, id="absurdly long: a day"),
    ],
)
def test_a_receiver_may_ask_for_a_longer_wait(asked: timedelta, wait: timedelta) -> None:
    """DLV-02: Retry-After is honoured."""
    throttled = Answer(Verdict.FAILED, 429, retry_after=asked)

    assert after(throttled, attempt=1, now=NOW, chance=0.0) == TryAgain(NOW + wait, pause_receiver=True)


@pytest.mark.parametrize(("verdict", "reason"), [(Verdict.GONE, "gone"), (Verdict.REJECTED, "rejected")])
def test_a_receiver_that_refuses_for_good_is_given_up_at_once(verdict: Verdict, reason: str) -> None:
    """DLV-02: 410 is honoured."""
    assert after(Answer(verdict, 410), attempt=1, now=NOW, chance=0.0) == GiveUp(reason)
