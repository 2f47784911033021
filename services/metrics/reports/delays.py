"""How long each step takes, the finished beside the waiting curve: the house's own report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.metrics.reports.sheet import Cell, Column, shown

COLUMNS = tuple(
    Column(name)
    for name in (
        "direction",
        "kind",
        "duration",
        "n",
        "open",
        "finished_n",
        "finished_median",
        "km_median",
        "km_median_low",
        "km_median_high",
        "km_p90",
        "net_km_median",
        "follow_up_median",
        "reason",
    )
)
NOTES = (
    "Cohort: what started in the period, observed until the moment of knowledge; open ones are censored there, refused, withdrawn and closed are outcomes.",
    "finished: only those that reached the event. km: Kaplan-Meier until nothing is awaited any more, with a 95 % interval. net: without days on hold.",
)


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row a direction, kind and duration."""
    return [_row(group, name, duration) for group in groups for name, duration in group["durations"].items()]


def _row(group: dict[str, Any], name: str, duration: dict[str, Any]) -> list[Cell]:
    done, curve = duration["gross"]["finished"], duration["gross"]["km"]
    return [
        group["direction"],
        shown(group["kind"]),
        name,
        duration["n"],
        duration["open"],
        done["n"],
        done["median"],
        curve["median"],
        curve["median_low"],
        curve["median_high"],
        curve["p90"],
        duration["net"]["km"]["median"],
        curve["follow_up_median"],
        curve["reason"],
    ]
