"""From the decision to the results: extend, promise, decide, complete a measure, execute, return, confirm receipt, give feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.requests.domain import basis
from services.requests.domain.command import Command, Context
from services.requests.domain.errors import BoundExceeded, Fault, ValidationFailed
from services.requests.domain.moves.members import Member
from services.requests.domain.moves.move import ASKED, ASKING, Move, Obstacle
from services.requests.domain.request import Request
from shared.facts import requests as facts
from shared.facts.base import Fact
from shared.facts.codes import DecisionOutcome, Execution, Hold, LineOutcome, MeasureOutcome, State
from shared.facts.instruments import Extension, Row
from shared.facts.periods import Period

ACKNOWLEDGED = frozenset({State.ACKNOWLEDGED})
RESULTS_UNDERWAY = frozenset({State.ACKNOWLEDGED, State.EXECUTED, State.RETURNED})
CONDITION_MEMBERS = (Member("type", "slug", required=True), Member("text", "text"))
LINE_MEMBERS = (
    Member("measure", "code", required=True, choices_from="measures"),
    Member("outcome", "code", required=True, choices=tuple(LineOutcome)),
    Member("grounds", "list", each=Member("", "code"), choices_from="grounds"),
    Member("conditions", "list", each=Member("", "object", of=CONDITION_MEMBERS)),
)
ITEM_MEMBERS = (
    Member("label", "text", required=True),
    Member("medium", "slug"),
    Member("sha256", "sha256"),
    Member("size", "integer"),
    Member("seal", "string"),
)
USEFULNESS = ("high", "medium", "low", "none")


def extend(request: Request, command: Command, context: Context) -> list[Fact]:
    """Make a legal time limit longer, within the bound of its row.

    Raises:
        BoundExceeded: the row knows no extension, not so long a one, or not one more.
    """
    length = command.members.get("by")
    row, clock, times = basis.clock_of(request, context, command.members["clock"])
    check_bound(row, length, times)
    return [facts.TimeLimitExtended(**command.base, row=row.id, clock=clock, reason=command.members["reason"], length=length)]


def check_bound(row: Row, length: str | None, times: int) -> None:
    """Refuse an extension of *row* by *length* after *times* earlier ones, where its bound forbids it.

    Raises:
        BoundExceeded: see above.
    """
    extension = row.extendable
    if extension is None:
        raise _exceeded(row, "not_extendable", f"{row.id} knows no extension", None)
    if extension.max_times is not None and times >= extension.max_times:
        raise _exceeded(row, "max_times", f"{row.id} can be extended {extension.max_times} times", extension)
    if extension.by is not None and length is not None and _longer(Period.parse(length), extension.by):
        raise _exceeded(row, "too_long", f"{row.id} can be extended by {extension.by} at most", extension)


def _exceeded(row: Row, reason: str, detail: str, extension: Extension | None) -> BoundExceeded:
    bound = str(extension.by) if extension and extension.by else None
    parameters = {"row": row.id, "reason": reason, "by": bound, "max_times": extension.max_times if extension else 0}
    return BoundExceeded(detail, parameters=parameters, faults=[Fault("/by" if reason == "too_long" else "/clock", "bound_exceeded", detail, parameters)])


def _longer(asked: Period, bound: Period) -> bool:
    """Whether *asked* may come to more than *bound*; months count 31 days when asked for and 28 when allowed, unless both are in months."""
    if not any((asked.days, asked.weeks, asked.seconds, bound.days, bound.weeks, bound.seconds)):
        return 12 * asked.years + asked.months > 12 * bound.years + bound.months
    return _seconds(asked, 31, 366) > _seconds(bound, 28, 365)


def _seconds(period: Period, month: int, year: int) -> int:
    days = period.years * year + period.months * month + period.weeks * 7 + period.days
    return days * 86_400 + period.seconds


def promise(request: Request, command: Command, context: Context) -> list[Fact]:
    """Name a new day. The legal date stays."""
    row, clock, _ = basis.clock_of(request, context, command.members["clock"])
    return [facts.NewDatePromised(**command.base, row=row.id, clock=clock, **command.chosen("date", "reason"))]


def decide(request: Request, command: Command, context: Context) -> list[Fact]:
    """Grant execution, wholly or in part, measure by measure where that is said."""
    entries = command.members.get("measures") or ()
    for number, entry in enumerate(entries):
        _known_measure(request, entry["measure"], f"/measures/{number}/measure")
        basis.check_grounds(request, context, entry.get("grounds") or (), f"/measures/{number}/grounds")
    return [facts.DecisionTaken(**command.base, outcome=command.members["outcome"], measures=lines_of(entries))]


def lines_of(entries: Sequence[Mapping[str, Any]]) -> tuple[facts.DecisionLine, ...]:
    """What a decision says of each measure, as the fact has it."""
    return tuple(
        facts.DecisionLine(
            measure=entry["measure"],
            outcome=entry["outcome"],
            grounds=entry.get("grounds") or (),
            conditions=tuple(facts.Condition(**each) for each in entry.get("conditions") or ()),
        )
        for entry in entries
    )


def _known_measure(request: Request, id: str, pointer: str) -> None:
    if request.measure(id) is None:
        known = [line.id for line in request.measures]
        raise ValidationFailed([Fault(pointer, "choice", f"the request has no measure {id}", {"choices": known})])


def line_is_open(request: Request, acting: str, members: Mapping[str, Any] | None) -> Obstacle | None:
    """Only a line without an outcome can be completed."""
    pending = [line.id for line in request.pending_measures]
    wanted = request.measure(members["measure"]) if members else None
    if not pending or (wanted is not None and wanted.outcome is not None):
        return Obstacle("facts", "measure_completed" if request.measures else "no_measures", {"measures": pending})
    return None


def complete_measure(request: Request, command: Command, context: Context) -> list[Fact]:
    """Give one line its outcome; the last one executes the request."""
    measure, outcome = command.members["measure"], command.members["outcome"]
    _known_measure(request, measure, "/measure")
    grounds = command.members.get("grounds") or ()
    basis.check_grounds(request, context, grounds)
    done: list[Fact] = [facts.MeasureCompleted(**command.base, measure=measure, outcome=outcome, grounds=grounds)]
    if [line.id for line in request.pending_measures] == [measure] and request.state is State.ACKNOWLEDGED:
        outcomes = [outcome, *(line.outcome for line in request.measures if line.id != measure)]
        done.append(facts.RequestExecuted(**_derived(command), outcome=execution_of(outcomes), derived=True))
    return done


def _derived(command: Command) -> dict[str, Any]:
    """What a fact that follows from another takes from the command: all but the remark."""
    return {**command.base, "note": None}


def execution_of(outcomes: Sequence[str | None]) -> str:
    """``full``, or ``part`` if any line was not executed; an alternative measure counts as execution."""
    executed = (MeasureOutcome.EXECUTED, MeasureOutcome.ALTERNATIVE)
    return Execution.FULL if all(outcome in executed for outcome in outcomes) else Execution.PART


def execute(request: Request, command: Command, context: Context) -> list[Fact]:
    """Carry the request out; without an outcome it is what its lines say so far, ``full`` if they say nothing."""
    said = [line.outcome for line in request.measures if line.outcome is not None]
    return [facts.RequestExecuted(**command.base, outcome=command.members.get("outcome") or execution_of(said))]


def give_back(request: Request, command: Command, context: Context) -> list[Fact]:
    """Send results back as the next part; the final one ends the request."""
    already = sum(len(part.items) for part in request.parts)
    items = tuple(facts.Item(id=f"i{number}", **entry) for number, entry in enumerate(command.members.get("items") or (), already + 1))
    return [facts.ResultsReturned(**command.base, part=len(request.parts) + 1, final=command.members["final"], items=items)]


def something_came_back(request: Request, acting: str, members: Mapping[str, Any] | None) -> Obstacle | None:
    """While a request is still acknowledged, there is something to confirm only after a part."""
    if request.state is State.ACKNOWLEDGED and not request.parts:
        return Obstacle("facts", "nothing_returned", {"moves": ["return"]})
    return None


def _last_part(request: Request, fact: Fact) -> Any:
    return request.parts[-1].returned_at if request.parts else request.started_at


def confirm_receipt(request: Request, command: Command, context: Context) -> list[Fact]:
    """Confirm that results have arrived."""
    items = command.members.get("items") or ()
    _known_items(request, items)
    return [facts.ReceiptConfirmed(**command.base, items=items)]


def give_feedback(request: Request, command: Command, context: Context) -> list[Fact]:
    """Say of what use the results were."""
    items = command.members.get("items") or ()
    _known_items(request, items)
    return [facts.FeedbackGiven(**command.base, usefulness=command.members.get("usefulness"), items=items)]


def _known_items(request: Request, ids: tuple[str, ...]) -> None:
    known = [item.id for part in request.parts for item in part.items]
    faults = [Fault(f"/items/{n}", "choice", f"no item {id}", {"choices": known}) for n, id in enumerate(ids) if id not in known]
    if faults:
        raise ValidationFailed(faults)


POSTPONED = frozenset({Hold.POSTPONED})
REASON = Member("reason", "text", required=True)
CLOCK = Member("clock", "clock", required=True, choices_from="rows")
ITEM_IDS = Member("items", "list", each=Member("", "code"), choices_from="items")

MOVES = (
    Move("extend", ASKED, ACKNOWLEDGED, facts.TimeLimitExtended, extend, "unchanged; the legal date moves within the bound of the row",
         members=(CLOCK, REASON, Member("by", "duration"))),
    Move("promise", ASKED, ACKNOWLEDGED, facts.NewDatePromised, promise, "unchanged; legal, promised and actual date stay three facts",
         members=(CLOCK, Member("date", "when", required=True), Member("reason", "text"))),
    Move("decide", ASKED, ACKNOWLEDGED, facts.DecisionTaken, decide, "acknowledged", holds_forbid=POSTPONED,
         members=(Member("outcome", "code", required=True, choices=tuple(DecisionOutcome)),
                  Member("measures", "list", each=Member("", "object", of=LINE_MEMBERS)))),
    Move("complete_measure", ASKED, ACKNOWLEDGED, facts.MeasureCompleted, complete_measure,
         "unchanged; the last line appends RequestExecuted (full, or part if any line was not executed): executed",
         holds_forbid=POSTPONED, requires=line_is_open,
         members=(Member("measure", "code", required=True, choices_from="measures"),
                  Member("outcome", "code", required=True, choices=tuple(MeasureOutcome)),
                  Member("grounds", "list", each=Member("", "code"), choices_from="grounds"))),
    Move("execute", ASKED, ACKNOWLEDGED, facts.RequestExecuted, execute, "executed", holds_forbid=POSTPONED,
         members=(Member("outcome", "code", choices=tuple(Execution)),)),
    Move("return", ASKED, frozenset({State.ACKNOWLEDGED, State.EXECUTED}), facts.ResultsReturned, give_back, "returned on the final part",
         members=(Member("final", "boolean", required=True), Member("items", "list", each=Member("", "object", of=ITEM_MEMBERS)))),
    Move("confirm_receipt", ASKING, RESULTS_UNDERWAY, facts.ReceiptConfirmed, confirm_receipt, "unchanged",
         members=(ITEM_IDS,), requires=something_came_back, cause=_last_part),
    Move("give_feedback", ASKING, RESULTS_UNDERWAY, facts.FeedbackGiven, give_feedback, "unchanged",
         members=(Member("usefulness", "coded_text", choices=USEFULNESS), ITEM_IDS), requires=something_came_back, cause=_last_part),
)  # fmt: skip
