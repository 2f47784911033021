"""A holiday that the operator adds by file is a holiday for mails too, as it is for legal dates."""

from datetime import date
from pathlib import Path

import pytest

from services.notifications import calendars
from services.requests.assembly import DATA


def test_a_holiday_added_by_file_is_no_working_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added = date(2026, 11, 26)
    before = calendars.own_calendars()["CZ"].is_working_day(added)
    (tmp_path / "CZ.yaml").write_text("version: 2026-2\nbased_on: CZ\nadd: [2026-11-26]\n")
    monkeypatch.setattr(calendars, "FOLDER", tmp_path)

    assert before
    assert not calendars.own_calendars()["CZ"].is_working_day(added)


def test_the_files_are_those_of_legal_dates() -> None:
    assert calendars.FOLDER == DATA / "calendars"
