"""Days as people write them."""

from datetime import date

import pytest

from shared.facts.written_days import DAYS, MONTHS, WEEKDAYS, written_day


@pytest.mark.parametrize(
    ("day", "language", "written"),
    [
        (date(2026, 7, 1), "en", "Wednesday 1 July 2026"),
        (date(2026, 7, 1), "fr", "mercredi 1er juillet 2026"),
        (date(2026, 7, 1), "es", "miércoles 1 de julio de 2026"),
        (date(2026, 2, 28), "fr", "samedi 28 février 2026"),
        (date(2027, 1, 31), "es", "domingo 31 de enero de 2027"),
    ],
)
def test_a_day_is_written_as_its_language_does(day: date, language: str, written: str) -> None:
    assert written_day(day, language) == written


@pytest.mark.parametrize("language", DAYS)
def test_every_language_has_seven_days_and_twelve_months(language: str) -> None:
    assert (len(set(WEEKDAYS[language])), len(set(MONTHS[language]))) == (7, 12)
