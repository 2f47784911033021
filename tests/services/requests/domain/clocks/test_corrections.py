"""Late facts, corrections and reclassification put the record right by new facts; nothing recorded changes (D-36)."""

from dataclasses import replace
from datetime import date, timedelta

from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.ledger import ClockState
from services.requests.domain.clocks.reading import derive, explain
from services.requests.domain.clocks.reconciling import clock_facts
from shared.calendars.national import Calendars
from shared.facts.base import Fact, Recorded
from shared.facts.clocks import ClockFact, ClockLapsed, ClockMoved
from shared.facts.requests import FactCorrected
from tests.services.requests.domain.clocks.stories import ClockStory, acknowledged_order, sent_order, utc


def new_facts(story: ClockStory, before: int) -> list[str]:
    """The clock facts and voids since *before*, in short."""
    found = [each.fact for each in story.facts[before:] if isinstance(each.fact, ClockFact | FactCorrected)]
    return [f"{type(each).__name__} {getattr(each, 'row', '')}".strip() for each in found]


def fact_of(story: ClockStory, name: str) -> Recorded[Fact]:
    return next(each for each in reversed(story.facts) if type(each.fact).__name__ == name)


def test_a_corrected_receipt_moves_the_clock_and_the_old_date_stays_in_the_record() -> None:
    story = acknowledged_order("2027-02-01T10:00")
    before = len(story.facts)

    story.at("2027-02-05T10:00").make(
        "E", "correct", fact=str(fact_of(story, "RequestAcknowledged").id), values={"received_at": "2027-02-03T10:00:00Z"}, reason="misread"
    )

    assert new_facts(story, before) == ["FactCorrected", "ClockMoved EIO-RECOG"]
    assert (story.clock("EIO-RECOG").nominal, story.clock("EIO-RECOG").run.revision) == (date(2027, 3, 5), 1)
    moved = fact_of(story, "ClockMoved").fact
    assert isinstance(moved, ClockMoved)
    assert moved.reason == "correction"


def test_a_decision_that_never_was_sets_its_clock_running_again_and_cancels_the_one_it_started() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    before = len(story.facts)

    story.make("E", "correct", fact=str(fact_of(story, "DecisionTaken").id), values={"void": True}, reason="another case")

    assert new_facts(story, before) == ["FactCorrected", "FactCorrected", "ClockCancelled EIO-EXEC"]
    assert story.clock("EIO-RECOG").state is ClockState.RUNNING
    assert (story.clock("EIO-EXEC").state, story.clock("EIO-EXEC").run.end_reason) == (ClockState.CANCELLED, "corrected")


def test_the_clock_of_the_right_decision_is_a_run_of_its_own() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    story.make("E", "correct", fact=str(fact_of(story, "DecisionTaken").id), values={"void": True}, reason="another case")

    story.at("2026-06-05T09:00").make("E", "decide", outcome="granted", hours=0)

    assert [(each.run.number, each.state) for each in story.clocks() if each.row == "EIO-EXEC"] == [(1, ClockState.CANCELLED), (2, ClockState.RUNNING)]
    assert story.clock("EIO-EXEC").nominal == date(2026, 9, 3)  # Fri 5 Jun + 90


def test_an_end_recorded_late_voids_the_lapse_that_time_alone_had_caused() -> None:
    story = sent_order("2027-02-01T09:00", kind="provisional_arrest", instrument="COE-024", persons=[{"id": "p1", "role": "suspect"}])
    story.at("2027-02-02T09:00").make("E", "arrest", person="p1", hours=0)
    lapsed = story.at("2027-03-20T09:00").let_time_pass()
    assert [type(each.fact) for each in lapsed] == [ClockLapsed]
    before = len(story.facts)

    story.make("E", "record_event", event="request.full_received", date="2027-03-10", hours=0)

    assert sorted(new_facts(story, before)) == ["ClockMet ECE-PA-40", "ClockMetLate ECE-PA-18", "FactCorrected"]
    assert story.settle() == []


def test_a_decision_found_to_be_late_is_judged_again() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.at("2026-07-10T09:00").make("E", "decide", outcome="granted", occurred_at="2026-06-20T09:00:00Z")
    assert story.clock("EIO-RECOG").state is ClockState.MET
    before = len(story.facts)

    story.make("E", "correct", fact=str(fact_of(story, "DecisionTaken").id), values={"occurred_at": "2026-07-06T09:00:00Z"}, reason="wrong date")

    assert sorted(new_facts(story, before)) == ["ClockMetLate EIO-RECOG", "ClockMoved EIO-EXEC", "FactCorrected", "FactCorrected"]
    assert story.clock("EIO-EXEC").nominal == date(2026, 10, 4)


def test_another_instrument_cancels_its_clocks_and_starts_those_of_the_right_one() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    before = len(story.facts)

    story.make("E", "reclassify", kind="mla", instrument="EU-UK-TCA-MLA", reason="after the agreement")

    assert sorted(new_facts(story, before)) == ["ClockCancelled EIO-ACK", "ClockCancelled EIO-RECOG", "ClockStarted TCA-MLA-DEC", "FactCorrected"]
    assert {clock.row: str(clock.state) for clock in story.clocks()} == {"EIO-ACK": "cancelled", "EIO-RECOG": "cancelled", "TCA-MLA-DEC": "running"}
    assert story.clock("EIO-RECOG").as_members()["reason"] == "reclassified"
    assert [line.code for line in explain(story.facts, story.law, story.clock("EIO-RECOG").id, story.now)] == ["never_ran"]
    assert story.settle() == []


def test_a_late_holiday_moves_open_clocks_by_a_fact_and_leaves_ended_ones_alone() -> None:
    """TIM-03: another version of the holidays shows as a fact; it changes no date silently."""
    story = acknowledged_order("2026-06-01T09:00")
    known = story.law.calendars["CZ"]
    late = replace(known, version="late-1", holidays=known.holidays | {date(2026, 6, 8), date(2026, 7, 1)})
    law = Law(story.law.instruments, story.law.book, Calendars({"CZ": late}), story.law.authorities)

    moved = clock_facts(story.facts, law, story.now)

    assert [(type(each), getattr(each, "row", None), getattr(each, "reason", None)) for each in moved] == [(ClockMoved, "EIO-RECOG", "calendar")]
    assert isinstance(moved[0], ClockMoved)
    assert (moved[0].adjusted_due, moved[0].strict_due, moved[0].calendar) == (date(2026, 7, 2), date(2026, 7, 1), "CZ@late-1")


def test_requests_open_before_clocks_were_kept_get_them_by_one_reckoning() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    kept = [each.fact for each in story.facts if isinstance(each.fact, ClockFact)]
    bare = [each for each in story.facts if not isinstance(each.fact, ClockFact)]

    assert clock_facts(bare, story.law, story.now) == sorted(kept, key=lambda fact: fact.occurred_at)


def test_a_lapse_is_recorded_once_at_its_due_moment_and_no_sooner() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "record_event", event="notification.received", hours=0)
    before, after = (clock_facts(story.facts, story.law, utc(at)) for at in ("2026-06-05T09:59:59", "2026-06-09T00:00"))

    assert [fact for fact in before if isinstance(fact, ClockLapsed)] == []
    assert [fact.occurred_at for fact in after if isinstance(fact, ClockLapsed)] == [utc("2026-06-05T10:00")]
    story.at("2026-06-09T00:00").let_time_pass()
    assert story.let_time_pass() == []


def test_a_fact_that_moves_no_clock_records_none() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    before = len(story.facts)

    story.make("E", "add_note", text="nothing to do with time")

    assert new_facts(story, before) == []


def test_a_machine_clock_that_steps_back_changes_no_date_and_no_order() -> None:
    """TIM-05: what counts is when it happened; when it was recorded decides nothing."""
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    stepped = [replace(each, recorded_at=each.recorded_at - timedelta(hours=each.version)) for each in story.facts]

    clocks = derive(stepped, story.law, story.now)

    assert [(each.row, each.nominal, each.state) for each in clocks] == [(each.row, each.nominal, each.state) for each in story.clocks()]
    assert clock_facts(stepped, story.law, story.now) == []
    assert all(each.run.ended_at is None or each.run.ended_at >= utc("2026-06-01T09:00") for each in clocks)
