"""A scenario file is read with its lines, and a fault names the line to mend."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.requests.rehearsal.scenario import ScenarioFault, on_the_wire, read_scenario

HEAD = """id: SC-X
title: Two moves
time_zone: Europe/Prague
authorities:
  R: {state: DE}
  D: {desk_of: R}
steps:
"""


def _written(folder: Path, steps: str) -> Path:
    path = folder / "SC-X.yaml"
    path.write_text(HEAD + steps, encoding="utf-8")
    return path


def test_a_moment_without_an_offset_is_in_the_zone_of_the_file(tmp_path: Path) -> None:
    scenario = read_scenario(_written(tmp_path, "- {at: 2026-07-01 09:00, by: R, request: A, move: send}\n"))

    assert scenario.steps[0].at == datetime(2026, 7, 1, 7, tzinfo=UTC)


def test_a_body_holds_members_whose_names_a_step_uses_itself(tmp_path: Path) -> None:
    step = "- {at: 2026-07-01 09:00, by: R, request: A, move: extend, body: {by: P20D, clock: EIO-EXEC}}\n"

    scenario = read_scenario(_written(tmp_path, step))

    assert (scenario.steps[0].by, scenario.steps[0].members) == ("R", {"by": "P20D", "clock": "EIO-EXEC"})


def test_dates_stay_dates_and_moments_get_an_offset(tmp_path: Path) -> None:
    step = "- {at: 2026-07-01 09:00, by: R, request: A, move: acknowledge, received_at: 2026-06-30 23:30, date: 2026-07-04}\n"

    scenario = read_scenario(_written(tmp_path, step))

    assert on_the_wire(scenario, scenario.steps[0].members) == {"received_at": "2026-06-30T23:30:00+02:00", "date": "2026-07-04"}


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        pytest.param("- {by: R, request: A, move: send}\n", "SC-X.yaml:8: a step needs `at`", id="no moment"),
        pytest.param("- {at: 2026-07-01 09:00, by: R, move: send}\n", "SC-X.yaml:8: a move needs `request`", id="no request"),
        pytest.param("- {at: soon, by: R, request: A, move: send}\n", "SC-X.yaml:8: `at: soon` is no moment", id="no such moment"),
        pytest.param(
            "- {at: 2026-07-01 09:00, expect: {}}\n- {at: 2026-07-02 09:00, by: Q, request: A, move: send}\n", "SC-X.yaml:9: `by: Q`", id="unknown letter"
        ),
        pytest.param("  nothing: true\n", "SC-X.yaml:8: `steps` is a list", id="no list"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, steps: str, said: str) -> None:
    with pytest.raises(ScenarioFault) as fault:
        read_scenario(_written(tmp_path, steps))

    assert said in str(fault.value)


def test_every_published_scenario_can_be_read() -> None:
    read = [read_scenario(path) for path in sorted(Path("data/scenarios").glob("*.yaml"))]

    assert [scenario.id for scenario in read] == [scenario.path.stem for scenario in read]


def test_the_ladder_of_a_promise_and_norway_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = _written(tmp_path, "- {at: 2026-07-01 09:00, expect: {A: {escalations: [{clock: EIO-RECOG, level: 1, on: promise}]}}}\n")
    path.write_text(path.read_text(encoding="utf-8").replace("R: {state: DE}", "R: {state: NO}"), encoding="utf-8")

    scenario = read_scenario(path)

    assert scenario.steps[0].expect == {"A": {"escalations": [{"clock": "EIO-RECOG", "level": 1, "on": "promise"}]}}
    assert scenario.parties["R"].declared["state"] == "NO"
