"""The requests that explain why two stocks of a past period differ between two moments of knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from services.metrics.domain.answers import Register, figures
from services.metrics.domain.question import Question
from services.metrics.reports.beside import NOT_ENDED, NOT_NAMED, NOTES
from services.metrics.reports.sheet import Report
from shared.facts.members import parse_moment

STANDING = ("month",)
"""Grouped so, figures give what stands and no durations: corrections are the same, and come sooner."""


def corrections_between(register: Register, question: Question, earlier: Report, later: datetime) -> tuple[list[dict[str, Any]], Sequence[str]]:
    """The corrections of the stock carried forward and of what continues, and what is to be said of them."""
    if question.publish:
        return [], (NOT_NAMED,)
    known_at = parse_moment(str(earlier.query["as_known_at"]))
    from_on, to_on = (date.fromisoformat(str(earlier.query[name])) for name in ("from", "to"))
    again = replace(question, as_known_at=later, compared_with=known_at, group_by=STANDING, from_on=from_on, to_on=to_on)
    lines = _of("carried_forward", register, again)
    if not earlier.query["complete"]:
        return lines, (*NOTES, NOT_ENDED)
    return lines + _of("continuing", register, replace(again, from_on=to_on, to_on=to_on + timedelta(days=1))), NOTES


def _of(stock: str, register: Register, question: Question) -> list[dict[str, Any]]:
    return [{"stock": stock, **line} for line in figures(register, question)["corrections"]]
