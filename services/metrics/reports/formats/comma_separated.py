"""A table as CSV after RFC 4180."""

from __future__ import annotations

import csv
import io

from services.metrics.reports.sheet import Cell, Table

# A cell that begins so could be read as a formula by a spreadsheet.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(table: Table) -> bytes:
    """UTF-8, CRLF, decimal point, null empty, text that looks like a formula quoted as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(column.name) for column in table.columns])
    writer.writerows([_cell(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode()


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS):
        return f"'{cell}"
    return "" if cell is None else cell
