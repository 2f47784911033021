"""A mistake is put right by a further fact that names the old value, the author and the reason; state, lines and dates follow. (EVT-09)"""

from __future__ import annotations

from typing import Any

import pytest

from services.requests.domain.access import Reader
from services.requests.domain.errors import DomainError, MoveNotPossible, ValidationFailed, WrongSide
from services.requests.domain.view import as_history
from shared.facts import requests as facts
from shared.facts.codes import State
from shared.facts.members import moment
from shared.facts.text import Text
from tests.builders import Story, acknowledged, drafted, returned, sent, surrender_case

REGISTER: dict[str, Any] = {"from": "N", "kind": "eio", "instrument": "EU-EIO", "counterpart_reference": "N-1"}


def correct(story: Story, by: str, id: object, values: dict[str, Any], **more: Any) -> list[Any]:
    """What the correction recorded."""
    return [each.fact for each in story.make(by, "correct", fact=str(id), values=values, reason="stamp misread", **more)]


def last(story: Story, kind: type) -> Any:
    """The last recorded fact of this kind."""
    return next(each for each in reversed(story.facts) if isinstance(each.fact, kind))


def test_a_correction_names_the_old_value_the_author_and_the_reason() -> None:
    """EVT-09"""
    story = acknowledged()
    target = last(story, facts.RequestAcknowledged)

    made = correct(story, "E", target.id, {"reference": "E-2"})

    (fact,) = made
    assert (fact.fact, fact.by, fact.reason) == (str(target.id), "E", Text("stamp misread"))
    assert (fact.was, fact.values) == ({"reference": "E-1"}, {"reference": "E-2"})
    assert story.so_far.requested.reference == "E-2"
    assert story.recorded_unchanged(target)


def test_the_history_shows_the_old_fact_and_what_corrected_it() -> None:
    """EVT-09: the old value stays visible."""
    story = acknowledged()
    target = last(story, facts.RequestAcknowledged)
    correct(story, "E", target.id, {"reference": "E-2"})

    entries = as_history(story.so_far, Reader("E"))

    assert entries is not None
    old = next(entry for entry in entries if entry["id"] == str(target.id))
    assert old["members"]["reference"] == "E-1"
    assert old["corrected_by"] == [entries[-1]["id"]]
    assert not old["void"]


def test_the_last_of_several_corrections_counts_member_by_member() -> None:
    story = acknowledged()
    target = last(story, facts.RequestAcknowledged)
    correct(story, "E", target.id, {"reference": "E-2", "received_at": moment(target.fact.occurred_at)})
    correct(story, "E", target.id, {"reference": "E-3"})

    assert story.so_far.requested.reference == "E-3"
    assert story.so_far.recipients[0].received_at == target.fact.occurred_at


def test_a_second_correction_names_the_value_that_was_in_force() -> None:
    story = acknowledged()
    target = last(story, facts.RequestAcknowledged)
    correct(story, "E", target.id, {"reference": "E-2"})

    (second,) = correct(story, "E", target.id, {"reference": "E-3"})

    assert second.was == {"reference": "E-2"}


def test_what_an_amendment_changed_is_corrected_in_the_amendment() -> None:
    story = drafted(subject="Acounts")
    story.make("R", "amend", subject="Acounts abroad", fields={"facts_and_reasons": "old words"}, languages=["cs"])
    story.make("R", "send", channel="portal")

    correct(story, "R", last(story, facts.RequestAmended).id, {"subject": "Accounts abroad", "fields": {"statutory_provisions": "s. 1"}})

    assert (story.so_far.subject, story.so_far.languages) == ("Accounts abroad", ("cs",))
    assert story.so_far.fields["statutory_provisions"] == "s. 1"
    assert story.so_far.fields["facts_and_reasons"] == "old words"
    assert story.refolded() == story.so_far


def test_a_member_can_be_taken_back() -> None:
    story = acknowledged()
    correct(story, "E", last(story, facts.RequestAcknowledged).id, {"received_at": None, "reference": "E-9"})

    assert story.so_far.requested.reference == "E-9"


def test_what_never_happened_leaves_no_trace_in_the_state() -> None:
    story = acknowledged()
    story.make("E", "decide", outcome="granted")
    decision = last(story, facts.DecisionTaken)

    correct(story, "E", decision.id, {"void": True})

    assert story.so_far.decision is None
    assert story.so_far.state is State.ACKNOWLEDGED


def test_a_void_fact_can_be_restored() -> None:
    story = acknowledged()
    story.make("E", "decide", outcome="granted")
    decision = last(story, facts.DecisionTaken)
    correct(story, "E", decision.id, {"void": True})

    correct(story, "E", decision.id, {"void": False})

    assert story.so_far.decision == "granted"


def test_an_end_that_never_happened_gives_the_state_and_the_holds_back() -> None:
    story = acknowledged()
    story.make("E", "request_information", items=["account numbers"])
    story.make("R", "withdraw", reason="given up")
    assert story.so_far.holds == ()

    correct(story, "R", last(story, facts.RequestWithdrawn).id, {"void": True})

    assert story.so_far.state is State.ACKNOWLEDGED
    assert story.so_far.hold == "information_requested"


def test_a_void_last_line_takes_the_execution_with_it() -> None:
    story = acknowledged(measures=["bank_records", "search"])
    for measure in ("m1", "m2"):
        story.make("E", "complete_measure", measure=measure, outcome="executed")
    assert str(story.so_far.state) == "executed"

    made = correct(story, "E", last(story, facts.MeasureCompleted).id, {"void": True})

    assert [fact.values for fact in made] == [{"void": True}, {"void": True}]
    assert story.so_far.state is State.ACKNOWLEDGED
    assert [line.id for line in story.so_far.pending_measures] == ["m2"]


def test_an_earlier_line_that_is_void_takes_the_execution_with_it_too() -> None:
    story = acknowledged(measures=["bank_records", "search"])
    first = story.make("E", "complete_measure", measure="m1", outcome="executed")[0]
    story.make("E", "complete_measure", measure="m2", outcome="executed")

    correct(story, "E", first.id, {"void": True})

    assert story.so_far.state is State.ACKNOWLEDGED


def test_another_outcome_of_a_line_makes_the_execution_one_in_part() -> None:
    story = acknowledged()
    story.make("E", "complete_measure", measure="m1", outcome="executed")
    assert story.so_far.execution == "full"

    correct(story, "E", last(story, facts.MeasureCompleted).id, {"outcome": "impossible"})

    assert story.so_far.execution == "part"


def test_another_day_of_the_last_line_is_the_day_of_execution() -> None:
    story = acknowledged()
    story.make("E", "complete_measure", measure="m1", outcome="executed", hours=24)
    earlier = story.so_far.arrived_at
    assert earlier is not None

    correct(story, "E", last(story, facts.MeasureCompleted).id, {"occurred_at": moment(story.now.replace(hour=1))})

    assert story.so_far.executed_at == story.now.replace(hour=1)


def test_a_surrender_that_never_happened_reopens_what_it_had_ended() -> None:
    story = surrender_case("p1")
    story.make("E", "surrender", person="p1")
    assert str(story.so_far.state) == "returned"

    made = correct(story, "E", last(story, facts.PersonSurrendered).id, {"void": True})

    assert len(made) == 3
    assert story.so_far.state is State.ACKNOWLEDGED
    assert story.so_far.parts == ()


@pytest.mark.parametrize(
    ("by", "kind", "values", "code", "pointer"),
    [
        pytest.param("R", facts.RequestAcknowledged, {"reference": "x"}, "wrong_side", None, id="a fact of the other side"),
        pytest.param("E", facts.RequestAcknowledged, {"colour": "x"}, "validation_failed", "/values/colour", id="a member it does not have"),
        pytest.param("E", facts.RequestAcknowledged, {"received_at": "soon"}, "validation_failed", "/values/received_at", id="no moment"),
        pytest.param("E", facts.RequestAcknowledged, {}, "validation_failed", "/values", id="nothing"),
        pytest.param("E", facts.RequestAcknowledged, {"occurred_at": "2030-01-01T00:00:00Z"}, "occurred_in_future", "/values", id="the future"),
        pytest.param("E", facts.RequestAcknowledged, {"occurred_at": "2026-05-01T00:00:00Z"}, "occurred_before_cause", "/values", id="before sending"),
        pytest.param("E", facts.RequestAcknowledged, {"received_at": "2026-05-01T00:00:00Z"}, "occurred_before_cause", "/values", id="received too early"),
        pytest.param("R", facts.RequestDrafted, {"void": True}, "validation_failed", "/values/void", id="the first fact"),
        pytest.param("R", facts.RequestDrafted, {"kind": "mla"}, "validation_failed", "/values/kind", id="the kind"),
        pytest.param("R", facts.RequestSent, {"void": True}, "move_not_possible", "/fact", id="what later facts rest on"),
        pytest.param("E", facts.RequestAcknowledged, {"void": True}, "move_not_possible", "/fact", id="the receipt of what was decided"),
    ],
)
def test_a_correction_is_refused(by: str, kind: type, values: dict[str, Any], code: str, pointer: str | None) -> None:
    story = acknowledged()
    story.make("E", "decide", outcome="granted")
    target = last(story, kind)

    with pytest.raises(DomainError) as refused:
        correct(story, by, target.id, values)

    assert refused.value.code == code
    assert [fault.pointer for fault in refused.value.faults] == ([] if pointer is None else [pointer])


def test_a_fact_that_followed_from_another_is_corrected_through_that_one() -> None:
    story = acknowledged()
    story.make("E", "complete_measure", measure="m1", outcome="executed")

    with pytest.raises(ValidationFailed):
        correct(story, "E", last(story, facts.RequestExecuted).id, {"void": True})


def test_an_internal_fact_of_the_other_side_does_not_exist() -> None:
    story = acknowledged()
    note = story.make("E", "add_note", text="for us")[0]

    with pytest.raises(ValidationFailed):
        correct(story, "R", note.id, {"text": "x"})
    (fact,) = correct(story, "E", note.id, {"text": "for us alone"})
    assert fact.internal


def test_what_was_recorded_for_an_outsider_is_corrected_by_who_recorded_it() -> None:
    story = Story()
    story.make("E", "register", **REGISTER)

    correct(story, "E", story.facts[0].id, {"counterpart_reference": "N-2", "subject": "Accounts"})

    assert story.so_far.requesting.reference == "N-2"
    assert story.so_far.subject == "Accounts"


def test_reclassification_says_what_it_was() -> None:
    story = sent()

    (recorded,) = story.make("R", "reclassify", kind="mla", instrument="COE-030", reason="no order")

    fact = recorded.fact
    assert isinstance(fact, facts.RequestReclassified)
    assert (fact.was, fact.was_instrument) == ("eio", "EU-EIO")
    assert (story.so_far.kind, story.so_far.instrument) == ("mla", "COE-030")


def test_after_reopening_the_request_is_where_it_was() -> None:
    story = returned()
    story.make("R", "reopen", reason="a new account")

    assert story.so_far.state is State.EXECUTED
    assert story.so_far.ending is None
    with pytest.raises(MoveNotPossible):
        story.asked("R", "reopen", reason="again")


def test_a_side_may_not_withdraw_the_correction_of_the_other() -> None:
    story = acknowledged()
    target = last(story, facts.RequestAcknowledged)
    with pytest.raises(WrongSide):
        correct(story, "R", target.id, {"void": True})
