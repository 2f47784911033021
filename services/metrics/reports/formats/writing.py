"""The formats in which a report can be had, and the name of its file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.metrics.domain.errors import FiguresError
from services.metrics.reports.formats.comma_separated import as_csv
from services.metrics.reports.formats.document import as_pdf
from services.metrics.reports.formats.workbook import as_xlsx
from services.metrics.reports.sheet import Report
from services.metrics.reports.side_by_side import tables


@dataclass(frozen=True, slots=True)
class Format:
    """One format: what it is called on the wire, and how a report is written in it."""

    media_type: str
    write: Callable[[Report], bytes]


class TableUnknown(FiguresError):
    """The report has no table of that name."""

    code = "not_found"


def one_table(report: Report, name: str | None = None) -> bytes:
    """One table of a report as CSV: the first, or that of a *name*.

    Raises:
        TableUnknown: there is none of that name.
    """
    held = {table.name: table for table in tables(report)}
    if name is not None and name not in held:
        raise TableUnknown(f"no table {name}; there are {', '.join(held)}")
    return as_csv(held[name or report.name])


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _json(report: Report) -> bytes:
    return _encode(report.as_json()).encode()


def written(report: Report, wanted: str, table: str | None = None) -> bytes:
    """The bytes of a report in the format *wanted*."""
    return one_table(report, table) if wanted == "csv" else FORMATS[wanted].write(report)


FORMATS: Mapping[str, Format] = {
    "json": Format("application/json", _json),
    "csv": Format("text/csv; charset=utf-8; header=present", one_table),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "pdf": Format("application/pdf", as_pdf),
}


def file_name(report: Report, ending: str) -> str:
    """The name under which the report is saved."""
    parts = [report.name, *(str(report.query[name]) for name in ("authority", "from", "to"))]
    return re.sub(r"[^A-Za-z0-9._-]", "_", "-".join(parts)) + f".{ending}"
