"""Requests whose clocks run: every move also records what the law makes of it, lapses that are due first."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.reading import Clock, derive, named
from services.requests.domain.clocks.reconciling import clock_facts
from services.requests.domain.clocks.rows import RowBook
from shared.calendars.national import Calendars
from shared.facts import CLOCK_FACTS
from shared.facts.base import Fact, Recorded
from shared.facts.clocks import ClockLapsed
from shared.facts.directory import AuthorityView
from tests.builders import AUTHORITIES, Story, draft_body
from tests.builders import law as instruments


@cache
def book() -> RowBook:
    """The rows of the data folder."""
    return RowBook(instruments())


@cache
def calendars() -> Calendars:
    """The calendars of all States."""
    return Calendars()


def law_of(authorities: Mapping[str, AuthorityView] = AUTHORITIES) -> Law:
    """The law with these authorities in the directory."""
    return Law(instruments(), book(), calendars(), authorities)


def utc(text: str) -> datetime:
    """The moment that *text* names, in UTC unless it says otherwise."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class ClockStory(Story):
    """One request with its clocks."""

    def __init__(self, authorities: Mapping[str, AuthorityView] = AUTHORITIES) -> None:
        super().__init__(authorities)
        self.law = law_of(authorities)

    def make(self, by: str, move: str, /, *, as_role: str = "desk", at_desk: str | None = None, hours: float = 1, **members: Any) -> list[Recorded[Fact]]:
        """Make a move and record the clock facts that follow; return what the move itself recorded."""
        self.now += timedelta(hours=hours)
        asked = self.asked(by, move, as_role=as_role, at_desk=at_desk, **members)
        self.let_time_pass()
        made = [self._record(fact) for fact in asked]
        self.settle()
        return made

    def let_time_pass(self) -> list[Recorded[Fact]]:
        """Record the lapses that are due by now."""
        return [self._record(fact) for fact in clock_facts(self.facts, self.law, self.now) if isinstance(fact, ClockLapsed)] if self.request else []

    def settle(self) -> list[Recorded[Fact]]:
        """Record the clock facts that the stream lacks."""
        return [self._record(fact) for fact in clock_facts(self.facts, self.law, self.now)]

    def at(self, text: str) -> "ClockStory":
        """The same story at another moment."""
        self.now = utc(text)
        return self

    def clocks(self) -> list[Clock]:
        """Every clock as it is now."""
        return derive(self.facts, self.law, self.now)

    def clock(self, name: str) -> Clock:
        """The clock of this row."""
        found = named(self.clocks(), name)
        assert found is not None, f"no clock {name}"
        return found

    def turns(self, row: str) -> list[str]:
        """What the stream says of the clocks of *row*, in order: fact types without their first word."""
        found = [each.fact for each in self.facts if type(each.fact).__name__ in CLOCK_FACTS and getattr(each.fact, "row", None) == row]
        return [type(each).__name__.removeprefix("Clock") for each in found]


def sent_order(at: str = "2026-06-01T09:00", **members: Any) -> ClockStory:
    """An investigation order that R (DE) has sent to E (CZ) at *at*."""
    story = ClockStory().at(at)
    story.make("R", "draft", hours=0, **draft_body(**members))
    story.make("R", "send", hours=0, channel="portal")
    return story


def acknowledged_order(at: str = "2026-06-01T09:00", **members: Any) -> ClockStory:
    """The same, acknowledged at once."""
    story = sent_order(at, **members)
    story.make("E", "acknowledge", hours=0)
    return story
