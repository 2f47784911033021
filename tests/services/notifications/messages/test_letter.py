"""What letters say, in each language, and what they never say."""

from __future__ import annotations

import string

import pytest

from services.notifications.messages.catalogue import HAPPENED, KINDS, LABELS, LANGUAGES, LEVELS, OWN_AFFAIRS
from services.notifications.messages.letter import letter, spoken
from shared.facts import CLOCK_FACTS, REQUEST_FACTS
from shared.facts.codes import Kind

MESSAGE = {
    "request": "019a0000-0000-7000-8000-000000000001", "kind": "eio", "reference": "9 AR 12/26", "counterpart": "Central authority E",
    "happened_on": "2026-06-01", "recorded_on": "2026-06-02", "link": "https://console.example.org/requests/019a0000-0000-7000-8000-000000000001",
}  # fmt: skip


def test_a_letter_says_what_happened_to_which_request_and_where_to_read_it() -> None:
    told = letter("RequestAcknowledged", MESSAGE, "en")

    assert told.subject == "9 AR 12/26: The request was acknowledged"
    for part in ("The request was acknowledged.", "9 AR 12/26", "Central authority E", "European Investigation Order", "Monday 1 June 2026", MESSAGE["link"]):
        assert part in told.body


@pytest.mark.parametrize(("language", "word"), [("en", "acknowledged"), ("fr", "accusé réception"), ("es", "acusó recibo")])
def test_a_letter_is_written_in_the_readers_language(language: str, word: str) -> None:
    assert word in letter("RequestAcknowledged", MESSAGE, language).body


@pytest.mark.parametrize(
    ("languages", "expected"), [(["de", "fr"], "fr"), (["ES-es"], "es"), ([], "en"), (["cs"], "en")], ids=["first we know", "region", "none", "unknown"]
)
def test_the_first_language_that_we_write_in_is_taken(languages: list[str], expected: str) -> None:
    assert spoken(languages) == expected


@pytest.mark.parametrize("table", [KINDS, HAPPENED, LABELS, LEVELS, OWN_AFFAIRS], ids=["kinds", "facts", "labels", "levels", "own affairs"])
def test_every_language_has_every_text_with_the_same_places(table: dict[str, dict[str, object]]) -> None:
    def places(text: object) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(" ".join(text) if isinstance(text, tuple) else str(text)) if name}

    assert set(table) == set(LANGUAGES)
    for language in LANGUAGES:
        assert {key: places(text) for key, text in table[language].items()} == {key: places(text) for key, text in table["en"].items()}


def test_every_kind_and_every_fact_has_a_text() -> None:
    assert set(KINDS["en"]) == set(Kind)
    assert set(REQUEST_FACTS) | set(CLOCK_FACTS) <= set(HAPPENED["en"])


def test_a_fact_of_a_newer_release_is_told_as_a_change() -> None:
    assert "The request has changed." in letter("SomethingNewHappened", MESSAGE, "en").body


def test_a_letter_of_a_sandbox_says_so() -> None:
    assert "Sandbox" in letter("RequestSent", MESSAGE | {"sandbox": True}, "en").body
    assert "Sandbox" not in letter("RequestSent", MESSAGE, "en").body


@pytest.mark.parametrize(
    ("language", "due", "hour"),
    [
        ("en", "Safe date: Wednesday 1 July 2026", "Safe date: Sunday 25 October 2026, 02:30 (Europe/Prague)"),
        ("fr", "Date sûre: mercredi 1er juillet 2026", "Date sûre: dimanche 25 octobre 2026 à 02:30 (Europe/Prague)"),
        ("es", "Fecha segura: miércoles 1 de julio de 2026", "Fecha segura: domingo 25 de octubre de 2026 a las 02:30 (Europe/Prague)"),
    ],
)
def test_dates_are_written_as_people_write_them(language: str, due: str, hour: str) -> None:
    assert due in letter("EscalationReached", MESSAGE | {"strict_due": "2026-07-01"}, language).body.splitlines()
    assert hour in letter("EscalationReached", MESSAGE | {"strict_due": "2026-10-25T01:30:00Z", "zone": "Europe/Prague"}, language).body.splitlines()


def test_a_moment_without_a_zone_says_that_it_is_utc() -> None:
    assert "Sunday 25 October 2026, 01:30 (UTC)" in letter("EscalationReached", MESSAGE | {"strict_due": "2026-10-25T01:30:00Z"}, "en").body


def test_a_digest_writes_its_dates_in_words_and_keeps_them_in_order() -> None:
    entries = [MESSAGE | {"strict_due": "2026-11-02", "row": "SECOND"}, MESSAGE | {"strict_due": "2026-09-10", "row": "FIRST"}]

    body = letter("EscalationReached", {"entries": entries}, "fr").body

    assert "jeudi 10 septembre 2026, 9 AR 12/26" in body
    assert body.index("FIRST") < body.index("SECOND")
