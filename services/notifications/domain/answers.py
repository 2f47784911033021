"""What a receiver answered to one attempt, as a plain value that every channel returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What the answer of a receiver means for the delivery."""

    ACCEPTED = "accepted"
    FAILED = "failed"  # may work later: try again by the schedule
    REJECTED = "rejected"  # will never work: this mailbox, this address
    GONE = "gone"  # the receiver asks never to be called again


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one attempt.

    ``status`` is the receiver's own code (HTTP or SMTP), null when there was none; ``detail`` is a short sentence for people, never the body of
    the answer; ``retry_after`` is the wait the receiver asked for.
    """

    verdict: Verdict
    status: int | None = None
    detail: str = ""
    retry_after: timedelta | None = None
    body: bytes = b""  # the beginning of what came back; read for a challenge only, never stored
