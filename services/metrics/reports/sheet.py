"""A report as values: columns, rows, further tables, what has been corrected since; the same figures have the same checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.wire.codec import canonical

if TYPE_CHECKING:
    from services.metrics.reports.beside import Beside

Cell = str | int | float | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column, what it holds, and who asks for it; without a source it is added by us."""

    name: str
    asked_by: str | None = None
    meaning: str = ""
    key: bool = False
    """The cells of the key columns say which row it is."""
    order: tuple[str, ...] = ()
    """The order of the values of a key column; in order of the alphabet without it. The total comes first."""
    figure: str | None = None
    """The place of the number in the figures, where that is one place: of it the interface names the requests."""


@dataclass(frozen=True, slots=True)
class Table:
    """A further table of a report: what a body asks besides, or what the figures rest on."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]

    def as_json(self) -> dict[str, Any]:
        """The table as the interface gives it."""
        return {"name": self.name, "title": self.title, "columns": [column.name for column in self.columns], "rows": [list(row) for row in self.rows]}


@dataclass(frozen=True, slots=True)
class Report:
    """A finished report."""

    name: str
    title: str
    query: Mapping[str, Any]
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str]
    tables: Sequence[Table] = ()
    beside: Beside | None = None
    members: str = ""
    """Where the requests behind a number are, as a template of an address; nowhere where small numbers are hidden."""

    @property
    def checksum(self) -> str:
        """SHA-256 of the canonical JSON of query, columns, rows and tables: of what was asked and every figure, however it is printed."""
        return hashlib.sha256(canonical(self._figures())).hexdigest()

    @property
    def authority_name(self) -> str:
        """The authority as people call it; its id where the directory has no name."""
        return str(self.query.get("authority_name") or self.query["authority"])

    def _figures(self) -> dict[str, Any]:
        return {
            "query": dict(self.query),
            "columns": [column.name for column in self.columns],
            "rows": [list(row) for row in self.rows],
            "tables": [table.as_json() for table in self.tables],
        }

    def as_json(self) -> dict[str, Any]:
        """The report as the interface gives it."""
        return {
            "report": self.name,
            "title": self.title,
            **self._figures(),
            "asked_by": {column.name: column.asked_by for column in self.columns},
            "meaning": {column.name: column.meaning for column in self.columns},
            "cells": {column.name: column.figure for column in self.columns if column.figure},
            "members": self.members or None,
            "notes": list(self.notes),
            "checksum": self.checksum,
            **({} if self.beside is None else {"beside": self.beside.as_json()}),
        }


def shown(value: str | None) -> str:
    """A value of a dimension as a cell: the total is called all."""
    return TOTAL if value is None else value


TOTAL = "all"
DIRECTION = Column("direction", None, "incoming: asked of this authority; outgoing: asked by it.", key=True)
KIND = Column("kind", None, "The kind of request; all: every kind, counted anew.", key=True)
