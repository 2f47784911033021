"""Whether an authority is a member is judged as of the move (D-39): what it becomes later changes no clock that ran."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.requests.domain.clocks.reconciling import clock_facts
from shared.facts.directory import AuthorityView
from tests.builders import AUTHORITIES, draft_body
from tests.services.requests.domain.clocks.stories import ClockStory, acknowledged_order, law_of, utc

BEFORE, AFTER = utc("2020-01-01T00:00"), utc("2026-07-01T00:00")


def became(authority: str, *, member: bool) -> dict[str, AuthorityView]:
    """The directory after *authority* has joined or left."""
    view = replace(AUTHORITIES[authority], member=member, memberships=((BEFORE, not member), (AFTER, member)))
    return {**AUTHORITIES, authority: view}


def lacking(story: ClockStory, authorities: dict[str, AuthorityView]) -> list[str]:
    """What the stream lacks once the directory says so."""
    return [type(fact).__name__ for fact in clock_facts(story.facts, law_of(authorities), story.now + timedelta(minutes=1))]


@pytest.mark.parametrize("authority", ["R", "E"])
def test_an_authority_that_leaves_changes_no_clock_that_ran(authority: str) -> None:
    story = acknowledged_order("2026-06-01T09:00")
    story.make("E", "decide", outcome="granted")
    assert story.clocks()

    assert lacking(story, became(authority, member=False)) == []


def test_without_its_history_the_same_change_would_undo_what_the_record_says() -> None:
    """The table above would hold of any rule if membership did not matter at all."""
    story = acknowledged_order("2026-06-01T09:00")

    assert lacking(story, {**AUTHORITIES, "E": replace(AUTHORITIES["E"], member=False)}) != []


def test_an_outsider_that_joins_is_an_outsider_in_what_was_recorded_before() -> None:
    outside = {**AUTHORITIES, "E": replace(AUTHORITIES["E"], member=False)}
    story = ClockStory(outside).at("2026-06-01T09:00")
    story.make("R", "draft", hours=0, **draft_body())
    story.make("R", "send", hours=0, channel="post")
    story.make("R", "acknowledge", on_behalf_of="E", received_at="2026-06-01T11:00:00Z", hours=3)
    assert story.clocks()

    assert lacking(story, became("E", member=True)) == []


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2019-12-31T00:00", False, id="before the directory knew it"),
        pytest.param("2020-01-01T00:00", False, id="from the moment it came in"),
        pytest.param("2026-06-30T23:59", False, id="until it joins"),
        pytest.param("2026-07-01T00:00", True, id="from then on"),
    ],
)
def test_membership_is_that_of_the_moment(at: str, expected: bool) -> None:
    assert became("E", member=True)["E"].was_member(utc(at)) is expected
