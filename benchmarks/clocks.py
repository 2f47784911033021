"""How long it takes to derive all clocks of a request with fifty facts, and to find what a new fact brings. `python -m benchmarks.clocks` prints it.

Processor time, so that a busy machine does not count against it; the goal is 2 ms.
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.reading import derive
from services.requests.domain.clocks.reconciling import clock_facts
from shared.calendars.national import Calendars
from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.directory import AuthorityView
from shared.instruments import load

GOAL_MS = 2.0
FACTS = 50
BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
AUTHORITIES = {"R": AuthorityView("R", "DE", "Authority R"), "E": AuthorityView("E", "CZ", "Authority E")}


def history(law: Law) -> list[Recorded[Fact]]:
    """An investigation order with questions and postponements, and its clock facts, fifty in all."""
    parties = {"requesting": facts.Party(authority="R", state="DE"), "requested": facts.Party(authority="E", state="CZ")}
    measures = tuple(facts.Measure(id=f"m{number}", type="bank_records") for number in range(1, 5))
    told: list[tuple[type[Fact], dict[str, object]]] = [
        (facts.RequestDrafted, {"kind": "eio", "instrument": "EU-EIO", "measures": measures, **parties}),
        (facts.RequestSent, {"channel": "portal"}),
        (facts.RequestAcknowledged, {}),
        (facts.DecisionTaken, {"outcome": "granted"}),
    ]
    for _ in range(FACTS):
        told += [(facts.InformationRequested, {"items": ("time_range",)}), (facts.InformationSupplied, {"items": ("time_range",)})]
        told += [(facts.ExecutionPostponed, {"reason": "other"}), (facts.ExecutionResumed, {})]
    found: list[Recorded[Fact]] = []
    for number, (kind, members) in enumerate(told):
        at = BEGIN + timedelta(hours=7 * number)
        _append(found, kind(occurred_at=at, by="E", **members), at)  # type: ignore[arg-type]  # members are those of the fact
        for fact in clock_facts(found, law, at):
            _append(found, fact, at)
        if len(found) >= FACTS:
            return found[:FACTS]
    return found


def _append(found: list[Recorded[Fact]], fact: Fact, at: datetime) -> None:
    found.append(Recorded(UUID(int=len(found) + 1), len(found) + 1, at, fact))


def milliseconds(work: Callable[[], object], times: int = 200, rounds: int = 5) -> float:
    """The median over rounds of what one call costs, after a warm-up."""
    work()
    costs = []
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(times):
            work()
        costs.append((time.process_time() - begun) / times * 1000)
    return median(costs)


def measured() -> dict[str, float]:
    """Milliseconds a call."""
    law = Law.of(load(Path(__file__).resolve().parent.parent / "data"), Calendars(), AUTHORITIES)
    told, now = history(law), BEGIN + timedelta(days=30)
    return {
        f"clocks of a request, {len(told)} facts": milliseconds(lambda: derive(told, law, now)),
        f"clock facts of a move, {len(told)} facts": milliseconds(lambda: clock_facts(told, law, now)),
    }


def main() -> int:
    """Print what was measured; 1 when a goal is missed."""
    found = measured()
    for name, cost in found.items():
        print(f"{name:<36}{cost:>8.2f} ms   goal {GOAL_MS:.1f} ms  {'met' if cost <= GOAL_MS else 'not met'}")
    return 0 if max(found.values()) <= GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
