"""Zones of States, and the moments at which days begin and end there."""

from datetime import UTC, date, datetime

import holidays
import pytest

from shared.calendars.zones import EUROPE, ZONES, ZoneUnknown, day_begins, day_ends, local_day, zone, zone_of_state


def test_every_zone_of_the_table_exists() -> None:
    assert [state for state, name in ZONES.items() if zone(name).key != name] == []


def test_every_state_of_the_table_has_a_calendar() -> None:
    assert set(ZONES) <= set(holidays.list_supported_countries())


def test_europe_is_made_of_states_of_the_table() -> None:
    assert set(ZONES) >= EUROPE


@pytest.mark.parametrize(
    ("day", "place", "begins", "ends"),
    [
        pytest.param(date(2027, 3, 28), "Europe/Brussels", "2027-03-27T23:00", "2027-03-28T22:00", id="a day of 23 hours"),
        pytest.param(date(2026, 10, 25), "Europe/Brussels", "2026-10-24T22:00", "2026-10-25T23:00", id="a day of 25 hours"),
        pytest.param(date(2026, 6, 1), "Asia/Kolkata", "2026-05-31T18:30", "2026-06-01T18:30", id="half an hour off"),
        pytest.param(date(2026, 6, 1), "Asia/Kathmandu", "2026-05-31T18:15", "2026-06-01T18:15", id="three quarters off"),
        pytest.param(date(2026, 12, 31), "Pacific/Kiritimati", "2026-12-30T10:00", "2026-12-31T10:00", id="first to see the new year"),
        pytest.param(date(2026, 12, 31), "Pacific/Pago_Pago", "2026-12-31T11:00", "2027-01-01T11:00", id="last to see it"),
        pytest.param(date(2028, 2, 29), "Europe/Lisbon", "2028-02-29T00:00", "2028-03-01T00:00", id="a leap day"),
        pytest.param(date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T03:00", "2018-11-05T02:00", id="a day that began at one o'clock"),
    ],
)
def test_days_begin_and_end_at_local_midnight(day: date, place: str, begins: str, ends: str) -> None:
    assert day_begins(day, zone(place)) == datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert day_ends(day, zone(place)) == datetime.fromisoformat(ends).replace(tzinfo=UTC)


def test_the_same_moment_is_two_days_on_the_two_sides_of_the_date_line() -> None:
    moment = datetime(2026, 6, 1, 10, 30, tzinfo=UTC)

    assert local_day(moment, zone("Pacific/Kiritimati")) == date(2026, 6, 2)
    assert local_day(moment, zone("Pacific/Pago_Pago")) == date(2026, 5, 31)


@pytest.mark.parametrize("ask", [lambda: zone("Europe/Atlantis"), lambda: zone_of_state("QQ")])
def test_an_unknown_zone_is_an_error(ask: object) -> None:
    with pytest.raises(ZoneUnknown):
        ask()  # type: ignore[operator]  # one of the two questions above
