"""Bars: how old the open ones are, and what came and went by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.charts.scales import Scale


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in two parts: all of it *length* long, of which the last *late* is overdue."""

    band: str
    label: str
    count: int
    overdue: int
    length: float
    late: float


def ageing_bars(counts: Sequence[tuple[str, str, int, int]], width: int) -> list[Bar]:
    """One bar a band (band, label, count, overdue among them); the longest is *width* user units long."""
    x = Scale(0, max((count for *_, count, _ in counts), default=0) or 1, 0, width)
    return [Bar(band, label, count, overdue, length=x.at(count), late=x.at(overdue)) for band, label, count, overdue in counts]


@dataclass(frozen=True, slots=True)
class Month:
    """Received and closed in one month as two columns, with what was open at its end."""

    label: str
    x: float
    received: int
    received_y: float
    closed: int
    closed_y: float
    open: int


@dataclass(frozen=True, slots=True)
class Months:
    """The columns of a period; each pair is 2 × *column* wide."""

    months: tuple[Month, ...]
    column: float
    base: float


def month_columns(months: Sequence[Mapping[str, Any]], names: Sequence[str], width: int, height: int) -> Months:
    """The columns for *months* (`month` as YYYY-MM, `new`, `reopened`, `closed_total`, `continuing`) with *names* of the twelve months."""
    top, base = 32.0, height - 28.0
    highest = max((max(month["new"] + month["reopened"], month["closed_total"]) for month in months), default=0) or 1
    y, slot = Scale(0, highest, base, top), width / max(len(months), 1)
    column = round(min(18.0, slot / 3), 1)
    return Months(
        months=tuple(
            Month(
                label=names[int(month["month"][5:7]) - 1],
                x=round(slot * number + slot / 2 - column, 1),
                received=month["new"] + month["reopened"],
                received_y=y.at(month["new"] + month["reopened"]),
                closed=month["closed_total"],
                closed_y=y.at(month["closed_total"]),
                open=month["continuing"],
            )
            for number, month in enumerate(months)
        ),
        column=column,
        base=base,
    )
