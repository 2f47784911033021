"""What may be wrong with a register: a file that cannot be read at all, or cells of one row."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellFault:
    """One thing that is wrong in a row: in which column, as a code and in words."""

    column: str
    code: str
    detail: str


class UnreadableRegister(Exception):
    """The file, or the mapping beside it, cannot be used; nothing of it was taken. All faults at once."""

    code = "unreadable_register"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class RowRefused(Exception):
    """A row cannot be taken."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        super().__init__("; ".join(f"{fault.column}: {fault.detail}" for fault in faults))
        self.faults = tuple(faults)
