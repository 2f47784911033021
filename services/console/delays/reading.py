"""From the answers of the figures to what the page says. Pure: numbers in, words and values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.console.charts.curve import share_after
from services.console.delays.asked import STAGES, Asked

BANDS: Mapping[str, str] = {
    "0-30": "0 to 30 days",
    "31-90": "31 to 90",
    "91-180": "91 to 180",
    "181-365": "181 to 365",
    "366-730": "366 to 730",
    "731+": "731 and more",
}
FEW = 10
TONES = (0.9, 0.75, 0.6, 0.45)
"""Shares of limits kept below which a cell is one tone darker."""
NOT_LEGAL = frozenset({"ASKED-FOR"})
"""Rows of clocks that no law sets: they never stand among legal limits."""

Group = Mapping[str, Any]


def group_of(answer: Mapping[str, Any] | None, direction: str, dimension: str = "kind", value: str | None = None) -> dict[str, Any] | None:
    """The group of *direction* and one value of the dimension (None: the sum); None where nothing happened and nothing is open."""
    for group in (answer or {}).get("groups", []):
        if group["direction"] == direction and group.get(dimension) == value:
            return dict(group)
    return None


def km_of(group: Group | None, asked: Asked, stage: str | None = None) -> dict[str, Any]:
    """The waiting curve of the stage and days asked for."""
    duration = ((group or {}).get("durations") or {}).get(stage or asked.stage) or {}
    return dict((duration.get(asked.days) or {}).get("km") or {})


@dataclass(frozen=True, slots=True)
class Kept:
    """Legal limits that were kept, of those that came due, and the rows that they belong to."""

    met: int
    due: int
    rows: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """From 0 to 1; None when none came due."""
        return self.met / self.due if self.due else None

    @property
    def cell(self) -> str:
        """The path of these limits in the answer, without the verdict."""
        return f"limits.{','.join(self.rows)}"


def kept(limits: Iterable[Mapping[str, Any]], rows: frozenset[str] | None = None) -> Kept:
    """What became of the legal limits among *limits*; of *rows* only, where they are given."""
    legal = [limit for limit in limits if limit["row"] not in NOT_LEGAL and limit["denominator"] and (rows is None or limit["row"] in rows)]
    return Kept(sum(limit["met"] for limit in legal), sum(limit["denominator"] for limit in legal), tuple(limit["row"] for limit in legal))


def rows_of_stage(stuck: Mapping[str, Any] | None, stage: str) -> frozenset[str]:
    """The rows of clocks that limit this step and no other, after the groups by counterpart and stage."""
    stages: dict[str, set[str]] = {}
    for group in (stuck or {}).get("groups", []):
        for limit in group["limits"] if group.get("stage") else ():
            stages.setdefault(limit["row"], set()).add(group["stage"])
    return frozenset(row for row, own in stages.items() if own == {stage.removeprefix("to_")} and row not in NOT_LEGAL)


@dataclass(frozen=True, slots=True)
class Trend:
    """Whether fewer still wait than a year before, judged on one day of waiting."""

    day: int
    now: float
    before: float
    verdict: str
    """better, worse, unclear: unclear while the interval of this year holds last year's share."""


def trend(now: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]], day: int) -> Trend | None:
    """The comparison on *day*, or None where one of the two curves does not reach it."""
    ours, theirs = share_after(now, day), share_after(before, day)
    if ours is None or theirs is None:
        return None
    low, high = band_after(now, day)
    verdict = "unclear" if low is None or high is None or low <= theirs[0] <= high else "better" if ours[0] < theirs[0] else "worse"
    return Trend(day, ours[0], theirs[0], verdict)


def band_after(points: Sequence[Mapping[str, Any]], day: int) -> tuple[float | None, float | None]:
    """The interval of the share still waiting after *day*."""
    reached = [point for point in points if point["t"] <= day]
    return (reached[-1].get("low"), reached[-1].get("high")) if reached else (None, None)


def bands(group: Group) -> list[tuple[str, str, int, int]]:
    """Band, its words, open ones, overdue ones among them."""
    overdue = group.get("ageing_overdue") or {}
    return [(band, label, group["ageing"].get(band, 0), overdue.get(band, 0)) for band, label in BANDS.items()]


@dataclass(frozen=True, slots=True)
class Cell:
    """One step of one counterpart: half are through after so many days; the legal limits that were kept; its tone."""

    stage: str
    median: int | None
    reason: str | None
    n: int
    kept: Kept
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """One counterpart."""

    counterpart: str
    open: int
    overdue: int
    oldest_on: str | None
    worst_stage: str | None
    """The step at which most of its overdue ones are."""
    cells: tuple[Cell, ...]


def rows_by_lateness(counterparts: Mapping[str, Any] | None, stuck: Mapping[str, Any] | None, asked: Asked) -> list[Row]:
    """The counterparts, the latest first."""
    by_stage = {
        (group["counterpart"], group["stage"]): group
        for group in (stuck or {}).get("groups", [])
        if group["direction"] == asked.direction and group.get("counterpart") and group.get("stage")
    }
    found = [
        _row(group, by_stage, asked) for group in (counterparts or {}).get("groups", []) if group.get("counterpart") and group["direction"] == asked.direction
    ]
    return sorted(found, key=lambda row: (-row.overdue, -row.open, row.counterpart))


def _row(group: Group, by_stage: Mapping[tuple[str, str], Group], asked: Asked) -> Row:
    name = group["counterpart"]
    late = {stage: by_stage.get((name, stage.removeprefix("to_")), {}).get("now", {}).get("overdue_requests", 0) for stage in STAGES}
    worst = max(late, key=lambda stage: late[stage])
    return Row(
        counterpart=name,
        open=group["account"]["continuing"],
        overdue=group["now"]["overdue_requests"],
        oldest_on=group.get("oldest_overdue_on"),
        worst_stage=worst if late[worst] else None,
        cells=tuple(_cell(group, stage, by_stage.get((name, stage.removeprefix("to_")), {}), asked) for stage in STAGES),
    )


def _cell(group: Group, stage: str, standing: Group, asked: Asked) -> Cell:
    km = km_of(group, asked, stage)
    n = ((group.get("durations") or {}).get(stage) or {}).get("n") or 0
    found = kept(standing.get("limits") or ())
    return Cell(stage, km.get("median"), km.get("reason"), n, found, tone(found.share, n))


def tone(share: float | None, n: int) -> str:
    """The class of a cell: white under ten requests, else darker the smaller the share of limits kept."""
    if n < FEW:
        return "few"
    return "h0" if share is None else f"h{sum(share < edge for edge in TONES)}"


def days_since(day: str, known_on: date) -> int:
    """Calendar days from a due date to the day of knowledge."""
    return (known_on - date.fromisoformat(day)).days


def days_counted(asked: Asked, known_on: date) -> int:
    """Days of the period up to its end or the day of knowledge, as the disposition time takes them."""
    return (min(known_on, date.fromisoformat(asked.end)) - date.fromisoformat(asked.start)).days


def month_period(month: str, asked: Asked) -> tuple[str, str]:
    """First day and first day after of *month* (YYYY-MM), as far as the period reaches."""
    year, number = int(month[:4]), int(month[5:7])
    following = date(year + number // 12, number % 12 + 1, 1).isoformat()
    return max(f"{month}-01", asked.start), min(following, asked.end)


def warnings(early: Mapping[str, Any], asked: Asked) -> list[dict[str, Any]]:
    """The early warnings of the direction, kind, instrument and counterpart that are asked for."""
    wanted = {"direction": asked.direction, **asked.filters()}
    return [dict(warning) for warning in early.get("warnings") or () if all(warning.get(name, value) == value for name, value in wanted.items())]
