"""XLSX as openpyxl reads it."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from services.metrics.reports.formats.workbook import METHOD, as_xlsx
from services.metrics.reports.sheet import Report, Table
from services.metrics.reports.side_by_side import tables
from services.metrics.reports.table import REPORTS
from tests.services.metrics.reports.made import SAMPLE, awkward, made, named


def opened(found: Report) -> Any:
    return openpyxl.load_workbook(io.BytesIO(as_xlsx(found)))


def values(sheet: Any) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("name", REPORTS)
def test_every_table_is_a_sheet_with_its_cells_and_a_last_one_says_the_method(name: str, beside: bool) -> None:
    found = made(name, beside)
    book = opened(found)

    assert book.sheetnames == [*(table.name for table in tables(found)), METHOD]
    for table in tables(found):
        head, *rows = values(book[table.name]) or [[]]
        assert head == [column.name for column in table.columns]
        assert rows == [list(row) for row in table.rows]


def test_the_method_says_question_notes_sources_and_checksum() -> None:
    found = named(made("account", beside=True))
    told = values(opened(found)[METHOD])

    assert ["checksum", found.checksum, None] in told
    assert ["as_known_at", "2026-01-31T23:00:00Z", None] in told
    assert ["authority_name", SAMPLE, None] in told
    assert ["complete", "yes", None] in told
    assert ["beside: as known at", "2026-10-31T23:00:00Z", None] in told
    assert {line[0]: line[1] for line in told}["carried_forward"] == "Attorney-General's Department (Australia), annual report"
    assert {line[0]: line[1] for line in told}["reopened"] == "added by us"
    assert set(found.notes) <= {line[2] for line in told}


def test_the_header_stays_in_sight_and_no_column_is_too_narrow() -> None:
    sheet = opened(made("account"))["account"]

    assert sheet.freeze_panes == "C2"
    assert sheet.column_dimensions["A"].width >= len("incoming")
    assert sheet.column_dimensions["B"].width >= len("transfer_of_sentenced_person")
    assert sheet["E1"].font.bold
    assert sheet["G1"].font.italic


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "http://example.org", "{=A1}", "1234", "\tx"])
def test_text_stays_text(text: str) -> None:
    found = awkward([[text, 1, 2.5]])
    cell = opened(found)["cepej"]["A2"]

    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    names = zipfile.ZipFile(io.BytesIO(as_xlsx(found))).namelist()
    assert not [name for name in names if "rels" in name and "sheet" in name]


def test_numbers_are_numbers_and_nothing_is_empty() -> None:
    sheet = opened(awkward([["all", 7, 57.0], ["eaw", None, None], ["eio", -1, 0.1]]))["cepej"]

    assert [[cell.data_type for cell in row[1:]] for row in sheet.iter_rows(min_row=2)] == [["n", "n"]] * 3
    assert values(sheet)[1:] == [["all", 7, 57], ["eaw", None, None], ["eio", -1, 0.1]]
    assert sheet["C2"].number_format == "0.0"


def test_the_workbook_was_made_at_the_moment_of_its_knowledge() -> None:
    properties = opened(named(made("cepej"))).properties

    assert properties.created == properties.modified == datetime(2026, 1, 31, 23)  # noqa: DTZ001 - workbooks hold no zone; it is UTC
    assert properties.creator == SAMPLE


@pytest.mark.parametrize("name", ["A" * 300, "R & D, 100 %" * 20, '&C&"Wingdings"&P'])
def test_a_long_or_odd_name_of_an_authority_breaks_nothing(name: str) -> None:
    book = opened(awkward([["all", 1, None]], name=f"{name} (sample data)"))
    footer = book["cepej"].oddFooter.left.text

    assert footer.endswith("(sample data)")
    assert len(footer) < 255


def test_a_report_without_rows_is_a_header_and_a_method() -> None:
    found = awkward([], (Table("besides", "Besides", awkward([]).columns, []),))

    assert values(opened(found)["cepej"]) == values(opened(found)["besides"]) == [["kind", "new", "days"]]
