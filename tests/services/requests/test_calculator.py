"""The calculator: published vectors, the command line, and questions that cannot be answered."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.requests.calculator import CalculationRefused, Calculator, Question, Stopped, main, vectors
from services.requests.domain.clocks.explanation import fingerprint
from services.requests.domain.clocks.wording import SENTENCES
from shared.calendars import CalendarNotCovered
from shared.calendars.national import Calendars
from shared.facts.periods import Period
from tests.builders import DATA, law

FILE = DATA / "deadline_vectors.yaml"
VECTORS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["vectors"]


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in vectors(FILE, law())}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_every_published_vector_comes_out_as_worked_out_by_hand(vector: dict[str, Any], answers: dict[str, dict[str, Any]]) -> None:
    answer = answers[vector["id"]]

    assert (answer["nominal"], answer["adjusted"]) == (str(vector["nominal"]), str(vector["adjusted"]))
    assert answer["strict"] == str(vector.get("strict", answer["strict"]))
    assert set(vector["rules"].split()) <= set(answer["rules"])


def test_the_command_prints_one_line_a_vector(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(FILE)]) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == [vector["id"] for vector in VECTORS]
    assert set(lines[0]) == {"id", "nominal", "adjusted", "strict", "rules"}


@pytest.mark.parametrize(("language", "sentence"), [("fr", "Le jour de l'événement ne compte pas"), ("es", "El día del hecho no se cuenta")])
def test_the_command_says_why_in_the_language_that_is_named(language: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", language, str(FILE)]) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(sentence in told for line in lines for told in line["explanation"])


def test_the_command_refuses_a_language_that_it_does_not_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "cs", str(FILE)]) == 2
    assert "en|fr|es" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["vectors: [{id: X}]", "vectors: [{id: X, row: null, start: '2026-06-01', unit: days, amount: 1, regime: ODD}]", "]"])
def test_the_command_says_which_file_it_cannot_read(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "odd.yaml").write_text(content)

    assert main([str(tmp_path / "odd.yaml")]) == 2
    assert "odd.yaml" in capsys.readouterr().err


def calculator() -> Calculator:
    return Calculator.of(law(), Calendars())


def test_a_row_brings_its_own_length_unit_and_regime() -> None:
    answer = calculator().calculate(Question(start=date(2026, 9, 3), row="EIO-RECOG", state="CZ"))

    assert (answer.dues.nominal, answer.dues.adjusted, answer.dues.strict) == (date(2026, 10, 3), date(2026, 10, 5), date(2026, 10, 3))
    assert (answer.zone, answer.calendar.split("@")[0]) == ("Europe/Prague", "CZ")


def test_a_row_under_the_law_of_the_requested_state_counts_as_that_state_does() -> None:
    german = calculator().calculate(Question(start=date(2026, 9, 3), row="EAW-SPEC-CONSENT", state="DE"))
    irish = calculator().calculate(Question(start=date(2026, 9, 3), row="EAW-SPEC-CONSENT", state="IE"))
    italian = calculator().calculate(Question(start=date(2026, 9, 3), row="EAW-SPEC-CONSENT", state="IT"))

    assert [each.dues.adjusted for each in (german, irish, italian)] == [date(2026, 10, 5), date(2026, 10, 2), date(2026, 10, 3)]


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(Question(start=date(2026, 9, 3), row="NO-SUCH-ROW", state="CZ"), id="a row that is none"),
        pytest.param(Question(start=date(2026, 9, 3), row="UNCAC-EXEC", state="CZ"), id="a row without a figure and no date"),
        pytest.param(Question(start=date(2026, 9, 3), limit=Period(days=3), unit="calendar_days"), id="no row and no regime"),
        pytest.param(Question(start=date(2026, 9, 3), limit=Period(days=3), unit="calendar_days", regime="ODD"), id="a regime that is none"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(question: Question) -> None:
    with pytest.raises(CalculationRefused) as refused:
        calculator().calculate(question)

    assert refused.value.errors


@pytest.mark.parametrize(
    ("question", "member"),
    [
        pytest.param(Question(start=date(9999, 12, 31), row="EIO-RECOG", state="CZ"), "start", id="start"),
        pytest.param(Question(start=datetime(1, 1, 1, tzinfo=UTC), row="EPOC-EMERG", state="CZ", zone="America/Lima"), "start", id="moment"),
        pytest.param(Question(start=date(2026, 9, 3), fixed_on=date(9999, 12, 31), state="CZ"), "fixed_on", id="fixed date"),
        pytest.param(Question(start=date(2026, 9, 3), limit=Period(years=9999), row="EIO-RECOG", state="CZ"), "limit", id="length"),
        pytest.param(Question(start=date(2026, 9, 3), limit=Period(years=2100), unit="years", regime="BACK"), "limit", id="backward"),
        pytest.param(Question(start=date(2026, 9, 3), row="EIO-RECOG", state="CZ", extensions=(Period(months=9999),)), "limit", id="extension"),
        pytest.param(
            Question(
                start=date(2026, 9, 3),
                row="EIO-RECOG",
                holds=(Stopped(datetime(2026, 9, 5, tzinfo=UTC), datetime(8999, 1, 1, tzinfo=UTC)),),
            ),
            "limit",
            id="hold",
        ),
    ],
)
def test_a_count_beyond_the_years_that_dates_can_name_is_refused(question: Question, member: str) -> None:
    with pytest.raises(CalculationRefused) as refused:
        Calculator.of(law(), Calendars()).calculate(question)

    assert set(refused.value.errors) == {member}


def test_outside_the_calendar_there_is_no_guess() -> None:
    with pytest.raises(CalendarNotCovered):
        calculator().calculate(Question(start=date(2045, 9, 3), row="EIO-RECOG", state="CZ"))


@pytest.mark.parametrize(
    ("question", "left_out", "sentence"),
    [
        (
            Question(start=date(2026, 12, 23), limit=Period.parse("P5D"), unit="working_days", regime="EU", state="DE"),
            [("2026-12-25", "holiday"), ("2026-12-26", "holiday"), ("2026-12-27", "weekend")],
            "Only working days of {} count: Fri 2026-12-25 is a holiday, Sat 2026-12-26 is a holiday, Sun 2026-12-27 is a weekend day.",
        ),
        (
            Question(start=datetime(2026, 11, 20, 14, 30, tzinfo=UTC), limit=Period.parse("PT48H"), unit="hours", regime="UK", state="GB"),
            [("2026-11-21", "weekend"), ("2026-11-22", "weekend")],
            "Only working days of {} count: Sat 2026-11-21 is a weekend day, Sun 2026-11-22 is a weekend day.",
        ),
        (
            Question(start=date(2026, 6, 1), limit=Period.parse("P3D"), unit="working_days", regime="EU", state="NL"),
            [],
            "Only working days of {} count; no day had to be left out.",
        ),
    ],
    ids=["over Christmas", "hours over a weekend", "within a week"],
)
def test_where_only_working_days_count_each_day_left_out_is_named(question: Question, left_out: list[tuple[str, str]], sentence: str) -> None:
    answer = calculator().calculate(question)

    (line,) = [each.as_members() for each in answer.lines if each.code in ("working_days", "working_days_all")]
    assert line["left_out"] == [{"on": day, "why": why} for day, why in left_out]
    assert line["reading"] == sentence.format(answer.calendar)


def test_what_is_counted_back_leaves_no_day_out_and_says_nothing_of_working_days() -> None:
    answer = calculator().calculate(Question(start=date(2026, 12, 31), limit=Period.parse("P10D"), unit="working_days", regime="BACK", state="DE"))

    assert [line.code for line in answer.lines if line.code in ("back", "working_days", "working_days_all")] == ["back"]


@pytest.mark.parametrize(("row", "code"), [("DIG-MAINT-S", "wait_over"), ("AR-75", "adjusted")])
def test_the_end_of_a_minimum_wait_is_no_last_day_but_what_must_lie_before_a_day_has_one(row: str, code: str) -> None:
    answer = calculator().calculate(Question(start=date(2026, 9, 3), row=row, state="DE"))

    assert [line.code for line in answer.lines if line.code in ("wait_over", "adjusted")] == [code]


def test_the_derivation_says_every_step_and_is_the_same_each_time() -> None:
    question = Question(start=datetime(2026, 11, 25, 9, 0, tzinfo=UTC), row="EIO-RECOG", state="DE")
    first, second = calculator().calculate(question), calculator().calculate(question)

    assert [line.code for line in first.lines] == [
        "row", "start", "day_one", "count", "may_be_extended", "nominal", "rolled", "adjusted", "strict", "calendar",
    ]  # fmt: skip
    (rolled,) = [line for line in first.lines if line.code == "rolled"]
    assert rolled.sentence == (
        "Fri 2026-12-25 is a holiday, Sat 2026-12-26 is a holiday, Sun 2026-12-27 is a weekend day; the last day moves to Mon 2026-12-28."
    )
    assert rolled.rules == ("C-8", "C-11")
    assert [day.why for day in rolled.left_out] == ["holiday", "holiday", "weekend"]
    assert fingerprint(first.lines) == fingerprint(second.lines)
    assert {line.code for line in first.lines} <= set(SENTENCES["en"])
