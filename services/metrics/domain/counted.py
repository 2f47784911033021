"""All that one answer tells, counted over the requests of an authority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from services.metrics.domain.account import Account, by_month
from services.metrics.domain.activity import Activity
from services.metrics.domain.additive import Additive, Named
from services.metrics.domain.corrections import Place, corrections
from services.metrics.domain.count import Count, KeysDiffer
from services.metrics.domain.dimensions import of_clocks
from services.metrics.domain.durations import Durations
from services.metrics.domain.elements import EXCLUDED, micros
from services.metrics.domain.limits import Ageing, Clocks, Limits, overdue_since
from services.metrics.domain.panel import NEITHER
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.domain.resolved import Meant, Resolved
from services.metrics.domain.scope import Breakdown, Numbers

Keys = tuple[tuple[str, ...], ...]
"""The values of the dimensions of each part, in order."""
T = TypeVar("T", bound=Additive)


@dataclass(frozen=True, slots=True)
class OfRequests:
    """What only answers with an account tell."""

    account: Account
    activity: Activity
    durations: Durations
    months: Numbers | None
    overdue: Ageing | None
    due_days: Named | None
    """Of the clocks that are overdue."""

    @classmethod
    def of(cls, asked: Resolved, groups: Breakdown, previous: Numbers) -> OfRequests:
        """What *asked* wants to know of *groups*."""
        question = asked.question
        return cls(
            Account.of_groups(asked.now, groups, previous),
            Activity.of_groups(asked.now, groups),
            Durations.of_groups(asked.now, groups, question.curves),
            by_month(asked.now, groups) if question.months else None,
            Ageing.of_groups(asked.now, groups, asked.clocks.late) if question.overdue else None,
            overdue_since(asked.clocks, asked.per_clock(groups)) if question.overdue else None,
        )

    def exchanged(self, gone: OfRequests, came: OfRequests) -> OfRequests:
        """The same with some requests exchanged."""
        return OfRequests(
            self.account.exchanged(gone.account, came.account),
            self.activity.exchanged(gone.activity, came.activity),
            self.durations.exchanged(gone.durations, came.durations),
            None if self.months is None or gone.months is None or came.months is None else self.months - gone.months + came.months,
            _exchanged(self.overdue, gone.overdue, came.overdue),
            _exchanged(self.due_days, gone.due_days, came.due_days),
        )


def _exchanged(own: T | None, gone: T | None, came: T | None) -> T | None:
    """What was asked for, exchanged; all three answer the same question."""
    return None if own is None or gone is None or came is None else own.exchanged(gone, came)


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of all groups of an answer."""

    keys: Keys
    excluded: Numbers
    lines: Sequence[dict[str, Any]]
    """The corrections, in order of request."""
    limits: Limits
    ageing: Ageing
    of_requests: OfRequests | None

    @classmethod
    def of(cls, asked: Resolved, keys: Keys | None = None) -> Counted:
        """The numbers of *asked*; of the parts *keys*, or of those that its requests have.

        Raises:
            AccountDoesNotClose.
            KeysDiffer: *keys* lacks a part.
        """
        view = asked.now.view
        excluded = np.bincount(view.excluded[view.direction != NEITHER], minlength=len(EXCLUDED))
        lines = _corrections(asked)
        if not asked.question.gives_account:
            groups, runs = _under(keys, asked.groups, clock_groups(asked, asked.clocks))
            return cls(groups.values, excluded, lines, Limits.of_groups(asked.clocks, runs), Ageing.of_groups(asked.now, groups), None)
        groups, then = _under(keys, asked.groups, asked.groups_then)
        return cls(
            groups.values,
            excluded,
            lines,
            Limits.of_groups(asked.clocks, asked.per_clock(groups)),
            Ageing.of_groups(asked.now, groups),
            OfRequests.of(asked, groups, asked.previous(then)),
        )

    def exchanged(self, gone: Counted, came: Counted) -> Counted:
        """The same with some requests exchanged."""
        corrected = {line["request"] for line in gone.lines}
        lines = sorted([*(line for line in self.lines if line["request"] not in corrected), *came.lines], key=lambda line: str(line["request"]))
        return Counted(
            self.keys,
            self.excluded - gone.excluded + came.excluded,
            lines,
            self.limits.exchanged(gone.limits, came.limits),
            self.ageing.exchanged(gone.ageing, came.ageing),
            _exchanged(self.of_requests, gone.of_requests, came.of_requests),
        )

    @property
    def bytes(self) -> int:
        """About how much memory the larger parts take."""
        own = self.of_requests
        return 0 if own is None else own.durations.bytes + sum(each.bytes for each in own.activity.persons.values())


def _under(keys: Keys | None, *groups: Breakdown) -> list[Breakdown]:
    own = {key for each in groups for key in each.values}
    if keys is not None and not own <= set(keys):
        raise KeysDiffer
    joined = tuple(sorted(own)) if keys is None else keys
    return [each.under(joined) for each in groups]


def _corrections(asked: Resolved) -> list[dict[str, Any]]:
    """The corrections whose place passes the filters: the old one as known then, the new one as known now."""
    now = Place(asked.now.view, asked.now.begins, asked.kept)
    then = Place(asked.then.view, asked.then.begins, asked.kept_then)
    return corrections(now, then, micros(asked.meant.compared_with))


def clock_groups(asked: Resolved, clocks: Clocks) -> Breakdown:
    """The groups of runs of clocks, which may stand elsewhere than their requests."""
    return of_clocks(asked.question.group_by, clocks, asked.values, asked.kept)


def count_of(register: Register, question: Question, meant: Meant, key: tuple[Any, ...]) -> Counted:
    """The numbers of *question*, taken over from what was counted under the same *key* before."""

    def counting(own: Register, known_at: datetime, like: Counted | None) -> Counted:
        return Counted.of(Resolved(own, question, Meant.of(own, question, known_at)), None if like is None else like.keys)

    count: Count[Any] = register.kept.count(key, lambda before: Count.of(register, meant.period.known_at, counting, before))
    found: Counted = count.counted
    return found
