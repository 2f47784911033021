"""Who hears of a fact, as tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.notifications.domain.following import Followed, after
from services.notifications.domain.interest import Wish, hears
from shared.facts.base import Fact
from shared.facts.requests import NoteAdded, RequestAssigned, RequestForwarded, ResultsReturned
from shared.facts.text import Sealed
from shared.wire.codec import encode
from tests.services.notifications.builders import T0, E, R, X, acknowledged, drafted, sent


def folded(*facts: Fact) -> tuple[Followed, str, dict[str, Any]]:
    """The request after *facts*, with type and members of the last one."""
    followed, data, type_ = None, {}, ""
    for fact in facts:
        type_, data = type(fact).__name__, json.loads(encode(fact))
        followed = after(followed, "019a0000-0000-7000-8000-000000000001", type_, data)
    assert followed is not None
    return followed, type_, data


def hearing(*facts: Fact, **wish: Any) -> set[str]:
    """Which of R, E and X hear of the last of *facts*."""
    followed, type_, data = folded(*facts)
    return {authority for authority in (R, E, X) if hears(Wish(authority=authority, **wish), followed, type_, data)}


FORWARDED = RequestForwarded(occurred_at=T0, by=E, to=X)
NOTE = Sealed("sealed")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([drafted()], {R}, id="a draft never sent: the requesting side only"),
        pytest.param([drafted(), sent()], {R, E}, id="sent: both sides, nobody else"),
        pytest.param([drafted(), sent(), acknowledged()], {R, E}, id="acknowledged: both sides"),
        pytest.param([drafted(), sent(), FORWARDED], {R, E, X}, id="forwarded: the recipient too"),
        pytest.param([drafted(), sent(), RequestAssigned(occurred_at=T0, by=E, desk="2")], {E}, id="assigned: its own side only"),
        pytest.param([drafted(), sent(), RequestAssigned(occurred_at=T0, by=R, desk="2")], {R}, id="assigned by the other: that side only"),
        pytest.param([drafted(), sent(), NoteAdded(occurred_at=T0, by=R, text=NOTE)], {R}, id="a note is internal unless said otherwise"),
        pytest.param([drafted(), sent(), NoteAdded(occurred_at=T0, by=R, text=NOTE, internal=False)], {R, E}, id="a note for both"),
    ],
)
def test_nobody_is_told_of_a_fact_that_it_may_not_see(facts: list[Fact], expected: set[str]) -> None:
    """AZN-07: messages obey the same rule as every other way out."""
    assert hearing(*facts) == expected


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        pytest.param({}, {R, E}, id="everything"),
        pytest.param({"kinds": frozenset({"eio"})}, {R, E}, id="this kind"),
        pytest.param({"kinds": frozenset({"mla"})}, set(), id="another kind"),
        pytest.param({"types": frozenset({"RequestSent"})}, {R, E}, id="this type"),
        pytest.param({"types": frozenset({"RequestClosed"})}, set(), id="another type"),
        pytest.param({"desk": "1"}, {R}, id="a desk hears of what it is answerable for"),
    ],
)
def test_a_subscription_is_told_what_it_asked_for(wish: dict[str, Any], expected: set[str]) -> None:
    assert hearing(drafted(desk="1"), sent(), **wish) == expected


def test_a_confidential_request_is_told_to_its_own_desk_only() -> None:
    """N-3: not to the whole authority, and not to other desks."""
    facts = (drafted(desk="1", confidentiality="confidential"), sent())

    assert hearing(*facts) == set()
    assert hearing(*facts, desk="1") == {R}
    assert hearing(*facts, desk="2") == set()


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        pytest.param([drafted()], "drafted", id="drafted"),
        pytest.param([drafted(), sent()], "sent", id="sent"),
        pytest.param([drafted(), sent(), acknowledged()], "acknowledged", id="acknowledged"),
        pytest.param([drafted(), sent(), acknowledged(), ResultsReturned(occurred_at=T0, by=E, part=1, final=False)], "acknowledged", id="a part is no return"),
        pytest.param([drafted(), sent(), acknowledged(), ResultsReturned(occurred_at=T0, by=E, part=2, final=True)], "returned", id="the last part is"),
    ],
)
def test_the_state_after_a_fact_is_known(facts: list[Fact], state: str) -> None:
    assert folded(*facts)[0].state == state
