"""Who sees what: sides, internal facts, confidentiality, and the verdicts on moves."""

from __future__ import annotations

from typing import Any

import pytest

from services.requests.domain.access import Access, Reader, access, exists_for, redacted, visible, visible_version
from services.requests.domain.request import fold
from services.requests.domain.verdicts import Verdict, primary_move, verdicts
from services.requests.domain.view import as_document, as_history
from shared.facts.base import Recorded
from shared.facts.members import to_members
from shared.facts.text import Sealed, seal_texts
from shared.facts.visibility import Parties, parties_after
from tests.builders import Story, acknowledged, context, draft_body, drafted, executed, returned, sent

RESTRICTED: dict[str, Any] = {"confidentiality": "restricted"}


def assigned() -> Story:
    """E has assigned the request within itself and written notes."""
    story = acknowledged()
    story.make("E", "assign", desk="desk-7", officer="officer-3")
    story.make("E", "add_note", text="for us")
    story.make("E", "add_note", text="for both", internal=False)
    story.make("E", "assign", desk="desk-8")
    return story


def test_internal_facts_are_seen_by_their_own_side_only() -> None:
    story = assigned()
    seen = {by: [each.version for each in story.facts if visible(each, story.so_far, by)] for by in ("R", "E", "Y")}

    assert seen == {"R": [1, 2, 3, 6], "E": [1, 2, 3, 4, 5, 6, 7], "Y": []}
    assert visible_version(story.so_far, "R") == 6
    assert visible_version(story.so_far, "E") == 7


def test_the_correction_of_an_internal_fact_is_internal() -> None:
    story = acknowledged()
    note = story.make("E", "add_note", text="for us")[0]
    story.make("E", "correct", fact=str(note.id), values={"text": "for us alone"}, reason="slip")

    assert visible_version(story.so_far, "R") == 3


def test_the_same_decision_on_plain_data_is_the_same() -> None:
    """Other services decide on wire data what the domain decides on facts."""
    story = assigned()
    parties: Parties | None = None
    for each in story.facts:
        parties = parties_after(parties, type(each.fact).__name__, to_members(each.fact))
    assert parties is not None

    for by in ("R", "E", "X", "Y"):
        for each in story.facts:
            data = to_members(each.fact)
            assert parties.may_see(type(each.fact).__name__, data, by) == visible(each, story.so_far, by)


def test_a_draft_never_sent_exists_for_the_requesting_side_only() -> None:
    story = drafted()
    assert exists_for(story.so_far, "R")
    assert not exists_for(story.so_far, "E")
    assert as_document("x", story.so_far, Reader("E")) is None

    story.make("R", "send", channel="portal")

    assert exists_for(story.so_far, "E")


def test_whoever_it_was_forwarded_to_stays_on_the_requested_side() -> None:
    story = acknowledged()
    story.make("E", "forward", to="X")
    story.make("X", "forward", to="Y")

    assert [str(story.so_far.side_of(by)) for by in ("E", "X", "Y")] == ["requested"] * 3
    assert story.so_far.holder == "Y"


@pytest.mark.parametrize(
    ("confidentiality", "reader", "wanted"),
    [
        ("normal", Reader("E", "desk", "desk-9"), Access.FULL),
        ("normal", Reader("Y", "head"), Access.NONE),
        ("normal", Reader("E", "administrator"), Access.NONE),
        ("restricted", Reader("E", "desk", "desk-2"), Access.FULL),
        ("restricted", Reader("E", "desk", "desk-9"), Access.REDACTED),
        ("restricted", Reader("E", "supervisor", "desk-9"), Access.FULL),
        ("restricted", Reader("E", "auditor"), Access.FULL),
        ("restricted", Reader("R", "desk", "desk-1"), Access.FULL),
        ("restricted", Reader("R", "desk", "desk-9"), Access.REDACTED),
        ("confidential", Reader("E", "desk", "desk-2"), Access.FULL),
        ("confidential", Reader("E", "desk", "desk-9"), Access.NONE),
        ("confidential", Reader("E", "head", "desk-9"), Access.NONE),
        ("confidential", Reader("E", "auditor"), Access.FULL),
    ],
)
def test_confidentiality_binds_the_desks_of_each_side(confidentiality: str, reader: Reader, wanted: Access) -> None:
    story = Story()
    story.make("R", "draft", at_desk="desk-1", **draft_body(confidentiality=confidentiality))
    story.make("R", "send", channel="portal")
    story.make("E", "acknowledge", at_desk="desk-2")

    assert access(story.so_far, reader) is wanted


def test_an_assignment_moves_a_request_to_another_desk_and_names_an_officer() -> None:
    story = acknowledged(**RESTRICTED)
    story.make("E", "assign", desk="desk-7", officer="officer-3")

    assert access(story.so_far, Reader("E", "desk", "desk-7")) is Access.FULL
    assert access(story.so_far, Reader("E", "desk", "desk-2")) is Access.REDACTED
    assert access(story.so_far, Reader("E", "desk", "desk-2", "officer-3")) is Access.FULL


def test_each_authority_of_the_requested_side_has_a_desk_of_its_own() -> None:
    story = acknowledged(**RESTRICTED)
    story.make("E", "assign", desk="desk-2")
    story.make("E", "forward", to="X")
    assert access(story.so_far, Reader("X", "desk", "desk-5")) is Access.FULL

    story.make("X", "acknowledge", at_desk="desk-3")

    assert access(story.so_far, Reader("X", "desk", "desk-2")) is Access.REDACTED
    assert access(story.so_far, Reader("X", "desk", "desk-3")) is Access.FULL
    assert access(story.so_far, Reader("E", "desk", "desk-2")) is Access.FULL


def test_the_redacted_view_keeps_state_and_dates_and_nothing_of_the_case() -> None:
    story = acknowledged(**RESTRICTED, subject="Accounts", persons=[{"role": "suspect"}], offences=["fraud"])
    story.make("E", "assign", desk="desk-7")
    story.make("E", "return", final=False, items=[{"label": "Statements"}])

    document = as_document("x", story.so_far, Reader("E", "desk", "desk-2"))

    assert document is not None
    assert [document[name] for name in ("subject", "offences", "fields", "persons", "items", "notes")] == [None] * 6
    assert (document["state"], document["holder"]) == ("acknowledged", "E")
    history = as_history(story.so_far, Reader("E", "desk", "desk-2"))
    assert history is not None
    assert {str(entry["members"]) for entry in history} == {"{}"}


def test_a_document_has_every_member_that_the_interface_names() -> None:
    document = as_document("id-1", acknowledged(own_reference="R-1").so_far, Reader("R"))

    assert document is not None
    named = "id version state hold direction kind instrument instrument_as_of requesting requested case confidentiality holds holder subject offences"
    more = "languages urgency measures persons conditions items costs links fields also_under notification_required mandate clocks next_due overdue"
    assert set((named + " " + more + " occurred_at recorded_at").split()) <= set(document)
    assert document["direction"] == "outgoing"
    assert document["requesting"] == {"authority": "R", "state": "DE", "reference": "R-1"}
    assert document["measures"][0]["id"] == "m1"


def test_texts_are_read_only_by_who_can_open_them() -> None:
    story = Story()
    story.make("R", "draft", **draft_body(fields={"facts_and_reasons": "what happened"}))
    kept = [Recorded(each.id, each.version, each.recorded_at, seal_texts(each.fact, lambda text: Sealed("k1"))) for each in story.facts]
    request = fold(kept)

    shut = as_document("x", request, Reader("R"))
    opened = as_document("x", request, Reader("R"), opened=lambda seal: f"opened {seal}")

    assert shut is not None
    assert opened is not None
    assert shut["fields"] == {"facts_and_reasons": None}
    assert opened["fields"] == {"facts_and_reasons": "opened k1"}


def by_move(story: Story, authority: str, role: str = "desk") -> dict[str, Verdict]:
    return {verdict.move: verdict for verdict in verdicts(story.so_far, authority, role, context(story.now))}


def test_every_move_has_a_verdict_that_says_what_forbids_it() -> None:
    story = acknowledged()
    story.make("E", "request_information", items=["accounts"])

    found = by_move(story, "E")

    assert found["decide"].possible
    assert (found["withdraw"].code, found["withdraw"].forbidden_by) == ("wrong_side", "side")
    assert (found["send_back"].code, found["send_back"].forbidden_by) == ("move_not_possible", "state")
    assert found["send_back"].parameters["allowed"] == {"states": ["sent"]}
    assert found["request_information"].forbidden_by == "hold"
    assert found["request_information"].parameters["allowed"]["moves"] == ["supply_information"]
    assert {verdict.code for verdict in by_move(story, "E", "auditor").values()} == {"not_allowed"}
    assert by_move(story, "Y") == {}


def test_a_form_has_the_choices_of_the_instrument() -> None:
    fields = {field.name: field for field in by_move(acknowledged(), "E")["refuse"].fields}

    assert fields["grounds"].required
    assert "EIO-11-1-A" in fields["grounds"].choices
    assert fields["decided_by"].choices == ("court", "minister", "central_authority")
    assert not fields["note"].clear


def test_for_an_outsider_the_verdict_says_that_it_must_be_recorded_for_it() -> None:
    story = Story()
    register: dict[str, Any] = {"from": "N", "kind": "eio", "instrument": "EU-EIO"}
    story.make("E", "register", **register)

    found = by_move(story, "E")["withdraw"]

    assert (found.possible, found.on_behalf_of) == (True, "N")


@pytest.mark.parametrize(
    ("story", "by", "wanted"),
    [
        (drafted, "R", "send"),
        (sent, "R", None),
        (sent, "E", "acknowledge"),
        (acknowledged, "E", "decide"),
        (executed, "E", "return"),
        (returned, "R", "confirm_receipt"),
        (returned, "E", None),
    ],
)
def test_the_primary_move_is_the_next_step_of_who_has_the_ball(story: object, by: str, wanted: str | None) -> None:
    assert callable(story)
    assert primary_move(story().so_far, by) == wanted


def test_redacting_leaves_the_document_as_it_was() -> None:
    document = {"subject": "Accounts", "state": "sent"}

    assert redacted(document) == {"subject": None, "state": "sent"}
    assert document["subject"] == "Accounts"
