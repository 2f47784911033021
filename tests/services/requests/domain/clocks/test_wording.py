"""The sentences of a derivation, in each language."""

import string
from datetime import date

import pytest

from services.requests.calculator import Calculator, Question
from services.requests.domain.clocks.event_words import EVENTS, STOPS
from services.requests.domain.clocks.explanation import fingerprint
from services.requests.domain.clocks.wording import CODES, LANGUAGES, SENTENCES, reading
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


@pytest.mark.parametrize(
    ("language", "by", "expected"),
    [
        ("fr", "P30D", "Une prolongation de 30 jours compterait"),
        ("fr", "P1D", "Une prolongation de 1 jour compterait"),
        ("fr", "P2M", "Une prolongation de 2 mois compterait"),
        ("fr", "PT96H", "Une prolongation de 96 heures compterait"),
        ("es", "P1M", "Una prórroga de 1 mes contaría"),
        ("es", "P1Y2M3D", "Una prórroga de 1 año, 2 meses y 3 días contaría"),
        ("es", "PT1H30M", "Una prórroga de 1 hora y 30 minutos contaría"),
        ("en", "P30D", "An extension of P30D would count"),
    ],
)
def test_a_length_is_written_in_words(language: str, by: str, expected: str) -> None:
    assert reading("may_be_extended", {"by": by, "begins": "Sat 2026-10-03"}, language).startswith(expected)


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_event_that_starts_a_row_and_every_stop_has_words(language: str) -> None:
    rows = list(law().every_row())

    assert {row.from_event for row in rows if row.from_event} <= set(EVENTS[language])
    assert {code for row in rows for code in row.stops_on} <= set(STOPS[language])


@pytest.mark.parametrize(
    ("language", "code", "params", "expected"),
    [
        ("fr", "start", {"event": "summons.transmitted", "moment": "Fri 2026-05-01", "zone": "UTC", "day": "Fri 2026-05-01"},
         "Commence par la transmission de la citation, le vendredi 1er mai 2026 (UTC) : vendredi 1er mai 2026."),
        ("es", "stopped_still", {"stopped_at": "Fri 2026-05-01", "reason": "postponed"},
         "Suspendido desde el viernes 1 de mayo de 2026 (ejecución aplazada); las fechas son provisionales."),
        ("fr", "stopped_still", {"stopped_at": "Fri 2026-05-01", "reason": "as said on Fri 2026-05-01"},
         "Suspendu depuis le vendredi 1er mai 2026 (as said on Fri 2026-05-01) ; les dates sont provisoires."),
    ],
)  # fmt: skip
def test_events_and_stops_are_told_in_words_and_what_somebody_wrote_stays(language: str, code: str, params: dict[str, str], expected: str) -> None:
    assert reading(code, params, language) == expected


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_side_effect_and_nature_of_the_data_has_a_word(language: str) -> None:
    used = {"side": {row.actor_side for row in law().every_row()}, "effect": {row.effect for row in law().every_row()}}
    used["nature"] = {row.nature for row in law().every_row()}

    assert {name: codes - set(CODES[language][name]) for name, codes in used.items()} == {"side": set(), "effect": set(), "nature": set()}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", "EIO-RECOG : Art. 12(3). 30 jours ; qui doit agir : la partie requise ; au terme : rien ne change."),
        ("es", "EIO-RECOG: Art. 12(3). 30 días; quién debe actuar: la parte requerida; al término: nada cambia."),
    ],
)
def test_the_line_of_a_row_holds_no_code_but_its_name(language: str, expected: str) -> None:
    params = {"row": "EIO-RECOG", "citation": "Art. 12(3)", "length": "P30D", "side": "requested", "effect": "none", "instrument": "EU-EIO"}

    assert reading("row", params, language) == expected
