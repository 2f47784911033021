"""The yearly questionnaire on the European arrest warrant (Council form)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.metrics.reports.account import negative, plus
from services.metrics.reports.fatf import ended_in_period
from services.metrics.reports.sheet import DIRECTION, Cell, Column, Table

FORM = "Council form on the European arrest warrant"
TITLE = "Questionnaire on the European arrest warrant"
COLUMNS = (
    DIRECTION,
    Column("warrants", FORM, "Warrants that arrived in the period.", figure="account.new"),
    Column("persons_arrested", FORM, "Persons arrested in the period."),
    Column("persons_surrendered", FORM, "Persons surrendered in the period."),
    Column("warrants_ended_in_surrender", FORM, "Warrants that ended in the period with surrender."),
    Column("warrants_refused", FORM, "Warrants refused in the period.", figure="account.closed.refused"),
    Column("consent_persons", FORM, "Persons who had consented when it was decided in the period."),
    Column("consent_days_mean", FORM, "Their mean days from arrest to decision."),
    Column("no_consent_persons", FORM, "Persons who had not consented when it was decided in the period."),
    Column("no_consent_days_mean", FORM, "Their mean days from arrest to decision."),
    Column("late_after_consent", FORM, "Limits of the decision after consent (EAW-CONSENT) due in the period and not kept."),
    Column("late_without_consent", FORM, "Limits of the decision without consent (EAW-NOCONSENT) due in the period and not kept."),
    Column("late_surrender", None, "Limits of the surrender (EAW-SURR) due in the period and not kept."),
    Column("continuing", None, "Warrants open at the end of the period.", figure="account.continuing"),
)
CHANNELS = (
    DIRECTION,
    Column("warrants", FORM, "Warrants that arrived in the period."),
    Column("through_system", FORM, "Of these, by portal or e-CODEX."),
    Column("other_channels", FORM, "Of these, by any other channel, or without one recorded."),
)
GROUNDS = (
    DIRECTION,
    Column("ground", FORM, "The ground of refusal.", key=True),
    Column("warrants_refused", FORM, "Warrants refused in the period on this ground; two grounds count under both."),
)
NOT_HELD = (Column("asked", FORM, "What the form asks besides."), Column("remark", None, "Why there is no figure."))
NO_FIGURE: tuple[tuple[str, str], ...] = (
    ("offence groups", "Not in the facts that figures rest on."),
    ("nationals and residents", "Not in the facts: nothing about a person is."),
)
NOTES = (
    "Units: warrants are requests, persons are persons. Days from arrest to decision, of decisions in the period.",
    "late: limits met late, missed or lapsed. Nationals and residents are not in the facts.",
)


def rows(groups: Sequence[dict[str, Any]]) -> list[list[Cell]]:
    """One row a direction."""
    return [_row(group) for group in groups if group["kind"] == "eaw"]


def tables(answer: Mapping[str, Any]) -> list[Table]:
    """Channels and refusals by ground; offence groups and nationals, of which the figures hold nothing."""
    own = [group for group in answer["groups"] if group["kind"] == "eaw"]
    return [
        Table("channels", "Channels", CHANNELS, [_channels(group) for group in own]),
        Table("refusals_by_ground", "Refusals by ground", GROUNDS, [row for group in own for row in _grounds(group)]),
        Table("asked_besides", "Asked besides", NOT_HELD, NO_FIGURE),
    ]


def _channels(group: dict[str, Any]) -> list[Cell]:
    new, through = group["account"]["new"], group["activity"]["through_system"]
    return [group["direction"], new, through, plus(new, negative(through))]


def _grounds(group: dict[str, Any]) -> list[list[Cell]]:
    return [[group["direction"], ground, count] for ground, count in group["activity"]["refused_by_ground"].items()]


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
