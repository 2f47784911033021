"""The course of a request: sending and sending back, receipts, lines and parts, surrender of several persons, joint teams, outsiders."""

from __future__ import annotations

from typing import Any

import pytest

from services.requests.domain.errors import (
    FormIncomplete,
    MoveNotPossible,
    NotFound,
    ValidationFailed,
)
from shared.facts import requests as facts
from shared.facts.codes import State
from shared.facts.text import Text
from tests.builders import (
    acknowledged,
    drafted,
    sent,
    surrender_case,
)

REGISTER: dict[str, Any] = {"from": "N", "kind": "eio", "instrument": "EU-EIO", "counterpart_reference": "N-1", "measures": ["search"], "channel": "post"}


def types_of(recorded: list[Any]) -> list[str]:
    return [type(each.fact).__name__ for each in recorded]


def pointers(refused: Any) -> list[str]:
    return [fault.pointer for fault in refused.value.faults]


def test_sending_an_incomplete_form_lists_what_is_missing() -> None:
    story = drafted(fields={})

    with pytest.raises(FormIncomplete) as refused:
        story.make("R", "send", channel="portal")

    assert pointers(refused) == [f"/fields/{name}" for name in refused.value.parameters["missing"]]
    assert "facts_and_reasons" in refused.value.parameters["missing"]
    story.make("R", "amend", fields=dict.fromkeys(refused.value.parameters["missing"], "now filled in"))
    story.make("R", "send", channel="portal")
    assert story.so_far.state is State.SENT


def test_an_amendment_changes_what_it_names_and_nothing_else() -> None:
    story = drafted(subject="Accounts", case="7 Js 44/26", own_reference="R-1", persons=[{"role": "suspect"}])
    before = story.so_far

    story.make("R", "amend", fields={"facts_and_reasons": None, "other_information": "words"}, own_reference="R-2", languages=["cs"])

    after = story.so_far
    assert (after.subject, after.case, after.persons, after.measures) == (before.subject, before.case, before.persons, before.measures)
    assert after.requesting.reference == "R-2"
    assert after.languages == ("cs",)
    assert after.fields["other_information"] == Text("words")
    assert "facts_and_reasons" not in after.fields
    assert "nature_and_legal_classification" in after.fields


def test_a_request_sent_back_is_a_draft_again_that_both_sides_see_and_that_is_counted_once() -> None:
    story = sent()
    story.make("E", "send_back", missing=["facts_and_reasons", "a signature"])
    assert (story.so_far.state, story.so_far.holder, story.so_far.times_sent_back) == (State.DRAFTED, "R", 1)
    assert story.so_far.missing == ("facts_and_reasons", Text("a signature"))
    assert type(story.so_far.missing[0]) is str
    with pytest.raises(MoveNotPossible):
        story.asked("E", "acknowledge")

    story.make("R", "send", channel="post")

    assert (story.so_far.state, story.so_far.holder) == (State.SENT, "E")
    assert sum(isinstance(each.fact, facts.Opening) for each in story.facts) == 1


def test_after_being_sent_back_it_stays_with_its_addressee() -> None:
    story = sent()
    story.make("E", "send_back", missing=["facts_and_reasons"])

    with pytest.raises(ValidationFailed) as refused:
        story.asked("R", "amend", requested={"authority": "Y"})

    assert pointers(refused) == ["/requested/authority"]


def test_a_discarded_draft_is_closed_as_discarded() -> None:
    story = drafted()
    story.make("R", "discard", reason="no longer needed")

    assert story.so_far.ending is not None
    assert (story.so_far.state, story.so_far.ending.reason) == (State.CLOSED, "discarded")


def test_a_second_transmission_changes_nothing() -> None:
    story = sent()
    before = story.so_far

    (recorded,) = story.make("R", "transmit_again", channel="post")

    assert isinstance(recorded.fact, facts.TransmissionRecorded)
    assert (story.so_far.state, story.so_far.arrived_at) == (before.state, before.arrived_at)


def test_each_recipient_confirms_its_own_receipt_once() -> None:
    story = acknowledged()
    with pytest.raises(MoveNotPossible) as refused:
        story.asked("E", "acknowledge")
    assert refused.value.parameters["reason"] == "already_acknowledged"

    story.make("E", "forward", to="X", reason="seat of the bank")
    assert story.so_far.holder == "X"
    story.make("X", "acknowledge", reference="X-1")

    assert [each.authority for each in story.so_far.recipients if each.acknowledged_at] == ["E", "X"]
    assert story.so_far.requested.reference == "E-1"


@pytest.mark.parametrize("to", ["E", "R", "nobody"])
def test_a_request_is_not_forwarded_to_its_holder_its_sender_or_nobody(to: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        acknowledged().asked("E", "forward", to=to)

    assert pointers(refused) == ["/to"]


def test_before_it_is_sent_nobody_else_knows_of_a_draft() -> None:
    with pytest.raises(NotFound):
        drafted().asked("E", "acknowledge")
    with pytest.raises(NotFound):
        acknowledged().asked("Y", "add_note", text="x")


def test_the_last_line_executes_the_request_in_part_when_any_line_was_not_executed() -> None:
    story = acknowledged(measures=["bank_records", "search"])
    assert types_of(story.make("E", "complete_measure", measure="m1", outcome="refused", grounds=["EIO-11-1-C"])) == ["MeasureCompleted"]

    made = story.make("E", "complete_measure", measure="m2", outcome="executed")

    assert types_of(made) == ["MeasureCompleted", "RequestExecuted"]
    assert (story.so_far.state, story.so_far.execution) == (State.EXECUTED, "part")


def test_an_alternative_measure_counts_as_execution() -> None:
    story = acknowledged()
    story.make("E", "complete_measure", measure="m1", outcome="alternative")

    assert story.so_far.execution == "full"


@pytest.mark.parametrize("measure", ["m1", "m9"])
def test_a_line_is_completed_once_and_only_if_there_is_one(measure: str) -> None:
    story = acknowledged(measures=["bank_records", "search"])
    story.make("E", "complete_measure", measure="m1", outcome="executed")

    with pytest.raises((MoveNotPossible, ValidationFailed)):
        story.asked("E", "complete_measure", measure=measure, outcome="executed")


def test_parts_are_numbered_and_the_final_one_returns_the_request() -> None:
    story = acknowledged()
    with pytest.raises(MoveNotPossible):
        story.asked("R", "confirm_receipt")
    story.make("E", "return", final=False, items=[{"label": "Statements"}, {"label": "Cards"}])
    story.make("R", "confirm_receipt", items=["i1"])
    story.make("E", "return", final=True, items=[{"label": "Report"}])

    assert [(part.number, part.final, [item.id for item in part.items]) for part in story.so_far.parts] == [(1, False, ["i1", "i2"]), (2, True, ["i3"])]
    assert (story.so_far.state, story.so_far.holder) == (State.RETURNED, None)


def test_handing_over_the_last_person_executes_and_returns() -> None:
    story = surrender_case("p1", "p2")
    assert types_of(story.make("E", "surrender", person="p1")) == ["PersonSurrendered"]

    made = story.make("E", "surrender", person="p2")

    assert types_of(made) == ["PersonSurrendered", "RequestExecuted", "ResultsReturned"]
    assert {each.fact.occurred_at for each in made} == {story.now}
    assert (story.so_far.state, story.so_far.execution) == (State.RETURNED, "full")


def test_a_person_whose_surrender_was_refused_is_not_waited_for() -> None:
    story = surrender_case("p1", "p2")
    story.make("E", "decide_surrender", person="p1", outcome="refused")
    story.make("E", "surrender", person="p2")

    assert (story.so_far.state, story.so_far.execution) == (State.RETURNED, "part")


def test_a_postponed_surrender_waits_for_a_new_date_person_by_person() -> None:
    story = surrender_case("p1", "p2")
    story.make("E", "postpone_surrender", person="p1", reason="humanitarian")
    with pytest.raises(MoveNotPossible) as refused:
        story.asked("E", "surrender", person="p1")
    assert refused.value.parameters["forbidden_by"] == "hold"

    story.make("E", "surrender", person="p2")
    story.make("E", "agree_surrender_date", person="p1", date="2026-07-01")

    assert story.so_far.holds == ()
    assert types_of(story.make("E", "surrender", person="p1"))[-1] == "ResultsReturned"


def test_a_person_is_arrested_again_only_after_release() -> None:
    story = surrender_case("p1")
    with pytest.raises(MoveNotPossible):
        story.asked("E", "arrest", person="p1")

    story.make("E", "release", person="p1", reason="forty days over")

    assert types_of(story.make("E", "arrest", person="p1")) == ["PersonArrested"]


def test_costs_stay_when_a_request_is_withdrawn() -> None:
    story = acknowledged()
    story.make("E", "record_cost", type="claimed", amount="1840.00", currency="PLN")
    story.make("R", "withdraw", reason="case closed at home")

    assert [(cost.amount, cost.currency) for cost in story.so_far.costs] == [("1840.00", "PLN")]


def test_asking_the_status_is_answered_by_any_move_of_the_other_side_that_is_seen() -> None:
    story = acknowledged()
    story.make("R", "ask_status", channel="email")
    story.make("E", "add_note", text="for us")
    story.make("R", "transmit_again", channel="post")
    assert story.so_far.status_asked_at is not None

    story.make("E", "add_note", text="next week", internal=False)

    assert story.so_far.status_asked_at is None
