"""The waiting curve: the share still waiting, by days since arrival, with its band and the open ones as ticks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.charts.scales import Scale, round_steps

LEFT, RIGHT, TOP, BOTTOM = 48.0, 16.0, 20.0, 44.0
ROOM_FOR_WORDS = 190.0
STILL_DRAWN = 0.05

Points = Sequence[Mapping[str, Any]]
"""Points of a cohort: `t`, `s`, `low`, `high`, `at_risk`, `censored`."""
Cohort = tuple[str, Points]


@dataclass(frozen=True, slots=True)
class Line:
    """One cohort: its steps, its band and the places of the open ones."""

    label: str
    path: str
    band: str
    ticks: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a line and the words beside it; no words where the drawing is too narrow for them."""

    x: float
    y: float
    words: str
    words_x: float
    words_y: float
    anchor: str


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
    marks: tuple[Mark, ...]


def horizon(cohorts: Sequence[Cohort], day: int) -> int:
    """The last day to draw: three times *day*, or as long as more than one in twenty of the first cohort wait; no longer than anything was observed."""
    first = next((points for _, points in cohorts if points), ())
    waiting = [point["t"] for point in first if point["s"] > STILL_DRAWN]
    observed = max((point["t"] for _, points in cohorts for point in points), default=1)
    return max(1, min(max(3 * day, waiting[-1] if waiting else 0), observed))


def waiting_curve(cohorts: Sequence[Cohort], width: int, height: int, *, until: int | None = None, marked: int | None = None) -> Curve | None:
    """The drawing of one or two cohorts, or None when there is no point at all.

    Args:
        until: the last day to draw; without it, the last day observed.
        marked: a day on which each line is marked and its share said.
    """
    observed = max((point["t"] for _, points in cohorts for point in points), default=None)
    if observed is None:
        return None
    last = max(1, observed if until is None else min(until, observed))
    steps = round_steps(last, about=10 if width > 500 else 5)
    x = Scale(0, steps[-1], LEFT, width - RIGHT)
    y = Scale(0, 1, height - BOTTOM, TOP)
    shown = [(label, [point for point in points if point["t"] <= steps[-1]], points[-1]["t"]) for label, points in cohorts if points]
    return Curve(
        width=width,
        height=height,
        days=tuple((x.at(day), str(day)) for day in steps),
        shares=tuple((y.at(share / 100), str(share)) for share in (0, 25, 50, 75, 100)),
        lines=tuple(_line(label, points, end, x, y) for label, points, end in shown),
        base=y.at(0),
        start=x.start,
        end=x.end,
        marks=() if marked is None else _marks(cohorts, marked, x, y, words=width > 500),
    )


def _line(label: str, points: Points, end: int, x: Scale, y: Scale) -> Line:
    path, share = [f"M{x.at(0)},{y.at(1)}"], 1.0
    ticks: list[tuple[float, float]] = []
    for point in points:
        place = x.at(point["t"])
        if point["s"] != share:
            path.append(f"H{place}V{y.at(point['s'])}")
            share = point["s"]
        if point.get("censored"):
            ticks.append((place, y.at(share)))
    path.append(f"H{x.at(end)}")
    return Line(label=label, path="".join(path), band=_band(points, x, y), ticks=tuple(ticks))


def _band(points: Points, x: Scale, y: Scale) -> str:
    """The outline of the interval where both its limits are known: along the upper one in steps, back along the lower one."""
    known = [point for point in points if point.get("low") is not None and point.get("high") is not None]
    if len(known) < 2:
        return ""
    over, under = [f"M{x.at(known[0]['t'])},{y.at(known[0]['high'])}"], []
    for before, point in itertools.pairwise(known):
        over.append(f"H{x.at(point['t'])}V{y.at(point['high'])}")
        under.append(f"V{y.at(before['low'])}H{x.at(before['t'])}")
    return "".join([*over, f"V{y.at(known[-1]['low'])}", *(f"{step}" for step in reversed(under)), "Z"])


def _marks(cohorts: Sequence[Cohort], day: int, x: Scale, y: Scale, *, words: bool) -> tuple[Mark, ...]:
    """The lines on *day*: the first said below, where no line runs, the second above its point."""
    found = []
    for place, (label, points) in enumerate(cohorts):
        share = share_after(points, day)
        if share is None or day > x.high:
            continue
        at, height = x.at(day), y.at(share[0])
        said = f"{label}: {round(100 * share[0])} % still waiting" if words else ""
        before = place == 0 and at > ROOM_FOR_WORDS + LEFT
        below = height + 16 if before else y.at(0) - 10
        found.append(Mark(at, height, said, at - 9 if before else at + 9, below if place == 0 else height - 9, "end" if before else "start"))
    return tuple(found)


def share_after(points: Points, day: int) -> tuple[float, int] | None:
    """The share still waiting after *day* days, and how many were seen to wait longer; None beyond the last day observed."""
    if not points or day > points[-1]["t"]:
        return (0.0, 0) if points and points[-1]["s"] == 0 else None
    share = 1.0
    for point in points:
        if point["t"] > day:
            return share, point["at_risk"]
        share = point["s"]
    return share, 0
