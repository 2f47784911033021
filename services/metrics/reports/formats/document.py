"""A report as PDF/A-2a, readable aloud (PDF/UA-1): set by typst from a template beside this file; the figures reach it as data, never as text to be set."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.metrics.reports.beside import Beside
from services.metrics.reports.formats.workbook import said
from services.metrics.reports.sheet import TOTAL, Cell, Column, Report, Row
from services.metrics.reports.side_by_side import with_changes
from shared.facts.directory import SAMPLE_MARKER
from shared.facts.members import parse_moment

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T([\d:.]+)Z")
TEMPLATE = Path(__file__).with_name("report.typ")
WIDE = 10
"""Tables of more columns lie on their side."""
CHANGED_AT_ONCE = 4
"""Changed columns in one table: with what they were, what they are and the difference each takes three."""
NOTHING = "–"
LONGEST_NAME = 110


def as_pdf(report: Report) -> bytes:
    """The document. Its date is that of its knowledge, so that the same question has the same bytes."""
    import typst  # a large library that only this needs

    data = json.dumps(described(report), ensure_ascii=False)
    return typst.compile(_template(), format="pdf", ignore_system_fonts=True, sys_inputs={"report": data}, pdf_standards=["a-2a", "ua-1"])


@lru_cache(maxsize=1)
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def described(report: Report) -> dict[str, Any]:
    """What the template shows, every cell a text."""
    known_at = parse_moment(str(report.query["as_known_at"]))
    sample = SAMPLE_MARKER in report.authority_name
    return {
        "title": report.title,
        "name": report.name,
        "authority": report.authority_name,
        "short_authority": shortened(report.authority_name, SAMPLE_MARKER if sample else ""),
        "sample": sample,
        "period": _period(report),
        "as_known_at": at(str(report.query["as_known_at"])),
        "date": [known_at.year, known_at.month, known_at.day, known_at.hour, known_at.minute, known_at.second],
        "complete": report.query["complete"],
        "checksum": report.checksum,
        "query": [[name.replace("_", " "), said(value)] for name, value in report.query.items()],
        "notes": list(report.notes),
        "wide": len(report.columns) > WIDE or report.beside is not None,
        "table": _shown(report.columns, report.rows, report.title),
        "tables": [_shown(table.columns, table.rows, table.title) for table in report.tables],
        "legend": [[_label(column), column.asked_by or "", column.meaning] for column in report.columns],
        "beside": _beside(report),
    }


def shortened(name: str, ending: str = "") -> str:
    """A name for the head of each page; *ending* is kept."""
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - len(ending) - 2].rstrip()}… {ending}".rstrip()


def _period(report: Report) -> str:
    """The period with its last day, which the query leaves out."""
    last = date.fromisoformat(str(report.query["to"])) - timedelta(days=1)
    return f"{report.query['from']} to {last.isoformat()} ({report.query['time_zone']})"


def _label(column: Column) -> str:
    return column.name.replace("_", " ")


def _shown(columns: Sequence[Column], rows: Sequence[Row], title: str) -> dict[str, Any]:
    """A table: its columns, and its cells as texts."""
    numbers = [any(isinstance(row[place], int | float) for row in rows) for place in range(len(columns))]
    heads = [
        {"label": _label(column), "asked": column.asked_by is not None, "key": column.key, "number": number}
        for column, number in zip(columns, numbers, strict=True)
    ]
    shown = [{"total": TOTAL in row, "cells": [text(cell) for cell in row]} for row in rows]
    return {"title": at(title), "columns": heads, "rows": shown}


def text(cell: Cell) -> str:
    """A cell as it is printed: codes as words, a real minus sign, a dash for nothing."""
    if cell is None:
        return NOTHING
    return cell.replace("_", " ") if isinstance(cell, str) else str(cell).replace("-", "−")


def at(words: str) -> str:
    """*words* with their moments as people write them."""
    return MOMENT.sub(r"\1 \2 UTC", words)


def _beside(report: Report) -> dict[str, Any] | None:
    """What has been corrected since: the columns that changed, a few at a time, and the requests behind them."""
    if report.beside is None:
        return None
    found = report.beside
    changed = [column for column in report.columns if column.name in found.changed_columns]
    parts = [changed[start : start + CHANGED_AT_ONCE] for start in range(0, len(changed), CHANGED_AT_ONCE)]
    listed = found.corrections_table
    return {
        "as_known_at": at(found.as_known_at),
        "checksum": found.later.checksum,
        "tables": [_changed(report, found, part) for part in parts],
        "corrections": _shown(listed.columns, listed.rows, listed.title),
        "notes": list(found.notes),
    }


def _changed(report: Report, beside: Beside, part: Sequence[Column]) -> dict[str, Any]:
    """The rows in which a column of *part* changed: for each column what it was, what it is and the difference."""
    keys = [column for column in report.columns if column.key]
    columns, rows = with_changes([*keys, *part], beside, [column.name for column in part])
    places = range(len(keys), len(columns), 3)
    own = [row for row in rows if any(row[place] != row[place + 1] for place in places)]
    found = _shown(columns, own, "Changed: " + ", ".join(map(_label, part)))
    for place in places:
        found["columns"][place + 1]["label"], found["columns"][place + 2]["label"] = "later", "change"
    return found
