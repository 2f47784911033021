"""Sheets of an XLSX workbook, row by row. Formulas count by the result that the spreadsheet program stored."""

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import openpyxl

from services.requests.exchange.cells import Broken, Cell, Formula
from services.requests.exchange.faults import UnreadableRegister

LARGEST_UNPACKED_BYTES = 1_000_000_000
LARGEST_RATIO = 500
FORMULA_TAG = re.compile(rb"<(?:\w+:)?f[\s/>]")


@contextmanager
def sheet_rows(path: Path, sheet: str | None) -> Iterator[Iterator[Sequence[Cell]]]:
    """The rows of the sheet named *sheet*, else of the first one that is not hidden."""
    has_formulas = _inspect(path)
    with warnings.catch_warnings(), ExitStack() as ends:
        # Files that are open, because openpyxl refuses a path by its ending, and an uploaded register has none.
        warnings.simplefilter("ignore", UserWarning)  # openpyxl says which decorations it does not keep; none are wanted
        values = ends.enter_context(closing(openpyxl.load_workbook(ends.enter_context(path.open("rb")), read_only=True, data_only=True)))
        chosen = _chosen(values, sheet)
        plain = _cells(chosen)
        if not has_formulas:
            yield (tuple(_cell(value) for value in line) for line in plain)
            return
        formulas = ends.enter_context(closing(openpyxl.load_workbook(ends.enter_context(path.open("rb")), read_only=True, data_only=False)))
        yield _with_formulas(plain, _cells(formulas[chosen.title]))


def _inspect(path: Path) -> bool:
    """Whether any sheet has a formula. Refuses an archive that would swell beyond measure."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > LARGEST_UNPACKED_BYTES or any(entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1024) for entry in entries):
            raise UnreadableRegister(["the workbook unpacks to more than any register; save the sheet as CSV"])
        return any(_has_formula(archive, entry) for entry in entries if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"))


def _has_formula(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    tail = b""
    with archive.open(entry) as opened:
        while block := opened.read(1024 * 1024):
            if FORMULA_TAG.search(tail + block):
                return True
            tail = block[-32:]
    return False


def _chosen(workbook: Any, sheet: str | None) -> Any:
    if sheet is not None:
        if sheet not in workbook.sheetnames:
            raise UnreadableRegister([f"no sheet {sheet}; there are {', '.join(workbook.sheetnames)}"])
        return workbook[sheet]
    return next((each for each in workbook.worksheets if each.sheet_state == "visible"), workbook.worksheets[0])


def _cells(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what a file says about its own size is often wrong
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(values_only=True)
    return rows


def _with_formulas(values: Iterator[tuple[Any, ...]], texts: Iterator[tuple[Any, ...]]) -> Iterator[Sequence[Cell]]:
    for value_line, text_line in zip(values, texts, strict=True):
        yield tuple(
            Formula(str(text)) if value is None and isinstance(text, str) and text.startswith("=") else _cell(value)
            for value, text in zip(value_line, text_line, strict=True)
        )


def _cell(value: Any) -> Cell:
    if isinstance(value, str) and value.startswith("#") and value.endswith(("!", "?", "/A")):
        return Broken(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    return value if hasattr(value, "isoformat") else str(value)
