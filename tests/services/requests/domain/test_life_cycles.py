"""No course of moves, however odd, leads to an illegal life cycle; deciders are pure."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.requests.domain.decisions import decide, read_command
from services.requests.domain.errors import DomainError, MoveNotPossible, ValidationFailed, WrongSide
from shared.facts.text import Sealed, seal_texts
from shared.wire.codec import encode
from tests.builders import Story, acknowledged, context, draft_body, sent
from tests.services.requests.domain.spec import BODIES, ENDS, ENDS_HOLD, FORBIDS, OPENS, SPEC

MOVES = [move for move in SPEC if move not in ("correct", "set_mandate", "reclassify")]


class LifeCycle(RuleBasedStateMachine):
    """Tries any move by any side at any time, and keeps a small book of its own about what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.state = "drafted"
        self.before_the_end = "drafted"
        self.holds: list[str] = []

    @initialize()
    def begin(self) -> None:
        """Two measures and two persons, so that neither the first line nor the first surrender ends it."""
        persons = [{"role": "suspect"}, {"role": "suspect"}]
        self.story.make("R", "draft", **draft_body(kind="eaw", instrument="EU-EAW", persons=persons, measures=["surrender", "search"]))

    @rule(move=st.sampled_from(MOVES), by=st.sampled_from(["R", "E", "X"]), line=st.sampled_from("12"), final=st.booleans())
    def try_a_move(self, move: str, by: str, line: str, final: bool) -> None:
        body = filled(move, line, final)
        side = self.story.so_far.side_of(by)
        version = self.story.so_far.version
        try:
            self.story.make(by, move, **body)
        except DomainError as refused:
            self.check_refusal(refused, move, str(side))
            assert self.story.so_far.version == version
        else:
            assert str(side) in SPEC[move].sides
            assert self.state in SPEC[move].states
            assert not any(move in FORBIDS[hold] for hold in self.holds if hold != "surrender_postponed")
            self.enter(move)

    def check_refusal(self, refused: DomainError, move: str, side: str) -> None:
        """A refusal names the true reason."""
        if isinstance(refused, WrongSide):
            assert side not in SPEC[move].sides
        if isinstance(refused, MoveNotPossible) and refused.parameters["forbidden_by"] == "state":
            assert self.state not in SPEC[move].states
        if isinstance(refused, MoveNotPossible) and refused.parameters["forbidden_by"] == "hold":
            assert self.state in SPEC[move].states

    def enter(self, move: str) -> None:
        """Write into the book what the design says comes of *move*."""
        request = self.story.so_far
        if move == "reopen":
            self.state = self.before_the_end
        elif move in ("surrender", "complete_measure", "return", "acknowledge"):
            after = SPEC[move].then
            if str(request.state) == after:
                self.leave_for(str(after))
        elif SPEC[move].then:
            self.leave_for(str(SPEC[move].then))
        if move in OPENS and OPENS[move] not in self.holds:
            self.holds.append(OPENS[move])
        if move in ENDS_HOLD:
            self.holds.remove(ENDS_HOLD[move])
        if move == "agree_surrender_date" and not any(each.postponed_at for each in request.persons):
            self.holds = [hold for hold in self.holds if hold != "surrender_postponed"]

    def leave_for(self, state: str) -> None:
        if state in ENDS:
            self.before_the_end = self.state
        self.state = state

    @invariant()
    def the_book_agrees(self) -> None:
        if self.story.request is None:
            return
        request = self.story.so_far
        assert request.state == self.state
        assert list(request.holds) == ([] if self.state in ENDS else self.holds)
        assert (request.holder is None) == (self.state in ENDS)
        assert [each.version for each in request.history] == list(range(1, request.version + 1))

    def teardown(self) -> None:
        """Folding anew gives what was reached fact by fact."""
        if self.story.request is not None:
            assert self.story.refolded() == self.story.so_far


def filled(move: str, line: str, final: bool) -> dict[str, Any]:
    body = dict(BODIES.get(move, {}))
    if "person" in body:
        body["person"] = f"p{line}"
    if "measure" in body:
        body["measure"] = f"m{line}"
    if "final" in body:
        body["final"] = final
    return body


THOROUGH = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))


def test_no_illegal_life_cycle_is_reachable() -> None:
    """EVT-07"""
    run_state_machine_as_test(LifeCycle, settings=THOROUGH)


def reachable(wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which (state, move) some course of moves makes, found by walking breadth first until all of *wanted* are."""
    seen: set[tuple[str, str]] = set()
    start = Story()
    start.make("R", "draft", **draft_body(kind="eaw", instrument="EU-EAW", persons=[{"role": "suspect"}]))
    todo, known = deque([start]), {fingerprint(start)}
    while todo and wanted - seen:
        story = todo.popleft()
        for move in MOVES:
            with contextlib.suppress(DomainError):
                state = str(story.so_far.state)
                after = copied(story)
                after.make(actor(move, story), move, **BODIES.get(move, {}))
                seen.add((state, move))
                if fingerprint(after) not in known and after.so_far.version < 12:
                    known.add(fingerprint(after))
                    todo.append(after)
    return seen


def actor(move: str, story: Story) -> str:
    """Who makes *move*: a receipt that is still owed is confirmed by who owes it."""
    owing = [each.authority for each in story.so_far.recipients if each.acknowledged_at is None]
    if move == "acknowledge" and owing:
        return owing[0]
    return "R" if "requesting" in SPEC[move].sides else "E"


def copied(story: Story) -> Story:
    other = Story()
    other.now, other.request = story.now, story.request
    return other


def fingerprint(story: Story) -> tuple[Any, ...]:
    request = story.so_far
    person = request.persons[0]
    status = (person.in_custody, person.consented_at is None, person.postponed_at is None, person.surrendered_at is None)
    return (request.state, request.open_holds[-1:], status, bool(request.parts), request.last_open_state, len(request.recipients))


def test_every_transition_of_the_table_can_be_made() -> None:
    """EVT-07: all transitions covered."""
    wanted = {(state, move) for move in MOVES for state in SPEC[move].states}

    assert wanted - reachable(wanted) == set()


@pytest.mark.parametrize("move", [move for move in MOVES if "acknowledged" in SPEC[move].states and move not in ENDS_HOLD])
def test_the_same_history_command_and_clock_give_the_same_bytes(move: str) -> None:
    """EVT-06"""
    story = acknowledged(kind="eaw", instrument="EU-EAW", persons=[{"id": "p1", "role": "suspect"}])
    by = "R" if "requesting" in SPEC[move].sides else "E"
    if move in ("release", "revoke_consent"):
        story.make("E", "arrest" if move == "release" else "give_consent", person="p1")
    if move in ("confirm_receipt", "give_feedback"):
        story.make("E", "return", final=False)
    if move == "acknowledge":
        story = sent()

    def bytes_of_once_more() -> list[bytes]:
        command = read_command(move, BODIES.get(move, {}), context(story.now), by=by)
        made = decide(story.refolded(), command, context(story.now))
        return [encode(seal_texts(fact, lambda text: Sealed(f"k.{len(text)}"))) for fact in made]

    assert bytes_of_once_more() == bytes_of_once_more()


def test_a_body_with_several_faults_names_them_all_at_once() -> None:
    with pytest.raises(ValidationFailed) as refused:
        sent().asked("E", "complete_measure", outcome="done", grounds="none", measures=[])

    assert {fault.pointer for fault in refused.value.faults} == {"/measure", "/outcome", "/grounds", "/measures"}
