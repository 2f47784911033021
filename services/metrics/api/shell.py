"""What the resources of one process share: asking a question of the rows, and how a refusal is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from flask import request

from services.metrics.asking import ask
from services.metrics.domain.answers import Register
from services.metrics.domain.errors import AccountDoesNotClose, AuthorityUnknown, BeyondWatermark, NothingKnownYet, QuestionInvalid
from services.metrics.domain.question import Question
from services.metrics.reports.formats.writing import TableUnknown
from services.metrics.reports.table import ReportUnknown
from shared.facts.members import moment as moment_text
from shared.storage.directory import DirectoryReader
from shared.storage.pool import Pool
from shared.web.auth import caller
from shared.web.errors import Fault, Problem
from shared.web.query import Query
from shared.web.resource import parameter

T = TypeVar("T")
RETRY_AFTER_SECONDS = 2
QUESTION_MEMBERS = ("authority", "from", "to", "as_known_at", "compared_with", "group_by", "publish", "curve", "months", "overdue")
DATE: Mapping[str, Any] = {"type": "string", "format": "date"}
MOMENT: Mapping[str, Any] = {"type": "string", "format": "date-time"}

PERIOD_PARAMETERS = (
    parameter("authority", "whose figures; the caller's own where it is not given"),
    parameter("from", "first local day of the period; default: the first of the year", DATE),
    parameter("to", "first local day after the period; default: after today", DATE),
    parameter("as_known_at", "the moment of knowledge; default: the latest up to which everything has arrived", MOMENT),
    parameter("compared_with", "when the previous period was published; default: the beginning of this one", MOMENT),
    parameter("publish", "hide small numbers", {"type": "boolean"}),
)
KNOWLEDGE_PARAMETERS = (PERIOD_PARAMETERS[0], PERIOD_PARAMETERS[3])
PROBLEMS = ("malformed", "not_allowed", "not_found", "beyond_watermark", "account_does_not_close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The outer ring of one process."""

    pool: Pool
    directory: DirectoryReader
    jobs_kept: timedelta

    def ask(self, question: Question, answered: Callable[[Register], T]) -> T:
        """What *answered* makes of the rows behind *question*, all read in one snapshot."""
        return ask(self.pool, question, answered)


def asked(more: tuple[str, ...] = ()) -> Question:
    """The question of the present call; its authority must be the caller's own.

    Raises:
        Problem: malformed, or about another authority.
    """
    Query(single=(*QUESTION_MEMBERS, *more))
    # An unescaped plus sign of an offset arrives as a blank.
    members = {name: value.replace(" ", "+") if name in ("as_known_at", "compared_with") else value for name, value in request.args.items()}
    return own(Question.read(members, otherwise_authority=caller().authority))


def own(question: Question) -> Question:
    """*question*, which must be about the caller's own authority.

    Raises:
        Problem: it is about another one.
    """
    if question.authority != caller().authority:
        raise Problem("not_allowed", "an authority sees its own figures only", parameters={"authority": question.authority})
    return question


def _invalid(error: QuestionInvalid) -> Problem:
    faults = [Fault("?" + pointer.lstrip("/"), "malformed", detail) for pointer, detail in error.faults]
    return Problem("malformed", str(error), faults=faults)


def _beyond(error: BeyondWatermark) -> Problem:
    latest = moment_text(error.latest) if error.latest else None
    said = {"as_known_at": moment_text(error.asked), "latest": latest}
    return Problem("beyond_watermark", str(error), parameters=said, retry_after_seconds=RETRY_AFTER_SECONDS)


def _open_account(error: AccountDoesNotClose) -> Problem:
    return Problem("account_does_not_close", str(error), parameters={"difference": error.difference, "requests": list(error.requests)})


def _nothing_yet(error: NothingKnownYet) -> Problem:
    return Problem("temporarily_unavailable", str(error), retry_after_seconds=RETRY_AFTER_SECONDS)


REFUSALS: Mapping[type[Exception], Callable[[Any], Problem]] = {
    QuestionInvalid: _invalid,
    BeyondWatermark: _beyond,
    AccountDoesNotClose: _open_account,
    NothingKnownYet: _nothing_yet,
    AuthorityUnknown: lambda error: Problem("not_found", str(error)),
    TableUnknown: lambda error: Problem("not_found", str(error)),
    ReportUnknown: lambda error: Problem("not_found", str(error)),
}
