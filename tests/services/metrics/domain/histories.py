"""Random histories of requests, as an authority would record them: late, corrected, reopened, reclassified."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.metrics.domain.answers import Register
from services.metrics.domain.errors import AuthorityUnknown
from services.metrics.domain.facts import Stream, streams
from services.metrics.domain.localdays import LocalDays, local_days
from shared.facts.members import moment as moment_text

ZONES = {"de-central": "Europe/Berlin", "pt-central": "Europe/Lisbon", "br-central": "America/Sao_Paulo"}
FIRST = datetime(2024, 10, 1, tzinfo=UTC)
LAST = datetime(2026, 12, 31, tzinfo=UTC)
KINDS = ("eio", "mla", "eaw", "enquiry", "service_of_documents")

MOVES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("RequestSent", {"channel": "portal"}),
    ("RequestRegistered", {"how": "post"}),
    ("RequestSentBack", {"missing": ["offence"]}),
    ("TransmissionRecorded", {"channel": "post"}),
    ("RequestAcknowledged", {}),
    ("InformationRequested", {"round": 1}),
    ("InformationSupplied", {"round": 1}),
    ("ExecutionPostponed", {"reason": "health"}),
    ("ExecutionResumed", {}),
    ("DecisionTaken", {"outcome": "granted"}),
    ("RequestExecuted", {"outcome": "part"}),
    ("ResultsReturned", {"final": False}),
    ("ResultsReturned", {"final": True}),
    ("RequestRefused", {"grounds": ["dual_criminality"], "decided_by": "court"}),
    ("RequestWithdrawn", {}),
    ("RequestClosed", {"reason": "lapsed"}),
    ("RequestClosed", {"reason": "duplicate"}),
    ("RequestReopened", {}),
    ("PersonArrested", {"person": "p1"}),
    ("SurrenderDecided", {"person": "p1", "outcome": "granted"}),
    ("PersonSurrendered", {"person": "p1"}),
    ("PersonReleased", {"person": "p1"}),
    ("ConsentGiven", {"person": "p1"}),
    ("ConsentRevoked", {"person": "p1"}),
    ("MeasureCompleted", {"measure": "m1", "outcome": "impossible"}),
    ("RequestExecuted", {"outcome": "full"}),
    ("RequestForwarded", {"to": "de-regional"}),
    ("EscalationReached", {"level": "2"}),
    ("ConsultationOpened", {}),
    ("ConsultationConcluded", {}),
    ("RequestReclassified", {"kind": "mla", "instrument": "COE-030"}),
    ("ClockStarted", {"clock": "c1", "row": "EIO-ACK", "bound": "max", "zone": "Europe/Prague", "adjusted_due": "2025-07-01", "strict_due": "2025-06-30"}),
    ("ClockSuspended", {"clock": "c1"}),
    ("ClockResumed", {"clock": "c1", "adjusted_due": "2025-11-03"}),
    ("ClockStarted", {"clock": "c2", "row": "EAW-SURR", "stage": "decision", "bound": "max", "zone": "Europe/Lisbon", "adjusted_due": "2025-09-01T12:00:00Z"}),
    ("ClockMoved", {"clock": "c1", "adjusted_due": "2026-02-02", "strict_due": "2026-02-01"}),
    ("ClockLapsed", {"clock": "c2"}),
    ("ClockCancelled", {"clock": "c1", "reason": "corrected"}),
    ("ClockMetLate", {"clock": "c2"}),
    ("ClockMet", {"clock": "c1"}),
    ("ClockCancelled", {"clock": "c1", "reason": "withdrawn"}),
)
MINUTES = int((LAST - FIRST).total_seconds() // 60)


@st.composite
def histories(draw: st.DrawFn, request: str) -> dict[str, Any]:
    """One stream: recorded in order of version, happened whenever, some of it corrected or void."""
    sides = draw(st.permutations(sorted(ZONES)))
    recorded = sorted(draw(st.lists(st.integers(0, MINUTES), min_size=1, max_size=12)))
    facts: list[dict[str, Any]] = []
    for place, minute in enumerate(recorded):
        known_at = FIRST + timedelta(minutes=minute)
        name, members = draw(st.sampled_from(MOVES)) if place else ("RequestDrafted", _head(draw, sides))
        happened_at = known_at - timedelta(minutes=draw(st.sampled_from((0, 0, 0, 90, 60 * 24 * 40))))
        if facts and draw(st.integers(0, 9)) == 0:
            name, members = "FactCorrected", _correction(draw, facts, happened_at)
        head = {"id": f"{request}.{place}", "type": name, "occurred_at": moment_text(happened_at), "recorded_at": moment_text(known_at)}
        facts.append({**head, **members})
    return {"request": request, "facts": facts}


def _head(draw: st.DrawFn, sides: list[str]) -> dict[str, Any]:
    requesting, requested = ({"authority": side, "state": side[:2].upper()} for side in sides[:2])
    head = {"kind": draw(st.sampled_from(KINDS)), "instrument": "EU-EIO", "requesting": requesting, "requested": requested}
    return {**head, "measures": ["m1"], "persons": ["p1"], "case": draw(st.sampled_from((None, "7 Js 1/25")))}


def _correction(draw: st.DrawFn, facts: list[dict[str, Any]], happened_at: datetime) -> dict[str, Any]:
    values = draw(st.sampled_from(({"void": True}, {"occurred_at": moment_text(happened_at - timedelta(days=30))})))
    return {"fact": draw(st.sampled_from(facts))["id"], "values": values, "reason": "date stamp"}


def registers() -> st.SearchStrategy[list[dict[str, Any]]]:
    """A handful of streams."""
    return st.integers(1, 6).flatmap(lambda n: st.tuples(*(histories(f"R{place}") for place in range(n)))).map(list)


def zone_of(authority: str, _: datetime) -> LocalDays:
    """The zone of one of these authorities."""
    if authority not in ZONES:
        raise AuthorityUnknown(authority)
    return local_days(ZONES[authority])


def register(lines: list[dict[str, Any]]) -> Register:
    """A register of *lines*, complete."""
    return Register(parsed(lines), zone_of, LAST, bounded=False)


def parsed(lines: list[dict[str, Any]]) -> list[Stream]:
    """The streams of *lines*."""
    return streams(lines)


def days_between(first: date, last: date) -> st.SearchStrategy[date]:
    """Days of the years that the histories cover."""
    return st.dates(first, last)
