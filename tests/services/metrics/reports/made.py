"""Reports of the given set, and some that are made up to be awkward."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from services.metrics.domain.question import Question
from services.metrics.reports.sheet import Column, Report, Table
from services.metrics.reports.table import report
from tests.services.metrics.given_set import register

PUBLISHED_AT = "2026-01-31T23:00:00Z"
LATER = datetime(2026, 10, 31, 23, tzinfo=UTC)
YEAR = {"authority": "de-central", "from": "2025-01-01", "to": "2026-01-01", "as_known_at": PUBLISHED_AT}
SAMPLE = "Ministry of Justice, Řehoř ő Ελλάς България (sample data)"
QUERY: dict[str, Any] = {**YEAR, "time_zone": "Europe/Berlin", "complete": True, "excluded": {"duplicates": 1}}


@lru_cache(maxsize=32)
def made(name: str, beside: bool = False, **more: str) -> Report:
    """The report *name* of 2025, and beside it the same as known ten months later."""
    return report(register(), Question.read({**YEAR, **more}), name, LATER if beside else None)


def named(found: Report, name: str = SAMPLE) -> Report:
    """The report of an authority called *name*."""
    return replace(found, query={**found.query, "authority_name": name})


def awkward(rows: list[list[Any]], tables: tuple[Table, ...] = (), name: str = SAMPLE) -> Report:
    """A report with these rows."""
    columns = (Column("kind", None, "What it is.", key=True), Column("new", "A body", "What came."), Column("days", None, "How long."))
    return Report("cepej", "A report", {**QUERY, "authority_name": name}, columns, rows, ("A note.",), tables)
