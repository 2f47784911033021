"""What became of each row, and of a register as a whole."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, Any
from uuid import UUID

from services.requests.exchange.faults import CellFault


class Outcome(StrEnum):
    """What became of a row; in a dry run, what would become of it."""

    TAKEN = "taken"
    DOUBLED = "doubled"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row: its outcome, the request it became or already was, what is wrong, what is worth knowing."""

    row: int
    outcome: Outcome
    reference: str | None = None
    request: UUID | None = None
    faults: tuple[CellFault, ...] = ()
    remarks: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The row as the interface and the command line tell it."""
        faults = [{"column": fault.column, "code": fault.code, "detail": fault.detail} for fault in self.faults]
        request = str(self.request) if self.request else None
        return {"row": self.row, "outcome": self.outcome, "reference": self.reference, "request": request, "faults": faults, "remarks": list(self.remarks)}


@dataclass(slots=True)
class Report:
    """Numbers of a register, as they grow."""

    dry_run: bool
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, results: Iterable[RowResult]) -> Iterator[RowResult]:
        """*results*, counted on their way."""
        for result in results:
            self.outcomes[result.outcome] += 1
            self.faults.update({(fault.column, fault.code) for fault in result.faults})
            yield result

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.outcomes.total()

    def numbers(self) -> Mapping[str, int]:
        """Rows by outcome, every outcome named."""
        return {"rows": self.rows, **{str(outcome): self.outcomes[outcome] for outcome in Outcome}}

    def sentences(self) -> Iterator[str]:
        """The whole in words, the most frequent faults named."""
        would = "would be " if self.dry_run else ""
        told = ", ".join(f"{self.outcomes[outcome]} {would}{outcome}" for outcome in Outcome)
        yield f"{self.rows} rows: {told}." + (" Nothing was stored." if self.dry_run else "")
        for (column, code), count in self.faults.most_common(10):
            yield f"  {count} x {column}: {code}"


RESULT_COLUMNS = ("row", "outcome", "reference", "request", "column", "code", "detail", "remarks")


def write_results(results: Iterable[RowResult], file: IO[str]) -> Iterator[RowResult]:
    """*results*, each written to *file* as CSV on its way: a line for each row, and one for each further fault."""
    writer = csv.writer(file)
    writer.writerow(RESULT_COLUMNS)
    for result in results:
        for fault in result.faults or (CellFault("", "", ""),):
            cells = (
                result.row,
                result.outcome,
                result.reference or "",
                result.request or "",
                fault.column,
                fault.code,
                fault.detail,
                "; ".join(result.remarks),
            )
            writer.writerow([harmless(str(cell)) for cell in cells])
        yield result


def harmless(cell: str) -> str:
    """*cell* so that no spreadsheet program takes it for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
