"""The table of moves as the design states it, written by hand: what the code is held against. Moves that only tests need to know have sample bodies."""

from __future__ import annotations

from typing import Any, NamedTuple

REQUESTING, REQUESTED = "requesting", "requested"
EITHER = frozenset({REQUESTING, REQUESTED})
OPEN = frozenset({"sent", "acknowledged", "executed"})
ENDS = frozenset({"returned", "refused", "withdrawn", "closed"})
STATES = frozenset({"drafted"}) | OPEN | ENDS


class Row(NamedTuple):
    """One row of the design's table."""

    sides: frozenset[str]
    states: frozenset[str]
    then: str | None = None


def _asks(*states: str, then: str | None = None) -> Row:
    return Row(frozenset({REQUESTING}), frozenset(states), then)


def _asked(*states: str, then: str | None = None) -> Row:
    return Row(frozenset({REQUESTED}), frozenset(states), then)


SPEC: dict[str, Row] = {
    "amend": _asks("drafted"),
    "discard": _asks("drafted", then="closed"),
    "send": _asks("drafted", then="sent"),
    "transmit_again": _asks(*OPEN),
    "send_back": _asked("sent", then="drafted"),
    "acknowledge": _asked("sent", "acknowledged", then="acknowledged"),
    "forward": _asked("sent", "acknowledged"),
    "request_information": _asked(*OPEN),
    "supply_information": _asks(*OPEN),
    "postpone": _asked("acknowledged"),
    "resume": _asked("acknowledged"),
    "open_consultation": Row(EITHER, frozenset({"acknowledged"})),
    "conclude_consultation": Row(EITHER, frozenset({"acknowledged"})),
    "extend": _asked("acknowledged"),
    "promise": _asked("acknowledged"),
    "decide": _asked("acknowledged"),
    "complete_measure": _asked("acknowledged", then="executed"),
    "await_translation": Row(EITHER, OPEN),
    "receive_translation": Row(EITHER, OPEN),
    "execute": _asked("acknowledged", then="executed"),
    "return": _asked("acknowledged", "executed", then="returned"),
    "confirm_receipt": _asks("acknowledged", "executed", "returned"),
    "give_feedback": _asks("acknowledged", "executed", "returned"),
    "ask_status": _asks(*OPEN),
    "assign": Row(EITHER, OPEN),
    "refuse": _asked("sent", "acknowledged", then="refused"),
    "withdraw": _asks(*OPEN, then="withdrawn"),
    "close": Row(EITHER, OPEN, "closed"),
    "reopen": Row(EITHER, ENDS),
    "arrest": _asked(*OPEN),
    "give_consent": _asked(*OPEN),
    "revoke_consent": _asked(*OPEN),
    "fix_hearing": _asked(*OPEN),
    "decide_surrender": _asked(*OPEN),
    "agree_surrender_date": _asked(*OPEN),
    "postpone_surrender": _asked(*OPEN),
    "surrender": _asked(*OPEN, then="returned"),
    "release": _asked(*OPEN),
    "correct": Row(EITHER, STATES),
    "reclassify": Row(EITHER, STATES),
    "link": Row(EITHER, STATES),
    "record_cost": Row(EITHER, STATES),
    "record_asset": Row(EITHER, STATES),
    "record_custody": Row(EITHER, STATES),
    "attach_condition": Row(EITHER, STATES),
    "add_note": Row(EITHER, STATES),
    "record_event": Row(EITHER, OPEN | {"drafted"}),
    "set_mandate": Row(EITHER, OPEN | {"drafted"}),
}

# The hold that a move opens, and the one that it ends.
OPENS = {
    "request_information": "information_requested",
    "postpone": "postponed",
    "open_consultation": "consultation",
    "await_translation": "translation",
    "postpone_surrender": "surrender_postponed",
}
ENDS_HOLD = {
    "supply_information": "information_requested",
    "resume": "postponed",
    "conclude_consultation": "consultation",
    "receive_translation": "translation",
}
# What a hold forbids.
FORBIDS = {
    "information_requested": {"request_information"},
    "postponed": {"decide", "complete_measure", "execute", "postpone"},
    "consultation": {"open_consultation"},
    "translation": {"await_translation"},
    "surrender_postponed": {"surrender", "postpone_surrender"},
}

OTHER_REQUEST = "0197b3c4-0000-7000-8000-000000000041"
BODIES: dict[str, dict[str, Any]] = {
    "amend": {"subject": "Two accounts"},
    "send": {"channel": "portal"},
    "transmit_again": {"channel": "post"},
    "send_back": {"missing": ["facts_and_reasons"]},
    "acknowledge": {"reference": "E-1"},
    "forward": {"to": "X"},
    "request_information": {"items": ["the account numbers"]},
    "supply_information": {"items": ["the account numbers"]},
    "postpone": {"reason": "ongoing_investigation"},
    "resume": {"reason": "ongoing_investigation"},
    "open_consultation": {"topic": "costs"},
    "conclude_consultation": {"topic": "costs"},
    "extend": {"clock": "EAW-NOCONSENT", "reason": "court vacancy"},
    "promise": {"clock": "EAW-NOCONSENT", "date": "2026-09-01"},
    "decide": {"outcome": "granted"},
    "complete_measure": {"measure": "m1", "outcome": "executed"},
    "await_translation": {"language": "cs"},
    "receive_translation": {"language": "cs"},
    "execute": {"outcome": "full"},
    "return": {"final": True},
    "ask_status": {"channel": "email"},
    "assign": {"desk": "desk-2"},
    "refuse": {"grounds": ["EAW-3-1"]},
    "withdraw": {"reason": "no longer needed"},
    "close": {"reason": "other"},
    "reopen": {"reason": "a new account was found"},
    "fix_hearing": {"person": "p1", "date": "2026-09-01"},
    "decide_surrender": {"person": "p1", "outcome": "granted"},
    "agree_surrender_date": {"person": "p1", "date": "2026-09-01"},
    "postpone_surrender": {"person": "p1", "reason": "humanitarian"},
    "reclassify": {"kind": "extradition", "instrument": "COE-024", "reason": "the States were no members then"},
    "link": {"type": "supplements", "request": OTHER_REQUEST},
    "record_cost": {"type": "claimed", "amount": "10.00", "currency": "EUR"},
    "record_asset": {"type": "frozen", "amount": "10.00", "currency": "EUR"},
    "attach_condition": {"type": "speciality", "text": "for the first offence only"},
    "add_note": {"text": "called the desk"},
    "record_event": {"event": "request.full_received"},
    "set_mandate": {"mandate": {"starts": "2026-06-01", "ends": "2027-06-01"}},
    **{move: {"person": "p1"} for move in ("arrest", "give_consent", "revoke_consent", "surrender", "release")},
}
