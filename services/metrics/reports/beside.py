"""A past report run again: the same question as known at a later moment, beside it, and what was corrected in between (S22)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.metrics.reports.sheet import TOTAL, Cell, Column, Report, Row, Table

CORRECTION_COLUMNS = (
    Column("stock", None, "carried_forward: open at the beginning of the period; continuing: open at its end."),
    Column("request", None, "The request."),
    Column("direction", None, "Where it stood, or stands now."),
    Column("kind", None, "The same."),
    Column("delta", None, "-1 at the old place, +1 at the new."),
    Column("cause", None, "duplicate, late_registered, reclassified, fact_corrected or late_fact: the first that fits."),
)
NOTES = (
    "Corrections list each request that was open at the beginning (carried_forward) or at the end (continuing) of the period in one view and not in the "
    "other, or under another direction or kind. Their sum is the change of these two stocks.",
    "Other columns that changed follow from these requests and from other facts recorded in between; those are not listed one by one.",
)
NOT_ENDED = "The period had not ended at the earlier moment: what continued then was counted at that moment, so only the stock carried forward is explained."
NOT_NAMED = "Small numbers are hidden, so no request is named."


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that differs between two moments of knowledge."""

    row: Mapping[str, Cell]
    column: str
    was: Cell
    now: Cell

    @property
    def difference(self) -> Cell:
        """Now less then; nothing where one of them is no number."""
        return difference(self.was, self.now)

    def as_json(self) -> dict[str, Any]:
        """The change as the interface gives it."""
        return {"row": dict(self.row), "column": self.column, "was": self.was, "now": self.now, "change": self.difference}


@dataclass(frozen=True, slots=True)
class Beside:
    """The same report as known at a later moment."""

    earlier: Report
    later: Report
    corrections: Sequence[Mapping[str, Any]]
    notes: Sequence[str]

    @property
    def as_known_at(self) -> str:
        """The later moment."""
        return str(self.later.query["as_known_at"])

    @property
    def pairs(self) -> list[tuple[Row | None, Row | None]]:
        """The rows of both, those of the same keys together, in the order of the report."""
        return paired(self.earlier.columns, self.earlier.rows, self.later.rows)

    @property
    def changes(self) -> list[Change]:
        """The cells that differ."""
        columns = self.earlier.columns
        found = []
        for was, now in self.pairs:
            key = {column.name: cell for column, cell in zip(columns, was or now or (), strict=True) if column.key}
            for place, column in enumerate(columns):
                before, after = cell_at(was, place), cell_at(now, place)
                if not column.key and before != after:
                    found.append(Change(key, column.name, before, after))
        return found

    @property
    def changed_columns(self) -> tuple[str, ...]:
        """The columns in which a cell differs, in the order of the report."""
        changed = {change.column for change in self.changes}
        return tuple(column.name for column in self.earlier.columns if column.name in changed)

    @property
    def corrections_table(self) -> Table:
        """The corrections as a table."""
        rows = [[line[column.name] for column in CORRECTION_COLUMNS] for line in self.corrections]
        return Table("corrections", f"Corrected until {self.as_known_at}", CORRECTION_COLUMNS, rows)

    def as_json(self) -> dict[str, Any]:
        """What stands beside the report."""
        return {
            "as_known_at": self.as_known_at,
            "checksum": self.later.checksum,
            "rows": [list(row) for row in self.later.rows],
            "changes": [change.as_json() for change in self.changes],
            "corrections": [dict(line) for line in self.corrections],
            "notes": list(self.notes),
        }


def cell_at(row: Row | None, place: int) -> Cell:
    """The cell of a row; nothing where there is no such row."""
    return None if row is None else row[place]


def difference(was: Cell, now: Cell) -> Cell:
    """*now* less *was*, with one decimal where one of them has; nothing where one of them is no number."""
    if isinstance(was, str | None) or isinstance(now, str | None):
        return None
    exact = now - was
    return round(exact, 1) if isinstance(exact, float) else exact


def paired(columns: Sequence[Column], earlier: Iterable[Row], later: Iterable[Row]) -> list[tuple[Row | None, Row | None]]:
    """Rows of the same keys together; in order of the keys, totals first."""
    keys = [place for place, column in enumerate(columns) if column.key]
    before = {tuple(row[place] for place in keys): row for row in earlier}
    after = {tuple(row[place] for place in keys): row for row in later}

    def rank(key: tuple[Cell, ...]) -> list[tuple[int, str]]:
        return [_rank(columns[place], cell) for place, cell in zip(keys, key, strict=True)]

    return [(before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys(), key=rank)]


def _rank(column: Column, cell: Cell) -> tuple[int, str]:
    known = column.order.index(str(cell)) if cell in column.order else len(column.order)
    return known, "" if cell == TOTAL else str(cell)
