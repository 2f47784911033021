"""What every fact has in common, and a fact's place in the log.

A fact is an immutable value. It says what happened (its class and members), when it happened (``occurred_at``) and who recorded it (``by``). When it was
recorded, and as which version of its stream, is known only once it is in the log: that is :class:`Recorded`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from shared.facts.text import FreeText


class _Nothing(Mapping[str, Any]):
    """A mapping without members that nobody can fill."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"


NOTHING: Mapping[str, Any] = _Nothing()

# A day, or a moment where the clock runs in hours.
When = date | datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A part of a fact. ``extra`` keeps the members that a newer writer added, so that they survive a rewrite."""

    extra: Mapping[str, Any] = field(default=NOTHING, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What happened. The class name is the type on the wire.

    Attributes:
        occurred_at: the legally relevant moment, aware and in UTC; may lie in the past.
        by: the authority that recorded it.
        on_behalf_of: the authority, no member, for which it was recorded.
        note: a remark of the clerk; sealed before it is stored.
        extra: members that a newer writer added.
    """

    schema_version: ClassVar[int] = 1

    occurred_at: datetime
    by: str
    on_behalf_of: str | None = None
    note: FreeText = None
    extra: Mapping[str, Any] = field(default=NOTHING, repr=False)

    @property
    def acting(self) -> str:
        """The authority whose act it was: the one it was recorded for, else the one that recorded it."""
        return self.on_behalf_of or self.by


F = TypeVar("F", bound=Fact, covariant=True)


@dataclass(frozen=True, slots=True)
class Recorded(Generic[F]):
    """A fact with its place in the log.

    Attributes:
        id: of the fact; corrections point at it.
        version: place in the stream, from 1, without gaps.
        recorded_at: when it was appended.
    """

    id: UUID
    version: int
    recorded_at: datetime
    fact: F
