"""Who sees what of a stream that two sides share, decided on plain data."""

from __future__ import annotations

from typing import Any

import pytest

from shared.facts.codes import Side
from shared.facts.visibility import Parties, is_internal, parties_after

DRAFT = {"requesting": {"authority": "R"}, "requested": {"authority": "E"}, "by": "R"}


def after(*facts: tuple[str, dict[str, Any]]) -> Parties:
    parties: Parties | None = None
    for type, data in facts:
        parties = parties_after(parties, type, data)
    assert parties is not None
    return parties


@pytest.mark.parametrize(
    ("type", "data", "internal"),
    [
        ("RequestAssigned", {}, True),
        ("NoteAdded", {}, True),
        ("NoteAdded", {"internal": True}, True),
        ("NoteAdded", {"internal": False}, False),
        ("FactCorrected", {"internal": True}, True),
        ("FactCorrected", {}, False),
        ("ClockStarted", {}, False),
        ("DecisionTaken", {}, False),
    ],
)
def test_some_facts_are_for_their_own_side(type: str, data: dict[str, Any], internal: bool) -> None:
    assert is_internal(type, data) is internal


def test_a_draft_is_the_requesting_sides_own_until_it_is_sent_and_stays_seen_when_sent_back() -> None:
    draft = ("RequestDrafted", DRAFT)
    assert after(draft).sees("R")
    assert not after(draft).sees("E")
    assert after(draft, ("RequestSent", {"by": "R"})).sees("E")
    assert after(draft, ("RequestSent", {"by": "R"}), ("RequestSentBack", {"by": "E"})).sees("E")


def test_another_addressee_takes_the_place_of_the_first() -> None:
    parties = after(("RequestDrafted", DRAFT), ("RequestAmended", {"by": "R", "changes": {"requested": {"authority": "Y"}}}))

    assert parties.requested == ("Y",)


def test_all_that_it_was_forwarded_to_belong_to_the_requested_side() -> None:
    parties = after(("RequestRegistered", DRAFT), ("RequestForwarded", {"by": "E", "to": "X"}), ("RequestForwarded", {"by": "X", "to": "E"}))

    assert parties.requested == ("E", "X")
    assert parties.side_of("X") is Side.REQUESTED
    assert parties.side_of("Y") is None
    assert parties.may_see("NoteAdded", {"by": "E"}, "X")
    assert not parties.may_see("NoteAdded", {"by": "E"}, "R")
    assert not parties.may_see("DecisionTaken", {"by": "E"}, "Y")


def test_before_its_first_fact_a_stream_has_no_parties() -> None:
    assert parties_after(None, "RequestSent", {"by": "R"}) is None
