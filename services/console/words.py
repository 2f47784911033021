"""The words that pages use for codes. A code without a word here is shown as it is, with spaces for underscores."""

from __future__ import annotations

from collections.abc import Mapping

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

GROUPS: Mapping[str, str] = {
    "not_allowed": "Not for your role",
    "wrong_side": "A move of the other side",
    "move_not_possible": "Not in this state",
}


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
