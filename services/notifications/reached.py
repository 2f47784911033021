"""A level that was reached: its id, its fact, and the stream that the fact goes to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.notifications.domain.following import Followed
from services.notifications.domain.running import ClockRun
from services.notifications.queries.clocks import Ready
from shared.facts.escalations import EscalationReached
from shared.facts.identifiers import ESCALATIONS, caused


def stream_of(request: str) -> UUID:
    """Return the escalation stream of a request."""
    return caused(ESCALATIONS, request)


def escalation_id(level: Ready) -> UUID:
    """Return the id that this level of this revision always has."""
    return caused(ESCALATIONS, level.request, level.clock, level.revision, level.ladder_on, level.level)


@dataclass(frozen=True, slots=True)
class Fired:
    """A level that fires, with what is known of it."""

    level: Ready
    run: ClockRun
    followed: Followed
    phase: str

    @property
    def id(self) -> UUID:
        """Of the escalation and of its fact."""
        return escalation_id(self.level)


def fact_of(each: Fired) -> EscalationReached:
    """Return the fact that the level was reached."""
    return EscalationReached(
        occurred_at=each.level.due_at,
        by=each.run.authority,
        request=each.level.request,
        clock=each.run.clock,
        row=each.run.row,
        run=each.run.run,
        revision=each.level.revision,
        on=each.level.ladder_on,
        level=each.level.level,
    )
