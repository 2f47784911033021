"""What a process remembers of an authority gives the same answers as rows that were read just now."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.courses.keeping import Keeping, Kept
from services.metrics.domain import cases
from services.metrics.domain import count as counting
from services.metrics.domain import panel as panels
from services.metrics.domain.answers import figures, forecast_of
from services.metrics.domain.cohorts import cohorts_of
from services.metrics.domain.count import Count
from services.metrics.domain.day_counts import DayCounts, Waited
from services.metrics.domain.early_warning import early_warnings
from services.metrics.domain.elements import LAYOUTS
from services.metrics.domain.facts import Stream
from services.metrics.domain.members import members
from services.metrics.domain.panel import MOMENTS, Batch, Panel
from services.metrics.domain.question import Question
from services.metrics.domain.register import Register
from services.metrics.domain.weave import woven
from services.metrics.domain.words import Words
from tests.services.metrics.api import waiting_set
from tests.services.metrics.domain.histories import FIRST, KINDS, LAST, MOVES, ZONES, parsed, registers, zone_of

CODES = {"requesting", "requested", "requesting_state", "requested_state", "kind", "instrument", "case_mark", "reason", "code", "row", "stage", "authority"}
AUTHORITY = "de-central"
CELLS = ("account.new", "account.continuing", "now.overdue_requests", "ageing.31-90", "durations.to_return.n")
SLIPS = (timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=1), timedelta(minutes=40), timedelta(hours=9), timedelta(days=25))
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"from": "2025-01-01", "to": "2026-01-01", "curve": "to_decide", "months": True, "overdue": True},
    {"from": "2025-06-01", "to": "2027-01-31", "group_by": "counterpart"},
    {"from": "2025-01-01", "to": "2025-07-02", "group_by": "counterpart,stage"},
    {"from": "2025-06-30", "to": "2025-12-01", "months": True, "overdue": True},
    {"from": "2024-10-01", "to": "2026-06-01", "group_by": "stage,month", "compared_with": "2024-10-01T00:00:00Z"},
)


def heard(lines: list[dict[str, Any]], known_at: datetime) -> list[Stream]:
    """The streams as far as they were recorded by a moment."""
    cut = [Stream(stream.request, tuple(fact for fact in stream.facts if fact.recorded_at <= known_at)) for stream in parsed(lines)]
    return [stream for stream in cut if stream.facts]


class Followed:
    """One authority in the memory of a process, which follows what is recorded."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.lines, self.words, self.kept = lines, Words(), Kept()
        self.panel, self.latest = Panel([], self.words), FIRST - timedelta(days=1)

    def follow(self, latest: datetime) -> None:
        """Everything recorded up to a moment has arrived."""
        new = [stream for stream in heard(self.lines, latest) if any(fact.recorded_at > self.latest for fact in stream.facts)]
        for stream in new:
            self.panel = self.panel.with_batches([Batch.woven([(stream.request, woven(stream, self.words))])])
        self.latest = latest

    def register(self) -> Register:
        return Register.over(self.panel, self.kept, lambda requests: [], zone_of, self.latest)

    def fresh(self) -> Register:
        return Register(heard(self.lines, self.latest), zone_of, self.latest, bounded=True)


def asked_at(moment: datetime, members_of_question: dict[str, Any]) -> Question:
    return Question.read({"authority": AUTHORITY, **members_of_question, "as_known_at": moment.isoformat()})


def moments_of(lines: list[dict[str, Any]]) -> st.SearchStrategy[datetime]:
    """Moments at which something was recorded or fell due, local midnights, and those close by."""
    told = sorted(
        {fact.recorded_at for stream in parsed(lines) for fact in stream.facts} | {fact.occurred_at for stream in parsed(lines) for fact in stream.facts}
    )
    midnights = [datetime(2025, 6, 30, 22, tzinfo=UTC), datetime(2025, 11, 2, 23, tzinfo=UTC), datetime(2025, 9, 1, 12, tzinfo=UTC)]
    return st.builds(lambda moment, slip: min(max(moment + slip, FIRST), LAST), st.sampled_from([*told, *midnights]), st.sampled_from(SLIPS))


class BusyDay:
    """Requests with some history, and a day on which more is recorded, clocks fall due and facts are corrected: the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance, self.lines = random.Random(seed), list[dict[str, Any]]()
        day = self.chance.choice((date(2025, 6, 30), date(2025, 7, 1), date(2025, 9, 1), date(2025, 11, 3)))
        self.now = datetime(day.year, day.month, day.day, self.chance.choice((4, 16)), tzinfo=UTC)
        for number in range(30):
            arrived_at = self.now - timedelta(days=self.chance.randrange(1, 260))
            self._register(f"R{number}", arrived_at)
            for _ in range(self.chance.randrange(6)):
                arrived_at += (self.now - arrived_at) * self.chance.random()
                self._move(self.lines[-1], arrived_at)

    def goes_on(self) -> datetime:
        """An hour or so later; a few facts were recorded meanwhile, the last of them perhaps just now."""
        until = self.now + timedelta(minutes=self.chance.randrange(20, 80))
        for _ in range(self.chance.randrange(5)):
            self.now += (until - self.now) * self.chance.random()
            if self.chance.random() < 0.2:
                self._register(f"R{len(self.lines)}", self.now)
            self._move(self.chance.choice(self.lines), self.now)
        self.now = self.chance.choice((self.now, until))
        return self.now

    def _register(self, request: str, at: datetime) -> None:
        requesting, requested = self.chance.sample(sorted(ZONES), 2)
        sides = {name: {"authority": one, "state": one[:2].upper()} for name, one in (("requesting", requesting), ("requested", requested))}
        kind, person = self.chance.choice(KINDS), self.chance.choice("pqr")
        self.lines.append({"request": request, "facts": []})
        self._told(self.lines[-1], at, at, "RequestRegistered", {"kind": kind, "instrument": "EU-EIO", **sides, "persons": [person], "how": "post"})
        if self.chance.random() < 0.6:
            self._told(self.lines[-1], at, at, "ClockStarted", self._limit(at))

    def _move(self, line: dict[str, Any], at: datetime) -> None:
        happened_at = at - self.chance.choice((timedelta(0), timedelta(0), timedelta(minutes=90), timedelta(days=3)))
        name, members = self.chance.choice(MOVES)
        if self.chance.random() < 0.2:
            fact, moved = self.chance.choice(line["facts"]), (happened_at - timedelta(days=2)).isoformat()
            name, members = "FactCorrected", {"fact": fact["id"], "values": self.chance.choice(({"void": True}, {"occurred_at": moved}))}
        self._told(line, at, happened_at, name, members)

    def _limit(self, at: datetime) -> dict[str, Any]:
        stage, due = self.chance.choice(("acknowledgement", "decision", "execution")), at + timedelta(days=self.chance.randrange(0, 400))
        return {"clock": "c3", "row": "EIO-RECOG", "zone": "Europe/Berlin", "stage": stage, "adjusted_due": due.date().isoformat()}

    def _told(self, line: dict[str, Any], at: datetime, happened_at: datetime, name: str, members: dict[str, Any]) -> None:
        id = f"{line['request']}.{len(line['facts'])}"
        line["facts"].append({"id": id, "type": name, "occurred_at": happened_at.isoformat(), "recorded_at": at.isoformat(), **members})


@pytest.fixture(autouse=True, scope="module")
def panels_that_are_never_joined_and_counts_that_are_always_taken_over() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(panels, "TIDY_SHARE", 0)
        changed.setattr(counting, "FEW", 0)
        changed.setattr(panels, "FEW_BATCHES", 3)
        yield


@given(st.data(), registers())
@settings(max_examples=40, deadline=None)
def test_what_grew_step_by_step_answers_as_what_was_read_just_now(data: st.DataObject, lines: list[dict[str, Any]]) -> None:
    followed, moments = Followed(lines), moments_of(lines)
    for latest in sorted(data.draw(st.lists(moments, min_size=2, max_size=4))):
        followed.follow(latest)
        fresh = followed.fresh()
        for moment in (latest, *data.draw(st.lists(moments, min_size=1, max_size=2))):
            question = asked_at(min(moment, latest), data.draw(st.sampled_from(QUESTIONS)))

            assert json.dumps(figures(followed.register(), question)) == json.dumps(figures(fresh, question))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_asked_again_and_again_on_a_busy_day_is_answered_as_if_read_just_now(seed: int) -> None:
    day = BusyDay(seed)
    followed, authority, before = Followed(day.lines), day.chance.choice(sorted(ZONES)), day.now
    asked = day.chance.sample(QUESTIONS, 3)
    for _ in range(10):
        followed.follow(day.goes_on())
        fresh = followed.fresh()
        for moment in (day.now, before):
            for members_of_question in asked:
                question = Question.read({"authority": authority, **members_of_question, "as_known_at": moment.isoformat()})

                assert json.dumps(figures(followed.register(), question)) == json.dumps(figures(fresh, question))
        before = day.chance.choice((before, day.now))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_foreseen_on_a_busy_day_is_what_rows_read_just_now_say(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for least in ("FEWEST_WAITS", "FEWEST_ENDS", "FEWEST_AT_RISK"):
        monkeypatch.setattr(cases, least, 1)  # a busy day has few that are alike
    day, warned = BusyDay(seed), 0
    followed, authority = Followed(day.lines), day.chance.choice(sorted(ZONES))
    for _ in range(10):
        followed.follow(day.goes_on())
        question = Question.read({"authority": authority, "as_known_at": day.now.isoformat()})
        fresh = followed.fresh()

        anew = foreseen(fresh, question, day.lines)
        assert foreseen(followed.register(), question, day.lines) == anew
        assert anew[1][0]["running"] > 0
        warned += len(anew[1]) - 1

    assert warned > 0


def foreseen(register: Register, question: Question, lines: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """The forecast of each request, and every clock with how probable it is that it will be missed."""
    known_at = question.known_at(register.latest, bounded=True)
    warnings = early_warnings(cohorts_of(register, question.authority, known_at), 0.0)
    counts = [{"running": warnings.running, "too_few": warnings.too_few}]
    return [forecast_of(register, question, line["request"]) for line in lines], counts + [warnings.told(place) for place in range(len(warnings.requests))]


def test_where_one_request_came_anew_the_others_are_not_chosen_again() -> None:
    sides = {"requesting": {"authority": "pt-central", "state": "PT"}, "requested": {"authority": AUTHORITY, "state": "DE"}, "kind": "eio"}
    at = datetime(2025, 3, 4, 10, tzinfo=UTC)
    told = [(f"R{number}", at + timedelta(minutes=number)) for number in range(12)]
    head = {"type": "RequestRegistered", "how": "post", **sides}
    lines = [{"request": id, "facts": [{"id": f"{id}.1", "occurred_at": when.isoformat(), "recorded_at": when.isoformat(), **head}]} for id, when in told]
    followed, found, chosen = Followed(lines), [], []
    for latest in (told[10][1] + timedelta(seconds=1), told[11][1] + timedelta(seconds=1)):
        followed.follow(latest)
        found.append(figures(followed.register(), asked_at(latest, QUESTIONS[0]))["groups"][0]["account"]["new"])
        chosen.append([*followed.kept._views.values()])

    assert found == [11, 12]
    assert [first is second for first, second in zip(*chosen, strict=True)] == [True, True]


@given(st.data(), registers(), st.sampled_from(CELLS), st.sampled_from(("incoming", "outgoing")))
@settings(max_examples=20, deadline=None)
def test_the_members_of_a_cell_are_those_of_what_was_read_just_now(data: st.DataObject, lines: list[dict[str, Any]], cell: str, direction: str) -> None:
    followed = Followed(lines)
    for latest in sorted(data.draw(st.lists(moments_of(lines), min_size=2, max_size=4))):
        followed.follow(latest)
        question = asked_at(latest, QUESTIONS[0])

        assert members(followed.register(), question, {"direction": direction}, cell) == members(followed.fresh(), question, {"direction": direction}, cell)


def test_a_moment_to_compare_with_that_was_asked_for_is_not_one_that_was_not() -> None:
    """A period that has not begun is compared with the moment of knowledge; asked for, with its beginning, at which more was known."""
    day = BusyDay(3)
    followed, authority = Followed(day.lines), "de-central"
    followed.follow(day.goes_on())
    begins = zone_of(authority, day.now).begins(day.now.date())
    base = {"authority": authority, "from": day.now.date().isoformat(), "to": "2026-12-01", "as_known_at": (begins - timedelta(days=60)).isoformat()}
    asked = [Question.read(base), Question.read({**base, "compared_with": begins.isoformat()})]

    found, fresh = [[figures(register(), question) for question in asked] for register in (followed.register, followed.fresh)]

    assert found == fresh
    assert fresh[0]["corrections"] != fresh[1]["corrections"]


def test_how_much_is_remembered_may_be_asked_while_something_is_counted() -> None:
    keeping, counting_it, told = Keeping(), Event(), Event()
    keeping.of("pt-central")

    def counted(_: Any) -> Any:
        counting_it.set()
        assert told.wait(timeout=10)
        return Count(Panel([], Words()), LAST, Waited())

    thread = Thread(target=lambda: keeping.of(AUTHORITY).count(("key",), counted))
    thread.start()
    assert counting_it.wait(timeout=10)
    try:
        assert (keeping.has_room(), keeping.authorities()) == (True, ["pt-central", AUTHORITY])
    finally:
        told.set()
        thread.join(timeout=10)


def test_what_was_counted_takes_memory() -> None:
    kept, many = Kept(), DayCounts(np.arange(1_000), np.ones(1_000, dtype=np.int64))

    kept.count(("key",), lambda _: Count(Panel([], Words()), LAST, Waited(many)))

    assert kept.bytes >= many.keys.nbytes + many.times.nbytes


def test_where_more_than_an_eighth_differs_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "FEW", 8)
    day = BusyDay(2)
    before = Panel.of(parsed(day.lines[:16]))
    words = before.words
    changed = [Batch.woven((stream.request, woven(stream, words)) for stream in parsed(day.lines[:n])) for n in (2, 3)]
    asked: list[Waited | None] = []

    def counted(_: Register, __: datetime, like: Waited | None) -> Waited:
        asked.append(like)
        return Waited()

    for batch in changed:
        register = Register([], zone_of, day.now, bounded=True, panel=before)
        first = Count.of(register, day.now, counted)
        Count.of(register.over_panel(before.with_batches([batch])), day.now, counted, first)

    assert [like is None for like in asked] == [True, False, False, True, True]


def test_authorities_asked_for_longest_ago_make_room() -> None:
    keeping = Keeping(most_bytes=1_000)
    first, second = keeping.of("pt-central"), keeping.of(AUTHORITY)
    assert keeping.has_room()
    first.bytes, second.bytes = 400, 800

    kept = [keeping.of(AUTHORITY) is second, keeping.has_room(), keeping.authorities()]

    assert kept == [True, False, [AUTHORITY]]
    assert (keeping.seen("pt-central"), keeping.seen(AUTHORITY)) == (None, second)


def test_a_request_is_found_in_a_panel_from_which_another_has_grown() -> None:
    """Its rows came three times; where they were joined it stands in a place that was dead before."""
    words = Words()
    facts = [{"id": "1", "type": "RequestDrafted", "occurred_at": FIRST.isoformat(), "recorded_at": FIRST.isoformat()}]
    first, again = (Batch.woven((stream.request, woven(stream, words)) for stream in parsed([{"request": id, "facts": facts}])) for id in ("R0", "R1"))
    before = Panel([first, again, again], words)
    after = before.with_batches([again])

    assert len(after.batches) == 2
    assert [panel.places(["R1", "R7"]).tolist() for panel in (before, after)] == [[2], [1]]


def test_every_long_number_of_a_row_is_a_moment_or_a_code() -> None:
    long = {name for layout in LAYOUTS.values() for name in layout.dtype.names or () if layout.dtype[name].itemsize == 8}

    assert long == MOMENTS | CODES


def test_two_moments_share_a_stretch_only_where_nothing_lies_between_or_at_them() -> None:
    at = datetime(2025, 3, 4, 10, tzinfo=UTC)
    told = [("RequestRegistered", at), ("RequestAcknowledged", at + timedelta(hours=2))]
    sides = {"requesting": {"authority": "pt-central", "state": "PT"}, "requested": {"authority": AUTHORITY, "state": "DE"}, "kind": "eio"}
    facts = [
        {"id": f"R.{place}", "type": name, "occurred_at": moment.isoformat(), "recorded_at": moment.isoformat(), **(sides if not place else {})}
        for place, (name, moment) in enumerate(told)
    ]
    panel = Panel.of(parsed([{"request": "R", "facts": facts}]))
    noon, second = (moment.timestamp() * 1_000_000 for moment in (at + timedelta(hours=2), at + timedelta(seconds=1)))
    moments = (second, noon - 1, noon, noon + 1, noon + 3_600_000_000)
    arrived, before, just_before, then, after, later = (panel.stretch(int(moment)) for moment in (second - 1_000_000, *moments))

    assert before == just_before
    assert after == later
    assert len({arrived, before, then, after}) == 4


def test_what_still_waits_is_a_day_older_after_local_midnight() -> None:
    """The rows known are the same before and after it."""
    followed, midnight = Followed(waiting_set.lines()), datetime(2026, 10, 31, 23, tzinfo=UTC)
    followed.follow(midnight + timedelta(hours=1))
    year = {"from": "2026-01-01", "to": "2027-01-01"}
    asked = [asked_at(midnight + slip, year) for slip in (timedelta(hours=-2), timedelta(minutes=30))]

    grown, fresh = [[json.dumps(figures(register(), question)) for question in asked] for register in (followed.register, followed.fresh)]
    forecasts = [[foreseen(register(), question, followed.lines) for question in asked] for register in (followed.register, followed.fresh)]

    assert grown == fresh
    assert forecasts[0] == forecasts[1]
    before, after = (json.loads(answer)["groups"] for answer in fresh)
    assert before != after
