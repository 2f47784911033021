"""What a move takes: bounds, grounds, legal bases, words and codes; acting for outsiders; histories that are told late."""

from __future__ import annotations

from typing import Any

import pytest

from services.requests.domain.decisions import begin, read_command
from services.requests.domain.errors import (
    BoundExceeded,
    DomainError,
    GroundNotInInstrument,
    NotAllowed,
    UnknownInstrument,
    ValidationFailed,
    WrongSide,
)
from shared.facts import requests as facts
from shared.facts.codes import State
from shared.facts.members import moment
from shared.facts.text import Text
from tests.builders import (
    AUTHORITIES,
    MONDAY,
    Story,
    acknowledged,
    at_hour,
    closed,
    context,
    draft_body,
    drafted,
    executed,
    law,
    returned,
    sent,
    surrender_case,
)

REGISTER: dict[str, Any] = {"from": "N", "kind": "eio", "instrument": "EU-EIO", "counterpart_reference": "N-1", "measures": ["search"], "channel": "post"}


def types_of(recorded: list[Any]) -> list[str]:
    return [type(each.fact).__name__ for each in recorded]


def pointers(refused: Any) -> list[str]:
    return [fault.pointer for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("length", "earlier", "allowed"),
    [
        pytest.param("P30D", 0, True, id="the whole bound"),
        pytest.param("P31D", 0, False, id="a day more"),
        pytest.param("P1M", 0, False, id="a month may have 31 days"),
        pytest.param("P4W", 0, True, id="four weeks"),
        pytest.param("P10D", 1, False, id="a second time"),
        pytest.param(None, 0, True, id="without a length"),
    ],
)
def test_an_extension_stays_within_the_bound_of_its_row(length: str | None, earlier: int, allowed: bool) -> None:
    story = acknowledged()
    body: dict[str, Any] = {"clock": "EIO-RECOG", "reason": "court vacancy"} | ({"by": length} if length else {})
    for _ in range(earlier):
        story.make("E", "extend", clock="EIO-RECOG", reason="court vacancy")

    if allowed:
        story.make("E", "extend", **body)
        assert story.so_far.extensions[-1].length == length
        return
    with pytest.raises(BoundExceeded):
        story.make("E", "extend", **body)


def test_a_row_without_extension_has_no_bound_to_keep() -> None:
    with pytest.raises(BoundExceeded):
        acknowledged().asked("E", "extend", clock="EIO-ACK", reason="staff")
    with pytest.raises(ValidationFailed):
        acknowledged().asked("E", "extend", clock="ECE-PA-18", reason="another treaty")


def test_a_refusal_needs_a_ground_of_the_instrument_and_the_consultation_that_it_wants() -> None:
    story = acknowledged()
    with pytest.raises(GroundNotInInstrument) as wrong:
        story.asked("E", "refuse", grounds=["EIO-11-1-C", "EAW-3-1"])
    assert pointers(wrong) == ["/grounds/1"]
    with pytest.raises(ValidationFailed) as unheard:
        story.asked("E", "refuse", grounds=["EIO-11-1-A"])
    assert pointers(unheard) == ["/consulted_at"]

    story.make("E", "refuse", grounds=["EIO-11-1-A"], consulted_at="2026-06-01", decided_by="court")

    assert story.so_far.state is State.REFUSED


@pytest.mark.parametrize(
    ("body", "error", "pointer"),
    [
        ({"instrument": "UN-UNCAC-X"}, UnknownInstrument, "/instrument"),
        ({"also_under": ["NOPE"]}, UnknownInstrument, "/also_under/0"),
        ({"instrument": None}, ValidationFailed, "/instrument"),
        ({"kind": "favour"}, ValidationFailed, "/kind"),
        ({"requested": {"authority": "R"}}, ValidationFailed, "/requested/authority"),
        ({"requested": {"authority": "nobody"}}, ValidationFailed, "/requested/authority"),
        ({"measures": [{"type": "No Slug"}]}, ValidationFailed, "/measures/0/type"),
        ({"persons": [{"role": "suspect", "name": "x"}]}, ValidationFailed, "/persons/0/name"),
        ({"languages": ["Czech"]}, ValidationFailed, "/languages/0"),
        ({"fields": {"a": {"b": 1}}}, ValidationFailed, "/fields"),
        ({"occurred_at": "2026-06-01T10:00"}, ValidationFailed, "/occurred_at"),
        ({"colour": "red"}, ValidationFailed, "/colour"),
        ({"measures": [{"id": "m1", "type": "a"}, {"id": "m1", "type": "b"}]}, ValidationFailed, "/measures"),
    ],
)
def test_a_draft_with_a_fault_is_refused_where_the_fault_is(body: dict[str, Any], error: type[DomainError], pointer: str) -> None:
    with pytest.raises(error) as refused:
        Story().make("R", "draft", **{**draft_body(), **body})

    assert pointer in pointers(refused)


def test_only_an_enquiry_has_no_legal_basis() -> None:
    story = Story()
    story.make("R", "draft", kind="enquiry", instrument=None, requested={"authority": "E"})
    story.make("R", "send", channel="email")

    assert story.so_far.state is State.SENT


def test_a_request_of_a_member_is_not_registered_for_it() -> None:
    with pytest.raises(NotAllowed):
        Story().make("E", "register", **{**REGISTER, "from": "R"})


def test_for_an_outsider_the_member_records_the_moves_and_says_so() -> None:
    story = Story()
    story.make("E", "register", **REGISTER)
    with pytest.raises(WrongSide):
        story.asked("E", "transmit_again", channel="post")

    (recorded,) = story.make("E", "transmit_again", channel="post", on_behalf_of="N")

    assert (recorded.fact.by, recorded.fact.on_behalf_of) == ("E", "N")
    with pytest.raises(WrongSide):
        story.asked("E", "complete_measure", measure="m1", outcome="executed", on_behalf_of="N")


@pytest.mark.parametrize(("other", "error"), [("E", NotAllowed), ("Y", ValidationFailed), ("R", ValidationFailed), ("nobody", ValidationFailed)])
def test_nobody_acts_for_a_member_or_for_who_is_no_other_party(other: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        sent().asked("R", "acknowledge", on_behalf_of=other)


def test_a_late_history_is_played_through_the_same_deciders_in_one_go() -> None:
    history = [
        {"move": "acknowledge", "occurred_at": moment(at_hour(-500)), "members": {"reference": "E-1"}},
        {"move": "request_information", "occurred_at": moment(at_hour(-400)), "members": {"items": ["accounts"]}},
        {"move": "supply_information", "occurred_at": moment(at_hour(-300)), "members": {"items": ["accounts"]}},
        {"move": "complete_measure", "occurred_at": moment(at_hour(-200)), "members": {"measure": "m1", "outcome": "executed"}},
    ]
    story = Story()

    made = story.make("E", "register", **REGISTER, occurred_at=moment(at_hour(-600)), history=history)

    assert types_of(made)[1:] == ["RequestAcknowledged", "InformationRequested", "InformationSupplied", "MeasureCompleted", "RequestExecuted"]
    assert made[3].fact.on_behalf_of == "N"
    assert story.so_far.state is State.EXECUTED


def test_an_entry_of_a_late_history_may_name_its_members_beside_the_move() -> None:
    entry = {"move": "acknowledge", "occurred_at": moment(at_hour(-500))}
    apart = read_command("register", {**REGISTER, "history": [{**entry, "members": {"reference": "E-1"}}]}, context(), by="E")

    beside = read_command("register", {**REGISTER, "history": [{**entry, "reference": "E-1"}]}, context(), by="E")

    assert beside == apart


@pytest.mark.parametrize(
    ("entry", "code", "pointer"),
    [
        ({"move": "decide", "occurred_at": moment(at_hour(-1)), "members": {"outcome": "granted"}}, "move_not_possible", "/history/0"),
        ({"move": "acknowledge", "occurred_at": moment(at_hour(-900))}, "occurred_before_cause", "/history/0/members/occurred_at"),
        ({"move": "acknowledge", "occurred_at": moment(at_hour(-1)), "members": {"colour": 1}}, "validation_failed", "/history/0/members/colour"),
        ({"move": "vanish", "occurred_at": moment(at_hour(-1))}, "validation_failed", "/history/0/move"),
    ],
)
def test_a_fault_in_a_late_history_is_named_with_its_entry(entry: dict[str, Any], code: str, pointer: str) -> None:
    body = {**REGISTER, "occurred_at": moment(at_hour(-600)), "history": [entry]}
    command = read_command("register", body, context(), by="E")

    with pytest.raises(DomainError) as refused:
        begin(command, context())

    assert refused.value.code == code
    assert pointers(refused) == [pointer]


@pytest.mark.parametrize(
    ("story", "by", "move", "body"),
    [
        (sent, "E", "acknowledge", {}),
        (executed, "E", "return", {"final": True}),
        (returned, "R", "confirm_receipt", {}),
        (closed, "R", "reopen", {"reason": "x"}),
    ],
)
def test_nothing_happened_before_its_cause_or_in_the_future(story: Any, by: str, move: str, body: dict[str, Any]) -> None:
    for at, code in ((moment(MONDAY), "occurred_before_cause"), (moment(at_hour(1000)), "occurred_in_future")):
        with pytest.raises(DomainError) as refused:
            story().asked(by, move, **body, occurred_at=at)
        assert refused.value.code == code
        assert pointers(refused) == ["/occurred_at"]


def test_the_mandate_of_a_joint_team_is_set_in_draft_too() -> None:
    story = Story()
    story.make("R", "draft", kind="joint_investigation_team", instrument="EU-MLA-2000", requested={"authority": "E"})
    mandate: dict[str, Any] = {"starts": "2026-06-01", "ends": "2028-05-31", "lead": "R", "participants": ["R", "E"], "powers": "to be present"}

    story.make("R", "set_mandate", mandate=mandate)

    assert story.so_far.mandate is not None
    assert story.so_far.mandate.powers == Text("to be present")
    with pytest.raises(ValidationFailed):
        story.asked("R", "set_mandate", mandate={**mandate, "ends": "2026-01-01"})


def test_an_event_must_be_one_of_the_instruments_table() -> None:
    story = surrender_case("p1")
    story.make("E", "record_event", event="request.full_received", date="2026-06-01")
    with pytest.raises(ValidationFailed) as refused:
        story.asked("E", "record_event", event="coffee.served", person="p7", measure="m7")

    assert pointers(refused) == ["/event", "/person", "/measure"]


def test_words_of_a_person_are_texts_and_codes_stay_codes() -> None:
    story = acknowledged(urgency={"level": "urgent", "reason": "removal is imminent"})
    assert story.so_far.urgency is not None
    assert type(story.so_far.urgency.reason) is Text
    assert {type(value) for value in story.so_far.fields.values()} == {Text}

    made: list[Any] = [story.make("E", "postpone", reason="EIO-15-1-A")[0], story.make("E", "resume", reason="the other trial is over")[0]]

    assert [type(each.fact.reason) for each in made] == [str, Text]


def test_a_form_field_that_is_a_code_stays_in_clear_and_one_that_is_words_does_not() -> None:
    coded = next(field.name for field in law().get("EU-EIO").form_fields if field.type == "code")
    story = drafted(fields={coded: "ART_4_A", "facts_and_reasons": "ART_4_A"})
    story.make("R", "amend", fields={coded: "the words of somebody"})
    first = story.facts[0].fact

    assert isinstance(first, facts.RequestDrafted)
    assert [type(first.fields[name]) for name in (coded, "facts_and_reasons")] == [str, Text]
    assert type(story.so_far.fields[coded]) is Text


def test_a_directory_that_changes_changes_who_may_be_recorded_for() -> None:
    story = Story({**AUTHORITIES})
    story.make("E", "register", **REGISTER)
    story.authorities = {**AUTHORITIES, "N": AUTHORITIES["Y"].__class__("N", "AT", "Now a member", member=True)}

    with pytest.raises(NotAllowed):
        story.asked("E", "transmit_again", channel="post", on_behalf_of="N")
    assert story.asked("N", "transmit_again", channel="post")
