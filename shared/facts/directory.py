"""What the directory of authorities says, as facts, and an authority as others see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.facts.base import NOTHING, Fact

SAMPLE_MARKER = "(sample data)"
"""How the name of an authority ends whose data are a sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityDescribed(Fact):
    """All that the directory knows of an authority."""

    id: str
    name: str
    state: str
    role: str | None = None
    time_zone: str | None = None
    calendar: str | None = None
    member: bool = True
    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    declarations: Mapping[str, Any] = NOTHING
    contacts: Mapping[str, Any] = NOTHING
    hours: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRegistered(AuthorityDescribed):
    """An authority came into the directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityAmended(AuthorityDescribed):
    """An authority is described anew, in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyIssued(Fact):
    """An authority has a further key. ``hash`` is that of its secret, never the secret; ``officer`` a reference, no name."""

    key: str
    authority: str
    hash: str
    role: str
    desk: str | None = None
    label: str | None = None
    officer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(Fact):
    """A key opens nothing any more."""

    key: str
    authority: str


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """An authority as deciders see it.

    Attributes:
        member: it acts for itself here.
        memberships: since when it was one, and since when not, in order; empty where only today matters.
    """

    id: str
    state: str
    name: str
    role: str | None = None
    time_zone: str | None = None
    member: bool = True
    declarations: Mapping[str, Any] = NOTHING
    memberships: tuple[tuple[datetime, bool], ...] = ()

    def was_member(self, at: datetime) -> bool:
        """Whether it acted for itself at *at*; before the directory knew it, as when it came in."""
        told = [member for since, member in self.memberships if since <= at] or [member for _, member in self.memberships[:1]]
        return told[-1] if told else self.member
