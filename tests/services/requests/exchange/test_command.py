"""What a register may hold is printed without a database; loading says what it lacks."""

import pytest

from services.requests.__main__ import main
from services.requests.exchange.columns import COLUMNS, template


def test_columns_are_printed_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "--columns"], {}) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [column.name for column in COLUMNS]


def test_an_empty_register_is_printed_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "--template"], {}) == 0
    assert capsys.readouterr().out == template()


def test_loading_says_all_that_it_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "register.csv", "--authority", "cz-central"], {}) == 2
    said = capsys.readouterr().err
    assert "DATABASE_URL" in said
    assert "SECRETS_DIR" in said
