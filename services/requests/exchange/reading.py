"""A register file as rows of cells, whatever spreadsheet it came from: CSV in the usual encodings and separators, or XLSX. Bounded memory, row by row."""

import csv
import io
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from services.requests.exchange.cells import Cell, visible
from services.requests.exchange.faults import UnreadableRegister
from services.requests.exchange.mapping import ColumnMapping, folded
from services.requests.exchange.workbook import sheet_rows

MOST_ROWS = 200_000
MOST_COLUMNS = 300
HEAD_BYTES = 64 * 1024
ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "utf-16": "utf-16", "windows-1252": "cp1252", "cp1252": "cp1252", "latin1": "cp1252", "iso-8859-1": "cp1252"}
ENCODINGS |= {"windows-1250": "cp1250", "cp1250": "cp1250", "windows-1251": "cp1251", "cp1251": "cp1251", "windows-1253": "cp1253", "windows-1254": "cp1254"}
DELIMITERS = (",", ";", "\t", "|")
ZIP_SIGNATURE, OLD_EXCEL_SIGNATURE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

csv.field_size_limit(1024 * 1024)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as the spreadsheet program shows it, and its cells by our column."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Register:
    """An open register: its rows, and the headings of which no use is made."""

    rows: Iterator[Row]
    unused: tuple[str, ...]


@contextmanager
def open_register(path: Path, mapping: ColumnMapping) -> Iterator[Register]:
    """The register in the file *path*; closed at the end of the block.

    Raises:
        UnreadableRegister: it is no CSV or XLSX, its encoding cannot be told, or its heading names none of the columns that every row needs.
    """
    with path.open("rb") as raw:
        head = raw.read(HEAD_BYTES)
    if head.startswith(OLD_EXCEL_SIGNATURE):
        raise UnreadableRegister(["a workbook of the old form (.xls) or with a password; save it as .xlsx without one, or as CSV"])
    if not head.strip(b"\x00 \r\n\t"):
        raise UnreadableRegister(["the file is empty"])
    if head.startswith(ZIP_SIGNATURE):
        try:
            with sheet_rows(path, mapping.sheet) as lines:
                yield _register(lines, mapping)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as fault:
            raise UnreadableRegister([f"no readable workbook: {fault}"]) from fault
        return
    encoding = _encoding(path, head, mapping.encoding)
    with path.open(encoding=encoding, newline="") as lines_of_text:
        yield _register(_csv_rows(lines_of_text, mapping.delimiter), mapping)


def _register(lines: Iterator[Sequence[Cell]], mapping: ColumnMapping) -> Register:
    """Rows by column, after the heading row."""
    heading = next(islice(lines, mapping.header_row - 1, None), None)
    if heading is None:
        raise UnreadableRegister([f"there is no row {mapping.header_row} to take the headings from"])
    if len(heading) > MOST_COLUMNS and any(str(cell or "").strip() for cell in heading[MOST_COLUMNS:]):
        raise UnreadableRegister([f"more than {MOST_COLUMNS} columns"])
    names = [visible(str(cell)) if cell is not None else "" for cell in heading[:MOST_COLUMNS]]
    columns = [mapping.column_of(name) if name else None for name in names]
    _require_columns(names, columns, mapping)
    unused = tuple(name for name, column in zip(names, columns, strict=True) if name and column is None and folded(name) not in mapping.ignore)
    return Register(_rows(lines, columns, mapping.header_row), unused)


def _require_columns(names: Sequence[str], columns: Sequence[str | None], mapping: ColumnMapping) -> None:
    used = [column for column in columns if column]
    faults = [f"two columns say {column}" for column in sorted({column for column in used if used.count(column) > 1})]
    absent = [name for name in mapping.columns if name not in {folded(each) for each in names}]
    faults += [f"the mapping names a heading that the file does not have: {name}" for name in absent]
    needed = ("direction", "counterpart", "kind", "instrument")
    if missing := [column for column in needed if column not in used and column not in mapping.defaults]:
        faults.append(f"no column for {', '.join(missing)}; the headings are {', '.join(name for name in names if name) or 'empty'}")
    if faults:
        raise UnreadableRegister(faults)


def _rows(lines: Iterable[Sequence[Cell]], columns: Sequence[str | None], header_row: int) -> Iterator[Row]:
    for number, line in enumerate(lines, header_row + 1):
        if number - header_row > MOST_ROWS:
            raise UnreadableRegister([f"more than {MOST_ROWS} rows; divide the file"])
        cells = {column: cell for column, cell in zip(columns, line, strict=False) if column and cell not in (None, "")}
        if any(not isinstance(cell, str) or visible(cell) for cell in cells.values()):
            yield Row(number, cells)


def _csv_rows(text: io.TextIOBase | io.TextIOWrapper, delimiter: str | None) -> Iterator[Sequence[Cell]]:
    head = text.read(HEAD_BYTES)
    text.seek(0)
    sign = delimiter or _delimiter(head)
    if head.startswith("sep="):
        text.readline()  # a hint to the spreadsheet program, which shows it as no row
    try:
        yield from csv.reader(text, delimiter=sign, strict=False)
    except csv.Error as fault:
        raise UnreadableRegister([f"no readable CSV: {fault}"]) from fault


def _delimiter(head: str) -> str:
    """The separator that divides the first lines most evenly: in a heading the one most often seen outside quotes; of equals the first."""
    if head.startswith("sep=") and len(head) > 4:
        return head[4]
    line = _outside_quotes(head)
    return max(DELIMITERS, key=line.count)


def _outside_quotes(head: str) -> str:
    """The first line of *head* without what stands in quotes."""
    kept: list[str] = []
    quoted = False
    for sign in head:
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            if sign in "\r\n" and kept:
                break
            kept.append(sign)
    return "".join(kept)


def _encoding(path: Path, head: bytes, wanted: str | None) -> str:
    """The name of the encoding of the file: by its mark, by what it can be read as, else that of old Windows."""
    if head.startswith(BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    if wanted:
        if wanted.casefold() not in ENCODINGS:
            raise UnreadableRegister([f"encoding {wanted}: not one of {', '.join(ENCODINGS)}"])
        return _readable(path, ENCODINGS[wanted.casefold()])
    if b"\x00" in head:
        return _readable(path, "utf-16-be" if head[:2].find(b"\x00") == 0 else "utf-16-le")
    try:
        return _readable(path, "utf-8")
    except UnreadableRegister:
        return _readable(path, "cp1252")


def _readable(path: Path, encoding: str) -> str:
    """*encoding*, when the whole file can be read in it."""
    decoder = getincrementaldecoder(encoding)()
    place = 0
    try:
        with path.open("rb") as raw:
            while block := raw.read(1024 * 1024):
                decoder.decode(block)
                place += len(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        raise UnreadableRegister([f"not readable as {encoding}: byte {place + fault.start}; save it as UTF-8, or name its encoding in the mapping"]) from fault
    return encoding
