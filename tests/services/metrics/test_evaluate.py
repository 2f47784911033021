"""The given set of facts gives the given figures, through the code that the interface uses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.metrics.__main__ import main
from services.metrics.evaluate import answer, questions, register_of
from tests.services.metrics.given_set import FOLDER, differences, expected, register


def by_query(section: str) -> list[Any]:
    return [pytest.param(entry, id=" ".join(str(value) for value in entry["query"].values())) for entry in expected()[section]]


@pytest.mark.parametrize("run", by_query("runs"))
def test_figures_are_those_worked_out_by_hand(run: dict[str, Any]) -> None:
    assert differences(answer(register(), run["query"]), run["equals"]) == []


@pytest.mark.parametrize("run", by_query("runs"))
def test_groups_of_figures_have_no_members_beyond_those_defined(run: dict[str, Any]) -> None:
    found = answer(register(), run["query"])["groups"]

    assert [group.keys() for group in found] == [group.keys() for group in run["equals"]["groups"]]
    assert [group["durations"].keys() for group in found] == [group["durations"].keys() for group in run["equals"]["groups"]]


@pytest.mark.parametrize("entry", by_query("reports"))
def test_a_report_is_the_expected_table(entry: dict[str, Any]) -> None:
    assert answer(register(), entry["query"])["csv"] == entry["csv"]


@pytest.mark.parametrize("entry", expected()["suppression"], ids=lambda entry: json.dumps(entry["cells"]))
def test_small_cells_are_hidden_so_that_none_can_be_worked_out(entry: dict[str, Any]) -> None:
    assert answer(register(), {"cells": entry["cells"]}) == entry["equals"]


@pytest.mark.parametrize("entry", expected()["curves"], ids=lambda entry: entry["about"])
def test_a_bare_curve_has_the_expected_values(entry: dict[str, Any]) -> None:
    wanted = {name: entry[name] for name in ("finished", "km", "by_outcome", "conditional")}

    assert differences(answer(register(), {"data": entry["data"], "elapsed": entry["elapsed"]}), wanted) == []


@pytest.mark.parametrize("entry", by_query("forecasts"))
def test_forecasts_say_too_few_where_there_are_too_few(entry: dict[str, Any]) -> None:
    assert differences(answer(register(), entry["query"]), entry["equals"]) == []


def test_the_command_line_prints_one_answer_a_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries = tmp_path / "queries.json"
    queries.write_text(json.dumps([expected()["runs"][0]["query"], {"cells": {"FR": 8}}]), encoding="utf-8")

    code = main(["evaluate", str(FOLDER / "small.jsonl"), str(queries)], {})

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert differences(lines[0], expected()["runs"][0]["equals"]) == []
    assert lines[1] == {"cells": {"FR": None}, "total": None}


def test_an_authority_that_the_directory_does_not_know_is_an_answer_with_a_code() -> None:
    assert answer(register(), {"authority": "xx-central", "from": "2025-01-01", "to": "2026-01-01"})["code"] == "not_found"


def test_a_file_that_holds_no_facts_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")

    code = main(["evaluate", str(empty), str(FOLDER / "small.expected.json")], {})

    assert code == 2
    assert "empty.jsonl: has no facts" in capsys.readouterr().err


@pytest.mark.parametrize(
    "rewritten",
    [
        pytest.param(lambda lines: "\n".join(reversed(lines)).encode(), id="streams in another order"),
        pytest.param(lambda lines: "\r\n".join(lines).encode(), id="lines that end as on Windows"),
        pytest.param(lambda lines: "\n".join(lines).encode("utf-8-sig"), id="a byte order mark"),
        pytest.param(lambda lines: "\n\n".join(lines).encode(), id="blank lines"),
        pytest.param(lambda lines: "\n".join([*lines, *lines[:3]]).encode(), id="lines told twice"),
    ],
)
def test_how_a_file_is_written_changes_no_figure(tmp_path: Path, rewritten: Callable[[list[str]], bytes]) -> None:
    facts = tmp_path / "facts.jsonl"
    facts.write_bytes(rewritten((FOLDER / "small.jsonl").read_text(encoding="utf-8").splitlines()))
    run = expected()["runs"][1]

    assert differences(answer(register_of(facts, FOLDER / "authorities.json"), run["query"]), run["equals"]) == []


STARTED = {"id": "a", "type": "ClockStarted", "clock": "c", "occurred_at": "2025-01-01T00:00:00Z", "recorded_at": "2025-01-01T00:00:00Z"}
CORRECTED = {**STARTED, "type": "FactCorrected", "fact": "b"}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("{ request: 1", id="no JSON"),
        pytest.param("[1]", id="no object"),
        pytest.param(json.dumps({"request": "r", "facts": [{**STARTED, "zone": "Mars/Olympus"}]}), id="a zone that does not exist"),
        pytest.param(json.dumps({"request": "r", "facts": [{**STARTED, "adjusted_due": "soon"}]}), id="a due that is no date"),
        pytest.param(json.dumps({"request": "r", "facts": [{**STARTED, "occurred_at": "tomorrow"}]}), id="a moment that is none"),
        pytest.param(json.dumps({"facts": [STARTED]}), id="no request"),
        pytest.param(json.dumps({"request": "r", "facts": [{**CORRECTED, "values": {"adjusted_due": "soon"}}]}), id="a corrected due that is no date"),
        pytest.param(json.dumps({"request": "r", "facts": [{**CORRECTED, "values": [1]}]}), id="values that are a list"),
        pytest.param(json.dumps({"request": "r", "facts": [{**CORRECTED, "values": {"occurred_at": "tomorrow"}}]}), id="a corrected moment that is none"),
    ],
)
def test_a_line_that_cannot_be_counted_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str) -> None:
    facts = tmp_path / "facts.jsonl"
    first = (FOLDER / "small.jsonl").read_text(encoding="utf-8").splitlines()[0]
    facts.write_text(f"{first}\n\n{fault}\n", encoding="utf-8")

    assert main(["evaluate", str(facts), str(FOLDER / "small.expected.json")], {}) == 2
    assert "facts.jsonl, line 3: is no stream of facts: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "directory", ['{"de-central": {}}', '{"de-central": {"time_zone": "Europe/Atlantis"}}', '{"de-central": {"time_zone": "Europe"}}', "[]", "{"]
)
def test_a_directory_without_time_zones_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], directory: str) -> None:
    own = tmp_path / "own.json"
    own.write_text(directory, encoding="utf-8")

    assert main(["evaluate", str(FOLDER / "small.jsonl"), str(FOLDER / "small.expected.json"), "--authorities", str(own)], {}) == 2
    assert "own.json: must give every authority its time_zone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("document", "found"),
    [
        pytest.param([{"authority": "a"}], [{"authority": "a"}], id="a list"),
        pytest.param([{"query": {"authority": "a"}}], [{"authority": "a"}], id="a list of objects with a query"),
        pytest.param({"runs": [{"query": {"authority": "a"}}]}, [{"authority": "a"}], id="an object of sections"),
        pytest.param({"authority": "a"}, [{"authority": "a"}], id="one question"),
    ],
)
def test_questions_are_found_in_any_of_these_forms(tmp_path: Path, document: Any, found: list[dict[str, str]]) -> None:
    asked = tmp_path / "queries.json"
    asked.write_text(json.dumps(document), encoding="utf-8")

    assert questions(asked) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "is not JSON: "), ("5", ", question 1: must be an object"), ('[{}, "a"]', ", question 2: must be an object"), ('{"queries": 5}', "must be a list")],
)
def test_a_file_without_questions_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str) -> None:
    asked = tmp_path / "queries.json"
    asked.write_text(text, encoding="utf-8")

    assert main(["evaluate", str(FOLDER / "small.jsonl"), str(asked)], {}) == 2
    assert f"{asked}" in (said := capsys.readouterr().err)
    assert told in said


@pytest.mark.parametrize("question", [{"cells": [1]}, {"cells": {"FR": "many"}}, {"data": 5}, {"data": [["soon", None]]}, {"data": [], "elapsed": "long"}])
def test_a_question_that_cannot_be_read_has_a_refusal_as_its_answer(question: dict[str, Any]) -> None:
    assert answer(register(), question)["code"] == "validation_failed"
