"""How long each step takes, the finished beside the waiting curve: the house's own report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.metrics.domain.waits import EVENTS
from services.metrics.reports.sheet import DIRECTION, KIND, Cell, Column, shown

TITLE = "How long each step takes"
COLUMNS = (
    DIRECTION,
    KIND,
    Column("duration", None, "The step, from its start to its event, in whole local calendar days.", key=True, order=tuple(EVENTS)),
    Column("n", None, "Waits that started in the period.", figure="durations.{duration}.n"),
    Column("open", None, "Of these, still waiting at the moment of knowledge.", figure="durations.{duration}.open"),
    Column("finished_n", None, "Of these, those that reached the event."),
    Column("finished_median", None, "Median days of the finished only: too short while many are open."),
    Column("km_median", None, "Median days until nothing is awaited any more, the open ones counted (Kaplan-Meier)."),
    Column("km_median_low", None, "Lower limit of its 95 % interval."),
    Column("km_median_high", None, "Upper limit of its 95 % interval."),
    Column("km_p90", None, "Days within which nine of ten waits are over."),
    Column("net_km_median", None, "km_median without the days on hold."),
    Column("follow_up_median", None, "How long the waits were observed (median)."),
    Column("reason", None, "Why a figure is missing: too_few (less than ten), not_reached."),
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
