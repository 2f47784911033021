"""Which reports there are, and the report of a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from services.metrics.domain.answers import Register, figures
from services.metrics.domain.errors import FiguresError
from services.metrics.domain.question import Question
from services.metrics.reports import account, beside, cepej, delays, eaw_questionnaire, eu_2023_2844, fatf
from services.metrics.reports.correcting import corrections_between
from services.metrics.reports.sheet import Cell, Column, Report, Table

Rows = Callable[[Sequence[dict[str, Any]]], list[list[Cell]]]
Tables = Callable[[Mapping[str, Any]], list[Table]]
Told = Callable[[float, str], None]
"""How much is done, 0 to 1, and what is done now."""


class ReportUnknown(FiguresError):
    """There is no report of that name."""

    code = "not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"no report {name}; there are {', '.join(sorted(REPORTS))}")
        self.name = name


def no_tables(_: Mapping[str, Any]) -> list[Table]:
    """No further table."""
    return []


@dataclass(frozen=True, slots=True)
class Form:
    """A report before it is filled in."""

    title: str
    group_by: str
    columns: Sequence[Column]
    rows: Rows
    notes: Sequence[str]
    tables: Tables = no_tables
    only: str | None = None
    """The one value of *group_by* that the rows are about."""


REPORTS: dict[str, Form] = {
    "account": Form(account.TITLE, "kind", account.COLUMNS, account.rows, account.NOTES, account.tables),
    "fatf-io2": Form(fatf.TITLE, "kind", fatf.COLUMNS, fatf.rows, fatf.NOTES, fatf.tables),
    "eu-2023-2844-art16": Form(eu_2023_2844.TITLE, "instrument", eu_2023_2844.COLUMNS, eu_2023_2844.rows, eu_2023_2844.NOTES),
    "eaw-questionnaire": Form(
        eaw_questionnaire.TITLE, "kind", eaw_questionnaire.COLUMNS, eaw_questionnaire.rows, eaw_questionnaire.NOTES, eaw_questionnaire.tables, "eaw"
    ),
    "cepej": Form(cepej.TITLE, "kind", cepej.COLUMNS, cepej.rows, cepej.NOTES),
    "delays": Form(delays.TITLE, "kind", delays.COLUMNS, delays.rows, delays.NOTES),
}
SAID = ("definitions", "authority", "time_zone", "from", "to", "as_known_at", "compared_with", "complete", "excluded")
HIDDEN = "Small numbers (1 to 9) are hidden, and as many others as are needed so that none can be worked out: an empty cell. No request is named."


def form(name: str) -> Form:
    """The form of that name.

    Raises:
        ReportUnknown: there is none.
    """
    if name not in REPORTS:
        raise ReportUnknown(name)
    return REPORTS[name]


def silent(_done: float, _doing: str) -> None:
    """Tells nobody."""


def report(register: Register, question: Question, name: str, later: datetime | None = None, told: Told = silent) -> Report:
    """The report *name* of a question, and beside it the same as known *later*; its rows come from the figures and from nothing else.

    Args:
        later: after the moment of knowledge of the question.

    Raises:
        ReportUnknown: there is none of that name.
        FiguresError: whatever the figures raise.
    """
    own = form(name)
    told(0.0, "counting")
    found = _report(register, question, name, own)
    if later is None:
        return found
    told(0.3, "counting as known later")
    again = replace(question, as_known_at=later)
    afterwards = _report(register, again, name, own)
    told(0.6, "looking for corrections")
    return replace(found, beside=beside.Beside(found, afterwards, *corrections_between(register, question, found, later)))


def _report(register: Register, question: Question, name: str, own: Form) -> Report:
    answer = figures(register, replace(question, group_by=(own.group_by,)))
    notes = own.notes
    if question.publish:
        answer, notes = {**answer, "publish": True}, (*own.notes, HIDDEN)
    query = {member: answer[member] for member in (*SAID, "publish") if member in answer}
    found = Report(name, own.title, query, own.columns, own.rows(answer["groups"]), notes, own.tables(answer))
    return found if question.publish else replace(found, members=members_of(found, own))


def members_of(found: Report, own: Form) -> str:
    """The address of the requests behind a number: the question is filled in; direction, value and cell are left to be."""
    asked = {name: found.query[name] for name in ("authority", "from", "to", "as_known_at", "compared_with")}
    fixed, left = ({own.group_by: own.only}, "direction,cell") if own.only else ({}, f"direction,{own.group_by},cell")
    return f"/v1/figures/members?{urlencode({**asked, 'group_by': own.group_by, **fixed})}{{&{left}}}"
