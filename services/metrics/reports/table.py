"""Which reports there are, and the report of a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.metrics.domain.answers import Register, figures
from services.metrics.domain.errors import FiguresError
from services.metrics.domain.question import Question
from services.metrics.reports import account, cepej, delays, eaw_questionnaire, eu_2023_2844, fatf
from services.metrics.reports.sheet import Cell, Column, Report

Rows = Callable[[Sequence[dict[str, Any]]], list[list[Cell]]]


class ReportUnknown(FiguresError):
    """There is no report of that name."""

    code = "not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"no report {name}; there are {', '.join(sorted(REPORTS))}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Form:
    """A report before it is filled in."""

    group_by: str
    columns: Sequence[Column]
    rows: Rows
    notes: Sequence[str]


REPORTS: dict[str, Form] = {
    "account": Form("kind", account.COLUMNS, account.rows, account.NOTES),
    "fatf-io2": Form("kind", fatf.COLUMNS, fatf.rows, fatf.NOTES),
    "eu-2023-2844-art16": Form("instrument", eu_2023_2844.COLUMNS, eu_2023_2844.rows, eu_2023_2844.NOTES),
    "eaw-questionnaire": Form("kind", eaw_questionnaire.COLUMNS, eaw_questionnaire.rows, eaw_questionnaire.NOTES),
    "cepej": Form("kind", cepej.COLUMNS, cepej.rows, cepej.NOTES),
    "delays": Form("kind", delays.COLUMNS, delays.rows, delays.NOTES),
}
SAID = ("definitions", "authority", "time_zone", "from", "to", "as_known_at", "compared_with", "complete", "excluded")


def report(register: Register, question: Question, name: str) -> Report:
    """The report *name* of a question; its rows come from the figures and from nothing else.

    Raises:
        ReportUnknown: there is none of that name.
        FiguresError: whatever the figures raise.
    """
    form = REPORTS.get(name)
    if form is None:
        raise ReportUnknown(name)
    answer = figures(register, replace(question, group_by=(form.group_by,)))
    query = {member: answer[member] for member in SAID}
    return Report(name, query, form.columns, form.rows(answer["groups"]), form.notes)
