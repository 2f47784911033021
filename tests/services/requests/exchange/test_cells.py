"""What somebody typed, and what it means."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.requests.exchange import cells
from services.requests.exchange.cells import Broken, Formula, NotReadable

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        pytest.param("\u200b9 AR 12/26\ufeff", "9 AR 12/26", id="zero-width signs and byte order marks go"),
        pytest.param("\u202e9 AR\u00a012/26", "9 AR 12/26", id="direction marks go, a hard blank is a blank"),
        pytest.param("Gene\u0300ve", "Genève", id="accents are composed"),
        pytest.param('="00123"', "00123", id="the trick that keeps leading zeros is undone"),
        pytest.param(1234.0, "1234", id="a whole number has no point"),
        pytest.param(0.5, "0.5", id="a fraction stays one"),
        pytest.param(True, "yes", id="a ticked box says yes"),
        pytest.param("  \t ", None, id="blanks are nothing"),
        pytest.param("- 12", "- 12", id="a dash is no formula"),
        pytest.param("line\r\nline", "line\nline", id="line ends are one kind"),
    ],
)
def test_a_cell_reads_as_a_person_sees_it(cell: cells.Cell, expected: str | None) -> None:
    assert cells.text(cell) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        pytest.param("=HYPERLINK(A1)", "formula", id="a formula in a CSV"),
        pytest.param(Formula("=A1&B1"), "formula", id="a formula without a stored result"),
        pytest.param("#REF!", "cell_error", id="an error in a CSV"),
        pytest.param(Broken("#N/A"), "cell_error", id="an error in a workbook"),
        pytest.param("x" * 20_001, "too_long", id="a book in a cell"),
    ],
)
def test_a_cell_without_words_of_its_own_is_refused(cell: cells.Cell, code: str) -> None:
    with pytest.raises(NotReadable) as refusal:
        cells.text(cell)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("cell", "formats", "expected"),
    [
        pytest.param("2026-03-09", (), date(2026, 3, 9), id="ISO date"),
        pytest.param("2026-03-09 14:30", (), datetime(2026, 3, 9, 13, 30, tzinfo=UTC), id="local time, winter"),
        pytest.param("2026-07-09T14:30:00+00:00", (), datetime(2026, 7, 9, 14, 30, tzinfo=UTC), id="with an offset"),
        pytest.param("9.3.2026", ("%d.%m.%Y",), date(2026, 3, 9), id="a form that the mapping names"),
        pytest.param("09/03/2026 14h30", ("%d/%m/%Y %Hh%M",), datetime(2026, 3, 9, 13, 30, tzinfo=UTC), id="with a time"),
        pytest.param(datetime(2026, 3, 9), (), date(2026, 3, 9), id="a workbook's date is midnight"),  # noqa: DTZ001 - as a workbook gives it
        pytest.param(datetime(2026, 3, 9, 8), (), datetime(2026, 3, 9, 7, tzinfo=UTC), id="a workbook's moment"),  # noqa: DTZ001 - likewise
        pytest.param("", (), None, id="nothing"),
    ],
)
def test_a_date_is_read_in_the_zone_of_the_register(cell: cells.Cell, formats: tuple[str, ...], expected: date | None) -> None:
    assert cells.moment(cell, formats, PRAGUE) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        pytest.param("9.3.2026", "not_a_date", id="day or month first? nobody guesses"),
        pytest.param("2026-02-30", "not_a_date", id="no such day"),
        pytest.param(46090, "not_a_date", id="the number behind a date"),
        pytest.param("2026-03-29 02:30", "no_such_time", id="an hour that was left out"),
        pytest.param("soon", "not_a_date", id="words"),
    ],
)
def test_a_date_that_can_be_read_in_two_ways_or_none_is_refused(cell: cells.Cell, code: str) -> None:
    with pytest.raises(NotReadable) as refusal:
        cells.moment(cell, (), PRAGUE)
    assert refusal.value.code == code


def test_a_list_has_each_entry_once() -> None:
    assert cells.listed("search; bank_records ;search\nhearing", ";") == ("search", "bank_records", "hearing")


def test_yes_and_no_are_read_in_their_usual_forms() -> None:
    assert [cells.flag(each) for each in ("Yes", "x", 0, "no", None, False)] == [True, True, False, False, None, False]
    with pytest.raises(NotReadable):
        cells.flag("perhaps")
