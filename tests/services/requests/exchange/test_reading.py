"""Files from every office: encodings, separators, workbooks; rows come one by one."""

import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from services.requests.exchange.cells import Broken, Formula
from services.requests.exchange.faults import UnreadableRegister
from services.requests.exchange.mapping import ColumnMapping, read_mapping
from services.requests.exchange.reading import Row, open_register

HEADING = "direction,own_reference,counterpart,kind,instrument,subject"
LINE = "outgoing,A-1,ch-central,mla,COE-030,Čeněk à Genève"


def rows_of(path: Path, mapping: ColumnMapping | None = None) -> list[Row]:
    with open_register(path, mapping or ColumnMapping()) as register:
        return list(register.rows)


def written(folder: Path, content: bytes, name: str = "register.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_is_read_in_every_usual_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    text = f"{HEADING}\r\n{LINE}\r\n".replace(",", separator)

    (row,) = rows_of(written(tmp_path, text.encode(encoding)))

    assert (row.number, row.cells["subject"], row.cells["instrument"]) == (2, "Čeněk à Genève", "COE-030")


def test_a_csv_of_old_windows_is_read(tmp_path: Path) -> None:
    (row,) = rows_of(written(tmp_path, f"{HEADING}\noutgoing,A-1,x,mla,COE-030,Genève – 5 €\n".encode("cp1252")))

    assert row.cells["subject"] == "Genève – 5 €"


def test_quotes_keep_separators_and_line_ends_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    text = f'{HEADING}\n\noutgoing,A-1,x,mla,COE-030,"one, ""two""\nthree"\n,,,,,\n{LINE}\n'

    rows = rows_of(written(tmp_path, text.encode()))

    assert [row.number for row in rows] == [3, 5]
    assert rows[0].cells["subject"] == 'one, "two"\nthree'


def test_the_hint_of_excel_names_the_separator_and_is_no_row(tmp_path: Path) -> None:
    (row,) = rows_of(written(tmp_path, f"sep=;\r\n{HEADING}\r\n{LINE}\r\n".replace(",", ";").encode("utf-8-sig")))

    assert row.number == 2


def test_a_workbook_gives_stored_results_and_tells_what_it_cannot_know(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Hidden", 0).sheet_state = "hidden"
    sheet = book["Sheet"]
    sheet.append(["The register of the office"])
    sheet.append([*HEADING.split(","), "sent"])
    sheet.append(["outgoing", 12, "x", "mla", "COE-030", "=A1&B1", datetime(2026, 3, 9)])  # noqa: DTZ001 - as a workbook holds it
    sheet.append([None] * 7)
    sheet.append(["outgoing", 13, "x", "mla", "COE-030", "#N/A", None])
    book.save(tmp_path / "register.xlsx")

    first, second = rows_of(tmp_path / "register.xlsx", read_mapping(b"header_row: 2"))

    assert (first.number, first.cells["own_reference"], first.cells["subject"]) == (3, 12, Formula("=A1&B1"))
    assert (second.number, second.cells["subject"]) == (5, Broken("#N/A"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"\xd0\xcf\x11\xe0 old", "old form", id="an old workbook, or one with a password"),
        pytest.param(b"PK\x03\x04 nothing", "no readable workbook", id="a broken workbook"),
        pytest.param(b"direction,own_reference\nx,y", "no column for counterpart, kind, instrument", id="needed columns are absent"),
        pytest.param(b"kind,kind,direction,counterpart,instrument\n", "two columns say kind", id="a column twice"),
        pytest.param(b"kind\x81,\xff\x8d", "not readable as cp1252: byte", id="no text at all"),
    ],
)
def test_an_unreadable_file_is_refused_with_the_reason(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(UnreadableRegister, match=words):
        rows_of(written(tmp_path, content))


def test_headings_without_a_use_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADING},Remarks,Days\n{LINE},,\n".encode())

    with open_register(path, read_mapping(b"ignore: [days]")) as register:
        assert register.unused == ("Remarks",)


def test_a_workbook_that_swells_beyond_measure_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)

    with pytest.raises(UnreadableRegister, match="unpacks to more"):
        rows_of(tmp_path / "bomb.xlsx")


def test_a_long_register_needs_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write(HEADING + "\n")
        file.writelines(f"outgoing,A-{number},ch-central,mla,COE-030,{'x' * 100}\n" for number in range(30_000))
    tracemalloc.start()

    with open_register(path, ColumnMapping()) as register:
        count = sum(1 for _ in register.rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 30_000
    assert peak < 3_000_000 < path.stat().st_size
