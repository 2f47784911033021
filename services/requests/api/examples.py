"""Bodies as the document shows them. A test makes each of these moves."""

from collections.abc import Mapping
from typing import Any

CREATE_EXAMPLE: Mapping[str, Any] = {
    "direction": "outgoing",
    "kind": "mla",
    "instrument": "COE-030",
    "requested": {"authority": "cz-central"},
    "own_reference": "9 AR 12/26",
    "case": "7 Js 44/26",
    "subject": "Bank records",
    "offences": ["fraud"],
    "languages": ["cs"],
    "measures": [{"type": "bank_records"}],
    "urgency": {"level": "urgent", "reason": "hearing", "needed_by": "2026-12-20"},
}

MOVE_EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "amend": {"subject": "Bank records and hearing", "languages": ["cs", "en"]},
    "send": {"channel": "portal"},
    "transmit_again": {"channel": "e-codex"},
    "send_back": {"missing": ["facts_and_reasons"]},
    "acknowledge": {"reference": "MOT 311/26"},
    "forward": {"to": "cz-prague", "reason": "the competent court"},
    "request_information": {"items": ["the number of the account"], "answer_by": "2026-12-12"},
    "supply_information": {"items": ["the number of the account"]},
    "postpone": {"reason": "ongoing_investigation"},
    "resume": {"reason": "ongoing_investigation"},
    "open_consultation": {"topic": "costs"},
    "conclude_consultation": {"topic": "costs", "result": "each side bears its own"},
    "await_translation": {"language": "cs"},
    "receive_translation": {"language": "cs"},
    "decide": {"outcome": "granted"},
    "complete_measure": {"measure": "m1", "outcome": "executed"},
    "execute": {"outcome": "full"},
    "return": {"final": True, "items": [{"label": "Statements of the account, 2024", "medium": "file"}]},
    "confirm_receipt": {},
    "give_feedback": {"usefulness": "of use"},
    "ask_status": {"channel": "email"},
    "assign": {"desk": "desk-2", "officer": "O-17"},
    "withdraw": {"reason": "the proceedings have ended"},
    "close": {"reason": "other"},
    "reopen": {"reason": "further records were found"},
    "record_cost": {"type": "expert", "amount": "1250.00", "currency": "EUR"},
    "attach_condition": {"type": "speciality", "text": "for the offences named only"},
    "add_note": {"text": "called the other side", "internal": True},
}
