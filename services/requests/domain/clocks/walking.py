"""Walks through whole histories. Where only later facts came to a history that was walked before, the walk goes on from there instead of from the beginning.

What goes on is a copy: a walk that was made is never changed again. It begins anew whenever a fact of the past, a correction, another setting of the
request or another entry in the directory could have led it elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.requests.domain.clocks.conditions import Asked
from services.requests.domain.clocks.engine import Walk
from services.requests.domain.clocks.happenings import Happening, happening
from services.requests.domain.clocks.known import Known, known_after, known_clocks
from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.ledger import ClockState
from services.requests.domain.request import copied
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.clocks import ClockFact
from shared.facts.directory import AuthorityView

ANEW = frozenset({facts.FactCorrected, facts.RequestReclassified, facts.RequestAmended, facts.RequestDrafted, facts.RequestRegistered, facts.RequestSent})
"""Facts that change what happened before them, or the setting of the request: which rows may run."""

EVER = datetime.min.replace(tzinfo=UTC)


class Consulted(Mapping[str, AuthorityView]):
    """The directory for one walk: it notes what it said, and says the same again."""

    def __init__(self, directory: Mapping[str, AuthorityView], said: Mapping[str, AuthorityView | None]) -> None:
        self._directory, self.said = directory, dict(said)

    def __getitem__(self, id: str) -> AuthorityView:
        found: AuthorityView | None = self.get(id)
        if found is None:
            raise KeyError(id)
        return found

    def get(self, id: str, default: Any = None) -> Any:
        """The authority, or *default*."""
        if id not in self.said:
            self.said[id] = self._directory.get(id)
        found = self.said[id]
        return default if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._directory)

    def __len__(self) -> int:
        return len(self._directory)


@dataclass(frozen=True, slots=True)
class Walked:
    """A walk that has come to the end of a history.

    Attributes:
        known: the clocks as that history has them.
        last: the last fact of that history; *length* how many it has.
        reached: the moment of the latest fact or lapse on the way.
        said: what the directory said of everybody it was asked for.
    """

    walk: Walk
    known: Mapping[str, Known]
    last: UUID
    length: int
    reached: datetime
    said: Mapping[str, AuthorityView | None]


def walked(history: Sequence[Recorded[Fact]], law: Law, now: datetime, before: Walked | None = None) -> Walked:
    """The walk through *history*, lapses up to *now*.

    Args:
        before: one through an earlier state of the same history, under the same rows and calendars; the outcome is the same without it.

    Raises:
        CalendarNotCovered: a working day has to be found where no holidays are known.
    """
    new = None if before is None else _since(before, history)
    ahead = None if before is None or new is None else _ahead(before, new, law, now)
    if before is None or new is None or ahead is None:
        consulted, reached, known = Consulted(law.authorities, {}), EVER, known_clocks(history)
        walk = Walk.of(history, replace(law, authorities=consulted))
        ahead, walk.happenings = walk.happenings, []
    else:
        consulted, reached, known = Consulted(law.authorities, before.said), before.reached, known_after(before.known, new)
        walk = _twin(before.walk, replace(law, authorities=consulted))
    for each in ahead:
        walk.follow(each)
    walk.lapse(now)
    lapses = (run.due_at for run in walk.lapsing if run.state is ClockState.LAPSED)
    return Walked(walk, known, history[-1].id, len(history), max((reached, *(each.at for each in ahead), *lapses)), consulted.said)


def still_says(law: Law, said: Mapping[str, AuthorityView | None]) -> bool:
    """Whether the directory would say the same again."""
    for id, view in said.items():
        now = law.authorities.get(id)
        if now is not view and now != view:
            return False
    return True


def entered(found: Walked, history: Sequence[Recorded[Fact]]) -> Walked:
    """*found*, now that the clock facts that follow from it stand in *history* too: at its end, and lapses of before also before its last fact."""
    new = _since(found, history)
    known = known_clocks(history) if new is None else known_after(found.known, new)
    return replace(found, known=known, last=history[-1].id, length=len(history))


def _since(before: Walked, history: Sequence[Recorded[Fact]]) -> Sequence[Recorded[Fact]] | None:
    """The facts that came to the history of *before*; None where it is another one, or one of them changes what was before it."""
    if len(history) < before.length or history[before.length - 1].id != before.last:
        return None
    new = history[before.length :]
    return None if any(type(each.fact) in ANEW for each in new) else new


def _ahead(before: Walked, new: Sequence[Recorded[Fact]], law: Law, now: datetime) -> list[Happening] | None:
    """What happened since *before*, in that order; None where the walk has to begin anew."""
    if now < before.reached or not still_says(law, before.said):
        return None
    ahead = [happening(each) for each in new if not isinstance(each.fact, ClockFact)]
    ahead.sort(key=lambda each: (each.at, each.recorded.version))
    return None if ahead and ahead[0].at < before.reached else ahead


def _twin(walk: Walk, law: Law) -> Walk:
    """The same walk under *law*, that may go on without changing the first."""
    request = copied(walk.request)
    twins = {id(run): run.copied() for run in walk.runs}
    return Walk(
        law=law,
        request=request,
        setting=walk.setting,
        rows=walk.rows,
        asked=Asked(request, law, dict(walk.asked.postponed_for)),
        first=walk.first,
        happenings=[],
        runs=[*twins.values()],
        by_row={row: [twins[id(run)] for run in found] for row, found in walk.by_row.items()},
        lapsing=[twins[id(run)] for run in walk.lapsing],
        waiting=dict(walk.waiting),
        open_stops=dict(walk.open_stops),
        lasting={key: [*found] for key, found in walk.lasting.items()},
        last_ending=walk.last_ending,
    )
