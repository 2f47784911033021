"""Every move against every state, side, hold and role, held against the design's table."""

from __future__ import annotations

from typing import Any

import pytest

from services.requests.domain.decisions import obstacle
from services.requests.domain.errors import MoveNotPossible, NotAllowed, WrongSide
from services.requests.domain.moves.table import MOVES
from shared.facts.codes import Hold, Side
from tests.builders import Story, acknowledged, draft_body, surrender_case
from tests.services.requests.domain.spec import BODIES, ENDS_HOLD, FORBIDS, OPENS, SPEC, STATES


def case() -> Story:
    """An arrest warrant with one person at liberty: every move but ``set_mandate`` belongs to it."""
    return acknowledged(kind="eaw", instrument="EU-EAW", persons=[{"id": "p1", "role": "suspect"}, {"id": "p2", "role": "suspect"}])


def in_state(state: str) -> Story:
    """The case, brought to *state*."""
    story = case()
    if state in ("drafted", "sent"):
        story = Story()
        story.make("R", "draft", **draft_of_case())
        if state == "sent":
            story.make("R", "send", channel="portal")
    steps = {
        "executed": [("E", "execute")],
        "returned": [("E", "return")],
        "refused": [("E", "refuse")],
        "withdrawn": [("R", "withdraw")],
        "closed": [("E", "close")],
    }
    for by, move in steps.get(state, []):
        story.make(by, move, **BODIES[move])
    assert story.so_far.state == state
    return story


def draft_of_case() -> dict[str, Any]:
    return draft_body(kind="eaw", instrument="EU-EAW", persons=[{"id": "p1", "role": "suspect"}])


def test_the_table_has_exactly_the_moves_of_the_design() -> None:
    assert set(MOVES) == set(SPEC)


@pytest.mark.parametrize("move", SPEC)
def test_a_move_has_the_sides_and_the_states_of_the_design(move: str) -> None:
    assert {str(side) for side in MOVES[move].sides} == SPEC[move].sides
    assert {str(state) for state in MOVES[move].states} == SPEC[move].states


@pytest.mark.parametrize("state", sorted(STATES))
def test_from_a_state_that_the_table_does_not_name_a_move_is_refused_with_what_would_allow_it(state: str) -> None:
    """EVT-07: all others refused."""
    story = in_state(state)
    version = story.so_far.version

    for move, row in SPEC.items():
        by = "R" if "requesting" in row.sides else "E"
        if state in row.states or (state == "drafted" and by == "E"):
            continue
        with pytest.raises(MoveNotPossible) as refused:
            story.asked(by, move, **BODIES.get(move, {}))
        assert refused.value.parameters["forbidden_by"] == "state"
        assert set(refused.value.parameters["allowed"]["states"]) == row.states
        assert refused.value.parameters["state"] == state

    assert story.so_far.version == version


@pytest.mark.parametrize("move", SPEC)
def test_only_the_side_that_acts_may_make_its_moves(move: str) -> None:
    for side, by in (("requesting", "R"), ("requested", "E")):
        if side in SPEC[move].sides:
            continue
        body = BODIES.get(move, {})
        with pytest.raises(WrongSide) as refused:
            case().asked(by, move, **body)
        assert refused.value.parameters["sides"] == sorted(SPEC[move].sides)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
@pytest.mark.parametrize("move", ["acknowledge", "add_note", "correct"])
def test_a_role_that_makes_no_moves_makes_none(move: str, role: str) -> None:
    bodies = {**BODIES, "correct": {"fact": "0197b3c4-0000-7000-8000-000000000001", "values": {"void": True}, "reason": "x"}}
    with pytest.raises(NotAllowed):
        case().asked("E", move, as_role=role, **bodies[move])


@pytest.mark.parametrize("role", ["desk", "supervisor", "head", "integrator"])
def test_the_other_roles_make_the_moves_of_their_side(role: str) -> None:
    assert case().asked("E", "decide", as_role=role, outcome="granted")


@pytest.mark.parametrize("move", OPENS)
def test_a_hold_is_opened_and_forbids_what_the_design_says(move: str) -> None:
    story, hold = surrender_case("p1"), OPENS[move]
    before = {each for each in MOVES if can(story, each)}

    story.make("E", move, **BODIES[move])

    assert story.so_far.hold == hold
    assert before - {each for each in MOVES if can(story, each)} == FORBIDS[hold]


def can(story: Story, move: str) -> bool:
    acting = "R" if MOVES[move].sides == {Side.REQUESTING} else "E"
    return obstacle(story.so_far, MOVES[move], acting) is None


@pytest.mark.parametrize("move", ENDS_HOLD)
def test_a_hold_ends_with_its_own_move_and_only_while_it_is_open(move: str) -> None:
    story, hold = case(), ENDS_HOLD[move]
    by = "R" if move == "supply_information" else "E"
    with pytest.raises(MoveNotPossible) as refused:
        story.asked(by, move, **BODIES[move])
    opening = next(each for each in OPENS if OPENS[each] == hold)
    assert refused.value.parameters["allowed"] == {"hold": hold, "moves": [opening]}

    story.make("E", opening, **BODIES[opening])
    story.make(by, move, **BODIES[move])

    assert story.so_far.holds == ()


def test_several_holds_lie_over_a_state_and_each_ends_on_its_own() -> None:
    story = case()
    story.make("E", "postpone", reason="other")
    story.make("E", "request_information", items=["the account numbers"])
    assert list(story.so_far.holds) == [Hold.POSTPONED, Hold.INFORMATION_REQUESTED]
    assert story.so_far.hold == Hold.INFORMATION_REQUESTED

    story.make("E", "resume", reason="other")

    assert list(story.so_far.holds) == [Hold.INFORMATION_REQUESTED]


def test_a_refusal_names_the_moves_that_are_possible_now() -> None:
    with pytest.raises(MoveNotPossible) as refused:
        in_state("withdrawn").asked("E", "execute", outcome="full")

    wanted = {"reopen", "correct", "reclassify", "link", "record_cost", "record_asset", "record_custody", "attach_condition", "add_note"}
    assert set(refused.value.parameters["possible_moves"]) == wanted


def test_what_belongs_to_persons_is_refused_for_other_kinds() -> None:
    with pytest.raises(MoveNotPossible) as refused:
        acknowledged().asked("E", "arrest", person="p1")

    assert refused.value.parameters["forbidden_by"] == "kind"
