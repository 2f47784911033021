"""The requests behind a figure: which ones a cell of an answer counts, from the same masks as the counts."""

from __future__ import annotations

from collections.abc import Mapping

from services.metrics.domain.answers import Register
from services.metrics.domain.question import Question


def members(register: Register, question: Question, place: Mapping[str, str | None], cell: str) -> list[str]:
    """The ids of the requests that one cell of the answer to *question* counts, in order, each once.

    Args:
        place: the group, as it names itself in the answer: `direction` and the value of each dimension of the question; null or absent is the total.
        cell: the dotted place in the group, as "account.new", "account.closed.refused", "now.overdue_requests", "ageing.31-90",
            "limits.EIO-ACK.missed", "durations.to_return.n", "durations.to_return.outcomes.returned". For clocks, episodes, facts and
            persons: the distinct requests behind them.

    Raises:
        QuestionInvalid: no such cell, or it counts no requests (a median, a rate).
        AuthorityUnknown, BeyondWatermark.
    """
    raise NotImplementedError
