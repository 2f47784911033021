"""What can go wrong with a figure: each error carries facts and a stable code, never an HTTP status."""

from __future__ import annotations

from datetime import datetime


class FiguresError(Exception):
    """Base of all refusals of the metrics domain."""

    code = "figures_error"


class QuestionInvalid(FiguresError):
    """Members of a question that cannot be read, all of them at once."""

    code = "validation_failed"

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{member}: {fault}" for member, fault in faults))
        self.faults = faults


class AuthorityUnknown(FiguresError):
    """The directory, as known at that moment, has no such authority."""

    code = "not_found"

    def __init__(self, authority: str) -> None:
        super().__init__(f"no authority {authority}")
        self.authority = authority


class BeyondWatermark(FiguresError):
    """Not everything recorded up to that moment is known to have arrived."""

    code = "beyond_watermark"

    def __init__(self, asked: datetime, latest: datetime | None) -> None:
        super().__init__(f"asked as known at {asked.isoformat()}, known up to {latest.isoformat() if latest else 'nothing yet'}")
        self.asked, self.latest = asked, latest


class AccountDoesNotClose(FiguresError):
    """Carried forward + new + reopened - closed is not what continues; the requests that cause it are named."""

    code = "account_does_not_close"

    def __init__(self, difference: int, requests: tuple[str, ...]) -> None:
        super().__init__(f"difference {difference}, requests {', '.join(requests)}")
        self.difference, self.requests = difference, requests


class NothingKnownYet(FiguresError):
    """A topic that figures rest on has no watermark: it is not known up to when everything has arrived."""

    code = "temporarily_unavailable"

    def __init__(self, topics: tuple[str, ...]) -> None:
        super().__init__(f"no watermark yet of {', '.join(topics)}")


class StillSettling(NothingKnownYet):
    """More facts have come than can be folded while a question waits."""

    def __init__(self, requests: int) -> None:
        FiguresError.__init__(self, f"more than {requests} requests are still to be folded")
