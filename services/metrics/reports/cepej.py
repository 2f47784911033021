"""Incoming, resolved and pending, clearance rate and disposition time: CEPEJ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.metrics.reports.account import plus
from services.metrics.reports.sheet import DIRECTION, KIND, Cell, Column, shown

CEPEJ = "CEPEJ"
TITLE = "Incoming, resolved and pending requests"
COLUMNS = (
    DIRECTION,
    KIND,
    Column("pending_start", CEPEJ, "Open at the beginning of the period.", figure="account.carried_forward"),
    Column("incoming", CEPEJ, "New and reopened in the period."),
    Column("resolved", CEPEJ, "Ended in the period, in whatever way.", figure="account.closed_total"),
    Column("pending_end", CEPEJ, "Open at the end of the period.", figure="account.continuing"),
    Column("clearance_rate", CEPEJ, "100 x resolved / incoming."),
    Column("disposition_days", CEPEJ, "pending_end x days of the period / resolved."),
    Column("pending_over_two_years", CEPEJ, "Of pending_end, open for more than 730 days.", figure="ageing.731+"),
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
