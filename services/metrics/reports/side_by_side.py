"""The table as it is printed: the report itself, or beside each column that changed what is known now and by how much it changed."""

from __future__ import annotations

from collections.abc import Sequence

from services.metrics.reports.beside import Beside, cell_at, difference
from services.metrics.reports.sheet import Cell, Column, Report, Row, Table


def printed(report: Report) -> tuple[Sequence[Column], Sequence[Row]]:
    """Columns and rows of the first table."""
    if report.beside is None:
        return report.columns, report.rows
    return with_changes(report.columns, report.beside, report.beside.changed_columns)


def with_changes(columns: Sequence[Column], beside: Beside, changed: Sequence[str]) -> tuple[list[Column], list[list[Cell]]]:
    """*columns*; after each one that *changed* follow the later view and the difference."""
    heads: list[Column] = []
    for column in columns:
        heads.append(column)
        if column.name in changed:
            heads += added(column, beside.as_known_at)
    places = [(beside.earlier.columns.index(column), column) for column in columns]
    rows = []
    for was, now in beside.pairs:
        cells: list[Cell] = []
        for place, column in places:
            earlier, later = cell_at(was, place), cell_at(now, place)
            cells.append((later if was is None else earlier) if column.key else earlier)
            if column.name in changed:
                cells += [later, difference(earlier, later)]
        rows.append(cells)
    return heads, rows


def added(column: Column, as_known_at: str) -> list[Column]:
    """The two columns beside one that changed."""
    return [
        Column(f"{column.name} (as known at {as_known_at})", None, f"{column.name}, as known at the later moment."),
        Column(f"{column.name} change", None, "The later view less the earlier."),
    ]


def tables(report: Report) -> list[Table]:
    """Every table of a report, the first one as it is printed."""
    columns, rows = printed(report)
    own = [Table(report.name, report.title, columns, rows)]
    return own + ([] if report.beside is None else [report.beside.corrections_table]) + list(report.tables)
