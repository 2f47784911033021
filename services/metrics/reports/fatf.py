"""Requests made and received, answered and refused: FATF Recommendation 33 and Immediate Outcome 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.metrics.reports.account import plus
from services.metrics.reports.sheet import DIRECTION, KIND, Cell, Column, Table, shown

FATF = "FATF R.33, IO.2"
TITLE = "Requests made and received, answered and refused"
COLUMNS = (
    DIRECTION,
    KIND,
    Column("made_or_received", FATF, "Requests that arrived in the period.", figure="account.new"),
    Column("granted", FATF, "Requests whose first positive decision lies in the period."),
    Column("answered_fully", FATF, "Final returns in the period, in full.", figure="account.closed.returned_full"),
    Column("answered_in_part", "anti-money-laundering directive, article 44", "Final returns in the period, in part.", figure="account.closed.returned_part"),
    Column("refused", FATF, "Refused in the period.", figure="account.closed.refused"),
    Column("withdrawn", None, "Withdrawn in the period.", figure="account.closed.withdrawn"),
    Column("information_rounds", None, "Times that further information was asked in the period."),
    Column("continuing", None, "Open at the end of the period.", figure="account.continuing"),
    Column("response_n", None, "Requests finally returned in the period.", figure="durations.to_return.ended_in_period"),
    Column("response_days_mean", FATF, "Mean days from arrival to that return."),
    Column("response_days_median", None, "Median of the same."),
)
ASKED_BESIDES = (
    Column("asked", FATF, "What the body asks besides the table."),
    Column("figure", None, "What the figures hold of it; empty where they hold nothing."),
    Column("remark", None, "What is counted, or why nothing is."),
)
NOT_COUNTED: tuple[tuple[str, str], ...] = (
    ("assets traced, frozen, confiscated, shared", "Amounts are not in the facts. Requests by kind (freezing, confiscation) stand in the table."),
    ("feedback from the other side", "Not in the facts."),
    ("how priority was set", "The urgency of a request is in its facts, but figures do not count it."),
)
NOTES = (
    "granted: requests whose first positive decision lies in the period. answered: final returns in the period.",
    "response: days from arrival to the final return of what was returned in the period, whatever its arrival.",
)


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row a direction and kind."""
    return [_row(group) for group in groups]


def tables(answer: Mapping[str, Any]) -> list[Table]:
    """What is asked besides; said plainly where the figures do not have it."""
    others = answer["excluded"]["not_requests"]
    said = "Exchanges that are not requests (enquiries, spontaneous information, joint teams), of all periods together; not counted apart."
    rows: list[tuple[Cell, ...]] = [("spontaneous information", others, said)]
    rows += [(asked, None, remark) for asked, remark in NOT_COUNTED]
    return [Table("asked_besides", "Asked besides", ASKED_BESIDES, rows)]


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
