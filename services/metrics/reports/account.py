"""The yearly account of requests, after the form of the Australian annual report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.metrics.reports.sheet import Cell, Column, shown

AUSTRALIA = "Attorney-General's Department (Australia), annual report"
COLUMNS = (
    Column("direction"),
    Column("kind"),
    Column("previous_continuing"),
    Column("corrected"),
    Column("carried_forward", AUSTRALIA),
    Column("new", AUSTRALIA),
    Column("reopened"),
    Column("granted", AUSTRALIA),
    Column("of_which_in_part"),
    Column("withdrawn", AUSTRALIA),
    Column("refused_by_minister", AUSTRALIA),
    Column("refused_by_courts", AUSTRALIA),
    Column("refused_by_others"),
    Column("otherwise_finalised", AUSTRALIA),
    Column("continuing", AUSTRALIA),
    Column("difference"),
)
NOTES = (
    "Unit: request. Carried forward + new + reopened - closed = continuing; difference is 0 or there is no report.",
    "granted: returned, whole or in part. corrected: carried forward less what the previous report called continuing.",
)


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row a direction and kind."""
    return [_row(group) for group in groups]


def _row(group: dict[str, Any]) -> list[Cell]:
    account, closed = group["account"], group["account"]["closed"]
    bodies: dict[str, int | None] = group["activity"]["refused_by_body"]
    minister, courts = bodies.get("minister", 0), bodies.get("court", 0)
    return [
        group["direction"],
        shown(group["kind"]),
        account["previous_continuing"],
        account["corrected"],
        account["carried_forward"],
        account["new"],
        account["reopened"],
        plus(closed["returned_full"], closed["returned_part"]),
        closed["returned_part"],
        closed["withdrawn"],
        minister,
        courts,
        plus(closed["refused"], _less(minister), _less(courts)),
        closed["otherwise"],
        account["continuing"],
        account["difference"],
    ]


def _less(value: int | None) -> int | None:
    return None if value is None else -value


def plus(*values: int | None) -> int | None:
    """The sum; hidden where a part of it is hidden."""
    return None if None in values else sum(value for value in values if value is not None)
