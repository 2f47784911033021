"""Requests, commands and contexts for tests: everything has a harmless default, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from services.requests.domain.command import Context
from services.requests.domain.decisions import begin, decide, read_command
from services.requests.domain.moves.table import BEGINNINGS
from services.requests.domain.request import Request, apply, fold
from shared import instruments
from shared.facts.base import Fact, Recorded
from shared.facts.directory import AuthorityView
from shared.facts.instruments import Instruments

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DATA = Path(__file__).parent.parent / "data"

AUTHORITIES: Mapping[str, AuthorityView] = {
    each.id: each
    for each in (
        AuthorityView("R", "DE", "Central authority R"),
        AuthorityView("E", "CZ", "Central authority E"),
        AuthorityView("X", "CZ", "Prosecution office X"),
        AuthorityView("Y", "PL", "Ministry Y"),
        AuthorityView("N", "AT", "Outside authority N", member=False),
    )
}


@cache
def law() -> Instruments:
    """The instruments of the data folder."""
    return instruments.load(DATA)


def context(now: datetime = MONDAY, authorities: Mapping[str, AuthorityView] = AUTHORITIES) -> Context:
    """What a decider knows at *now*."""
    return Context(now, law(), authorities)


def at_hour(hours: float) -> datetime:
    """So many hours after the first Monday."""
    return MONDAY + timedelta(hours=hours)


def form(kind: str = "eio", instrument: str = "EU-EIO") -> dict[str, str]:
    """The fields that the form of *instrument* requires, filled in."""
    return dict.fromkeys(law().get(instrument).required_fields(kind), "as required")


def draft_body(kind: str = "eio", instrument: str = "EU-EIO", to: str = "E", **members: Any) -> dict[str, Any]:
    """The body of a draft with its form filled in."""
    body: dict[str, Any] = {"kind": kind, "instrument": instrument, "requested": {"authority": to}, "measures": [{"type": "bank_records"}]}
    return {**body, "fields": form(kind, instrument), **members}


class Story:
    """One request, move by move, each an hour after the last; pure, in memory."""

    def __init__(self, authorities: Mapping[str, AuthorityView] = AUTHORITIES) -> None:
        self.authorities = authorities
        self.now = MONDAY
        self.request: Request | None = None
        self._ids: Iterator[UUID] = (UUID(int=number) for number in range(1, 1_000_000))

    @property
    def facts(self) -> list[Recorded[Fact]]:
        """What was recorded so far."""
        return self.so_far.history

    @property
    def so_far(self) -> Request:
        """The request as it is."""
        assert self.request is not None, "nothing has begun"
        return self.request

    def make(self, by: str, move: str, /, *, as_role: str = "desk", at_desk: str | None = None, hours: float = 1, **members: Any) -> list[Recorded[Fact]]:
        """Make a move, *hours* after the last one; return what was recorded."""
        self.now += timedelta(hours=hours)
        facts = self.asked(by, move, as_role=as_role, at_desk=at_desk, **members)
        return [self._record(fact) for fact in facts]

    def asked(self, by: str, move: str, /, *, as_role: str = "desk", at_desk: str | None = None, **members: Any) -> list[Fact]:
        """What a move would record now; nothing changes."""
        around = context(self.now, self.authorities)
        command = read_command(move, members, around, by=by, role=as_role, desk=at_desk)
        if move in BEGINNINGS:
            return begin(command, around)
        return decide(self.so_far, command, around)

    def _record(self, fact: Fact) -> Recorded[Fact]:
        version = self.request.version + 1 if self.request else 1
        recorded = Recorded(next(self._ids), version, self.now, fact)
        self.request = apply(self.request, recorded)
        return recorded

    def recorded_unchanged(self, recorded: Recorded[Fact]) -> bool:
        """Whether the history still has this fact exactly as it was recorded."""
        return recorded in self.facts

    def refolded(self) -> Request:
        """The request folded anew from all its facts."""
        return fold(self.facts)


def drafted(**members: Any) -> Story:
    """A draft of R to E."""
    story = Story()
    story.make("R", "draft", **draft_body(**members))
    return story


def sent(**members: Any) -> Story:
    """A request that R has sent to E."""
    story = drafted(**members)
    story.make("R", "send", channel="portal")
    return story


def acknowledged(**members: Any) -> Story:
    """A request that E has acknowledged."""
    story = sent(**members)
    story.make("E", "acknowledge", reference="E-1")
    return story


def surrender_case(*persons: str) -> Story:
    """An arrest warrant for these persons, acknowledged, everybody arrested."""
    story = acknowledged(kind="eaw", instrument="EU-EAW", persons=[{"id": id, "role": "suspect"} for id in persons])
    for id in persons:
        story.make("E", "arrest", person=id)
    return story


def executed() -> Story:
    """A request that E has carried out."""
    story = acknowledged()
    story.make("E", "execute", outcome="full")
    return story


def returned() -> Story:
    """A request whose results are back."""
    story = executed()
    story.make("E", "return", final=True, items=[{"label": "Statements"}])
    return story


def refused() -> Story:
    """A request that E has refused."""
    story = acknowledged()
    story.make("E", "refuse", grounds=["EIO-11-1-C"])
    return story


def withdrawn() -> Story:
    """A request that R has withdrawn."""
    story = acknowledged()
    story.make("R", "withdraw", reason="given up")
    return story


def closed() -> Story:
    """A request that was closed otherwise."""
    story = acknowledged()
    story.make("E", "close", reason="other")
    return story
