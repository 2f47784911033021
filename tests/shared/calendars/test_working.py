"""TIM-03: working days of States agree with their laws; the version is known, and outside the years it covers no answer is given."""

from datetime import date
from pathlib import Path

import pytest

from shared.calendars.national import Calendars, national_calendar
from shared.calendars.working import CalendarFileFaulty, CalendarNotCovered, WorkingCalendar, weekends_only

CHRISTMAS = WorkingCalendar("DE", "test", frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)}), date(2026, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("day", "following", "before"),
    [
        pytest.param(date(2026, 12, 24), date(2026, 12, 24), date(2026, 12, 24), id="Thu 24 Dec is one itself"),
        pytest.param(date(2026, 12, 25), date(2026, 12, 28), date(2026, 12, 24), id="Fri 25 Dec, holiday before a weekend"),
        pytest.param(date(2026, 12, 27), date(2026, 12, 28), date(2026, 12, 24), id="Sun 27 Dec"),
        pytest.param(date(2027, 1, 1), date(2027, 1, 4), date(2026, 12, 31), id="Fri 1 Jan, over the year's end"),
    ],
)
def test_the_next_and_the_last_working_day(day: date, following: date, before: date) -> None:
    assert CHRISTMAS.next_working_day(day) == following
    assert CHRISTMAS.last_working_day(day) == before


def test_working_days_between_leave_out_the_first_day() -> None:
    assert CHRISTMAS.working_days_between(date(2026, 12, 23), date(2026, 12, 31)) == 5


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2028, 1, 1)])
def test_outside_the_years_that_are_known_there_is_no_answer(day: date) -> None:
    with pytest.raises(CalendarNotCovered):
        CHRISTMAS.is_working_day(day)


@pytest.mark.parametrize(
    ("state", "day", "working"),
    [
        pytest.param("CZ", date(2026, 11, 17), False, id="Czech day of freedom"),
        pytest.param("AT", date(2026, 11, 17), True, id="a Tuesday in Austria"),
        pytest.param("AT", date(2026, 10, 26), False, id="Austrian national day"),
        pytest.param("DE", date(2026, 4, 3), False, id="Good Friday in Germany"),
        pytest.param("SE", date(2026, 6, 19), True, id="Midsummer's Eve is no public holiday in Sweden"),
        pytest.param("IL", date(2026, 6, 5), False, id="a Friday in Israel"),
        pytest.param("IL", date(2026, 6, 7), True, id="a Sunday in Israel"),
        pytest.param("DE-BY", date(2026, 6, 4), False, id="Corpus Christi in Bavaria"),
        pytest.param("DE", date(2026, 6, 4), True, id="Corpus Christi in the German list"),
    ],
)
def test_days_of_states_agree_with_their_laws(state: str, day: date, working: bool) -> None:
    assert Calendars()[state].is_working_day(day) is working


def test_a_calendar_says_its_version_and_the_years_it_covers() -> None:
    known = national_calendar("IN")

    assert known.edition.startswith("IN@holidays-")
    assert known.first <= date(2025, 1, 1)
    with pytest.raises(CalendarNotCovered):
        known.is_working_day(date(2036, 1, 2))


def test_a_state_without_holiday_data_is_not_covered() -> None:
    assert "QQ" not in Calendars()
    with pytest.raises(CalendarNotCovered):
        Calendars()["QQ"]


def test_a_file_adds_a_late_holiday_with_a_version_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "CZ.yaml").write_text("version: '2026-2'\nbased_on: CZ\nadd: [2026-06-08]\nremove: [2026-11-17]\n")

    known = Calendars.with_files(tmp_path)["CZ"]

    assert known.edition == "CZ@2026-2"
    assert not known.is_working_day(date(2026, 6, 8))
    assert known.is_working_day(date(2026, 11, 17))


def test_a_calendar_of_weekends_covers_every_year() -> None:
    assert weekends_only().next_working_day(date(1950, 1, 1)) == date(1950, 1, 2)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "XY.yaml").mkdir()

    with pytest.raises(CalendarFileFaulty, match=r"XY\.yaml"):
        Calendars.with_files(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no members"),
        ("- 2026-05-08", "no members"),
        ("based_on: DE\nadd: [2026-05-08]", "version is missing"),
        ("version: 1\nfirst: 2026-01-01\nlast: 2026-12-31", "holidays is missing"),
        ("version: 1\nbased_on: ZZ", "ZZ"),
        ("version: 1\nbased_on: DE\nadd: ['8 May 2026']", "'8 May 2026' is no date"),
        ("version: 1\nbased_on: DE\nadd: [2026-05-08", "line 3"),
        ("version: 1\nbased_on: DE\nadd: [2026-05-08T09:00:00]", "is no date"),
        ("version: 1\nholidays: []\nfirst: '2026-01-01'\nlast: 2026-12-31", "'2026-01-01' is no date"),
        ("version: 1\nholidays: []\nfirst: 2026-01-01\nlast: 2026-12-31\nweekend: [Fri, Sat]", "weekend"),
    ],
)
def test_a_faulty_file_is_named_with_its_fault(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "XY.yaml").write_text(text)

    with pytest.raises(CalendarFileFaulty) as refused:
        Calendars.with_files(tmp_path)

    assert str(refused.value).startswith(f"{tmp_path / 'XY.yaml'}: ")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
