"""Where law or text leaves room: what was decided, shown on requests (decisions D-1 to D-46 that concern clocks)."""

from datetime import date, datetime
from typing import Any

import pytest

from services.requests.domain.clocks.ledger import ClockState
from services.requests.domain.clocks.reading import explain, next_clock, overdue_from
from shared.facts.directory import AuthorityView
from tests.builders import AUTHORITIES, draft_body
from tests.services.requests.domain.clocks.stories import ClockStory, acknowledged_order, sent_order, utc


def warrant(*persons: str, instrument: str = "EU-EAW", kind: str = "eaw", at: str = "2027-02-01T09:00", **members: Any) -> ClockStory:
    """A warrant or request for these persons, sent by R (DE) to E (CZ)."""
    people = [{"id": each, "role": "suspect"} for each in persons]
    return sent_order(at, kind=kind, instrument=instrument, measures=[{"type": "surrender"}], persons=people, **members)


def directory(**views: AuthorityView) -> dict[str, AuthorityView]:
    return {**AUTHORITIES, **views}


def test_a_central_authority_owes_its_own_kind_of_acknowledgement() -> None:
    story = ClockStory(directory(E=AuthorityView("E", "CZ", "Central authority E", role="central"))).at("2026-06-01T09:00")
    story.make("R", "draft", **draft_body())
    story.make("R", "send", channel="portal")

    assert [clock.row for clock in story.clocks()] == ["EIO-ACK-CA"]


def test_an_outsiders_receipt_comes_with_its_acknowledgement() -> None:
    story = ClockStory().at("2026-06-01T09:00")
    story.make("R", "draft", **draft_body(to="N"))
    story.make("R", "send", channel="post")
    assert story.clocks() == []

    story.at("2026-06-20T09:00").make("R", "acknowledge", on_behalf_of="N", received_at="2026-06-08T10:00:00Z")

    assert story.clock("EIO-ACK").state is ClockState.MET_LATE
    assert story.clock("EIO-ACK").nominal == date(2026, 6, 15)
    assert story.clock("EIO-RECOG").nominal == date(2026, 7, 8)


def test_refusing_is_deciding_and_cancels_the_other_clocks() -> None:
    story = acknowledged_order("2026-06-01T09:00", urgency={"level": "urgent", "reason": "hearing", "needed_by": "2026-06-20"})

    story.make("E", "refuse", grounds=["EIO-11-1-C"])

    assert story.clock("EIO-RECOG").state is ClockState.MET
    assert (story.clock("EIO-SHORTER").state, story.clock("EIO-SHORTER").run.end_reason) == (ClockState.CANCELLED, "refused")


def test_the_date_asked_for_is_its_own_clock_where_no_row_takes_it() -> None:
    story = warrant("p1", urgency={"level": "urgent", "reason": "hearing", "needed_by": "2027-03-20"})

    clock = story.clock("ASKED-FOR")
    assert (clock.nominal, clock.adjusted, clock.strict) == (date(2027, 3, 20),) * 3
    assert clock.as_members()["basis"] == "asked_for"


def test_every_recipient_owes_its_own_slip_and_meets_only_its_own() -> None:
    story = sent_order("2026-11-02T09:00")
    story.at("2026-11-05T09:00").make("E", "forward", to="X", reason="seat of the bank", hours=0)
    story.at("2026-11-06T09:00").make("X", "acknowledge", received_at="2026-11-05T09:00:00Z")

    assert story.clock("EIO-ACK").state is ClockState.RUNNING
    assert story.clock("EIO-ACK-FWD").state is ClockState.MET

    story.at("2026-11-07T09:00").make("E", "acknowledge")
    assert story.clock("EIO-ACK").state is ClockState.MET


def test_the_decision_clock_moves_to_the_holders_own_receipt() -> None:
    story = acknowledged_order("2026-11-02T09:00")
    story.at("2026-11-05T09:00").make("E", "forward", to="X", reason="seat of the bank")
    assert story.clock("EIO-RECOG").nominal == date(2026, 12, 2)

    story.at("2026-11-06T09:00").make("X", "acknowledge")

    assert story.clock("EIO-RECOG").nominal == date(2026, 12, 6)
    assert story.turns("EIO-RECOG") == ["Started", "Moved"]


def test_sending_back_replaces_the_acknowledgement_clock_and_sending_again_starts_a_new_run() -> None:
    story = sent_order("2026-06-01T09:00")
    story.at("2026-06-03T09:00").make("E", "send_back", missing=["facts_and_reasons"])
    assert (story.clock("EIO-ACK").state, story.clock("EIO-ACK").run.end_reason) == (ClockState.CANCELLED, "replaced")

    story.at("2026-06-10T09:00").make("R", "send", channel="portal")

    assert (story.clock("EIO-ACK").run.number, story.clock("EIO-ACK").nominal) == (2, date(2026, 6, 17))
    assert story.clock("EIO-ACK#1").state is ClockState.CANCELLED


def test_an_extension_opens_a_new_revision_and_a_hold_does_not() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    story.make("E", "postpone", reason="other")
    story.make("E", "resume", reason="other")
    assert story.clock("EIO-EXEC").run.revision == 1

    extension: dict[str, Any] = {"clock": "EIO-EXEC", "reason": "expert", "by": "P20D"}
    story.make("E", "extend", **extension)

    assert story.clock("EIO-EXEC").run.revision == 2
    assert story.clock("EIO-EXEC").as_members()["limit"] == "P110D"


def test_a_hold_opened_after_the_due_moment_does_not_suspend() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    story.at("2026-09-10T09:00").make("E", "postpone", reason="other")

    assert story.clock("EIO-EXEC").state is ClockState.RUNNING
    assert story.clock("EIO-EXEC").overdue


def test_a_suspended_clock_keeps_its_dates_and_what_remained() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    story.at("2026-08-20T09:00").make("E", "postpone", reason="other")
    story.at("2026-12-01T09:00")

    clock = story.clock("EIO-EXEC")
    assert (clock.state, clock.nominal, clock.remaining, clock.provisional) == (ClockState.SUSPENDED, date(2026, 8, 30), "P11D", True)
    assert not clock.overdue

    story.make("E", "resume", reason="other", hours=0)
    assert story.clock("EIO-EXEC").nominal == date(2026, 12, 11)


def test_after_reopening_the_clock_goes_on_with_what_was_left() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.at("2026-06-11T09:00").make("R", "withdraw", reason="given up", hours=0)
    story.at("2026-06-21T09:00").make("R", "reopen", reason="taken up again", hours=0)

    clock = story.clock("EIO-RECOG")
    assert (clock.state, clock.nominal, clock.run.revision) == (ClockState.RUNNING, date(2026, 7, 11), 2)
    assert story.turns("EIO-RECOG") == ["Started", "Cancelled", "Resumed"]


def test_a_clock_that_stood_still_when_the_request_ended_stands_still_again() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted", hours=0)
    story.at("2026-06-11T09:00").make("E", "postpone", reason="other", hours=0)
    story.at("2026-06-21T09:00").make("R", "withdraw", reason="given up", hours=0)
    story.at("2026-07-01T09:00").make("R", "reopen", reason="taken up again", hours=0)
    assert story.clock("EIO-EXEC").state is ClockState.SUSPENDED

    story.at("2026-07-11T09:00").make("E", "resume", reason="other", hours=0)
    assert story.clock("EIO-EXEC").nominal == date(2026, 9, 29)


def test_custody_that_ran_out_lapses_and_keeps_the_request_overdue_until_release() -> None:
    story = warrant("p1", instrument="COE-024", kind="provisional_arrest")
    story.at("2027-02-02T09:00").make("E", "arrest", person="p1", hours=0)
    story.at("2027-03-15T09:00").let_time_pass()

    lapsed, running = story.clock("ECE-PA-40"), story.clock("ECE-PA-18")
    assert (lapsed.state, lapsed.overdue) == (ClockState.LAPSED, True)
    assert (running.state, running.overdue) == (ClockState.RUNNING, True)
    assert story.facts[-1].fact.occurred_at == utc("2027-03-14T23:00"), "Sun 14 Mar 24:00 in Berlin, where the papers come from"

    story.make("E", "release", person="p1")
    assert not any(clock.overdue for clock in story.clocks())
    assert story.clock("ECE-PA-18").run.end_reason == "released"


def test_consent_replaces_the_sixty_days_and_its_revocation_gives_them_back_without_the_time_between() -> None:
    story = warrant("p1")
    story.at("2027-02-02T09:00").make("E", "arrest", person="p1", hours=0)
    story.at("2027-02-04T09:00").make("E", "give_consent", person="p1", hours=0)
    assert story.clock("EAW-NOCONSENT").run.end_reason == "replaced"

    story.at("2027-02-10T09:00").make("E", "revoke_consent", person="p1", hours=0)

    assert story.clock("EAW-CONSENT").state is ClockState.CANCELLED
    again = story.clock("EAW-NOCONSENT")
    assert (again.state, again.run.number, again.nominal) == (ClockState.RUNNING, 2, date(2027, 4, 9))


def test_persons_run_clocks_of_their_own() -> None:
    story = warrant("p1", "p2")
    story.at("2027-02-02T09:00").make("E", "arrest", person="p1", hours=0)
    story.at("2027-02-05T09:00").make("E", "arrest", person="p2", hours=0)
    story.make("E", "decide_surrender", person="p1", outcome="granted")

    states = {clock.run.person: clock.state for clock in story.clocks() if clock.row == "EAW-NOCONSENT"}
    assert states == {"p1": ClockState.MET, "p2": ClockState.RUNNING}


def test_immunity_lifted_later_moves_the_start() -> None:
    story = warrant("p1")
    story.at("2027-02-02T09:00").make("E", "arrest", person="p1", hours=0)
    story.at("2027-02-20T09:00").make("E", "record_event", event="immunity.waived", date="2027-02-18", person="p1", hours=0)

    assert story.clock("EAW-NOCONSENT").nominal == date(2027, 4, 19)
    assert story.turns("EAW-NOCONSENT") == ["Started", "Moved"]


def test_a_reminder_without_a_figure_stands_before_the_date_it_depends_on() -> None:
    story = warrant("p1", instrument="COE-024", kind="extradition", also_under=["COE-209"])
    story.at("2027-04-05T09:00").make("E", "arrest", person="p1", hours=0)
    story.at("2027-04-09T09:00").make("E", "record_event", event="decision.not_simplified", person="p1", hours=0)

    assert story.clock("ECE-PA-40").strict == date(2027, 5, 14)
    reminder = story.clock("3AP-NOT-SIMPL")
    assert reminder.strict == date(2027, 4, 30)
    told = [line.sentence for line in explain(story.facts, story.law, reminder.id, story.now)]
    assert "The text names no figure; the reminder is due on Fri 2027-04-30, P14D before the strict date of ECE-PA-40." in told


def test_the_end_of_a_teams_mandate_is_a_clock_that_moves_with_the_mandate() -> None:
    mandate = {"starts": "2026-07-01", "ends": "2027-06-30"}
    story = sent_order(kind="joint_investigation_team", instrument="UN-UNTOC", mandate=mandate)
    assert story.clock("JIT-END").strict == date(2027, 6, 30)

    story.make("E", "set_mandate", mandate={**mandate, "ends": "2027-12-31"}, reason="prolonged")

    assert story.clock("JIT-END").strict == date(2027, 12, 31)
    assert story.turns("JIT-END") == ["Started", "Moved"]


def test_a_clock_belongs_to_the_day_at_the_place_of_the_fact_and_ends_where_the_act_is_due() -> None:
    story = ClockStory(directory(E=AuthorityView("E", "PL", "E", time_zone="Europe/Warsaw"), R=AuthorityView("R", "PT", "R", time_zone="Europe/Lisbon")))
    story.at("2027-03-10T23:00").make("R", "draft", hours=0, **draft_body())
    story.make("R", "send", channel="portal", hours=0.5)

    clock = story.clock("EIO-ACK")
    assert clock.nominal == date(2027, 3, 18), "Wed 23:30 in Lisbon is Thu 00:30 in Warsaw"
    assert clock.due_at == utc("2027-03-18T23:00")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-06-30T21:59:59", "P1D", id="the day before"),
        pytest.param("2026-06-30T22:00:00", "P0D", id="the last day begins at midnight in Prague"),
        pytest.param("2026-07-01T21:59:59", "P0D", id="to its last second"),
        pytest.param("2026-07-01T22:00:00", "-P1D", id="over"),
    ],
)
def test_what_remains_is_the_difference_of_local_dates(at: str, expected: str) -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.at(at)

    assert story.clock("EIO-RECOG").remaining == expected
    assert story.clock("EIO-RECOG").overdue is expected.startswith("-")


def test_the_work_list_knows_the_next_clock_and_from_when_the_request_is_overdue() -> None:
    story = acknowledged_order("2026-06-01T09:00")
    shown = next_clock(story.clocks())

    assert shown is not None
    assert shown.row == "EIO-RECOG"
    assert overdue_from(story.clocks()) == datetime.fromisoformat("2026-07-01T22:00:00+00:00")


def test_a_history_told_late_gives_the_same_clocks_as_one_told_in_time() -> None:
    late = ClockStory().at("2026-11-01T09:00")
    told = [
        {"move": "acknowledge", "occurred_at": "2026-06-03T09:00:00Z", "members": {"received_at": "2026-06-01T09:00:00Z"}},
        {"move": "decide", "occurred_at": "2026-06-26T14:00:00Z", "members": {"outcome": "granted"}},
    ]
    body = draft_body()
    del body["requested"]
    late.make("E", "register", **{**body, "from": "N", "occurred_at": "2026-06-01T09:00:00Z", "channel": "email", "history": told})

    assert [(clock.row, clock.state) for clock in late.clocks()] == [
        ("EIO-ACK", ClockState.MET),
        ("EIO-RECOG", ClockState.MET),
        ("EIO-EXEC", ClockState.RUNNING),
    ]
    assert late.clock("EIO-EXEC").overdue
