"""What somebody wants of a report: which one, of what question, in what format, and beside it as known at which later moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.metrics.domain.errors import QuestionInvalid
from services.metrics.domain.question import Question
from services.metrics.reports.formats.writing import FORMATS
from services.metrics.reports.table import form
from shared.facts.moments import read_moment

MEMBERS = ("format", "beside", "table")


@dataclass(frozen=True, slots=True)
class Order:
    """One report wanted."""

    name: str
    question: Question
    format: str = "json"
    later: datetime | None = None
    table: str | None = None
    """The one table wanted, where the format holds one only; the first without it."""

    @classmethod
    def read(cls, name: str, question: Question, members: Mapping[str, Any], otherwise_format: str = "json") -> Order:
        """The order in *members* (text as in an address, or JSON values).

        Raises:
            ReportUnknown: there is no report *name*.
            QuestionInvalid: all members that cannot be read, at once.
        """
        form(name)
        faults: list[tuple[str, str]] = []
        wanted = str(members.get("format") or otherwise_format)
        if wanted not in FORMATS:
            faults.append(("/format", f"must be one of {', '.join(FORMATS)}"))
        table = members.get("table") or None
        if table is not None and wanted != "csv":
            faults.append(("/table", "is for csv, which holds one table; the other formats hold all"))
        later = _later(question, members.get("beside"), faults)
        if faults:
            raise QuestionInvalid(tuple(faults))
        return cls(name, question, wanted, later, table)

    @property
    def reaching(self) -> Question:
        """The question as known at the latest moment that is looked at: up to there everything must have arrived."""
        return replace(self.question, as_known_at=self.later or self.question.as_known_at)


def _later(question: Question, said: Any, faults: list[tuple[str, str]]) -> datetime | None:
    if said in (None, ""):
        return None
    try:
        later = read_moment(str(said))
    except ValueError:
        faults.append(("/beside", "must be a moment with an offset (RFC 3339)"))
        return None
    if question.as_known_at is None:
        faults.append(("/beside", "needs as_known_at: the moment of the report that it is put beside"))
    elif later <= question.as_known_at:
        faults.append(("/beside", "must be later than as_known_at"))
    return later
