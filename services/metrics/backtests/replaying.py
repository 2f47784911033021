"""A backtest of a file or of the database, as JSON or as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from services.metrics import queries
from services.metrics.asking import ask
from services.metrics.backtests.queries import Proof, keep_proofs
from services.metrics.domain.answers import DEFINITIONS, Register
from services.metrics.domain.backtest import MODELS, backtest, replayed
from services.metrics.domain.elements import NEVER
from services.metrics.domain.errors import AuthorityUnknown
from services.metrics.domain.facts import moment
from services.metrics.domain.question import Question
from services.metrics.domain.stage_waits import day_of, known_to
from services.metrics.evaluate import register_of
from shared.facts.members import moment as moment_text
from shared.storage.pool import Pool

Months = tuple[date | None, date | None]
"""First and last month replayed, each by its first day."""
Tested = Mapping[str, Any]

COLUMNS = ("direction", "stage", "scored", "skipped", "overtaken", "gone", "unbounded", "cover 50", "cover 80", "model", "closed", "uncond.", "verdict")
OF_WARNINGS = "warnings at {at_least}: {given} given, {came_true} came true, {kept} did not, {open} open; precision {precision}"
OF_MISSED = "limits missed: {missed}; running {days_before} days before: {missed_running_before}, warned by then: {missed_warned_before}; recall {recall}"


def of_file(facts: Path, authorities: Path | None, authority: str | None, months: Months) -> Iterator[Tested]:
    """A backtest of each authority of a file that the directory beside it knows, or of one."""
    register = register_of(facts, authorities)
    for one in [authority] if authority else _sides(register):
        yield tested(register, Question(authority=one), months)


def of_database(pool: Pool, authority: str | None, months: Months, *, store: bool) -> Iterator[Tested]:
    """A backtest of each member of this deployment, or of one; *store* keeps the verdicts."""
    with pool.connection() as conn:
        members = [authority] if authority else [id for id, _ in queries.members_now(conn)]
    for one in members:
        question = Question(authority=one)
        found = ask(pool, question, partial(tested, question=question, months=months))
        if store:
            with pool.connection() as conn, conn.transaction():
                keep_proofs(conn, one, proofs_in(found))
        yield found


def tested(register: Register, question: Question, months: Months) -> dict[str, Any]:
    """The past of one authority replayed month by month."""
    authority, known_at = question.authority, question.known_at(register.latest, bounded=register.bounded)
    today = known_to(register, authority, known_at)
    days = register.zone_of(authority, known_at)
    recorded = register.view(authority, known_at).heads["arrival_recorded_at"]
    earliest = int(days.days_of(recorded[recorded < NEVER]).min(initial=today.today))
    chosen = replayed(*months, earliest=day_of(earliest), today=days.on(known_at))
    done = backtest(lambda moment: known_to(register, authority, moment), chosen, days, today)
    head = {"definitions": DEFINITIONS, "authority": authority, "time_zone": days.name, "as_known_at": moment_text(known_at)}
    return {**head, **done.as_json()}


def proofs_in(found: Tested) -> list[Proof]:
    """The proofs of a backtest, by direction and stage."""
    known_at = moment(found["as_known_at"])
    return [Proof(line["direction"], line["stage"], known_at, line["verdict"], proof_of(line)) for line in found["stages"]]


def proof_of(line: Mapping[str, Any]) -> dict[str, Any]:
    """What the interface tells of a line of a backtest."""
    losses = {"loss" if name == "model" else f"{name}_loss": line["pinball"][name]["mean"] for name in MODELS}
    return {"scored": line["scored"], "coverage_50": line["coverage_50"], "coverage_80": line["coverage_80"], **losses}


def _sides(register: Register) -> Iterator[str]:
    """The authorities that the streams name and the directory knows."""
    for authority in register.panel.sides():
        try:
            register.zone_of(authority, register.latest)
        except AuthorityUnknown:
            continue
        yield authority


def table(found: Tested) -> str:
    """The backtest as text of a terminal."""
    months = found["months"]
    span = f"{months[0]} to {months[-1]}, {len(months)} months" if months else "no month"
    lines = [_cells({**line, "direction": line["direction"], "stage": line["stage"]}) for line in found["stages"]]
    rows = [COLUMNS, *lines, _cells({**found["all"], "direction": "all", "stage": ""})]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    text = [f"{found['authority']} ({found['time_zone']}), replayed {span}, scored as known at {found['as_known_at']}"]
    text += [
        "  ".join(cell.ljust(width) if place < 2 else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))) for row in rows
    ]
    text += ["", "pinball loss in days by quantile (model / closed only / unconditional)", *_losses(found), ""]
    warned = {name: _number(value) for name, value in found["early_warnings"].items()}
    return "\n".join([*text, OF_WARNINGS.format(**warned), OF_MISSED.format(**warned), ""])


def _cells(line: Mapping[str, Any]) -> tuple[str, ...]:
    losses = [_number(line["pinball"][name]["mean"]) for name in MODELS]
    counts = [str(line[name]) for name in ("direction", "stage", "scored", "skipped", "overtaken", "gone")]
    unbounded = f"{line['unbounded_50']}/{line['unbounded_80']}"
    return (*counts, unbounded, _number(line["coverage_50"]), _number(line["coverage_80"]), *losses, line["verdict"])


def _losses(found: Tested) -> list[str]:
    rows: Sequence[tuple[str, Mapping[str, Any]]] = [(f"{line['direction']} {line['stage']}", line) for line in found["stages"]]
    text = []
    for name, line in [*rows, ("all", found["all"])]:
        by_model = [line["pinball"][model] for model in MODELS]
        quantiles = [f"{at}: " + " / ".join(_number(losses[at]) for losses in by_model) for at in by_model[0]]
        text.append(f"{name.ljust(22)} " + "   ".join(quantiles))
    return text


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
