"""A holiday that the operator adds by file is a holiday for mails too, as it is for legal dates."""

from datetime import date
from pathlib import Path

import pytest

from services.notifications import calendars
from services.notifications.__main__ import main
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


def test_timers_end_with_one_sentence_when_a_file_is_faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "CZ.yaml").write_text("based_on: CZ\n")
    monkeypatch.setattr(calendars, "FOLDER", tmp_path)

    code = main(["timers"], {"DATABASE_URL": "postgresql://nobody@127.0.0.1/none"})

    assert (code, capsys.readouterr().err) == (2, f"{tmp_path / 'CZ.yaml'}: version is missing\n")
