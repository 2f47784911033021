"""The words that pages use for codes. A code without a word here is shown as it is, with spaces for underscores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATES: Mapping[str, str] = {
    "drafted": "Drafted",
    "sent": "Sent",
    "acknowledged": "Acknowledged",
    "executed": "Executed",
    "returned": "Returned",
    "refused": "Refused",
    "withdrawn": "Withdrawn",
    "closed": "Closed",
}

HOLDS: Mapping[str, str] = {
    "information_requested": "Stopped: information asked for",
    "postponed": "Stopped: execution postponed",
    "consultation": "In consultation",
    "translation": "Translation awaited",
    "surrender_postponed": "Stopped: surrender postponed",
}

KINDS: Mapping[str, str] = {
    "mla": "Mutual legal assistance",
    "eio": "European Investigation Order",
    "extradition": "Extradition",
    "eaw": "European Arrest Warrant",
    "provisional_arrest": "Provisional arrest",
    "freezing": "Freezing",
    "confiscation": "Confiscation",
    "service_of_documents": "Service of documents",
    "preservation": "Preservation of data",
    "production_order": "Production order",
    "transfer_of_proceedings": "Transfer of proceedings",
    "transfer_of_sentenced_person": "Transfer of a sentenced person",
    "spontaneous_information": "Spontaneous information",
    "joint_investigation_team": "Joint investigation team",
    "enquiry": "Enquiry",
}

MOVES: Mapping[str, str] = {
    "amend": "Amend the draft",
    "discard": "Discard the draft",
    "transmit_again": "Transmit again",
    "send_back": "Send back as deficient",
    "request_information": "Ask for information",
    "supply_information": "Supply information",
    "decide": "Decide",
    "complete_measure": "Complete a measure",
    "return": "Return results",
    "ask_status": "Ask for the status",
    "extend": "Extend a time limit",
    "promise": "Promise a new date",
    "record_event": "Record an event",
    "correct": "Correct a fact",
    "set_mandate": "Set the mandate",
    "add_note": "Add a note",
}

FACTS: Mapping[str, str] = {
    "RequestDrafted": "Drafted",
    "RequestRegistered": "Registered",
    "RequestSent": "Sent",
    "RequestAcknowledged": "Acknowledged",
    "RequestAmended": "Amended",
    "RequestClosed": "Closed",
    "RequestSentBack": "Sent back as deficient",
    "RequestForwarded": "Forwarded",
    "TransmissionRecorded": "Transmitted again",
    "DecisionTaken": "Decided",
    "MeasureCompleted": "Measure completed",
    "RequestExecuted": "Executed",
    "ResultsReturned": "Results returned",
    "ReceiptConfirmed": "Receipt confirmed",
    "RequestRefused": "Refused",
    "RequestWithdrawn": "Withdrawn",
    "RequestReopened": "Reopened",
    "StatusAsked": "Status asked",
    "FactCorrected": "Corrected",
    "RequestReclassified": "Reclassified",
    "NoteAdded": "Note",
}

CLOCK_STATES: Mapping[str, str] = {
    "running": "Running",
    "suspended": "Stopped",
    "met": "Met",
    "met_late": "Met late",
    "lapsed": "Lapsed",
    "cancelled": "Cancelled",
}

PARTICULARS = ("channel", "outcome", "grounds", "reference", "measure", "to", "language", "until", "person", "date", "row", "length", "reason")
"""Members of a fact that its line in the timeline says, where they are codes or dates."""


def particulars(fact: Mapping[str, Any]) -> list[str]:
    """What the timeline says of a fact beside its title: coded members and the clerk's note."""
    data = fact.get("data") or {}
    if fact["type"] == "FactCorrected":
        return []
    coded = [f"{plain(name)}: {_said(data[name])}" for name in PARTICULARS if data.get(name)]
    return [*([", ".join(coded)] if coded else []), *([f"Note: {data['note']}"] if data.get("note") else [])]


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_said(entry) for entry in value)
    return str(value).replace("_", " ")


def why_not(move: Mapping[str, Any]) -> str:
    """What forbids *move*, and what would allow it."""
    told = move.get("parameters") or {}
    if move.get("forbidden_by") == "side":
        return f"A move of the {' or '.join(told.get('sides') or ['other'])} side."
    if move.get("forbidden_by") == "role":
        return "Not a move of your role."
    states = [word(STATES, state).lower() for state in (told.get("allowed") or {}).get("states", [])]
    if move.get("forbidden_by") == "hold":
        return f"Not while this stands: {word(HOLDS, told.get('hold')).lower()}."
    return f"Possible when the request is {' or '.join(states)}." if states else "Not in this state."


def office(name: str | None) -> str:
    """The name of an authority without the mark of sample data: the page says it once, on top."""
    return (name or "").removesuffix(" (sample data)")


def plain(code: str | None) -> str:
    """*code* in words: underscores become spaces, the first letter a capital."""
    text = (code or "").replace("_", " ")
    return text[:1].upper() + text[1:]


def fact_title(name: str) -> str:
    """The title of a fact in the timeline: `TimeLimitExtended` reads "Time limit extended"."""
    if name in FACTS:
        return FACTS[name]
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return spaced[:1].upper() + spaced[1:]


def word(words: Mapping[str, str], code: str | None) -> str:
    """The word for *code* in *words*, or the code in plain letters."""
    return words.get(code or "", plain(code))
