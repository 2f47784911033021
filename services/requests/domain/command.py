"""What deciders are given: the command, and what they may know besides the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.requests.domain.errors import Fault, ValidationFailed
from shared.facts.codes import Role
from shared.facts.directory import AuthorityView
from shared.facts.instruments import Instrument, Instruments
from shared.facts.text import Text

if TYPE_CHECKING:
    from services.requests.domain.clocks.reading import Clock
    from services.requests.domain.request import Request


@dataclass(frozen=True, slots=True)
class Command:
    """A move that somebody wants to make.

    Attributes:
        members: of the body, as values (``read_body`` makes them).
        occurred_at: when it happened.
        by: the authority of the caller.
        on_behalf_of: the authority, no member, for which it is recorded.
    """

    move: str
    members: Mapping[str, Any]
    occurred_at: datetime
    by: str
    role: str = Role.DESK
    desk: str | None = None
    on_behalf_of: str | None = None
    note: Text | None = None

    @property
    def acting(self) -> str:
        """The authority whose act it is."""
        return self.on_behalf_of or self.by

    @property
    def base(self) -> dict[str, Any]:
        """The members that every fact of this command has."""
        return {"occurred_at": self.occurred_at, "by": self.by, "on_behalf_of": self.on_behalf_of, "note": self.note}

    def chosen(self, *names: str) -> dict[str, Any]:
        """The members of these names that were given."""
        return {name: self.members[name] for name in names if self.members.get(name) is not None}


@dataclass(frozen=True, slots=True)
class Context:
    """What deciders may know besides the request: the time, the law, the directory, and how the clocks of a request stand now.

    Without *clocks* a clock is known by its row alone.
    """

    now: datetime
    instruments: Instruments
    authorities: Mapping[str, AuthorityView] = field(default_factory=dict)
    new_id: Callable[[], UUID] | None = None
    clocks: Callable[[Request], Sequence[Clock]] | None = None

    def authority(self, id: str, pointer: str) -> AuthorityView:
        """The authority with this id.

        Raises:
            ValidationFailed: the directory does not know it; *pointer* is to blame.
        """
        known = self.authorities.get(id)
        if known is None:
            raise ValidationFailed([Fault(pointer, "unknown_authority", f"the directory does not know {id}")])
        return known

    def is_member(self, id: str) -> bool:
        """Whether this authority acts for itself here."""
        known = self.authorities.get(id)
        return known is not None and known.member

    def bases(self, instrument: str | None, also_under: tuple[str, ...] = ()) -> tuple[Instrument, ...]:
        """The instruments of these ids, those that nobody knows left out."""
        ids = (instrument, *also_under)
        return tuple(self.instruments.by_id[id] for id in ids if id is not None and id in self.instruments)
