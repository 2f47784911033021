"""A report as XLSX: one sheet a table, a last one that says what was asked and how it was counted. Nothing in it is a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from services.metrics.reports.sheet import Cell, Column, Report, Row, Table
from services.metrics.reports.side_by_side import tables
from shared.facts.members import parse_moment

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

WIDEST, NARROWEST = 48, 11
METHOD = "Method"
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def as_xlsx(report: Report) -> bytes:
    """The workbook. Its moment of making is that of its knowledge, so that the same question has the same bytes."""
    import xlsxwriter  # a large library that only this needs

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        known_at = parse_moment(str(report.query["as_known_at"])).replace(tzinfo=None)
        book.set_properties({"title": report.title, "author": report.authority_name, "comments": f"Checksum {report.checksum}", "created": known_at})
        styles = {
            "asked": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
            "added": book.add_format({"italic": True, "text_wrap": True, "valign": "top", "bottom": 1}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "tenths": book.add_format({"num_format": "0.0"}),
        }
        for table in tables(report):
            _table(book.add_worksheet(table.name), table, styles, report)
        _method(book.add_worksheet(METHOD), report, styles)
    return file.getvalue()


def _table(sheet: Worksheet, table: Table, styles: dict[str, Format], report: Report) -> None:
    sheet.freeze_panes(1, sum(1 for column in table.columns if column.key))
    _printing(sheet, report)
    sheet.repeat_rows(0)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _width(column, (row[place] for row in table.rows)))
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.name, styles["asked" if column.asked_by else "added"])
    for number, row in enumerate(table.rows, start=1):
        _row(sheet, number, row, styles)


def _printing(sheet: Worksheet, report: Report) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{_shortened(report.authority_name)}&RPage &P of &N")


def _shortened(name: str) -> str:
    """At most 100 characters, its end kept: that is where a name says that the data are a sample. An ampersand would command the footer."""
    return (name if len(name) <= 100 else f"{name[:60]}…{name[-35:]}").replace("&", "+")


def _row(sheet: Worksheet, number: int, row: Row, styles: dict[str, Format]) -> None:
    for place, cell in enumerate(row):
        if isinstance(cell, str):
            sheet.write_string(number, place, cell)
        elif isinstance(cell, float):
            sheet.write_number(number, place, cell, styles["tenths"])
        elif cell is not None:
            sheet.write_number(number, place, cell)


def _width(column: Column, cells: Iterable[Cell]) -> int:
    longest = max((len(str(cell)) for cell in cells if cell is not None), default=0)
    word = max(len(part) for part in column.name.replace("_", " ").split())
    return min(max(longest, word + 2, len(column.name) // 2 + 2, NARROWEST), WIDEST)


def _method(sheet: Worksheet, report: Report, styles: dict[str, Format]) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, WIDEST)
    sheet.set_column(2, 2, 90)
    _printing(sheet, report)
    for number, line in enumerate(method(report)):
        for place, cell in enumerate(line):
            sheet.write_string(number, place, cell, styles["asked" if place == 0 else "text"])


def method(report: Report) -> list[Sequence[str]]:
    """What was asked, how it was counted, who asks for each column, and the checksum."""
    lines: list[Sequence[str]] = [("report", report.name), ("title", report.title), ("checksum", report.checksum)]
    lines += [(name, said(value)) for name, value in report.query.items()]
    if report.beside is not None:
        lines += [("beside: as known at", report.beside.as_known_at), ("beside: checksum", report.beside.later.checksum)]
    lines += [("note", "", note) for note in (*report.notes, *(report.beside.notes if report.beside else ()))]
    lines.append(("column", "asked by", "what it holds"))
    lines += [(column.name, column.asked_by or "added by us", column.meaning) for column in report.columns]
    return lines


def said(value: Any) -> str:
    """A member of the query in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {said(inner)}" for name, inner in value.items())
    return "hidden" if value is None else str(value)
