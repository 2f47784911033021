"""Requests made and received, answered and refused: FATF Recommendation 33 and Immediate Outcome 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.metrics.reports.account import plus
from services.metrics.reports.sheet import Cell, Column, shown

FATF = "FATF R.33, IO.2"
COLUMNS = (
    Column("direction"),
    Column("kind"),
    Column("made_or_received", FATF),
    Column("granted", FATF),
    Column("answered_fully", FATF),
    Column("answered_in_part", "MONEYVAL AML44"),
    Column("refused", FATF),
    Column("withdrawn"),
    Column("information_rounds"),
    Column("continuing"),
    Column("response_n"),
    Column("response_days_mean", FATF),
    Column("response_days_median"),
)
NOTES = (
    "granted: requests whose first positive decision lies in the period. answered: final returns in the period.",
    "response: days from arrival to the final return of what was returned in the period, whatever its arrival.",
)


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row a direction and kind."""
    return [_row(group) for group in groups]


def _row(group: dict[str, Any]) -> list[Cell]:
    account, activity = group["account"], group["activity"]
    response = ended_in_period(group, "to_return")
    return [
        group["direction"],
        shown(group["kind"]),
        account["new"],
        plus(activity["granted"], activity["granted_in_part"]),
        account["closed"]["returned_full"],
        account["closed"]["returned_part"],
        account["closed"]["refused"],
        account["closed"]["withdrawn"],
        activity["information_rounds"],
        account["continuing"],
        response["n"],
        response["mean"],
        response["median"],
    ]


NOTHING: dict[str, Any] = {"n": 0, "median": None, "mean": None, "p90": None}


def ended_in_period(group: dict[str, Any], duration: str, which: str = "gross") -> dict[str, Any]:
    """The finished waits of *duration* whose event lies in the period."""
    found: dict[str, Any] = group["durations"].get(duration, {}).get("ended_in_period", {}).get(which, NOTHING)
    return found
