"""The ladder: moments of the default one, and which levels still may fire, as tables. Dates carry their weekday."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.ladder import Key, Pending, Silence, judged, moments, rungs_for, with_floors
from services.notifications.domain.running import ClockRun, Course

PRAGUE = ZoneInfo("Europe/Prague")


def day(text: str) -> date:
    """`Wed 2026-07-01` → that day; the weekday must be right."""
    weekday, _, iso = text.partition(" ")
    found = date.fromisoformat(iso)
    assert found.strftime("%a") == weekday
    return found


def ends(text: str) -> datetime:
    """The end of that day in Prague."""
    return datetime.combine(day(text) + timedelta(days=1), datetime.min.time(), PRAGUE).astimezone(UTC)


def at(text: str) -> datetime:
    """`Mon 2026-12-07 12:00` in Prague."""
    when, _, clock = text.rpartition(" ")
    return datetime.combine(day(when), datetime.strptime(clock, "%H:%M").time(), PRAGUE).astimezone(UTC)  # noqa: DTZ007 -- the zone is given beside it


def run(due: date | datetime, limit: str | None = "P30D", **members: object) -> ClockRun:
    plain = ClockRun(clock="c1", request="r1", row="EIO-RECOG", authority="e", zone="Europe/Prague", strict_due=due, adjusted_due=due, limit=limit)
    return replace(plain, **members)  # type: ignore[arg-type]  # members of a run, by name


DUE = day("Wed 2026-07-01")


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param(
            run(DUE),
            {1: ends("Wed 2026-06-24"), 2: ends("Wed 2026-07-01"), 3: ends("Wed 2026-07-15"), 4: ends("Fri 2026-07-31")},
            id="thirty days: a week before, at, a fortnight and thirty days after",
        ),
        pytest.param(
            run(day("Thu 2026-03-19"), "P1W"),
            {1: ends("Mon 2026-03-16"), 2: ends("Thu 2026-03-19"), 3: ends("Thu 2026-04-02"), 4: ends("Sat 2026-04-18")},
            id="a week: half of seven days, rounded down",
        ),
        pytest.param(
            run(day("Fri 2027-03-19"), "P18D", effect="may_release"),
            {1: ends("Wed 2027-03-10"), 2: ends("Wed 2027-03-17"), 3: ends("Fri 2027-03-19")},
            id="hard stop of eighteen days: half, two days before, at; across a change to summer time later",
        ),
        pytest.param(
            run(day("Thu 2027-02-18"), "P10D", effect="must_release"),
            {1: ends("Sat 2027-02-13"), 2: ends("Tue 2027-02-16"), 3: ends("Thu 2027-02-18")},
            id="hard stop of ten days",
        ),
        pytest.param(
            run(at("Mon 2026-12-07 12:00"), "PT48H"),
            {1: at("Sun 2026-12-06 12:00"), 2: at("Mon 2026-12-07 12:00"), 3: at("Mon 2026-12-21 12:00"), 4: at("Wed 2027-01-06 12:00")},
            id="forty-eight hours: a day before",
        ),
        pytest.param(
            run(at("Mon 2026-12-07 12:00"), "PT24H", effect="lapse"),
            {1: at("Mon 2026-12-07 00:00"), 2: at("Mon 2026-12-07 06:00"), 3: at("Mon 2026-12-07 12:00")},
            id="hard stop of a day in hours: half, a quarter, at",
        ),
        pytest.param(run(DUE, nature="window"), {1: ends("Wed 2026-06-24")}, id="a window: level 1 only"),
        pytest.param(
            run(day("Mon 2027-03-29")),
            {1: ends("Mon 2027-03-22"), 2: ends("Mon 2027-03-29"), 3: ends("Mon 2027-04-12"), 4: ends("Wed 2027-04-28")},
            id="local days across the change to summer time",
        ),
    ],
)
def test_the_default_ladder_has_these_moments(clock: ClockRun, expected: dict[int, datetime]) -> None:
    due = clock.strict_due
    assert due is not None
    assert moments(clock, rungs_for(clock, "eio", "routine"), due) == expected


def levels(clock: ClockRun, known_at: datetime, fired: set[int] | None = None, **more: object) -> dict[int, datetime]:
    """What is pending on the legal date, by level."""
    keys = frozenset(Key("c1", clock.revision, "legal", level) for level in fired or set())
    found = judged(clock, rungs_for(clock, "eio", "routine"), {}, keys, known_at, **more)  # type: ignore[arg-type]  # a silence, or nothing
    return {key.level: each.due_at for key, each in found.items() if key.on == "legal"}


def test_a_clock_known_in_time_has_all_its_levels_ahead() -> None:
    assert sorted(levels(run(DUE), at("Mon 2026-06-01 12:00"))) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("known_at", "expected"),
    [
        pytest.param(at("Fri 2026-06-26 09:00"), [1, 2, 3, 4], id="a week before has passed: level 1 at once"),
        pytest.param(at("Thu 2026-07-02 09:00"), [2, 3, 4], id="the due moment has passed: level 2, none below"),
        pytest.param(at("Mon 2026-07-20 09:00"), [3, 4], id="a fortnight has passed: level 3"),
        pytest.param(at("Mon 2026-08-31 09:00"), [4], id="everything has passed: the highest only"),
    ],
)
def test_a_late_registration_fires_the_one_highest_level_reached(known_at: datetime, expected: list[int]) -> None:
    """One escalation on arrival, not the whole ladder (SC-24)."""
    assert sorted(levels(run(DUE), known_at)) == expected


@pytest.mark.parametrize(
    ("due", "fired", "known_at", "expected"),
    [
        pytest.param("Wed 2026-07-08", {1, 2}, "Thu 2026-07-02 10:00", {3: "Wed 2026-07-22", 4: "Fri 2026-08-07"}, id="later: what fired stays"),
        pytest.param("Mon 2026-06-15", {1}, "Thu 2026-07-02 10:00", {3: "Mon 2026-06-29", 4: "Wed 2026-07-15"}, id="earlier past several: the highest only"),
        pytest.param("Mon 2026-06-15", {3}, "Thu 2026-07-02 10:00", {4: "Wed 2026-07-15"}, id="earlier, but one as high has fired: none"),
    ],
)
def test_when_dates_move_no_level_fires_twice(due: str, fired: set[int], known_at: str, expected: dict[int, str]) -> None:
    """TIM-02: rule N-9 (SC-26)."""
    assert levels(run(day(due)), at(known_at), fired) == {level: ends(text) for level, text in expected.items()}


def test_of_a_new_revision_only_what_lies_ahead_fires() -> None:
    """N-9: an extension opens a revision; the week before its end has passed already."""
    before, known_at = run(DUE), at("Tue 2026-06-30 10:00")
    extended = with_floors(before, replace(before, revision=2, strict_due=day("Sun 2026-07-05")), rungs_for(before, "eio", "routine"), known_at)

    assert sorted(levels(extended, known_at)) == [2, 3, 4]


@pytest.mark.parametrize("course", [Course.SUSPENDED, Course.ENDED])
def test_a_clock_that_does_not_run_is_silent(course: Course) -> None:
    assert levels(run(DUE, course=course), at("Mon 2026-06-01 12:00")) == {}


def test_what_was_reached_before_the_act_stays_and_what_was_not_goes() -> None:
    """An act recorded in time is never alarmed; one recorded after the moment does not undo it."""
    key1, key2 = (Key("c1", 1, "legal", level) for level in (1, 2))
    pending = {key1: Pending(ends("Wed 2026-06-24"), ends("Wed 2026-06-24")), key2: Pending(ends("Wed 2026-07-01"), ends("Wed 2026-07-01"))}
    ended = run(DUE, course=Course.ENDED)

    kept = judged(ended, rungs_for(ended, "eio", "routine"), pending, frozenset(), at("Mon 2026-06-29 09:00"))

    assert set(kept) == {key1}


def test_a_lapse_silences_no_level_whose_moment_is_the_same() -> None:
    """N-8: the lapse is recorded at its own moment."""
    due = ends("Fri 2027-03-19")
    key = Key("c1", 1, "legal", 3)
    lapsed = run(day("Fri 2027-03-19"), "P18D", effect="must_release", course=Course.LAPSED, lapsed_at=due)

    assert set(judged(lapsed, rungs_for(lapsed, "eaw", "routine"), {key: Pending(due, due)}, frozenset(), due)) == {key}


def test_a_promise_beyond_the_law_has_a_ladder_of_its_own() -> None:
    """N-10; an earlier promise has none (SC-03)."""
    known_at = at("Mon 2026-06-01 12:00")
    later, earlier = run(DUE, promised=day("Fri 2026-08-14")), run(DUE, promised=day("Fri 2026-06-19"))
    rungs = rungs_for(later, "eio", "routine")

    on_promise = {key.level: each.due_at for key, each in judged(later, rungs, {}, frozenset(), known_at).items() if key.on == "promise"}

    assert on_promise[2] == ends("Fri 2026-08-14")
    assert sorted(on_promise) == [1, 2, 3, 4]
    assert not [key for key in judged(earlier, rungs, {}, frozenset(), known_at) if key.on == "promise"]


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        pytest.param("Mon 2026-06-29", {1: "silence", 2: "Wed 2026-07-01", 3: "Wed 2026-07-15", 4: "Fri 2026-07-31"}, id="one level slept through: it wakes"),
        pytest.param("Mon 2026-07-20", {3: "silence", 4: "Fri 2026-07-31"}, id="three levels slept through: the highest wakes"),
    ],
)
def test_an_answer_keeps_the_ladder_silent_until_its_day(until: str, expected: dict[int, str]) -> None:
    wakes = at(f"{until} 00:00")
    found = levels(run(DUE), at("Mon 2026-06-22 12:00"), silence=Silence(1, wakes))

    assert found == {level: wakes if text == "silence" else ends(text) for level, text in expected.items()}


def test_an_answer_without_a_day_silences_everything_but_a_hard_stop() -> None:
    known_at = at("Mon 2026-06-01 12:00")

    assert levels(run(DUE), known_at, silence=Silence(1, None)) == {}
    assert sorted(levels(run(DUE, effect="must_release"), known_at, silence=Silence(1, None))) == [3]


@given(
    known=st.lists(st.integers(0, 90), min_size=1, max_size=8).map(sorted),
    dues=st.lists(st.integers(20, 80), min_size=8, max_size=8),
    workers=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_however_dates_move_each_level_fires_once_and_never_below_one_that_fired(known: list[int], dues: list[int], workers: list[bool]) -> None:
    """TIM-02: with a worker that is away at times; the levels of a revision only ever rise."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    fired: list[Key] = []
    pending: dict[Key, Pending] = {}
    for day_known, due, awake in zip(known, dues, workers, strict=False):
        now = start + timedelta(days=day_known)
        if awake:
            ready = sorted((each.ready_at, key) for key, each in pending.items() if each.ready_at < now)
            fired += [key for _, key in ready]
            pending = {key: each for key, each in pending.items() if each.ready_at >= now}
        clock = run((start + timedelta(days=due)).date())
        pending = judged(clock, rungs_for(clock, "eio", "routine"), pending, frozenset(fired), now)
    fired += [key for _, _, key in sorted((each.ready_at, each.due_at, key) for key, each in pending.items())]

    assert [key.level for key in fired] == sorted({key.level for key in fired})
