"""Only what a file names is compared; a difference says what was expected and what is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.requests.rehearsal.judging import differences, escalation_differences, figure_differences
from services.requests.rehearsal.scenario import Scenario, read_scenario

DOCUMENT: dict[str, Any] = {
    "state": "acknowledged",
    "hold": None,
    "holder": "sc-01-e",
    "overdue": False,
    "measures": [{"id": "m1", "type": "bank_records", "state": "pending"}],
    "clocks": [
        {"row": "EIO-ACK", "run": 1, "state": "met", "strict_due": "2026-06-08"},
        {"row": "EIO-ACK", "run": 2, "state": "running", "strict_due": "2026-06-15"},
        {"row": "FC-FRZ", "run": 1, "state": "running", "nominal_due": "2026-12-06T16:00:00Z"},
    ],
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(Path("data/scenarios/SC-01.yaml"))


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param({"state": "acknowledged", "hold": None, "overdue": False}, id="plain members"),
        pytest.param({"holder": "E"}, id="a letter stands for its authority"),
        pytest.param({"clocks": {"EIO-ACK": {"state": "running"}}}, id="a row is its latest run"),
        pytest.param({"clocks": {"EIO-ACK#1": {"state": "met"}}}, id="a run by its number"),
        pytest.param({"clocks": {"EIO-EXEC": None}}, id="a clock that must not exist"),
        pytest.param({"clocks": {"FC-FRZ": {"nominal_due": "2026-12-06T17:00:00+01:00"}}}, id="moments compare as instants"),
        pytest.param({"measures": [{"type": "bank_records"}]}, id="entries on the members named"),
    ],
)
def test_what_is_so_holds(scenario: Scenario, expected: dict[str, Any]) -> None:
    assert differences(scenario, "A", expected, DOCUMENT, {"E": "sc-01-e"}) == []


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"state": "returned"}, "A.state: expected returned, got acknowledged"),
        ({"overdue": True}, "A.overdue: expected True, got False"),
        ({"holder": "R"}, "A.holder: expected sc-01-r, got sc-01-e"),
        ({"clocks": {"EIO-ACK": None}}, "A.EIO-ACK: expected no such clock, got one that is running"),
        ({"clocks": {"EIO-EXEC": {"state": "met"}}}, "A.EIO-EXEC: there is no such clock"),
        ({"clocks": {"EIO-ACK#1": {"strict_due": "2026-06-09"}}}, "A.EIO-ACK#1.strict_due: expected 2026-06-09, got 2026-06-08"),
        ({"measures": []}, "A.measures: expected 0 entries"),
    ],
)
def test_what_is_not_so_is_told(scenario: Scenario, expected: dict[str, Any], said: str) -> None:
    lines = differences(scenario, "A", expected, DOCUMENT, {"E": "sc-01-e", "R": "sc-01-r"})

    assert [line.startswith(said) for line in lines] == [True]


@pytest.mark.parametrize(
    ("expected", "so"),
    [
        pytest.param([{"clock": "EIO-RECOG", "level": 1}, {"clock": "EIO-RECOG", "level": 2, "on": "promise"}], True, id="all, in order"),
        pytest.param([{"clock": "EIO-RECOG", "level": 1}], False, id="one too many fired"),
        pytest.param([{"clock": "EIO-RECOG", "level": 2, "on": "promise"}, {"clock": "EIO-RECOG", "level": 1}], False, id="another order"),
        pytest.param([{"clock": "EIO-RECOG", "level": 1}, {"clock": "EIO-RECOG", "level": 2}], False, id="legal is not promise"),
    ],
)
def test_escalations_are_the_full_list_in_order(expected: list[dict[str, Any]], so: bool) -> None:
    reached = [
        {"clock": "0191", "row": "EIO-RECOG", "level": 1, "on": "legal"},
        {"clock": "0191", "row": "EIO-RECOG", "level": 2, "on": "promise"},
    ]

    assert (escalation_differences("A", expected, reached) == []) is so


@pytest.mark.parametrize(
    ("groups", "so"),
    [
        pytest.param([{"direction": "incoming", "kind": None, "account": {"new": 3}}], True, id="the named members of the right group"),
        pytest.param([{"direction": "incoming", "kind": None, "account": {"new": 4}}], False, id="another number"),
        pytest.param([{"direction": "outgoing", "kind": "mla", "account": None}], True, id="a group that must not exist"),
        pytest.param([{"direction": "outgoing", "kind": "mla", "account": {"new": 1}}], False, id="a group that is missing"),
    ],
)
def test_figures_are_found_by_direction_and_kind(scenario: Scenario, groups: list[dict[str, Any]], so: bool) -> None:
    answer = {"groups": [{"direction": "incoming", "kind": None, "account": {"new": 3, "reopened": 0}}]}

    assert (figure_differences(scenario, {"groups": groups}, answer) == []) is so
