"""What figures are counted from: the panel of an authority, its calendar, and up to when everything is known."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from services.metrics.domain.elements import micros
from services.metrics.domain.facts import Stream
from services.metrics.domain.localdays import LocalDays
from services.metrics.domain.panel import Panel, View

if TYPE_CHECKING:
    from services.metrics.domain.count import Count

ZoneOf = Callable[[str, datetime], LocalDays]
"""The calendar of an authority as the directory had it at a moment; raises AuthorityUnknown."""


class Kept(Protocol):
    """What was worked out before and cannot change any more."""

    def view(self, panel: Panel, authority: str, known_at: int) -> View:
        """The view of an authority at a moment."""

    def answer(self, key: tuple[Any, ...], worked_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer to a question whose moment is settled."""

    def count(self, key: tuple[Any, ...], counted: Callable[[Count[Any] | None], Count[Any]]) -> Count[Any]:
        """What a question came to; *counted* makes it from what it came to before, or from nothing."""


class Recent:
    """Keeps the last few views; answers are worked out anew."""

    def __init__(self, views: int = 8) -> None:
        self._views: OrderedDict[tuple[str, int], View] = OrderedDict()
        self._most = views

    def view(self, panel: Panel, authority: str, known_at: int) -> View:
        """The view of an authority at a moment."""
        found = self._views.pop((authority, known_at), None) or View(panel, authority, known_at)
        self._views[authority, known_at] = found
        while len(self._views) > self._most:
            self._views.popitem(last=False)
        return found

    def answer(self, key: tuple[Any, ...], worked_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer to a question whose moment is settled."""
        return worked_out()

    def count(self, key: tuple[Any, ...], counted: Callable[[Count[Any] | None], Count[Any]]) -> Count[Any]:
        """What a question came to, counted anew."""
        return counted(None)


StreamsOf = Callable[[Sequence[str]], Sequence[Stream]]
"""The facts of single requests, as far as they have arrived."""


class Register:
    """The requests that figures are counted from, with all that was ever known of them."""

    def __init__(self, streams: Sequence[Stream], zone_of: ZoneOf, latest: datetime, *, bounded: bool, panel: Panel | None = None) -> None:
        self.zone_of, self.latest, self.bounded = zone_of, latest, bounded
        self.panel = panel or Panel.of(streams)
        self.kept: Kept = Recent()
        self.streams_of: StreamsOf = lambda requests: [stream for stream in streams if stream.request in frozenset(requests)]

    @classmethod
    def over(cls, panel: Panel, kept: Kept, streams_of: StreamsOf, zone_of: ZoneOf, latest: datetime) -> Register:
        """A register over rows that are kept elsewhere; what is known is bounded by *latest*."""
        register = cls.__new__(cls)
        register.zone_of, register.latest, register.bounded = zone_of, latest, True
        register.panel, register.kept, register.streams_of = panel, kept, streams_of
        return register

    def view(self, authority: str, known_at: datetime) -> View:
        """What *authority* knew of its requests at a moment."""
        return self.kept.view(self.panel, authority, micros(known_at))

    def over_panel(self, panel: Panel) -> Register:
        """The same of the requests of another panel."""
        return Register.over(panel, Recent(), self.streams_of, self.zone_of, self.latest)
