"""The yearly questionnaire on the European arrest warrant (Council form)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.metrics.reports.account import plus
from services.metrics.reports.fatf import ended_in_period
from services.metrics.reports.sheet import Cell, Column

FORM = "Council form on the European arrest warrant"
COLUMNS = (
    Column("direction"),
    Column("warrants", FORM),
    Column("persons_arrested", FORM),
    Column("persons_surrendered", FORM),
    Column("warrants_ended_in_surrender", FORM),
    Column("warrants_refused", FORM),
    Column("consent_persons", FORM),
    Column("consent_days_mean", FORM),
    Column("no_consent_persons", FORM),
    Column("no_consent_days_mean", FORM),
    Column("late_after_consent", FORM),
    Column("late_without_consent", FORM),
    Column("late_surrender"),
    Column("continuing"),
)
NOTES = (
    "Units: warrants are requests, persons are persons. Days from arrest to decision, of decisions in the period.",
    "late: limits met late, missed or lapsed. Nationals and residents are not in the facts.",
)


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row a direction."""
    return [_row(group) for group in groups if group["kind"] == "eaw"]


def _row(group: dict[str, Any]) -> list[Cell]:
    account, persons = group["account"], group["persons"]
    with_consent = ended_in_period(group, "arrest_to_decision", "with_consent")
    without = ended_in_period(group, "arrest_to_decision", "without_consent")
    return [
        group["direction"],
        account["new"],
        persons["arrested"],
        persons["surrendered"],
        plus(account["closed"]["returned_full"], account["closed"]["returned_part"]),
        account["closed"]["refused"],
        with_consent["n"],
        with_consent["mean"],
        without["n"],
        without["mean"],
        late(group, "EAW-CONSENT"),
        late(group, "EAW-NOCONSENT"),
        late(group, "EAW-SURR"),
        account["continuing"],
    ]


def late(group: dict[str, Any], row: str) -> int | None:
    """Clocks of *row* that were met late, missed or lapsed."""
    found = next((limit for limit in group["limits"] if limit["row"] == row), None)
    return 0 if found is None else plus(found["met_late"], found["missed"], found["lapsed"])
