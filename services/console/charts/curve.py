"""The waiting curve: the share still waiting, by days since arrival, with its band and the open ones as ticks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.charts.scales import Scale, round_steps

LEFT, RIGHT, TOP, BOTTOM = 48.0, 16.0, 20.0, 44.0


@dataclass(frozen=True, slots=True)
class Line:
    """One cohort: its steps, its band and the places of the open ones."""

    label: str
    path: str
    band: str
    ticks: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A drawing of *width* by *height* with its axes; `days` and `shares` are (place, label)."""

    width: int
    height: int
    days: tuple[tuple[float, str], ...]
    shares: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]
    base: float
    start: float
    end: float


def waiting_curve(cohorts: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], width: int, height: int) -> Curve | None:
    """The drawing of one or two cohorts (label, points with `t`, `s`, `low`, `high`, `censored`), or None when there is no point at all."""
    last = max((point["t"] for _, points in cohorts for point in points), default=None)
    if last is None:
        return None
    marks = round_steps(max(last, 1), about=10 if width > 500 else 5)
    x = Scale(0, marks[-1], LEFT, width - RIGHT)
    y = Scale(0, 1, height - BOTTOM, TOP)
    return Curve(
        width=width,
        height=height,
        days=tuple((x.at(day), str(day)) for day in marks),
        shares=tuple((y.at(share / 100), str(share)) for share in (0, 25, 50, 75, 100)),
        lines=tuple(_line(label, points, x, y) for label, points in cohorts if points),
        base=y.at(0),
        start=x.start,
        end=x.end,
    )


def _line(label: str, points: Sequence[Mapping[str, Any]], x: Scale, y: Scale) -> Line:
    path, share = [f"M{x.at(0)},{y.at(1)}"], 1.0
    ticks: list[tuple[float, float]] = []
    for point in points:
        place = x.at(point["t"])
        if point["s"] != share:
            path.append(f"H{place}V{y.at(point['s'])}")
            share = point["s"]
        if point.get("censored"):
            ticks.append((place, y.at(share)))
    path.append(f"H{x.at(points[-1]['t'])}")
    return Line(label=label, path="".join(path), band=_band(points, x, y), ticks=tuple(ticks))


def _band(points: Sequence[Mapping[str, Any]], x: Scale, y: Scale) -> str:
    """The outline of the interval where both its limits are known: along the upper one in steps, back along the lower one."""
    known = [point for point in points if point.get("low") is not None and point.get("high") is not None]
    if len(known) < 2:
        return ""
    over, under = [f"M{x.at(known[0]['t'])},{y.at(known[0]['high'])}"], []
    for before, point in itertools.pairwise(known):
        over.append(f"H{x.at(point['t'])}V{y.at(point['high'])}")
        under.append(f"V{y.at(before['low'])}H{x.at(before['t'])}")
    return "".join([*over, f"V{y.at(known[-1]['low'])}", *(f"{step}" for step in reversed(under)), "Z"])


def share_after(points: Sequence[Mapping[str, Any]], day: int) -> tuple[float, int] | None:
    """The share still waiting after *day* days and how many were at risk then; None beyond the last day observed."""
    if not points or day > points[-1]["t"]:
        return (0.0, 0) if points and points[-1]["s"] == 0 else None
    share = 1.0
    for point in points:
        if point["t"] > day:
            return share, point["at_risk"]
        share = point["s"]
    return share, points[-1]["at_risk"]
