"""Why a date, in the language that the caller reads: only the readings differ."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.requests.calling import E, R, Service

ASKED = {"row": "EIO-RECOG", "start": "2026-09-03", "state": "CZ"}


def without_readings(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name != "reading"} for line in lines]


@pytest.mark.parametrize(
    ("asked", "language", "sentence"),
    [
        ("fr-CA, en;q=0.5", "fr", "Date du texte : samedi 3 octobre 2026."),
        ("de, es;q=0.8, en;q=0.2", "es", "Fecha del texto: sábado 3 de octubre de 2026."),
        ("cs", "en", "Nominal date: Sat 2026-10-03."),
    ],
)
def test_a_calculation_is_explained_in_the_language_asked_for(service: Service, asked: str, language: str, sentence: str) -> None:
    person = service.person(R)
    plain = person.call("POST", "/v1/clocks/calculations", ASKED).get_json()
    answer = person.call("POST", "/v1/clocks/calculations", ASKED, headers={"Accept-Language": asked})

    told = answer.get_json()
    assert (answer.headers["Content-Language"], answer.headers["Vary"]) == (language, "Accept-Language")
    assert sentence in [line["reading"] for line in told["explanation"]]
    assert without_readings(told["explanation"]) == without_readings(plain["explanation"])
    assert told["fingerprint"] == plain["fingerprint"]


def test_a_date_of_a_request_is_explained_in_the_language_asked_for(service: Service) -> None:
    person = service.person(R)
    made = person.sends(kind="eio", instrument="EU-EIO")
    service.person(E).moves("acknowledge", made)
    clock = person.get(f"/v1/requests/{made.id}/clocks")["clocks"][0]["id"]
    path = f"/v1/requests/{made.id}/clocks/{clock}/explanation"

    english, french = (person.call("GET", path, headers={"Accept-Language": language}) for language in ("en", "fr"))

    assert (french.headers["Content-Language"], french.headers["Vary"]) == ("fr", "Accept-Language")
    assert without_readings(french.get_json()["lines"]) == without_readings(english.get_json()["lines"])
    assert french.get_json()["lines"] != english.get_json()["lines"]
    assert french.get_json()["fingerprint"] == english.get_json()["fingerprint"]


@pytest.mark.parametrize(
    ("member", "value", "pointer"),
    [
        ("state", "ZZ", "/state"),
        ("requested_state", "XX", "/requested_state"),
        ("limit", "P0D", "/limit"),
        ("limit", "PT0S", "/limit"),
        ("limit", "P5D\n", "/limit"),
        ("extensions", ["P5D\n"], "/extensions/0"),
    ],
)
def test_a_calculation_names_the_member_that_makes_no_sense(service: Service, member: str, value: str, pointer: str) -> None:
    answer = service.person(E).call("POST", "/v1/clocks/calculations", {**ASKED, member: value})

    assert (answer.status_code, [fault["pointer"] for fault in answer.get_json()["errors"]]) == (422, [pointer])
