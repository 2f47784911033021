"""The yearly account of requests, after the form of the Australian annual report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.metrics.reports.sheet import DIRECTION, KIND, Cell, Column, Table, shown

AUSTRALIA = "Attorney-General's Department (Australia), annual report"
TITLE = "Yearly account of requests"
COLUMNS = (
    DIRECTION,
    KIND,
    Column("previous_continuing", None, "Open at the beginning, as known when the previous period was published.", figure="account.previous_continuing"),
    Column("corrected", None, "carried_forward less previous_continuing: what has been corrected since."),
    Column("carried_forward", AUSTRALIA, "Open at the beginning of the period.", figure="account.carried_forward"),
    Column("new", AUSTRALIA, "Requests that arrived in the period.", figure="account.new"),
    Column("reopened", None, "Requests reopened in the period.", figure="account.reopened"),
    Column("granted", AUSTRALIA, "Returned in the period, in full or in part."),
    Column("of_which_in_part", None, "Of these, in part.", figure="account.closed.returned_part"),
    Column("withdrawn", AUSTRALIA, "Withdrawn in the period.", figure="account.closed.withdrawn"),
    Column("refused_by_minister", AUSTRALIA, "Refused in the period by the minister."),
    Column("refused_by_courts", AUSTRALIA, "Refused in the period by a court."),
    Column("refused_by_others", None, "Refused in the period by another body, or without one recorded."),
    Column(
        "otherwise_finalised",
        AUSTRALIA,
        "Closed in the period for another reason: superseded, lapsed, given up.",
        figure="account.closed.otherwise",
    ),
    Column("continuing", AUSTRALIA, "Open at the end of the period, or at the moment of knowledge where that is earlier.", figure="account.continuing"),
    Column("difference", None, "carried_forward + new + reopened - closed - continuing: 0, or there is no report."),
)
CORRECTED = (
    Column("request", None, "The request."),
    Column("direction", None, "Where it stood, or stands now."),
    Column("kind", None, "The same."),
    Column("delta", None, "-1 at the old place, +1 at the new."),
    Column("cause", None, "duplicate, late_registered, reclassified, fact_corrected or late_fact: the first that fits."),
)
NOTES = (
    "Unit: request. Carried forward + new + reopened - closed = continuing; difference is 0 or there is no report.",
    "granted: returned, whole or in part. corrected: carried forward less what the previous report called continuing.",
    "The table corrected_since_previous lists the requests behind the column corrected, each with its cause.",
)


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row a direction and kind."""
    return [_row(group) for group in groups]


def tables(answer: Mapping[str, Any]) -> list[Table]:
    """The requests behind the column `corrected`."""
    rows = [[line[column.name] for column in CORRECTED] for line in answer["corrections"]]
    return [Table("corrected_since_previous", f"Corrected since {answer['compared_with']}", CORRECTED, rows)]


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
        plus(closed["refused"], negative(minister), negative(courts)),
        closed["otherwise"],
        account["continuing"],
        account["difference"],
    ]


def negative(value: int | None) -> int | None:
    """The number with the other sign; hidden where it is hidden."""
    return None if value is None else -value


def plus(*values: int | None) -> int | None:
    """The sum; hidden where a part of it is hidden."""
    return None if None in values else sum(value for value in values if value is not None)
