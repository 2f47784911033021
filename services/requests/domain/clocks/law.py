"""The law as the clocks need it: rows, calendars and what the directory says of authorities. A plain value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.requests.domain.clocks.rows import RowBook
from shared.calendars.working import WorkingCalendar
from shared.calendars.zones import zone, zone_of_state
from shared.facts.directory import AuthorityView
from shared.facts.instruments import Instruments
from shared.facts.requests import Party


@dataclass(frozen=True, slots=True)
class Office:
    """Where an authority sits: its State, zone and calendar; whether it acts for itself here; its role."""

    id: str
    state: str
    zone: ZoneInfo
    calendar: str
    member: bool
    role: str | None
    declarations: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Law:
    """Instruments, calendars and the directory.

    Attributes:
        book: the rows, found once for all requests of a setting.
        authorities: may look an authority up only when it is asked for; an unknown one is an outsider of its State.
    """

    instruments: Instruments
    book: RowBook
    calendars: Mapping[str, WorkingCalendar]
    authorities: Mapping[str, AuthorityView] = field(default_factory=dict)

    @classmethod
    def of(cls, instruments: Instruments, calendars: Mapping[str, WorkingCalendar], authorities: Mapping[str, AuthorityView]) -> "Law":
        """The law with a row book of its own; keep it, the book remembers."""
        return cls(instruments, RowBook(instruments), calendars, authorities)

    def office(self, authority: str, state: str) -> Office:
        """The office of *authority*; where the directory does not know it, an outsider of *state*.

        Raises:
            ZoneUnknown: neither the directory nor the table of States has its zone.
        """
        view = self.authorities.get(authority)
        if view is None:
            return Office(authority, state, zone(zone_of_state(state)), state, False, None, {})
        name = view.time_zone or zone_of_state(view.state)
        calendar = getattr(view, "calendar", None) or view.state
        return Office(view.id, view.state, zone(name), calendar, view.member, view.role, view.declarations)

    def was_member(self, party: Party, at: datetime) -> bool:
        """Whether the first authority of a side acted for itself at *at*: what it became later changes nothing that has happened (D-39)."""
        view = self.authorities.get(party.authority)
        return view is not None and view.was_member(at)

    def office_of(self, party: Party) -> Office:
        """The office of the first authority of a side."""
        return self.office(party.authority, party.state)
