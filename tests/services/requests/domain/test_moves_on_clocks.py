"""Extensions and promises name the run of the clock that they mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.requests.domain.clocks.law import Law
from services.requests.domain.clocks.reading import derive
from services.requests.domain.command import Context
from services.requests.domain.decisions import decide, read_command
from services.requests.domain.errors import BoundExceeded, ValidationFailed
from services.requests.domain.verdicts import verdicts
from shared.calendars.national import Calendars
from shared.facts.base import Fact
from tests.builders import AUTHORITIES, Story, acknowledged, context, law


def around(story: Story) -> Context:
    """A context that knows the clocks."""
    lex = Law.of(law(), Calendars(), AUTHORITIES)
    return replace(context(story.now), clocks=lambda request: derive(request.history, lex, story.now))


def made(story: Story, move: str, **members: Any) -> Fact:
    """The first fact that the move would record."""
    return decide(story.so_far, read_command(move, members, around(story), by="E"), around(story))[0]


@pytest.mark.parametrize("name", ["EIO-RECOG", "EIO-RECOG#1"])
def test_a_row_stands_for_its_open_run(name: str) -> None:
    story = acknowledged()
    clocks = around(story).clocks
    assert clocks is not None
    (recognition,) = [clock for clock in clocks(story.so_far) if clock.row == "EIO-RECOG"]

    extended, promised = made(story, "extend", clock=name, reason="court vacancy"), made(story, "promise", clock=recognition.id, date="2026-08-01")

    assert {fact.clock for fact in (extended, promised)} == {recognition.id}  # type: ignore[attr-defined]  # both have one
    assert {fact.row for fact in (extended, promised)} == {"EIO-RECOG"}  # type: ignore[attr-defined]  # likewise


@pytest.mark.parametrize(
    ("name", "code"),
    [("EIO-EXEC", "unknown_clock"), ("EIO-ACK", "clock_ended"), ("nonsense", "unknown_clock")],
)
def test_a_clock_that_does_not_run_is_neither_extended_nor_promised(name: str, code: str) -> None:
    for move, members in (("extend", {"reason": "x"}), ("promise", {"date": "2026-08-01"})):
        with pytest.raises(ValidationFailed) as refused:
            made(acknowledged(), move, clock=name, **members)
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/clock", code)]
        assert refused.value.faults[0].parameters["choices"] == ["EIO-RECOG"]


def test_the_extensions_of_the_run_count_against_its_bound() -> None:
    story = acknowledged()
    story.make("E", "extend", clock="EIO-RECOG", reason="court vacancy", by="P10D")

    with pytest.raises(BoundExceeded):
        made(story, "extend", clock="EIO-RECOG", reason="once more", by="P10D")


def test_the_form_offers_the_clocks_that_run() -> None:
    story = acknowledged()
    forms = {verdict.move: verdict for verdict in verdicts(story.so_far, "E", "desk", around(story))}

    (clock,) = [field for field in forms["extend"].fields if field.name == "clock"]

    assert clock.choices == ("EIO-RECOG",)
