"""When a failed attempt is made again, and when it is given up.

Source: docs/notifications.md, rules N-1 (schedule) and N-2 (what the receiver may ask for).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifications.domain.answers import Answer, Verdict

SCHEDULE: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The wait after the first, second … failed attempt. Ten attempts over a little more than three days, so that a weekend does not lose a message."""

JITTER = 0.2
"""Up to this share is added to a wait, so that receivers are not called by all at once when they come back."""

LONGEST_WAIT = timedelta(hours=24)
"""A receiver may ask for a longer wait than the schedule has, but not for a longer one than this."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The attempt is made again, not before ``due_at``; ``pause_receiver`` when the receiver itself asked everybody to wait."""

    due_at: datetime
    pause_receiver: bool


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt. ``reason``: ``exhausted``, ``rejected`` or ``gone``."""

    reason: str


def after(answer: Answer, *, attempt: int, now: datetime, chance: float) -> TryAgain | GiveUp | None:
    """Return what follows the *attempt*-th answer (counted from 1); None when it was accepted.

    Args:
        chance: in [0, 1), drawn by the caller; decides the jitter.
    """
    if answer.verdict is Verdict.ACCEPTED:
        return None
    if answer.verdict is Verdict.FAILED:
        if attempt > len(SCHEDULE):
            return GiveUp("exhausted")
        wait = SCHEDULE[attempt - 1] * (1 + JITTER * chance)
        asked = min(answer.retry_after or timedelta(0), LONGEST_WAIT)
        return TryAgain(now + max(wait, asked), pause_receiver=answer.retry_after is not None)
    return GiveUp(answer.verdict.value)
