"""A question with its moment, its period, and the requests that it is about: as known now, and when the previous period was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from services.metrics.domain.corrections import open_at
from services.metrics.domain.dimensions import breakdown, matching, values
from services.metrics.domain.limits import Clocks
from services.metrics.domain.panel import Values
from services.metrics.domain.period import Period
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.domain.scope import Breakdown, Mask, Numbers, Scope


@dataclass(frozen=True, slots=True)
class Meant:
    """What a question came to."""

    period: Period
    compared_with: datetime
    compared_at: datetime
    """The same, but never after the moment of knowledge unless it was asked for."""

    @classmethod
    def of(cls, register: Register, question: Question, known_at: datetime | None = None) -> Meant:
        """The moment and the period of *question*; of the same question at another moment.

        Raises:
            AuthorityUnknown, BeyondWatermark, QuestionInvalid.
        """
        known_at = known_at or question.known_at(register.latest, bounded=register.bounded)
        period = question.period(known_at, register.zone_of(question.authority, known_at))
        # A period that has not begun was published at no moment yet: without a moment to compare with, nothing later than K is looked at.
        return cls(period, question.compared_with or period.begins_at, question.compared_with or min(period.begins_at, known_at))


class Resolved:
    """A question and the rows behind it."""

    def __init__(self, register: Register, question: Question, meant: Meant | None = None) -> None:
        self.question = question
        self.meant = meant or Meant.of(register, question)
        self.period = self.meant.period
        self.now = Scope(register.view(question.authority, self.period.known_at), self.period)
        self.then = Scope(register.view(question.authority, self.meant.compared_at), self.period)

    @cached_property
    def kept(self) -> Mask:
        """The counted requests that pass the filters, as known now."""
        return matching(self.question.only, self.now.view)

    @cached_property
    def kept_then(self) -> Mask:
        """The same, as known then."""
        return matching(self.question.only, self.then.view)

    @cached_property
    def values(self) -> dict[str, Values]:
        """The dimensions that the answer is grouped by."""
        return {name: values(name, self.now) for name in self.question.group_by}

    @cached_property
    def groups(self) -> Breakdown:
        """The groups of requests as known now."""
        return breakdown(self.now.view, self.kept, list(self.values.values()))

    @cached_property
    def groups_then(self) -> Breakdown:
        """The groups of requests as they were known then; only where the question has an account."""
        return breakdown(self.then.view, self.kept_then, [values(name, self.then) for name in self.question.group_by])

    @cached_property
    def clocks(self) -> Clocks:
        """The runs of clocks at the end of the period."""
        return Clocks(self.now)

    def previous(self, then: Breakdown) -> Numbers:
        """How many requests of each group of *then* were open at the beginning, as known then."""
        return then.counts(open_at(self.then.view, self.then.begins))

    def per_clock(self, groups: Breakdown) -> Breakdown:
        """The groups of requests as groups of their runs of clocks."""
        return groups.at(self.clocks.request)
