"""Incoming, resolved and pending, clearance rate and disposition time: CEPEJ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.metrics.reports.account import plus
from services.metrics.reports.sheet import Cell, Column, shown

CEPEJ = "CEPEJ"
COLUMNS = (
    Column("direction"),
    Column("kind"),
    Column("pending_start", CEPEJ),
    Column("incoming", CEPEJ),
    Column("resolved", CEPEJ),
    Column("pending_end", CEPEJ),
    Column("clearance_rate", CEPEJ),
    Column("disposition_days", CEPEJ),
    Column("pending_over_two_years", CEPEJ),
)
NOTES = ("incoming: new and reopened requests, so that a clearance rate of 100 % means that the stock did not move.",)


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row a direction and kind."""
    return [_row(group) for group in groups]


def _row(group: dict[str, Any]) -> list[Cell]:
    account = group["account"]
    return [
        group["direction"],
        shown(group["kind"]),
        account["carried_forward"],
        plus(account["new"], account["reopened"]),
        account["closed_total"],
        account["continuing"],
        group["cepej"]["clearance_rate"],
        group["cepej"]["disposition_days"],
        group["ageing"]["731+"],
    ]
