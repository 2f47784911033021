"""The shortest course of events that starts and ends a clock of a given row, made from the row's own codes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.facts import requests as facts
from shared.facts.base import Fact, Recorded
from shared.facts.directory import AuthorityView
from shared.facts.instruments import Row, Trigger

BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
AHEAD = date(2026, 9, 30)
PERSON = "p1"


@dataclass
class Course:
    """A history that grows; each fact an hour after the last."""

    row: Row
    requesting: str = "RS"
    requested: str = "IT"
    role: str | None = None
    history: list[Recorded[Fact]] = field(default_factory=list)
    sent: bool = False

    @property
    def authorities(self) -> dict[str, AuthorityView]:
        """The two sides, and a third authority to which a request may be forwarded."""
        declared = {each.argument or "": True for each in self.row.applies_when if each.code == "state_declaration"}
        return {
            "R": AuthorityView("R", self.requesting, "Authority R"),
            "E": AuthorityView("E", self.requested, "Authority E", role=self.role, declarations=declared),
            "X": AuthorityView("X", self.requested, "Authority X"),
        }

    @property
    def now(self) -> datetime:
        """The moment of the next fact."""
        return BEGIN + timedelta(hours=len(self.history))

    def add(self, fact_type: type[Fact], by: str = "E", /, **members: Any) -> None:
        """Let something happen."""
        fact = fact_type(occurred_at=self.now, by=by, **members)
        self.history.append(Recorded(UUID(int=len(self.history) + 1), len(self.history) + 1, self.now, fact))

    def send(self, channel: str = "portal") -> None:
        """Send the request, once."""
        if not self.sent:
            self.add(facts.RequestSent, "R", channel=channel)
            self.sent = True

    def happen(self, trigger: Trigger) -> None:
        """Let happen what *trigger* names."""
        if trigger.move not in ("send", "record_event"):
            self.send()
        if trigger.event is not None:
            ahead = self.row.backward or any(each.code == "date_fixed" for each in self.row.applies_when)
            self.add(facts.EventRecorded, event=trigger.event, person=PERSON, date=AHEAD if ahead and trigger in self.row.starts_on else None)
        else:
            _HAPPENING[trigger.move](self, trigger)


def course(row: Row, instrument: str) -> Course:
    """A course of which the setting fulfils the conditions of *row*, with the draft as its first fact."""
    found, members = Course(row), _draft(row, instrument)
    for code, argument in ((each.code, each.argument or "") for each in row.applies_when):
        if code == "parties":
            found.requesting, found.requested = argument.split("-")
        elif code == "requested_state":
            found.requesting, found.requested = (argument if found.requesting != argument else found.requested), argument
        elif code == "requesting_state":
            found.requesting = argument
        elif code == "requesting_region":
            found.requesting = "RS" if argument == "europe" else "IN"
        elif code == "recipient":
            found.role = argument
    if found.requesting == found.requested:
        found.requesting = next(state for state in ("RS", "AU", "NL") if state != found.requested and _fits(row, state, found.requested))
    parties = {
        "requesting": facts.Party(authority="R", state=found.requesting),
        "requested": facts.Party(authority="E", state=found.requested),
    }
    found.add(facts.RequestDrafted, "R", **parties, **members)
    return found


def _fits(row: Row, requesting: str, requested: str) -> bool:
    parties = next((each.argument for each in row.applies_when if each.code == "parties"), None)
    return parties is None or parties == "-".join(sorted((requesting, requested)))


def _draft(row: Row, instrument: str) -> dict[str, Any]:
    members: dict[str, Any] = {"kind": "mla", "instrument": instrument, "fields": {}, "persons": (facts.Person(id=PERSON, role="suspect"),)}
    types = [each.argument or "" for each in row.applies_when if each.code == "measure"] or ["bank_records"]
    members["measures"] = tuple(facts.Measure(id=f"m{number}", type=kind) for number, kind in enumerate(types, 1))
    for code, argument in ((each.code, each.argument or "") for each in row.applies_when):
        _fulfil(members, code, argument)
    return members


def _fulfil(members: dict[str, Any], code: str, argument: str) -> None:
    if code == "kind":
        members["kind"] = argument
    elif code == "urgency_at_least":
        members["urgency"] = facts.Urgency(level=argument)
    elif code == "notification_required":
        members["notification_required"] = True
    elif code == "date_asked_for":
        members["urgency"] = facts.Urgency(level="urgent", needed_by=AHEAD)
    elif code == "declared":
        members["fields"] = {**members["fields"], argument: True}
    elif code == "outage_hours":
        members["fields"] = {**members["fields"], "outage_hours": int(argument.split("-")[0]) + 1}
    elif code == "as_of_before":
        members["instrument_as_of"] = date.fromisoformat(argument) - timedelta(days=1)


def _agree(found: Course, trigger: Trigger) -> None:
    if trigger.qualifier == "later":
        reason = next((each.argument or "" for each in found.row.applies_when if each.code == "postponement_reason"), "force_majeure")
        found.add(facts.SurrenderPostponed, person=PERSON, reason=reason)
    found.add(facts.SurrenderDateAgreed, person=PERSON, date=AHEAD)


def _decide_surrender(found: Course, trigger: Trigger) -> None:
    for each in found.row.applies_when:
        if each.code == "postponement_reason":
            found.add(facts.SurrenderPostponed, person=PERSON, reason=each.argument)
    found.add(facts.SurrenderDecided, person=PERSON, outcome="granted", date=AHEAD if found.row.duration is None else None)


def _reopen(found: Course, trigger: Trigger) -> None:
    found.add(facts.RequestRefused, grounds=("ground",))
    found.add(facts.RequestReopened)


def _complete(found: Course, trigger: Trigger) -> None:
    for each in found.history[0].fact.measures:  # type: ignore[attr-defined]  # the first fact is a draft
        found.add(facts.MeasureCompleted, measure=each.id, outcome="impossible" if trigger.qualifier == "impossible" else "executed")


def _acknowledge(found: Course, trigger: Trigger) -> None:
    forwarded = any(isinstance(each.fact, facts.RequestForwarded) for each in found.history)
    found.add(facts.RequestAcknowledged, "X" if forwarded else "E")


def _simply(kind: type[Fact], **members: Any) -> Callable[[Course, Trigger], None]:
    def happen(found: Course, trigger: Trigger) -> None:
        found.add(kind, **members)

    return happen


def _arrest(found: Course, trigger: Trigger) -> None:
    ahead = found.row.duration is None and any(each.code == "date_fixed" for each in found.row.applies_when)
    found.add(facts.PersonArrested, person=PERSON, date=AHEAD if ahead else None)
    if any(each.code == "person_consents" for each in found.row.applies_when):
        found.add(facts.ConsentGiven, person=PERSON)


_HAPPENING: dict[str, Callable[[Course, Trigger], None]] = {
    "send": lambda found, trigger: found.send("email" if trigger.qualifier == "informal" else "portal"),
    "acknowledge": _acknowledge,
    "forward": _simply(facts.RequestForwarded, to="X"),
    "transmit_again": _simply(facts.TransmissionRecorded, channel="post"),
    "request_information": _simply(facts.InformationRequested, items=("time_range",), answer_by=AHEAD),
    "supply_information": _simply(facts.InformationSupplied, items=("time_range",)),
    "postpone": _simply(facts.ExecutionPostponed, reason="other", until=AHEAD),
    "resume": _simply(facts.ExecutionResumed),
    "decide": _simply(facts.DecisionTaken, outcome="granted"),
    "complete_measure": _complete,
    "execute": _simply(facts.RequestExecuted, outcome="full"),
    "return": _simply(facts.ResultsReturned, part=1, final=True),
    "ask_status": _simply(facts.StatusAsked, channel="portal"),
    "refuse": _simply(facts.RequestRefused, grounds=("ground",)),
    "withdraw": _simply(facts.RequestWithdrawn),
    "reopen": _reopen,
    "arrest": _arrest,
    "give_consent": _simply(facts.ConsentGiven, person=PERSON),
    "fix_hearing": _simply(facts.HearingFixed, person=PERSON, date=date(2026, 6, 12)),
    "decide_surrender": _decide_surrender,
    "agree_surrender_date": _agree,
    "postpone_surrender": _simply(facts.SurrenderPostponed, person=PERSON, reason="force_majeure"),
    "surrender": _simply(facts.PersonSurrendered, person=PERSON),
    "release": _simply(facts.PersonReleased, person=PERSON),
}


def has_date(row: Row) -> bool:
    """Whether a row without a figure can have a clock."""
    return row.duration is not None or any(each.code in ("date_asked_for", "date_fixed") for each in row.applies_when)


def ends_apart(row: Row) -> Iterator[Trigger]:
    """Ends of *row* that are not also what started it."""
    started = {each.move for each in row.starts_on[:1]}
    yield from (each for each in row.ends_on if each.move not in started or each.event)
