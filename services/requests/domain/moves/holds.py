"""What lies over a state and is lifted again: questions, postponement, consultation, translation."""

from __future__ import annotations

from typing import Any

from services.requests.domain import basis
from services.requests.domain.command import Command, Context
from services.requests.domain.moves.members import Member
from services.requests.domain.moves.move import ASKED, ASKING, BOTH, OPEN, Cause, Move, recording
from services.requests.domain.moves.sending import named_or_said
from services.requests.domain.request import Request
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.codes import POSTPONEMENT_REASONS, TOPICS, Hold, State

ACKNOWLEDGED = frozenset({State.ACKNOWLEDGED})


def _since(hold: Hold) -> Cause:
    """It cannot have happened before the hold was opened."""

    def cause(request: Request, fact: Any) -> Any:
        return request.hold_openings.get(hold) or request.started_at

    return cause


def request_information(request: Request, command: Command, context: Context) -> list[Fact]:
    """Ask for more; each time a further round."""
    items = named_or_said(request, context, command.members["items"])
    number = command.members.get("round") or request.round + 1
    return [facts.InformationRequested(**command.base, items=items, round=number, **command.chosen("answer_by"))]


def supply_information(request: Request, command: Command, context: Context) -> list[Fact]:
    """Answer the question that is open."""
    items = named_or_said(request, context, command.members["items"])
    return [facts.InformationSupplied(**command.base, items=items, round=command.members.get("round") or request.round or 1)]


def postpone(request: Request, command: Command, context: Context) -> list[Fact]:
    """Put execution off; a ground of the instrument or of the common list stays in clear."""
    return [facts.ExecutionPostponed(**command.base, reason=_reason(request, command, context), **command.chosen("until"))]


def resume(request: Request, command: Command, context: Context) -> list[Fact]:
    """Take execution up again."""
    return [facts.ExecutionResumed(**command.base, reason=_reason(request, command, context))]


def _reason(request: Request, command: Command, context: Context) -> Any:
    reason = command.members["reason"]
    return str(reason) if reason in basis.postponement_grounds(request, context) else reason


REASON = Member("reason", "coded_text", required=True, choices=tuple(sorted(POSTPONEMENT_REASONS)), choices_from="postponement_grounds")
TOPIC = Member("topic", "coded_text", required=True, choices=tuple(sorted(TOPICS)))
LANGUAGE = Member("language", "language", required=True)
ITEMS = Member("items", "list", required=True, each=Member("", "text"), at_least=1, choices_from="form_fields")

MOVES = (
    Move("request_information", ASKED, OPEN, facts.InformationRequested, request_information, "hold information_requested; several rounds possible",
         members=(ITEMS, Member("answer_by", "date"), Member("round", "integer")), opens_hold=Hold.INFORMATION_REQUESTED,
         holds_forbid=frozenset({Hold.INFORMATION_REQUESTED})),
    Move("supply_information", ASKING, OPEN, facts.InformationSupplied, supply_information, "hold off",
         members=(ITEMS, Member("answer_by", "date"), Member("round", "integer")), needs_hold=Hold.INFORMATION_REQUESTED,
         cause=_since(Hold.INFORMATION_REQUESTED)),
    Move("postpone", ASKED, ACKNOWLEDGED, facts.ExecutionPostponed, postpone, "hold postponed",
         members=(REASON, Member("until", "date")), opens_hold=Hold.POSTPONED, holds_forbid=frozenset({Hold.POSTPONED})),
    Move("resume", ASKED, ACKNOWLEDGED, facts.ExecutionResumed, resume, "hold off",
         members=(REASON, Member("until", "date")), needs_hold=Hold.POSTPONED, cause=_since(Hold.POSTPONED)),
    Move("open_consultation", BOTH, ACKNOWLEDGED, facts.ConsultationOpened, recording(facts.ConsultationOpened, "topic"), "hold consultation",
         members=(TOPIC, Member("result", "text")), opens_hold=Hold.CONSULTATION, holds_forbid=frozenset({Hold.CONSULTATION})),
    Move("conclude_consultation", BOTH, ACKNOWLEDGED, facts.ConsultationConcluded, recording(facts.ConsultationConcluded, "topic", "result"), "hold off",
         members=(TOPIC, Member("result", "text")), needs_hold=Hold.CONSULTATION, cause=_since(Hold.CONSULTATION)),
    Move("await_translation", BOTH, OPEN, facts.TranslationAwaited, recording(facts.TranslationAwaited, "language"), "hold translation",
         members=(LANGUAGE,), opens_hold=Hold.TRANSLATION, holds_forbid=frozenset({Hold.TRANSLATION})),
    Move("receive_translation", BOTH, OPEN, facts.TranslationReceived, recording(facts.TranslationReceived, "language"), "hold off",
         members=(LANGUAGE,), needs_hold=Hold.TRANSLATION, cause=_since(Hold.TRANSLATION)),
)  # fmt: skip
