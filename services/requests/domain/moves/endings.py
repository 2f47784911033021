"""How a request ends other than by results, and how it goes on: refuse, withdraw, close, reopen."""

from __future__ import annotations

from typing import Any

from services.requests.domain import basis
from services.requests.domain.command import Command, Context
from services.requests.domain.errors import Fault, ValidationFailed
from services.requests.domain.moves.members import Member
from services.requests.domain.moves.move import ASKED, ASKING, BOTH, ENDED, OPEN, Move, recording
from services.requests.domain.request import Request
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.codes import ClosingReason, DecidedBy, State


def refuse(request: Request, command: Command, context: Context) -> list[Fact]:
    """Refuse on grounds of the instrument, after the consultation that it wants.

    Raises:
        GroundNotInInstrument: a ground is none of this instrument.
        ValidationFailed: the instrument wants a consultation first, and none is recorded.
    """
    grounds = command.members["grounds"]
    basis.check_grounds(request, context, grounds)
    if basis.wants_consultation(request, context, grounds) and command.members.get("consulted_at") is None:
        raise ValidationFailed([Fault("/consulted_at", "required", f"{request.instrument} wants a consultation before a refusal on these grounds")])
    return [facts.RequestRefused(**command.base, grounds=grounds, **command.chosen("decided_by", "consulted_at"))]


def _ended_at(request: Request, fact: Fact) -> Any:
    return request.ending.occurred_at if request.ending else request.started_at


REASON = Member("reason", "text", required=True)

MOVES = (
    Move("refuse", ASKED, frozenset({State.SENT, State.ACKNOWLEDGED}), facts.RequestRefused, refuse, "refused",
         members=(Member("grounds", "list", required=True, each=Member("", "code"), at_least=1, choices_from="grounds"),
                  Member("decided_by", "code", choices=tuple(DecidedBy)), Member("consulted_at", "when"))),
    Move("withdraw", ASKING, OPEN, facts.RequestWithdrawn, recording(facts.RequestWithdrawn, "reason"),
         "withdrawn: every clock stops, every escalation falls silent, costs stay", members=(REASON,)),
    Move("close", BOTH, OPEN, facts.RequestClosed, recording(facts.RequestClosed, "reason", "duplicate_of", "superseded_by"), "closed",
         members=(Member("reason", "code", required=True, choices=tuple(ClosingReason)), Member("duplicate_of", "request"),
                  Member("superseded_by", "request"))),
    Move("reopen", BOTH, ENDED, facts.RequestReopened, recording(facts.RequestReopened, "reason"),
         "the last open state, with the holds it had; last year's table does not change", members=(REASON,), cause=_ended_at),
)  # fmt: skip
