"""Hidden numbers must not be worked out from those beside them: what is hidden is hidden together with enough of its sum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str, ...]
Cell = tuple[int, Path]
"""A group of the answer, by its place, and a number in it."""
Sum = Sequence[Cell]
"""Numbers of which each can be worked out from all the others."""

STOCK = ("carried_forward", "new", "reopened", "closed_total", "continuing")
LIMITS = ("met", "met_late", "missed", "lapsed", "denominator")


def hide_what_follows(sums: Iterable[Sum], true: Mapping[Cell, int], hidden: set[Cell], fewest: int) -> None:
    """Hide more, until in every sum nothing is hidden, or two numbers or more that are *fewest* together.

    The smallest number that is not 0 goes first. A sum without another such number stays as it is: what is hidden in it cannot be told from its other zeros.
    """
    waiting = [[cell for cell in own if cell in true] for own in sums]
    changed = True
    while changed:
        changed = False
        for own in waiting:
            concealed = [cell for cell in own if cell in hidden]
            if not concealed or enough([true[cell] for cell in concealed], fewest):
                continue
            visible = [cell for cell in own if cell not in hidden and true[cell]]
            if visible:
                hidden.add(min(visible, key=lambda cell: (abs(true[cell]), cell)))
                changed = True


def enough(concealed: Sequence[int], fewest: int) -> bool:
    """Two numbers or more that are *fewest* together keep one another hidden."""
    return len(concealed) > 1 and sum(map(abs, concealed)) >= fewest


def sums_within(place: int, group: Mapping[str, Any]) -> Iterator[Sum]:
    """The sums that hold inside one group."""
    account = group.get("account")
    if account is not None:
        yield _cells(place, ("account",), STOCK)
        yield _cells(place, ("account",), ("carried_forward", "previous_continuing", "corrected"))
        yield [(place, ("account", "closed_total")), *_cells(place, ("account", "closed"), account["closed"])]
        yield [(place, ("account", "closed", "otherwise")), *_cells(place, ("account", "otherwise_by_reason"), account["otherwise_by_reason"])]
        yield [(place, ("account", "closed", "refused")), *_cells(place, ("activity", "refused_by_body"), group["activity"]["refused_by_body"])]
        yield [(place, ("account", "continuing")), *_cells(place, ("ageing",), group["ageing"])]
    for row in group.get("limits", ()):
        yield _cells(place, ("limits", row["row"]), LIMITS)
    for name, duration in group.get("durations", {}).items():
        whole = [(place, ("durations", name, "n")), (place, ("durations", name, "open"))]
        yield [*whole, *_cells(place, ("durations", name, "outcomes"), duration["outcomes"])]


def sums_across(groups: Sequence[Mapping[str, Any]], counts: Callable[[Mapping[str, Any]], Iterable[Path]]) -> Iterator[Sum]:
    """The groups of one direction and their total, number by number."""
    for direction in sorted({group["direction"] for group in groups}):
        own = [(place, group) for place, group in enumerate(groups) if group["direction"] == direction]
        for path in sorted({path for _, group in own for path in counts(group)}):
            yield [(place, path) for place, _ in own]


def _cells(place: int, path: Path, names: Iterable[str]) -> list[Cell]:
    return [(place, (*path, name)) for name in names]
