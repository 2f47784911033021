"""What is taken for a moment or a day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shared.facts.moments import read_day, read_moment

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-06-01T09:00:00Z", NINE, id="UTC"),
        pytest.param("2026-06-01t09:00:00z", NINE, id="small letters"),
        pytest.param("2026-06-01T11:00:00+02:00", NINE, id="east"),
        pytest.param("2026-05-31T22:30:00-10:30", NINE, id="west"),
        pytest.param("2026-06-01T09:00:00-00:00", NINE, id="an unknown local offset"),
        pytest.param("2026-06-01T09:00:00.5Z", NINE.replace(microsecond=500_000), id="half a second"),
        pytest.param("2026-06-01T09:00:00.1234567Z", NINE.replace(microsecond=123_456), id="seven digits"),
    ],
)
def test_a_moment_of_rfc_3339_is_read(text: str, expected: datetime) -> None:
    assert read_moment(text) == expected


@pytest.mark.parametrize(
    "text",
    ["20260601T090000Z", "2026-06-01T090000Z", "20260601T09:00:00Z", "2026-W23-1T09:00:00Z", "2026-152T09:00:00Z", "2026-06-01", "2026-06-01T09:00:00",
     "2026-06-01T09Z", "2026-06-01T09:00Z", "2026-06-01T09:00:00,5Z", "2026-06-01T09:00:00+02", "2026-06-01T09:00:00+0200", "2026-06-01T09:00:00+02:00:30",
     "2026-06-01 09:00:00Z", "2026-06-01T24:00:00Z", "2026-06-31T09:00:00Z", "2026-06-01T09:60:00Z", "0001-01-01T00:00:00+14:00", "٢٠٢٦-06-01T09:00:00Z",
     " 2026-06-01T09:00:00Z", "2026-06-01T09:00:00Z\n", "1780300800", ""],
)  # fmt: skip
def test_whatever_else_names_a_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_moment(text)


@pytest.mark.parametrize("text", ["20260601", "2026-W23-1", "2026-152", "2026-6-1", "2026-02-29", "2026-06-01T00:00:00Z", "٢٠٢٦-06-01", ""])
def test_a_day_has_one_form(text: str) -> None:
    assert read_day("2026-06-01") == date(2026, 6, 1)
    with pytest.raises(ValueError, match=r"\w"):
        read_day(text)
