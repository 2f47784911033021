"""CSV as readers of CSV see it."""

from __future__ import annotations

import csv
import io

import pytest

from services.metrics.reports.formats.writing import one_table, written
from services.metrics.reports.table import REPORTS
from tests.services.metrics.reports.made import awkward, made


def read(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode("utf-8"), newline="")))


@pytest.mark.parametrize("name", REPORTS)
def test_a_sniffer_finds_the_dialect_and_a_header(name: str) -> None:
    text = written(made(name), "csv").decode()

    dialect = csv.Sniffer().sniff(text, delimiters=",;\t|")

    assert (dialect.delimiter, dialect.quotechar, dialect.doublequote) == (",", '"', dialect.doublequote)
    assert text.count("\r\n") == text.count("\n") == len(made(name).rows) + 1
    assert next(csv.reader(io.StringIO(text), dialect)) == [column.name for column in made(name).columns]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_quoted_as_text(text: str) -> None:
    assert read(written(awkward([[text, 1, 2.5]]), "csv"))[1] == [f"'{text}", "1", "2.5"]


def test_a_number_below_zero_stays_a_number() -> None:
    assert read(written(awkward([["all", -1, None]]), "csv"))[1] == ["all", "-1", ""]


def test_commas_quotes_and_lines_in_a_cell_come_back_as_they_were() -> None:
    assert read(written(awkward([['a, "b"\r\nc', 1, None]]), "csv"))[1][0] == 'a, "b"\r\nc'


def test_each_further_table_is_a_file_of_its_own() -> None:
    found = made("account", beside=True)

    assert read(one_table(found, "corrections"))[0] == ["stock", "request", "direction", "kind", "delta", "cause"]
    assert read(one_table(made("eaw-questionnaire"), "refusals_by_ground"))[0] == ["direction", "ground", "warrants_refused"]
    assert len(read(one_table(found))) == len(found.beside.pairs if found.beside else []) + 1


def test_a_report_without_rows_is_a_header() -> None:
    assert written(awkward([]), "csv") == b"kind,new,days\r\n"
