"""Regulation (EU) 2023/2844, article 16(2): the acts of that regulation, time needed, and what came through the system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.metrics.reports.fatf import ended_in_period
from services.metrics.reports.sheet import DIRECTION, Cell, Column

ARTICLE = "Regulation (EU) 2023/2844, article 16(2)"
ACTS = frozenset({"EU-EIO", "EU-EAW", "EU-FC-2018-1805", "EU-FD-2003-577"})
TITLE = "Requests through the system, and the time needed"
COLUMNS = (
    Column("instrument", ARTICLE, "The act.", key=True),
    DIRECTION,
    Column("through_system", ARTICLE, "Requests that arrived in the period by portal or e-CODEX."),
    Column("decision_n", None, "Requests decided in the period.", figure="durations.to_decide.ended_in_period"),
    Column("decision_days_mean", ARTICLE, "Mean days from arrival to that decision."),
    Column("decision_days_median", None, "Median of the same."),
    Column("result_n", None, "Requests finally returned in the period.", figure="durations.to_return.ended_in_period"),
    Column("result_days_mean", ARTICLE, "Mean days from arrival to that return."),
    Column("result_days_median", None, "Median of the same."),
)
NOTES = ("The text asks for the time needed; mean beside median is our reading.", "Only acts listed in the regulation.")


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row an act and direction."""
    own = [group for group in groups if group["instrument"] in ACTS]
    return [_row(group) for group in sorted(own, key=lambda group: (group["instrument"], group["direction"]))]


def _row(group: dict[str, Any]) -> list[Cell]:
    decision, result = ended_in_period(group, "to_decide"), ended_in_period(group, "to_return")
    return [
        group["instrument"],
        group["direction"],
        group["activity"]["through_system"],
        decision["n"],
        decision["mean"],
        decision["median"],
        result["n"],
        result["mean"],
        result["median"],
    ]
