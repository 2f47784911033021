"""A question about figures: the same question as known at the same moment has the same answer for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.metrics.domain.errors import BeyondWatermark, QuestionInvalid
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.period import Period
from services.metrics.domain.waits import EVENTS
from shared.facts.moments import read_day, read_moment

ACCOUNT_DIMENSIONS = ("kind", "instrument", "counterpart")
STANDING_DIMENSIONS = (*ACCOUNT_DIMENSIONS, "holder", "stage", "month")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, before the time zone of the authority is known."""

    authority: str
    from_on: date | None = None
    to_on: date | None = None
    as_known_at: datetime | None = None
    compared_with: datetime | None = None
    group_by: tuple[str, ...] = ("kind",)
    publish: bool = False
    curves: tuple[str, ...] = ()
    """Durations whose waiting curves are given point by point."""
    months: bool = False
    """The account month by month, too."""
    overdue: bool = False
    """What is overdue by age, and since when, too."""
    only: tuple[tuple[str, str], ...] = ()
    """Filters: dimensions of the account, each with the one value that is meant."""

    @classmethod
    def read(cls, members: Mapping[str, Any], *, otherwise_authority: str | None = None) -> Question:
        """The question in *members* (text as in an address, or JSON values).

        Raises:
            QuestionInvalid: all members that cannot be read, at once.
        """
        return _Reading(members).question(otherwise_authority)

    @property
    def gives_account(self) -> bool:
        """Grouped by one dimension of the account; otherwise only what stands and what fell due is answered."""
        return len(self.group_by) == 1 and self.group_by[0] in ACCOUNT_DIMENSIONS

    def known_at(self, latest: datetime, *, bounded: bool) -> datetime:
        """K: the moment asked for, or *latest*.

        Raises:
            BeyondWatermark: bounded, and asked for a moment after *latest*.
        """
        for asked in (self.as_known_at, self.compared_with):
            if bounded and asked is not None and asked > latest:
                raise BeyondWatermark(asked, latest)
        return self.as_known_at or latest

    def period(self, known_at: datetime, days: LocalDays) -> Period:
        """The period asked for; without one, the year of *known_at* so far.

        Raises:
            QuestionInvalid: it ends before it begins.
        """
        today = days.on(known_at)
        from_on = self.from_on or date(today.year, 1, 1)
        to_on = self.to_on or max(today, from_on) + timedelta(days=1)
        if to_on <= from_on:
            raise QuestionInvalid((("/to", "must be after from"),))
        return Period.of(from_on, to_on, known_at, days)


class _Reading:
    """Reads one member after the other and keeps every fault."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self.members = members
        self.faults: list[tuple[str, str]] = []

    def question(self, otherwise_authority: str | None) -> Question:
        authority = self.members.get("authority") or otherwise_authority
        if not authority:
            self.faults.append(("/authority", "is missing"))
        question = Question(
            authority=str(authority),
            from_on=self._date("from"),
            to_on=self._date("to"),
            as_known_at=self._moment("as_known_at"),
            compared_with=self._moment("compared_with"),
            group_by=self._group_by(),
            publish=self._claim("publish"),
            curves=self._curves(),
            months=self._claim("months"),
            overdue=self._claim("overdue"),
            only=tuple((name, str(self.members[name])) for name in ACCOUNT_DIMENSIONS if self.members.get(name)),
        )
        self._refuse_unhideable(question)
        if self.faults:
            raise QuestionInvalid(tuple(self.faults))
        return question

    def _refuse_unhideable(self, question: Question) -> None:
        """What is published is one breakdown at a time; small numbers are hidden in it and in nothing that is given beside it."""
        if not question.publish:
            return
        if len(question.group_by) > 1:
            self.faults.append(("/group_by", "must be one dimension in what is published"))
        beside = {"curve": question.curves, "months": question.months, "overdue": question.overdue, **dict(question.only)}
        self.faults.extend((f"/{name}", "is not given in what is published: leave it out, or ask without publish") for name, given in beside.items() if given)

    def _date(self, name: str) -> date | None:
        value = self.members.get(name)
        if value in (None, ""):
            return None
        try:
            found = read_day(str(value))
        except ValueError:
            self.faults.append((f"/{name}", "must be a date (YYYY-MM-DD)"))
            return None
        if not 1900 <= found.year <= 2200:
            self.faults.append((f"/{name}", "must lie between 1900 and 2200"))
            return None
        return found

    def _moment(self, name: str) -> datetime | None:
        value = self.members.get(name)
        if value in (None, ""):
            return None
        try:
            return read_moment(str(value))
        except ValueError:
            self.faults.append((f"/{name}", "must be a moment with an offset (RFC 3339)"))
            return None

    def _group_by(self) -> tuple[str, ...]:
        value = self.members.get("group_by") or "kind"
        names = tuple(value) if isinstance(value, list | tuple) else tuple(part.strip() for part in str(value).split(","))
        unknown = [str(name) for name in names if name not in STANDING_DIMENSIONS]
        if unknown or not 1 <= len(names) <= 2 or len(set(names)) != len(names):
            self.faults.append(("/group_by", f"must be one or two of {', '.join(STANDING_DIMENSIONS)}"))
        return names

    def _curves(self) -> tuple[str, ...]:
        value = self.members.get("curve") or ()
        names = tuple(value) if isinstance(value, list | tuple) else tuple(part.strip() for part in str(value).split(","))
        if any(name not in EVENTS for name in names):
            self.faults.append(("/curve", f"must be some of {', '.join(EVENTS)}"))
        return names

    def _claim(self, name: str) -> bool:
        value = self.members.get(name, False)
        if value in (True, "true", "1"):
            return True
        if value not in (False, None, "false", "0", ""):
            self.faults.append((f"/{name}", "must be true or false"))
        return False
