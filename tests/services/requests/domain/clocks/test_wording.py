"""The sentences of a derivation, in each language."""

import string
from datetime import date

import pytest

from services.requests.calculator import Calculator, Question
from services.requests.domain.clocks.explanation import fingerprint
from services.requests.domain.clocks.wording import LANGUAGES, SENTENCES, reading
from shared.calendars.national import Calendars
from tests.builders import law


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_with_the_same_parameters(language: str) -> None:
    assert {code: places(text) for code, text in SENTENCES[language].items()} == {code: places(text) for code, text in SENTENCES["en"].items()}


@pytest.mark.parametrize(
    ("language", "shown", "expected"),
    [
        ("en", "Fri 2026-05-01", "In time until Fri 2026-05-01."),
        ("fr", "Fri 2026-05-01", "Dans les temps jusqu'au vendredi 1er mai 2026."),
        ("fr", "Tue 2026-12-15 09:30", "Dans les temps jusqu'au mardi 15 décembre 2026 à 09:30."),
        ("es", "Fri 2026-05-01", "A tiempo hasta el viernes 1 de mayo de 2026."),
        ("es", "Tue 2026-12-15 09:30", "A tiempo hasta el martes 15 de diciembre de 2026 a las 09:30."),
    ],
)
def test_a_date_is_written_as_its_language_writes_it(language: str, shown: str, expected: str) -> None:
    assert reading("adjusted", {"end": shown}, language) == expected


@pytest.mark.parametrize("language", ["fr", "es"])
def test_only_the_reading_differs_between_languages(language: str) -> None:
    answer = Calculator.of(law(), Calendars()).calculate(Question(start=date(2026, 9, 3), row="EIO-RECOG", state="CZ"))
    english = [line.as_members() for line in answer.lines]
    told = [line.as_members(language) for line in answer.lines]

    assert [{**line, "reading": None} for line in told] == [{**line, "reading": None} for line in english]
    assert all(line["reading"] != other["reading"] for line, other in zip(told, english, strict=True))
    assert answer.as_members(language)["fingerprint"] == answer.as_members()["fingerprint"] == fingerprint(answer.lines)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", "Samedi 3 octobre 2026 est un jour de fin de semaine ; le dernier jour est reporté au lundi 5 octobre 2026."),
        ("es", "Sábado 3 de octubre de 2026 es fin de semana; el último día se traslada al lunes 5 de octubre de 2026."),
    ],
)
def test_days_left_out_are_named_in_the_language(language: str, expected: str) -> None:
    params = {"skipped": "Sat 2026-10-03 is a weekend day", "end": "Mon 2026-10-05"}

    assert reading("rolled", params, language) == expected
