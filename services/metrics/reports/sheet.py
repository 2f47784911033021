"""A report as a table: columns, rows, notes; as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Cell = str | int | float | None
# A cell that begins so could be read as a formula by a spreadsheet.
FORMULA_SIGNS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Column:
    """One column, and who asks for it; without a source it is added by us."""

    name: str
    asked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A finished report."""

    name: str
    query: Mapping[str, Any]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """The report as the interface gives it."""
        return {
            "report": self.name,
            "query": dict(self.query),
            "columns": [column.name for column in self.columns],
            "asked_by": {column.name: column.asked_by for column in self.columns},
            "rows": [list(row) for row in self.rows],
            "notes": list(self.notes),
        }

    def as_csv(self) -> str:
        """The table after RFC 4180: CRLF, decimal point, null empty, text that looks like a formula quoted as text."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([column.name for column in self.columns])
        writer.writerows([_csv_cell(cell) for cell in row] for row in self.rows)
        return text.getvalue()


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS):
        return f"'{cell}"
    return "" if cell is None else cell


def shown(value: str | None) -> str:
    """A value of a dimension as a cell: the total is called all."""
    return "all" if value is None else value
