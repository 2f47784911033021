"""Humane hours, as a table."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.window import Window, next_morning, next_opening

HOLIDAYS = {date(2026, 11, 17)}  # a Tuesday


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def moment(text: str, zone: str) -> datetime:
    weekday, _, rest = text.partition(" ")
    found = datetime.fromisoformat(rest).replace(tzinfo=ZoneInfo(zone))
    assert found.strftime("%a") == weekday
    return found


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        pytest.param("Europe/Prague", "Wed 2026-07-01 10:00", "Wed 2026-07-01 10:00", id="in the window: at once"),
        pytest.param("Europe/Prague", "Thu 2026-07-02 00:00", "Thu 2026-07-02 08:00", id="midnight: in the morning"),
        pytest.param("Europe/Prague", "Thu 2026-07-02 18:00", "Fri 2026-07-03 08:00", id="at closing: the next morning"),
        pytest.param("Europe/Prague", "Fri 2026-07-03 19:00", "Mon 2026-07-06 08:00", id="Friday evening: Monday"),
        pytest.param("Europe/Prague", "Mon 2026-11-16 20:00", "Wed 2026-11-18 08:00", id="the next day is a holiday"),
        pytest.param("Asia/Kolkata", "Sat 2026-07-04 03:00", "Mon 2026-07-06 08:00", id="a half-hour zone"),
        pytest.param("Europe/Prague", "Sun 2026-10-25 02:30", "Mon 2026-10-26 08:00", id="the night the clocks go back"),
    ],
)
def test_a_message_waits_for_the_next_opening(zone: str, now: str, expected: str) -> None:
    assert next_opening(moment(now, zone), Window(), ZoneInfo(zone), is_working_day) == moment(expected, zone)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("Wed 2026-07-01 06:00", "Wed 2026-07-01 08:00", id="early: today"),
        pytest.param("Wed 2026-07-01 08:00", "Wed 2026-07-01 08:00", id="at opening: now"),
        pytest.param("Wed 2026-07-01 10:00", "Thu 2026-07-02 08:00", id="later: tomorrow"),
        pytest.param("Fri 2026-07-03 10:00", "Mon 2026-07-06 08:00", id="Friday: Monday"),
    ],
)
def test_a_digest_goes_out_in_the_morning(now: str, expected: str) -> None:
    zone = "Europe/Prague"

    assert next_morning(moment(now, zone), Window(), ZoneInfo(zone), is_working_day) == moment(expected, zone)


def test_where_no_day_is_a_working_day_a_message_does_not_wait_for_ever() -> None:
    now = moment("Wed 2026-07-01 22:00", "Europe/Prague")

    assert next_opening(now, Window(), ZoneInfo("Europe/Prague"), lambda day: False) == now
