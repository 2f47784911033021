"""TIM-04: the engine's dates agree with a counter that walks day by day, for random rows, starts, stops and extensions, in zones of all kinds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.requests.domain.clocks import counting
from services.requests.domain.clocks.reckoning import Count, Place, due_moment, reckon
from services.requests.domain.clocks.regimes import BGB, EU, INCL, NL, NO, NOROLL, REGIMES, Regime
from shared.calendars.working import WorkingCalendar
from shared.facts.periods import Period
from tests.services.requests.domain.clocks import naive

ZONES = ("Europe/Prague", "Europe/Lisbon", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York")
days = st.dates(date(2024, 1, 1), date(2032, 12, 31))
holidays = st.frozensets(days, max_size=400)
regimes = st.sampled_from((EU, NOROLL, INCL, NL, NO, BGB))
zones = st.sampled_from(ZONES).map(ZoneInfo)


def place(closed: frozenset[date], zone: str | ZoneInfo = "Europe/Prague") -> Place:
    calendar = WorkingCalendar("T", "test", closed, date(2020, 1, 1), date(2040, 12, 31))
    return Place(zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone), "T", {"T": calendar})


def expected_adjusted(event: date, last: date, amount: int, regime: Regime, closed: frozenset[date]) -> date:
    if not regime.rolls or (regime.dutch and amount > 90):
        return last
    last = naive.rolled(last, closed)
    least = regime.two_working_days_from
    return naive.with_two_open_days(event, last, closed) if least is not None and amount >= least else last


@given(days, st.integers(1, 120), regimes, holidays)
def test_days_agree_with_the_day_by_day_counter(event: date, amount: int, regime: Regime, closed: frozenset[date]) -> None:
    found = reckon(Count(event, Period(days=amount), "calendar_days", regime), place(closed))

    nominal = naive.counted_days(event, amount, event_day_counts=regime.includes_event_day, stopped=frozenset())
    assert found.nominal == nominal
    assert found.adjusted == expected_adjusted(event, nominal, amount, regime, closed)


@given(days, st.integers(1, 30), holidays)
def test_working_days_agree_with_the_day_by_day_counter(event: date, amount: int, closed: frozenset[date]) -> None:
    found = reckon(Count(event, Period(days=amount), "working_days", EU), place(closed))

    assert found.nominal == found.adjusted == found.strict == naive.counted_working_days(event, amount, closed)


@given(days, st.integers(1, 40))
def test_months_agree_with_a_wall_calendar(event: date, months: int) -> None:
    assert counting.same_date_number(event, months) == naive.months_later(event, months)


@given(days, st.integers(1, 60), st.integers(1, 60), holidays)
def test_an_extension_counts_on_from_the_nominal_end(event: date, amount: int, by: int, closed: frozenset[date]) -> None:
    found = reckon(Count(event, Period(days=amount), "calendar_days", EU, extensions=(Period(days=by),)), place(closed))

    assert found.nominal == naive.counted_days(event, amount + by, event_day_counts=False, stopped=frozenset())


@given(days, st.integers(1, 60), st.lists(st.integers(0, 20), max_size=4), regimes, holidays)
def test_a_stop_never_makes_a_date_earlier_and_passes_its_days_over(
    event: date, amount: int, stops: list[int], regime: Regime, closed: frozenset[date]
) -> None:
    plain = reckon(Count(event, Period(days=amount), "calendar_days", regime), place(closed))
    stopped = reckon(Count(event, Period(days=amount), "calendar_days", regime, stopped_days=sum(stops)), place(closed))

    assert stopped.nominal == plain.nominal + timedelta(days=sum(stops))
    assert stopped.adjusted >= plain.adjusted
    assert stopped.strict >= plain.strict


@given(
    days,
    st.sampled_from((Period(days=18), Period(days=40), Period(days=2), Period(weeks=1), Period(months=2), Period(months=1), Period(years=1))),
    regimes,
    st.booleans(),
    holidays,
)
def test_the_strict_date_is_never_later_than_the_adjusted_one(event: date, limit: Period, regime: Regime, earlier: bool, closed: frozenset[date]) -> None:
    unit = "weeks" if limit.weeks else "months" if limit.months or limit.years else "calendar_days"
    found = reckon(Count(event, limit, unit, regime, day_earlier=earlier), place(closed))

    assert found.strict <= found.adjusted
    assert found.nominal <= found.adjusted


@given(days, st.integers(0, 86_399), st.integers(1, 120), zones)
def test_hours_agree_with_the_hand_on_the_wall(event: date, second: int, amount: int, zone: ZoneInfo) -> None:
    start = datetime(event.year, event.month, event.day, tzinfo=UTC) + timedelta(seconds=second)
    found = reckon(Count(start, Period(seconds=amount * 3600), "hours", REGIMES["HOURS_EU"]), place(frozenset(), zone))

    assert found.nominal == naive.next_hour_on_the_wall(start, zone) + timedelta(hours=amount)
    assert found.adjusted == found.nominal
    assert start + timedelta(hours=amount - 1) <= found.strict <= found.nominal


@given(days, zones)
def test_a_day_is_over_when_the_wall_shows_the_next(day: date, zone: ZoneInfo) -> None:
    assert due_moment(day, zone) == naive.midnight_after(day, zone)
